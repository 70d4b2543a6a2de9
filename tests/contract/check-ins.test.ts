/** Check-ins at the bridge from the build, as healthchecks.io takes them, and what the chat shows of them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fileSchema } from '../../alert-bridge/config/file.ts';
import { startTalkingBridge, type TalkingBridge } from '../support/bridge/bot.ts';
import { CHAT_ID, QUIET, readMetrics, WEBHOOK_TOKEN } from '../support/bridge/bridge.ts';
import { press } from '../support/bridge/press.ts';
import type { MessageView } from '../support/telegram/types.ts';
import { until } from '../support/machine/until.ts';

const CONFIG = `${QUIET}checkins:
  - { name: nightly-backup, cron: "30 3 * * *", timezone: Europe/Berlin, grace: 2h, max_duration: 1h }
  - { name: probe, period: 1d }
`;

let world: TalkingBridge;
beforeAll(async () => {
  world = await startTalkingBridge({}, undefined, CONFIG);
});
afterAll(() => world.close());

async function ping(path: string, init: RequestInit = {}): Promise<number> {
  const headers = { authorization: `Bearer ${WEBHOOK_TOKEN}`, ...(init.headers as object | undefined) };
  const url = `${world.bridge.url}/api/v1/checkins/${path}`;
  return (await fetch(url, { method: 'POST', ...init, headers })).status;
}
const shown = (words: string): Promise<MessageView> =>
  world.telegram.waitForMessage(CHAT_ID, ({ text }) => text.includes(words), { timeoutMs: 200_000 });
/** The bridge's figure of a check-in; undefined where there is none. */
async function figure(name: string, checkIn: string): Promise<number | undefined> {
  const text = await (await fetch(`${world.bridge.url}/metrics`)).text();
  const line = text
    .split('\n')
    .find((one) => one.startsWith(`alert_bridge_checkin_${name}{checkin="${checkIn}"}`));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

it.each([
  ['period: 1d, cron: "0 3 * * *"', 'Give every check-in either a period or a cron expression'],
  ['grace: 1m', 'Give every check-in either a period or a cron expression'],
  ['cron: "0 3 * *"', 'Write the five fields of a crontab'],
  ['cron: "0 0 30 2 *"', 'Write the five fields of a crontab'],
  ['cron: "0 3 * * *", timezone: Mars/Base', 'Write an IANA time zone'],
])('%s is refused at the start', (keys, problem) => {
  const { success, error } = fileSchema.safeParse(parse(`checkins: [{ name: a, ${keys} }]`));
  expect([success, error?.issues[0]?.message]).toEqual([false, expect.stringContaining(problem)]);
});

it.each([
  ['POST', 'probe', 202],
  ['GET', 'probe', 202],
  ['HEAD', 'probe/start', 202],
  ['GET', 'probe/0', 202],
  ['POST', 'probe/log', 202],
  ['PUT', 'probe', 405],
  ['POST', 'other', 404],
  ['POST', 'other/start', 404],
  ['POST', 'probe/256', 404],
  ['POST', 'probe/0/0', 404],
  ['POST', 'probe?rid=a%20b', 400],
])('%s %s is answered %i', async (method, path, status) => {
  expect(await ping(path, { method })).toBe(status);
});

it('neither a wrong token nor a page in a browser is taken, whatever the method', async () => {
  const before = await figure('last_seen_timestamp_seconds', 'nightly-backup');
  for (const method of ['GET', 'HEAD', 'POST']) {
    expect(await ping('nightly-backup', { method, headers: { authorization: 'Bearer wrong' } })).toBe(401);
    expect(await ping('nightly-backup', { method, headers: { 'sec-fetch-site': 'cross-site' } })).toBe(403);
  }
  expect(await figure('last_seen_timestamp_seconds', 'nightly-backup')).toBe(before);
});

it('more than a megabyte is refused', async () => {
  expect(await ping('nightly-backup/log', { body: 'x'.repeat(1024 * 1024 + 1) })).toBe(413);
});

describe('a job of one line', () => {
  /** As in docs/events.md. */
  const run = (job: string): Promise<unknown> =>
    promisify(execFile)('sh', [
      '-c',
      `p="$0"; ping() { curl -fsS -m 10 -H "Authorization: Bearer $1" -X POST "$p$2" --data-binary @-; }
ping "$1" /start </dev/null; out=$(${job} 2>&1); code=$?; printf %s "$out" | ping "$1" /$code`,
      `${world.bridge.url}/api/v1/checkins/nightly-backup`,
      WEBHOOK_TOKEN,
    ]);

  it('that fails is told with its exit status; a button shows its log, without secrets', async () => {
    await run(`sh -c 'echo "pg_dump: error: postgresql://backup:canary-password@db/x"; exit 3'`);
    const message = await shown('nightly-backup завершился с ошибкой');
    expect(message.text).toContain('Код завершения 3.');
    await until(
      () => world.telegram.messages(CHAT_ID).find(({ message_id: id }) => id === message.message_id),
      (now) => (now?.buttons.length ?? 0) > 0,
    );
    await press(world.telegram, message, 'Лог');
    const log = await shown('Лог: nightly-backup');
    expect(log.text).toContain('pg_dump: error');
    expect(log.text).not.toContain('canary-password');
    expect(await figure('success', 'nightly-backup')).toBe(0);
    expect(await figure('duration_seconds', 'nightly-backup')).toBeGreaterThan(0);
  });

  it('that succeeds turns the message green', async () => {
    await run('true');
    await shown('nightly-backup снова завершается успешно');
    expect(await figure('success', 'nightly-backup')).toBe(1);
    expect((await readMetrics(world.bridge))('alert_bridge_signals_failed_total')).toBe(0);
  });
});
