/** Mutes against a real Alertmanager: how they end. Time is moved by the clock that mutes are given. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { OutgoingText } from '../../alert-bridge/telegram/sender.ts';
import { severityOfLabel } from '../../alert-bridge/model/signal.ts';
import { createAlertmanager } from '../../alert-bridge/bot/alertmanager.ts';
import { matchersOfName } from '../../alert-bridge/bot/silence.ts';
import { createChatSilenceStore } from '../../alert-bridge/bot/silence-store.ts';
import { createChatSilences, type ChatSilences } from '../../alert-bridge/bot/silences.ts';
import { createScreen } from '../../alert-bridge/bot/screens/screen.ts';
import { startAlertmanager } from '../support/servers/alertmanager.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../support/servers/folders.ts';
import type { Server } from '../support/servers/process.ts';
import { PROJECT_ROOT } from '../support/servers/service.ts';

const MINUTE = 60_000;
const { signal } = new AbortController();
const place = { id: 1 };
const CONFIG = `
route:
  receiver: nobody
  routes: [{ matchers: ['component="batch"'], mute_time_intervals: [nights] }]
receivers: [{ name: nobody }]
time_intervals:
  - { name: nights, time_intervals: [{ times: [{ start_time: '22:00', end_time: '24:00' }] }] }
  - { name: unused, time_intervals: [] }
`;

let folder: string;
let server: Server;
let aheadMs: number;
let state: Map<string, string>;
let told: OutgoingText[];
let chatSilences: ChatSilences;
const now = (): number => Date.now() + aheadMs;

const start = (): ChatSilences =>
  createChatSilences({
    alertmanager: createAlertmanager(server.url, severityOfLabel),
    store: createChatSilenceStore({
      get: (key) => state.get(key),
      set: (key, value) => void state.set(key, value),
    }),
    now,
    newId: () => 'one',
    endOf: (_length, from) => from + 60 * MINUTE,
    announceBeforeMs: 10 * MINUTE,
    screen: () =>
      createScreen({ locale: 'ru', timezone: 'UTC', now: now(), links: {}, redact: (text) => text }),
    onSilent: () => undefined,
  });

beforeEach(async () => {
  folder = makeTemporaryFolder();
  const configFile = join(folder, 'alertmanager.yml');
  writeFileSync(configFile, CONFIG);
  server = await startAlertmanager({ configFile });
  aheadMs = 0;
  state = new Map();
  told = [];
  chatSilences = start();
});
afterEach(async () => {
  await server.close();
  removeTemporaryFolder(folder);
});

async function fire(alertname: string, endsAt = Date.now() + 24 * 60 * MINUTE): Promise<void> {
  const response = await fetch(`${server.url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([
      { labels: { alertname, severity: 'critical' }, endsAt: new Date(endsAt).toISOString() },
    ]),
  });
  expect(response.status).toBe(200);
}

/** Muted for an hour by its name. */
async function muted(alertname: string): Promise<void> {
  await chatSilences.ask({ matchers: matchersOfName(alertname), length: '1h', by: 'Ann', place }, signal);
  const { toast } = await chatSilences.press('confirm', 'one', 'Ann', signal);
  expect(toast).toMatch(/^Заглушено до/);
}

const look = (isShown = true): Promise<void> =>
  chatSilences.announceEndings((_place, message) => {
    told.push(message);
    return Promise.resolve(isShown);
  }, signal);

interface SilenceView {
  readonly endsAt: string;
  readonly status: { readonly state: string };
}
/** Minutes until they end. */
async function silences(): Promise<readonly number[]> {
  const all = (await (await fetch(`${server.url}/api/v2/silences`)).json()) as SilenceView[];
  return all
    .filter(({ status }) => status.state === 'active')
    .map(({ endsAt }) => Math.round((Date.parse(endsAt) - Date.now()) / MINUTE));
}

it('the end of a mute is announced ten minutes before, once, while its alert fires', async () => {
  await fire('Down');
  await muted('Down');
  aheadMs = 49 * MINUTE;
  await look();
  expect(told).toEqual([]);
  aheadMs = 51 * MINUTE;
  await look(false);
  chatSilences = start();
  await look();
  await look();
  expect(told).toHaveLength(2);
  expect(told[1]?.plain).toMatch(
    /^⏳ Down\nВ .* сообщения снова пойдут\. Ещё активен 1 критический алерт\.$/,
  );
  expect(told[1]?.buttons?.flat().map(({ text }) => text)).toEqual(['Продлить на 1 ч', 'Не продлевать']);
});

