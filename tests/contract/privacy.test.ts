/** What the two services leave on disk, from the build, and what `npm run forget` leaves of it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openKpiStore } from '../../exporter/kpi/store.ts';
import { createAppDatabase } from '../support/app/database.ts';
import { CREATE_READER, READER } from '../support/app/reader.ts';
import {
  CHAT_ID,
  notification,
  post,
  readLedger,
  settled,
  startBridge,
  startTelegram,
} from '../support/bridge.ts';
import { everythingIn, filesThatHold, openToOthers } from '../support/files.ts';
import { runTool } from '../support/run-tool.ts';
import { startPostgres, withClient, type PostgresServer } from '../support/servers/postgres.ts';
import type { Server } from '../support/servers/process.ts';
import { PROJECT_ROOT, startService } from '../support/servers/service.ts';
import type { TelegramFake } from '../support/telegram/index.ts';

const USER = '5512345678901';
const PROFILE = 17;
const DETAILS = 'canary-of-details';
const SUMMARY = 'canary-of-a-summary';

let database: PostgresServer;
beforeAll(async () => {
  database = await startPostgres();
  await withClient(database.url, async (client) => {
    await createAppDatabase(client);
    await client.query(CREATE_READER);
    const columns = 'id, telegram_id, created_at, updated_at';
    await client.query(`INSERT INTO users_profile (${columns}) VALUES ($1, $2, now(), now())`, [
      PROFILE,
      USER,
    ]);
  });
}, 60_000);
afterAll(() => database.close());

let telegram: TelegramFake;
let bridge: Server;
beforeEach(async () => {
  telegram = await startTelegram();
  bridge = await startBridge(telegram);
});
afterEach(async () => {
  await bridge.close();
  await telegram.close();
});

const event = (type: string, more: object) => post(bridge, '/api/v1/events', { type, ...more });
const tell = async (): Promise<void> => {
  await event('critical_error', { error_type: 'Timeout', details: DETAILS, user_id: USER });
  await event('payment_received', { user_id: USER, amount: 150, payment_type: 'month' });
  await event('custom', { title: 'Refund', text: `of user ${USER}`, severity: 'info' });
  await event('new_user', { user_id: '77' });
  await post(bridge, '/webhooks/alertmanager', notification([{ alertname: 'Down', summary: SUMMARY }]));
};

/** `npm run forget`, without its build. */
const forget = (args: readonly string[], databaseUrl = database.url) =>
  runTool('node', [join(PROJECT_ROOT, 'dist/bin/forget.js'), ...args], bridge.folder, {
    STATE_DIR: join(bridge.folder, 'state'),
    LOG_DIR: join(bridge.folder, 'log'),
    DATABASE_URL: databaseUrl,
  });
/** The bridge's ledger of one event, by its type. */
const signalsOf = async (type: string): Promise<unknown[]> => {
  const response = await fetch(`${bridge.url}/api/v1/signals?type=${encodeURIComponent(type)}&limit=500`);
  return ((await response.json()) as { signals: unknown[] }).signals;
};
/** What the exporter keeps of profiles. */
const activity = () => {
  const folder = join(bridge.folder, 'state', 'exporter');
  for (const path of [folder, join(bridge.folder, 'log', 'exporter')])
    mkdirSync(path, { recursive: true, mode: 0o700 });
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
    debug: () => undefined,
  };
  return openKpiStore(join(folder, 'kpi.sqlite'), 'UTC', 0, log);
};
const rememberProfile = (): void => {
  const store = activity();
  const seen = new Map([
    [PROFILE, 2],
    [18, 2],
  ]);
  store.saveActivity({ anew: false, seen, forgetBefore: 1, key: 'activity', value: null });
  store.close();
};
const profiles = (): readonly number[] => {
  const store = activity();
  const known = [...store.loadActivity().keys()];
  store.close();
  return known;
};

