/** `npm run forget`, from the build, with everything running: what it removes, what it leaves, what it says. */
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAppDatabase } from '../support/app/database.ts';
import { CREATE_READER, READER } from '../support/app/reader.ts';
import { BOT_TOKEN, CHAT_ID, notification, post, readLedger, settled } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { filesThatHold } from '../support/machine/files.ts';
import { profilesIn, rememberProfiles } from '../support/robustness/profiles.ts';
import { runTool, type ToolResult } from '../support/machine/run-tool.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../support/servers/folders.ts';
import { startPostgres, withClient, type PostgresServer } from '../support/servers/postgres.ts';
import type { Server } from '../support/servers/process.ts';
import { PROJECT_ROOT, startService } from '../support/servers/service.ts';
import { redisThatNames, tablesThatName } from '../support/bridge/stores.ts';
import { until } from '../support/machine/until.ts';

const USER = '5512345678901';
const OTHER = '5598765432109';
const PROFILE = 17;
const KEY = 'ab'.repeat(32);
const SENTRY_SECRET = 'canary-of-sentry';
const ENV = { SENTRY_WEBHOOK_SECRET: SENTRY_SECRET, ALERTMANAGER_URL: 'http://127.0.0.1:1' };

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
});
afterAll(() => database.close());

/** `npm run forget`, without its build. */
const forget = (
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ToolResult> =>
  runTool('node', [join(PROJECT_ROOT, 'dist/bin/forget.js'), ...args], folder, {
    STATE_DIR: join(folder, 'state'),
    LOG_DIR: join(folder, 'log'),
    DATABASE_URL: database.url,
    ...env,
  });

const event = (bridge: Server, type: string, more: object) =>
  post(bridge, '/api/v1/events', { type, ...more });
const pay = (bridge: Server, id: string, user: string) =>
  event(bridge, 'payment_received', { id, user_id: user, amount: 150, payment_type: 'month' });

/** In every way in which a user can come to the bridge; the same of both users, so that one of them can be missed. */
async function plant(bridge: Server): Promise<void> {
  for (const user of [USER, OTHER]) {
    await pay(bridge, `pay-${user}`, user);
    await event(bridge, 'new_user', { id: `new-${user}`, user_id: user });
    await event(bridge, 'critical_error', {
      ...{ id: `error-${user}`, error_type: `Timeout of ${user}`, details: `by ${user}`, user_id: user },
    });
    // Faster than the chat takes them: they become members of a summary.
    for (let n = 0; n < 12; n += 1)
      await event(bridge, 'custom', {
        id: `c${n}-${user}`,
        title: `Refund ${n} of ${user}`,
        text: '',
        severity: 'info',
      });
    const alert = { alertname: `Alert${user}`, severity: 'critical', summary: `of ${user}` };
    await post(bridge, '/webhooks/alertmanager', notification([alert]));
    await post(
      bridge,
      '/webhooks/grafana',
      notification([{ alertname: 'Panel', summary: `for ${user}`, component: user }]),
    );
    const issue = {
      id: user,
      title: `Failed for ${user}`,
      culprit: '',
      level: 'error',
      firstSeen: '',
      web_url: '',
    };
    const body = JSON.stringify({ action: 'created', data: { issue } });
    const signature = createHmac('sha256', SENTRY_SECRET).update(body).digest('hex');
    const headers = {
      ...{ 'content-type': 'application/json', 'sentry-hook-resource': 'issue' },
      'sentry-hook-signature': signature,
    };
    expect((await fetch(`${bridge.url}/webhooks/sentry`, { method: 'POST', headers, body })).status).toBe(
      200,
    );
  }
}

describe('with two bridges, Redis and the exporter running', () => {
  const key = Buffer.from(KEY, 'hex');
  const BOT_ID = BOT_TOKEN.split(':')[0] ?? '';
  const world = useInstallation((at) => at.startPair({ env: () => ENV }));
  const tables = (user: string) =>
    world.pair.bridges.map(({ folder }) =>
      tablesThatName(user, join(folder, 'state/alert-bridge/outbox.sqlite'), key),
    );
  const inRedis = (user: string) => redisThatNames(user, world.pair.redis, key, BOT_ID);
  const haEnv = () => ({
    ...{ HA: 'true', REDIS_URL: world.pair.redis.url, STATE_KEY: KEY },
    ...{ MONITORING_BOT_TOKEN: BOT_TOKEN, ADMIN_TELEGRAM_ID: String(CHAT_ID) },
  });

  it('leaves nothing of the user in any store, and everything of others', async () => {
    const [first, second] = world.pair.bridges;
    rememberProfiles(first.folder, [PROFILE, 18]);
    await using _exporter = await startService(
      'exporter',
      { DATABASE_URL: database.url },
      { folder: first.folder },
    );
    world.telegram.say(CHAT_ID, { text: '/help', user: { id: Number(USER), name: 'Stranger' } });
    for (const user of [USER, OTHER]) world.telegram.say(CHAT_ID, { text: `/mute 1h Alert${user}` });
    for (const bridge of world.pair.bridges) await plant(bridge);
    for (const bridge of world.pair.bridges) await settled(bridge, 200_000);
    world.pair.redis.freeze();
    for (const user of [USER, OTHER])
      for (const bridge of world.pair.bridges) await pay(bridge, `alone-${user}`, user);
    for (const bridge of world.pair.bridges) await settled(bridge, 200_000);
    const last = world.telegram.messages(CHAT_ID).at(-1)?.message_id ?? 0;
    world.telegram.setChatState(CHAT_ID, { blocked: true });
    for (const user of [USER, OTHER])
      for (const bridge of world.pair.bridges) await pay(bridge, `late-${user}`, user);

    // It is everywhere: what is looked for below would be found.
    const everywhere = [
      'deliveries',
      'digest_members',
      'open_alerts',
      'shown_by_others',
      'signals',
      'state',
      'threads',
      'untold',
    ];
    const before = [tables(USER), tables(OTHER)];
    for (const named of before)
      expect([...new Set(named.flatMap((one) => Object.keys(one)))].toSorted()).toEqual(everywhere);
    expect(filesThatHold(USER, join(first.folder, 'log'))).not.toEqual([]);

    const half = await forget(first.folder, ['--user', USER], haEnv());
    expect(half).toMatchObject({
      code: 1,
      output: expect.stringMatching(/Not done: Redis does not answer/) as string,
    });
    world.pair.redis.thaw();
    for (const named of await Promise.all([inRedis(USER), inRedis(OTHER)]))
      expect(named).toMatchObject({ entries: expect.any(Number) as number, orders: 0, clear: [] });
    expect((await inRedis(USER)).incidents).toBeGreaterThan(0);
    expect((await inRedis(USER)).state).toBe(1);
    const { code, output } = await forget(first.folder, ['--user', USER], haEnv());
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(
      /Redis, what bridges tell one another \(all were told to do the same\): deleted +[1-9]/,
    );

    await until(
      () => tables(USER),
      (found) => found.every((one) => Object.keys(one).length === 0),
    );
    expect(await inRedis(USER)).toMatchObject({ entries: 0, incidents: 0, state: 0, clear: [] });
    for (const { folder } of world.pair.bridges)
      for (const name of ['state', 'log']) expect(filesThatHold(USER, join(folder, name))).toEqual([]);
    const hash = /user\.id:(u_[0-9a-f]{12})/.exec(output)?.[1] ?? expect.fail(output);
    expect(filesThatHold(hash, join(first.folder, 'log'))).toEqual([]);
    const history = await withClient(database.url, async (client) => {
      const { rows } = await client.query<{ text: string }>(
        `SELECT query_to_xml('SELECT * FROM monitoring.' || quote_ident(tablename), true, false, '')::text AS text
         FROM pg_tables WHERE schemaname = 'monitoring'`,
      );
      return rows.map(({ text }) => text);
    });
    expect(history.filter((text) => text.includes(USER))).toEqual([]);

    const after = tables(OTHER);
    for (const [index, named] of (before[1] ?? []).entries()) {
      const { shown_by_others: _, untold: __, ...kept } = named;
      expect(after[index]).toMatchObject(kept);
    }
    expect((await inRedis(OTHER)).incidents).toBeGreaterThan(0);
    world.telegram.setChatState(CHAT_ID, { blocked: false });
    await Promise.all([first.restart(), second.restart()]);
    for (const bridge of world.pair.bridges) await settled(bridge, 200_000);
    const late = world.telegram
      .messages(CHAT_ID)
      .filter(({ message_id: id }) => id > last)
      .map(({ text }) => text)
      .join('\n');
    expect([late.split('***').length, late.split(OTHER).length]).toEqual([2, 2]);
    expect(late).not.toContain(USER);
  });
});

describe('with one bridge', () => {
  const world = useInstallation(() => undefined);
  let bridge: Server;
  const start = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
    bridge = await world.startBridge({ ...ENV, ...env });
  };
  const waiting = async (user: string): Promise<void> => {
    world.telegram.setChatState(CHAT_ID, { blocked: true });
    expect((await pay(bridge, `waits-${user}`, user)).status).toBe(202);
  };
  const shownOnceItCan = async (): Promise<string> => {
    world.telegram.setChatState(CHAT_ID, { blocked: false });
    await bridge.restart();
    await settled(bridge);
    return world.telegram.messages(CHAT_ID).at(-1)?.text ?? '';
  };

  it('works while posts come in, and the law holds', async () => {
    await start();
    rememberProfiles(bridge.folder, [PROFILE, 18]);
    await event(bridge, 'critical_error', { error_type: 'Timeout', details: 'd', user_id: USER });
    await settled(bridge);
    await waiting(USER);
    const enough = new AbortController();
    const load = (async () => {
      let answered = 0;
      for (; !enough.signal.aborted; answered += 1)
        expect((await event(bridge, 'new_user', { user_id: OTHER })).status).toBe(202);
      return answered;
    })();
    const { code, output } = await forget(bridge.folder, ['--user', USER]).finally(() => enough.abort());
    expect(await load).toBeGreaterThan(0);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/alert bridge, settled signals: deleted +1\n/);
    expect(output).toMatch(/alert bridge, waiting signals: will be shown without the id +1\n/);
    expect(output).toMatch(/exporter, last activity of a profile: deleted +1\n/);
    expect(profilesIn(bridge.folder)).toEqual([18]);
    await readLedger(bridge);
    const again = await forget(bridge.folder, ['--user', USER]);
    expect(again).toMatchObject({ code: 0 });
    expect(again.output).toContain(`Nothing was kept that names ${USER}.`);
  });

  it('leaves a running bridge the key it knows, and says when there is none that fits', async () => {
    await start({ STATE_KEY: KEY });
    await waiting(USER);
    const newKey = 'cd'.repeat(32);
    const wrong = await forget(bridge.folder, ['--user', USER], { STATE_KEY: newKey });
    expect(wrong).toMatchObject({ code: 1 });
    for (const { output } of [wrong, await forget(bridge.folder, ['--user', USER])])
      expect(output).toMatch(
        /Not done: .*outbox\.sqlite is sealed with another key: set STATE_KEY to the one/,
      );
    const both = await forget(bridge.folder, ['--user', USER], { STATE_KEY: `${newKey},${KEY}` });
    expect(both).toMatchObject({ code: 0 });
    expect(await shownOnceItCan()).toContain('Пользователь: ***');
    expect(await readLedger(bridge)).toMatchObject({ failed: 0, suppressed: 0 });
  });

  it('says what it could not search and what to do, and does the rest', async () => {
    await start();
    await event(bridge, 'new_user', { user_id: USER });
    await settled(bridge);
    rememberProfiles(bridge.folder, [PROFILE, 18]);
    const aside = join(bridge.folder, 'state/alert-bridge/outbox.sqlite.damaged-20260101T000000Z');
    writeFileSync(aside, USER);
    const { code, output } = await forget(bridge.folder, ['--user', USER], {
      DATABASE_URL: database.urlFor(READER),
      ADMIN_TELEGRAM_ID: USER,
    });
    expect(code).toBe(1);
    expect(output).toMatch(/settled signals: deleted +1\n/);
    expect(output).toMatch(
      /Not done: .*kpi\.sqlite .* Give that id as --profile: this role may not read that/,
    );
    expect(output).toContain(
      `Not done: ${aside} was set aside and cannot be searched: run this again with --set-aside`,
    );
    expect(output).toContain(`Not done: ${USER} is in ADMIN_TELEGRAM_ID`);
    expect(profilesIn(bridge.folder)).toEqual([PROFILE, 18]);
    const whole = await forget(bridge.folder, ['--user', USER, '--profile', String(PROFILE), '--set-aside']);
    expect(whole).toMatchObject({ code: 0 });
    expect(profilesIn(bridge.folder)).toEqual([18]);
    expect(filesThatHold(USER, bridge.folder)).toEqual([]);
    const unknown = await forget(bridge.folder, ['--user', '99999'], {
      LOG_DIR: join(bridge.folder, 'elsewhere'),
    });
    expect(unknown.output).toMatch(/The database knows no such user[^]*The logs of alert-bridge are not in/);
  });
});

describe('refuses', () => {
  let folder: string;
  beforeAll(() => {
    folder = makeTemporaryFolder();
  });
  afterAll(() => removeTemporaryFolder(folder));

  it.each([
    [[], 'Say who is to be forgotten: --user <id>.'],
    [['--user', ' '], 'Say who is to be forgotten'],
    [['--user', '77'], '"77" is no id: write 5 to 64 characters without spaces.'],
    [['--user', '5512345 678'], '"5512345 678" is no id'],
    [['--user', USER, '--profile', 'x'], '"x" is no id of users_profile'],
    [['--usr', USER], "Unknown option '--usr'"],
  ])('%j: %s', async (args, sentence) => {
    const { code, output } = await forget(folder, args);
    expect({ code, output }).toMatchObject({ code: 2 });
    expect(output).toContain(sentence);
    expect(output).toContain('Usage: npm run forget');
  });

  it('a folder in which nothing was ever kept: it is the wrong one', async () => {
    expect(await forget(folder, ['--user', USER])).toMatchObject({
      code: 1,
      output: expect.stringContaining('set STATE_DIR to the folder they use') as string,
    });
  });
});
