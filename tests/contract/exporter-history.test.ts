import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { logged } from '../../exporter/model/collector.ts';
import { openDatabase, type Database } from '../../exporter/postgres/postgres.ts';
import { openArchive, type Archive } from '../../exporter/history/archive.ts';
import { historyGrants } from '../../exporter/history/migrations.ts';
import { createHealthRecorder } from '../../exporter/history/recorder.ts';
import { openHistoryStore, type HistoryStore } from '../../exporter/history/sqlite.ts';
import { startHistoryWriter } from '../../exporter/history/writer.ts';
import { applyRun, initialState, type CollectorState } from '../../exporter/model/snapshot.ts';
import { createAppDatabase } from '../support/app/database.ts';
import { CREATE_READER, READER } from '../support/app/reader.ts';
import { FakeClock } from '../support/machine/fake-clock.ts';
import { startPostgres, withClient, type PostgresServer } from '../support/servers/postgres.ts';
import { until } from '../support/machine/until.ts';

const NOON = Date.parse('2026-11-23T12:00:00Z');
const MINUTE = 60_000;

let server: PostgresServer;
let folder: string;
const cleanups: (() => Promise<void> | void)[] = [];
beforeAll(async () => {
  server = await startPostgres();
  await withClient(server.url, async (client) => {
    await createAppDatabase(client);
    await client.query(CREATE_READER);
  });
});
afterAll(() => server.close());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'history-'));
  await ask('DROP SCHEMA IF EXISTS monitoring CASCADE');
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  rmSync(folder, { recursive: true });
});

const ask = (sql: string): Promise<readonly Record<string, unknown>[]> =>
  withClient(server.url, async (client) => (await client.query<Record<string, unknown>>(sql)).rows);
const signal = (): AbortSignal => AbortSignal.timeout(20_000);

/** One exporter's history, over components whose state the test sets. */
function exporter(name = 'one', url = server.url, clock = new FakeClock(NOON)) {
  const connection = { connectionString: url };
  const database: Database = openDatabase(connection);
  const archive: Archive = openArchive(database.history, connection);
  const warnings: string[] = [];
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (message: string) => void warnings.push(message),
    error: () => undefined,
  };
  const store: HistoryStore = openHistoryStore(join(folder, `${name}.sqlite`), clock.now(), log);
  const faults: unknown[] = [];
  const states = new Map<string, CollectorState>();
  const recorder = createHealthRecorder({
    store,
    snapshot: () => ({ collectors: [...states.values()] }),
    now: () => clock.now(),
    onRecorded: () => writer.poke(),
  });
  const writer = startHistoryWriter({
    store,
    archive,
    clock,
    log,
    onLoaded: recorder.reload,
    onUnexpected: (error) => void faults.push(error),
  });
  let isOpen = true;
  const stop = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    database.close();
    await writer.stop();
    store.close();
    expect(faults).toEqual([]);
  };
  cleanups.push(stop);
  return {
    ...{ archive, database, store, clock, recorder, writer, warnings, stop },
    /** A check of the component ends now. */
    run: (component: string, ok: boolean, sentence = 'no answer'): void => {
      const before =
        states.get(component) ??
        initialState({ name: component, kind: 'component', intervalMs: 60 * MINUTE });
      const run = {
        ok,
        observedAt: clock.now(),
        durationMs: 4.4,
        ...(ok ? {} : { reasons: [logged(sentence)] }),
      };
      states.set(component, applyRun(before, run, 1));
      recorder.onRun(clock.now());
    },
    /** Everything is in PostgreSQL; after an outage time has to pass until the next try. */
    written: (stepMs = 0) =>
      until(
        async () => {
          await clock.advance(stepMs);
          return store.pending();
        },
        (pending) => pending === 0,
      ),
  };
}

const health = async (): Promise<unknown[]> =>
  (
    await ask(
      `SELECT component, status, timestamp, response_time_ms, details FROM monitoring.system_health_check ORDER BY timestamp, component`,
    )
  ).map((row) => [
    (row['timestamp'] as Date).toISOString().slice(11, 19),
    row['component'],
    row['status'],
    row['response_time_ms'],
    (row['details'] as { error?: string }).error ?? null,
  ]);

