/** What the two services leave on disk, from the build, and for how long. */
import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectSqlite } from '../../common/state/sqlite.ts';
import { createAppDatabase } from '../support/app/database.ts';
import { CREATE_READER, READER } from '../support/app/reader.ts';
import { CHAT_ID, notification, post, QUIET, settled } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { everythingIn, filesThatHold, openToOthers } from '../support/machine/files.ts';
import { runTool } from '../support/machine/run-tool.ts';
import { startPostgres, withClient, type PostgresServer } from '../support/servers/postgres.ts';
import { PROJECT_ROOT, startService } from '../support/servers/service.ts';
import { startRedis, withRedis } from '../support/servers/redis.ts';
import { until } from '../support/machine/until.ts';

const USER = '5512345678901';
const DETAILS = 'canary-of-details';
const SUMMARY = 'canary-of-a-summary';

let database: PostgresServer;
beforeAll(async () => {
  database = await startPostgres();
  await withClient(database.url, async (client) => {
    await createAppDatabase(client);
    await client.query(CREATE_READER);
  });
});
afterAll(() => database.close());
const world = useInstallation();

const event = (type: string, more: object) => post(world.bridge, '/api/v1/events', { type, ...more });
const tell = async (): Promise<void> => {
  await event('critical_error', { error_type: 'Timeout', details: DETAILS, user_id: USER });
  await event('payment_received', { user_id: USER, amount: 150, payment_type: 'month' });
  await event('custom', { title: 'Refund', text: `of user ${USER}`, severity: 'info' });
  await event('new_user', { user_id: '77' });
  await post(world.bridge, '/webhooks/alertmanager', notification([{ alertname: 'Down', summary: SUMMARY }]));
};

const outbox = (): string => join(world.bridge.folder, 'state/alert-bridge/outbox.sqlite');

describe('on disk', () => {
  it('no text of a signal, an incident or a message is readable, while the bridge runs and after', async () => {
    await tell();
    await settled(world.bridge);
    expect(world.telegram.messages(CHAT_ID).some(({ text }) => text.includes(DETAILS))).toBe(true);
    const canaries = [DETAILS, SUMMARY, USER];
    for (const canary of canaries) expect(filesThatHold(canary, world.bridge.folder)).toEqual([]);
    // What is looked for is found: the state is there, with what is kept in the clear.
    expect(filesThatHold('critical_error:Timeout', world.bridge.folder)).not.toEqual([]);
    await world.bridge.stop();
    for (const canary of canaries) expect(filesThatHold(canary, world.bridge.folder)).toEqual([]);
  });

  it('nothing that either service leaves is for others', async () => {
    const exporter = await startService(
      'exporter',
      { DATABASE_URL: database.urlFor(READER) },
      { folder: world.bridge.folder },
    );
    try {
      await tell();
      await settled(world.bridge);
      await world.bridge.stop();
      writeFileSync(outbox(), 'no database any more', { flag: 'r+' });
      await world.bridge.restart();
      await tell();
      await runTool('node', [join(PROJECT_ROOT, 'dist/bin/forget.js'), '--user', USER], world.bridge.folder, {
        STATE_DIR: join(world.bridge.folder, 'state'),
        LOG_DIR: join(world.bridge.folder, 'log'),
        DATABASE_URL: database.urlFor(READER),
      });
      const paths = ['state', 'log'].flatMap((name) => everythingIn(join(world.bridge.folder, name)));
      const names = paths.map((path) => basename(path).replace(/-\d{8}T\d{6}Z$/, ''));
      for (const name of [
        'outbox.sqlite.damaged',
        'outbox.sqlite-wal',
        'outbox.sqlite-shm',
        'state.key',
        'hash.key',
      ])
        expect(names).toContain(name);
      for (const name of ['kpi.sqlite', 'history.sqlite', 'audit.log', 'app.log'])
        expect(names).toContain(name);
      expect(openToOthers(paths)).toEqual([]);
    } finally {
      await exporter.close();
    }
  });
});