describe('on disk', () => {
  it('no text of a signal, an incident or a message is readable, while the bridge runs and after', async () => {
    await tell();
    await settled(bridge);
    expect(telegram.messages(CHAT_ID).some(({ text }) => text.includes(DETAILS))).toBe(true);
    const canaries = [DETAILS, SUMMARY, USER];
    for (const canary of canaries) expect(filesThatHold(canary, bridge.folder)).toEqual([]);
    // What is looked for is found: the state is there, with what is kept in the clear.
    expect(filesThatHold('critical_error:Timeout', bridge.folder)).not.toEqual([]);
    await bridge.stop();
    for (const canary of canaries) expect(filesThatHold(canary, bridge.folder)).toEqual([]);
  });

  it('nothing that either service leaves is for others', async () => {
    const exporter = await startService(
      'exporter',
      { DATABASE_URL: database.urlFor(READER) },
      { folder: bridge.folder },
    );
    try {
      await tell();
      await settled(bridge);
      const paths = ['state', 'log'].flatMap((name) => everythingIn(join(bridge.folder, name)));
      expect(paths.length).toBeGreaterThan(20);
      expect(openToOthers(paths)).toEqual([]);
    } finally {
      await exporter.close();
    }
  });
});

describe('npm run forget', () => {
  it('removes a user from both stores while the bridge runs under load, and the law holds', async () => {
    rememberProfile();
    await tell();
    await settled(bridge);
    telegram.setChatState(CHAT_ID, { blocked: true });
    await tell();
    const enough = new AbortController();
    const load = (async () => {
      let answered = 0;
      while (!enough.signal.aborted) {
        expect((await event('new_user', { user_id: '78' })).status).toBe(202);
        answered += 1;
      }
      return answered;
    })();
    const { code, output } = await forget(['--user', USER]).finally(() => enough.abort());
    expect(await load).toBeGreaterThan(0);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/alert bridge, settled signals: deleted +3\n/);
    expect(output).toMatch(/alert bridge, waiting signals: will be shown without the id +3\n/);
    expect(output).toMatch(/exporter, last activity of a profile: deleted +1\n/);
    expect(output).toMatch(/knows this person as u_[0-9a-f]{12} only/);
    expect(profiles()).toEqual([18]);
    expect(await signalsOf('payment_received')).toMatchObject([{ outcome: 'pending' }]);
    expect(await signalsOf('critical_error:Timeout')).toMatchObject([{ outcome: 'pending' }]);
    telegram.setChatState(CHAT_ID, { blocked: false });
    await bridge.restart();
    expect(await settled(bridge)).toMatchObject({ suppressed: 0, failed: 0 });
    const texts = telegram.messages(CHAT_ID).map(({ text }) => text);
    expect(texts.filter((text) => text.includes(USER))).toHaveLength(3);
    for (const what of ['Timeout', 'Refund', '150'])
      expect(texts.filter((text) => text.includes(what) && text.includes('***'))).toHaveLength(1);
    expect((await forget(['--user', USER])).output).toContain(`Nothing was kept that names ${USER}.`);
  });

  it('works while the bridge is stopped, and finds nothing of somebody unknown', async () => {
    await tell();
    await settled(bridge);
    await bridge.stop();
    expect(await forget(['--user', '123456'])).toMatchObject({ code: 0 });
    expect((await forget(['--user', USER])).output).toMatch(/settled signals: deleted +3\n/);
    await bridge.restart();
    expect(await readLedger(bridge)).toMatchObject({ pending: 0 });
  });

  it('says what it could not search, and what to do', async () => {
    rememberProfile();
    const { code, output } = await forget(['--user', USER], database.urlFor(READER));
    expect(code).toBe(1);
    expect(output).toMatch(
      /Not done: .*kpi\.sqlite .* Give that id as --profile: this role may not read that/,
    );
    expect((await forget(['--user', '99999'])).output).toContain('The database knows no such user');
    expect(profiles()).toEqual([PROFILE, 18]);
    expect(await forget(['--user', USER, '--profile', String(PROFILE)])).toMatchObject({ code: 0 });
    expect(profiles()).toEqual([18]);
  });

  it.each([
    [[], 'Say who is to be forgotten: --user <id>.'],
    [['--user'], "Option '--user <value>' argument missing"],
    [['--user', ' '], 'Say who is to be forgotten'],
    [['--user', '77'], '"77" is no id: write 5 to 64 characters without spaces.'],
    [['--user', '5512345 678'], '"5512345 678" is no id'],
    [['--user', USER, '--profile', 'x'], '"x" is no id of users_profile'],
    [['--usr', USER], "Unknown option '--usr'"],
    [[USER], 'Unexpected argument'],
  ])('refuses %j: %s', async (args, sentence) => {
    const { code, output } = await forget(args);
    expect({ code, output }).toMatchObject({ code: 2 });
    expect(output).toContain(sentence);
    expect(output).toContain('Usage: npm run forget');
  });
});