describe('health checks', () => {
  it('of an outage of PostgreSQL are in its own history, at their own times', async () => {
    const one = exporter();
    one.run('database', true);
    one.run('redis', true);
    await one.written();
    await server.stop();
    await one.clock.advance(2 * MINUTE);
    one.run('database', false, 'nothing listens there');
    await one.clock.advance(13 * MINUTE);
    one.recorder.onSlot(NOON + 15 * MINUTE);
    await one.clock.advance(1_000);
    one.run('redis', false, 'half a pair \ud800 and \0');
    await until(
      () => one.warnings,
      (warnings) => warnings.length > 0,
    );
    expect(one.store.pending()).toBe(4);
    await server.restart();
    await one.clock.advance(5 * MINUTE - 1_000);
    one.run('database', true);
    await one.written(MINUTE);
    expect(await health()).toEqual([
      ['12:00:00', 'database', 'healthy', 4, null],
      ['12:00:00', 'redis', 'healthy', 4, null],
      ['12:02:00', 'database', 'unhealthy', null, 'nothing listens there'],
      ['12:15:00', 'database', 'unhealthy', null, 'nothing listens there'],
      ['12:15:00', 'redis', 'healthy', 4, null],
      ['12:15:01', 'redis', 'unhealthy', null, 'half a pair \ufffd and \ufffd'],
      ['12:20:00', 'database', 'healthy', 4, null],
    ]);
    expect(one.recorder.recent.changes('database', 0).map(({ status }) => status)).toEqual([
      'healthy',
      'unhealthy',
      'healthy',
    ]);
  });

  it('of two exporters are one row for each quarter of an hour', async () => {
    const [one, two] = [exporter('one'), exporter('two')];
    for (const each of [one, two]) {
      each.run('redis', true);
      await each.clock.advance(MINUTE);
      each.recorder.onSlot(NOON + 15 * MINUTE);
      each.recorder.onSlot(NOON + 30 * MINUTE);
    }
    await Promise.all([one.written(MINUTE), two.written(MINUTE)]);
    expect(await health()).toEqual([
      ['12:00:00', 'redis', 'healthy', 4, null],
      ['12:15:00', 'redis', 'healthy', 4, null],
      ['12:30:00', 'redis', 'healthy', 4, null],
    ]);
  });

  it('that nobody may write wait here, with the way out in the log, and are written once it was taken', async () => {
    const one = exporter('one', server.urlFor(READER));
    one.run('redis', true);
    await until(
      () => one.warnings,
      (warnings) => warnings.length > 0,
    );
    const grants = historyGrants(READER.user, 'expense_bot');
    expect(one.warnings[0]).toContain(`the role monitoring_reader may not write the history`);
    expect(one.warnings[0]).toContain(grants.join(' '));
    expect(one.store.pending()).toBe(1);
    // Nothing was written, so there is nothing to delete: no fault.
    await one.archive.prune(NOON, signal());
    // Whoever owns a database needs be no superuser, and no member of the exporter's role.
    const OWNER = { user: 'plain_owner', password: 'owner-password' };
    await ask(
      `CREATE ROLE plain_owner LOGIN PASSWORD 'owner-password'; ALTER DATABASE expense_bot OWNER TO plain_owner`,
    );
    try {
      await withClient(server.urlFor(OWNER), async (client) => {
        for (const grant of grants) await client.query(grant);
      });
      await one.written(MINUTE);
      expect(await health()).toHaveLength(1);
      expect(one.warnings).toHaveLength(1);
    } finally {
      await ask(`ALTER DATABASE expense_bot OWNER TO expense_user; REASSIGN OWNED BY plain_owner TO expense_user;
        DROP OWNED BY plain_owner; DROP ROLE plain_owner`);
    }
  });

  it('survive a restart of the exporter before they were written', async () => {
    const one = exporter('one', 'postgresql://u:p@127.0.0.1:1/x');
    one.run('redis', true);
    await one.stop();
    const again = exporter('one');
    again.run('redis', true);
    await again.written(MINUTE);
    expect(await health()).toEqual([['12:00:00', 'redis', 'healthy', 4, null]]);
  });

  it('of the last day are taken over by an exporter that has lost its state', async () => {
    const one = exporter('one');
    one.run('redis', true);
    await one.clock.advance(10 * MINUTE);
    one.run('redis', false);
    await one.written();
    const heir = exporter('heir', server.url, new FakeClock(NOON + 12 * MINUTE));
    await until(
      () => heir.recorder.recent.changes('redis', 0),
      (changes) => changes.length === 2,
    );
    expect(heir.recorder.recent.changes('redis', 0)).toEqual([
      { at: NOON, status: 'healthy' },
      { at: NOON + 10 * MINUTE, status: 'unhealthy' },
    ]);
    expect(heir.store.pending()).toBe(0);
  });

  it('are unknown for the time in which nobody looked', async () => {
    const one = exporter('one');
    one.run('redis', true);
    await one.stop();
    const later = exporter('one', server.url, new FakeClock(NOON + 120 * MINUTE));
    later.run('redis', true);
    expect(later.recorder.recent.changes('redis', 0)).toEqual([
      { at: NOON, status: 'healthy' },
      { at: NOON + 20 * MINUTE, status: 'unknown' },
      { at: NOON + 120 * MINUTE, status: 'healthy' },
    ]);
  });

  it('are deleted after their time, here and there', async () => {
    const one = exporter('one');
    one.run('redis', true);
    await one.clock.advance(MINUTE);
    one.run('redis', false);
    await one.written();
    await one.archive.prune(NOON + 1, signal());
    one.store.prune({ before: NOON + 1, maxHealthRows: 100 });
    expect(await health()).toEqual([['12:01:00', 'redis', 'unhealthy', null, 'no answer']]);
    expect(one.store.healthSince(0)).toHaveLength(1);
    for (let n = 0; n < 5; n += 1) one.recorder.onSlot(NOON + n);
    one.store.prune({ before: 0, maxHealthRows: 3 });
    expect(one.store.healthSince(0)).toHaveLength(3);
  });
});