describe('past its time', () => {
  const HOUR = 3_600_000;
  const KEY = Buffer.alloc(32, 9);

  it('nothing is kept: signals, what bridges tell one another, incidents, state set aside; the rest is', async () => {
    const redis = await startRedis();
    const keeping = await world.startBridge(
      { HA: 'true', REDIS_URL: redis.url, STATE_KEY: KEY.toString('hex') },
      { config: `${QUIET}keep_settled: 1h\nkeep_incidents: 1d\n` },
    );
    try {
      const folder = join(keeping.folder, 'state/alert-bridge');
      const tellOf = (name: string) =>
        post(keeping, '/webhooks/alertmanager', notification([{ alertname: `Alert-${name}` }]));
      for (const name of ['old', 'young']) await tellOf(name);
      await settled(keeping);
      world.telegram.setChatState(CHAT_ID, { blocked: true });
      await tellOf('waits');
      await keeping.stop();
      const now = Date.now();
      const old = connectSqlite(join(folder, 'outbox.sqlite'));
      old.exec(`
        UPDATE signals SET settled_at = settled_at - ${2 * HOUR} WHERE type LIKE '%old%';
        UPDATE signals SET accepted_at = accepted_at - ${2 * HOUR} WHERE type LIKE '%waits%';
        UPDATE threads SET updated_at = updated_at - ${25 * HOUR}, stale = 1 WHERE type LIKE '%old%';
        UPDATE notifications SET accepted_at = accepted_at - ${2 * HOUR};
        INSERT INTO untold (chat, identities, members, shown_at) VALUES ('gone', '[]', '[]', ${now - 2 * HOUR});
        INSERT INTO shown_by_others VALUES ('gone', 'old', ${now - 2 * HOUR}), ('gone', 'young', ${now});
        INSERT OR REPLACE INTO state VALUES ('job:prune_settled_signals', '{"slot":${now - 3 * HOUR}}');
      `);
      old.close();
      const aside = [now - 25 * HOUR, now - HOUR].map((at) => {
        const time = new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '');
        return `outbox.sqlite.other-key-${time}`;
      });
      for (const name of aside) for (const end of ['', '-wal']) writeFileSync(join(folder, name + end), '');
      const stream = await withRedis(redis, async (client) => {
        const [key = expect.fail('nothing was told')] = await client.keys(`*:shown:${CHAT_ID}`);
        const [first] = await client.xrange(key, '-', '+', 'COUNT', 1);
        await client.del(key);
        for (const at of [now - 2 * HOUR, now]) await client.xadd(key, at, ...(first?.[1] ?? []));
        return key;
      });
      await keeping.restart();
      const types = (table: string): Promise<string[]> => {
        const database = connectSqlite(join(folder, 'outbox.sqlite'), { readonly: true });
        const rows = database.prepare(`SELECT type FROM ${table} ORDER BY 1`).pluck().all() as string[];
        database.close();
        return Promise.resolve(rows.map((type) => type.replace(/^alert:Alert-|:$/g, '')));
      };
      await until(
        () => types('signals'),
        (all) => !all.includes('old'),
      );
      expect(await types('signals')).toEqual(['waits', 'young']);
      expect(await types('threads')).toEqual(['young']);
      const database = connectSqlite(join(folder, 'outbox.sqlite'), { readonly: true });
      const count = (table: string) => database.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
      expect(['untold', 'shown_by_others', 'notifications'].map(count)).toEqual([0, 1, 0]);
      database.close();
      const left = readdirSync(folder).filter((name) => name.includes('other-key'));
      expect(left).toEqual([aside[1], `${aside[1] ?? ''}-wal`]);
      const positions = await until(
        () => withRedis(redis, (client) => client.xrange(stream, '-', '+')),
        (all) => all.length > 0 && Number(all[0]?.[0].split('-')[0]) >= now,
      );
      expect(positions[0]?.[0]).toBe(`${now}-0`);
    } finally {
      await keeping.close();
      await redis.close();
    }
  });
});