it('extended, it ends an hour later, and that is announced anew; extended twice it is extended once', async () => {
  await fire('Down');
  await muted('Down');
  aheadMs = 51 * MINUTE;
  await look();
  const first = await chatSilences.press('extend', 'one', 'Bob', signal);
  expect(first.toast).toMatch(/^Продлено до/);
  expect((await chatSilences.press('extend', 'one', 'Bob', signal)).toast).toMatch(/^Заглушено до/);
  expect(await silences()).toEqual([120]);
  await look();
  aheadMs = 111 * MINUTE;
  await look();
  expect(told).toHaveLength(2);
});

it('let ring, it ends when it was to end', async () => {
  await fire('Down');
  await muted('Down');
  aheadMs = 51 * MINUTE;
  await look();
  const { toast, edit } = await chatSilences.press('let_ring', 'one', 'Ann', signal);
  expect(toast).toBe('Не продлено');
  expect(edit?.plain).toMatch(/заглушено до/);
  expect(await silences()).toEqual([60]);
  aheadMs = 61 * MINUTE;
  expect((await chatSilences.press('extend', 'one', 'Ann', signal)).toast).toBe('Уже включено');
  expect(await silences()).toEqual([60]);
});

it('nothing is announced of a mute whose alert is over, or that somebody took away elsewhere', async () => {
  await fire('Over', Date.now() - 1_000);
  await muted('Over');
  aheadMs = 51 * MINUTE;
  await look();
  await fire('Over');
  const [silence] = (await (await fetch(`${server.url}/api/v2/silences`)).json()) as { id: string }[];
  await fetch(`${server.url}/api/v2/silence/${silence?.id ?? ''}`, { method: 'DELETE' });
  await look();
  expect(told).toEqual([]);
});

it('until it is over: the silence is prolonged in place while its alert fires, and gone five minutes after its end', async () => {
  await fire('Down');
  await chatSilences.ask(
    { matchers: matchersOfName('Down'), length: 'over', by: 'Ann', place: { id: 1 } },
    signal,
  );
  const { toast, edit } = await chatSilences.press('confirm', 'one', 'Ann', signal, 7);
  expect(toast).toBe('Заглушено, пока не закончится');
  expect(edit?.plain).toBe('🔕 Down: заглушено, пока не закончится · Ann');
  const edits: string[] = [];
  const keep = (): Promise<void> =>
    chatSilences.keepUntilOver(
      (_place, id, { plain }) => Promise.resolve(edits.push(`${id} ${plain}`)),
      signal,
    );
  await keep();
  expect(await silences()).toEqual([60]);
  aheadMs = 55 * MINUTE;
  await keep();
  expect(await silences()).toEqual([70]);
  await fire('Down', Date.now() - 1_000);
  await keep();
  expect(await silences()).toEqual([60]);
  expect(edits).toEqual([]);
  aheadMs += 5 * MINUTE;
  chatSilences = start();
  await keep();
  await keep();
  expect(await silences()).toEqual([]);
  expect(edits).toEqual(['7 🔔 Down: закончилось, снова включено']);
  await look();
  expect(told).toEqual([]);
});

it('names the time intervals that the routes of Alertmanager use', async () => {
  const [only, ...others] = await createAlertmanager(server.url, severityOfLabel).intervals(signal);
  expect([only?.name, others]).toEqual(['nights', []]);
});

it('while Alertmanager does not answer nothing is announced nor forgotten', async () => {
  await fire('Down');
  await muted('Down');
  aheadMs = 51 * MINUTE;
  server.freeze();
  await look();
  expect(told).toEqual([]);
  server.thaw();
  await look();
  expect(told).toHaveLength(1);
});

it('Alertmanager takes the matcher that docs/operations.md advises for everything but the Watchdog', () => {
  const operations = readFileSync(join(PROJECT_ROOT, 'docs/operations.md'), 'utf8');
  const [, matcher = ''] = /Everything but the Watchdog: `'([^`]+)'`/.exec(operations) ?? [];
  const options = ['--duration=2h', '--author=x', '--comment=y', `--alertmanager.url=${server.url}`];
  const { status, stderr } = spawnSync('amtool', ['silence', 'add', matcher, ...options]);
  expect([matcher, status, stderr.toString()]).toEqual(['alertname!="Watchdog"', 0, '']);
});