describe('the schema', () => {
  it('is made once although five exporters start together', async () => {
    const all = ['a', 'b', 'c', 'd', 'e'].map((name) => exporter(name));
    for (const one of all) one.run('redis', true);
    await Promise.all(all.map((one) => one.written(MINUTE)));
    expect(await ask('SELECT version FROM monitoring.schema_migrations')).toEqual([
      { version: 1 },
      { version: 2 },
    ]);
  });

  it('of a newer release is left alone, and said to be newer', async () => {
    const one = exporter('one');
    one.run('redis', true);
    await one.written();
    await one.stop();
    await ask('INSERT INTO monitoring.schema_migrations VALUES (99, now())');
    const older = exporter('one', server.url, new FakeClock(NOON + MINUTE));
    older.run('redis', false);
    await until(
      () => older.warnings,
      (warnings) => warnings.length > 0,
    );
    expect(older.warnings[0]).toContain('has version 99, newer than the 2 this release knows');
    expect(older.store.pending()).toBe(1);
  });

  it('has the columns of the specification', async () => {
    const one = exporter('one');
    one.run('redis', true);
    await one.written();
    const columns = await ask(
      `SELECT table_name, string_agg(column_name, ', ' ORDER BY ordinal_position) AS names
       FROM information_schema.columns WHERE table_schema = 'monitoring' GROUP BY table_name`,
    );
    expect(Object.fromEntries(columns.map((row) => [row['table_name'], row['names']]))).toMatchObject({
      system_health_check: 'component, timestamp, status, response_time_ms, details',
      user_analytics: 'date, total_users, active_users, new_users, retention_7d',
      ai_service_metrics: 'date, provider, requests_count, tokens_used, cost_usd, success_rate',
      daily_figures: 'date, figure, label, value',
    });
  });
});

describe('the connections', () => {
  it('stay two in a frozen server, although the history has a role of its own', async () => {
    const connection = { connectionString: server.urlFor(READER) };
    const history = { connectionString: `${server.url}?application_name=history` };
    const database = openDatabase(connection, { history });
    cleanups.push(() => database.close());
    const archive = openArchive(database.history, history);
    const use = (withinMs: number): Promise<unknown>[] => [
      database.probe.query({ text: 'SELECT 1', timeoutMs: 1_000 }, AbortSignal.timeout(withinMs)),
      database.figures.query({ text: 'SELECT 1', timeoutMs: 1_000 }, AbortSignal.timeout(withinMs)),
      archive.writeHealth([], AbortSignal.timeout(withinMs)),
    ];
    // Seen from here, for the server says nothing while it is frozen. https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt
    const port = server.port.toString(16).toUpperCase().padStart(4, '0');
    const connections = (): number =>
      [...readFileSync('/proc/net/tcp', 'utf8').matchAll(/^ *\d+: \S+ \S+:(\S{4}) 0[12] /gm)].filter(
        ([, remote]) => remote === port,
      ).length;
    // As long as it takes on a busy machine: only then both are connected.
    await Promise.allSettled([...use(60_000), ...use(60_000)]);
    expect(connections()).toBe(2);
    server.freeze();
    const waiting = Promise.allSettled([...use(300), ...use(300), ...use(300)]);
    let most = 0;
    const late = await Promise.race([
      waiting,
      until(
        () => (most = Math.max(most, connections())),
        () => false,
        { timeoutMs: 2_500 },
      ).catch(() => 'held'),
    ]);
    server.thaw();
    expect(late).toBe('held');
    expect(most).toBe(2);
    await waiting;
    expect(connections()).toBe(2);
  });
});
