import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ProbeError, type Collector } from '../../exporter/model/collector.ts';
import { openDatabase, type Database } from '../../exporter/postgres/postgres.ts';
import { customQueryCollector } from '../../exporter/kpi/custom/collector.ts';
import type { CustomQuery } from '../../exporter/kpi/custom/settings.ts';
import {
  cleanUpExporters,
  DEAD,
  launch,
  metrics,
  promtool,
  ready,
  valueOf,
  type RunningExporter,
} from '../support/exporter/exporter-process.ts';
import { startPostgres, withClient, type PostgresServer } from '../support/servers/postgres.ts';
import { UNKNOWN_HOST } from '../support/machine/unknown-host.ts';

let server: PostgresServer;
let database: Database;
const sql = (text: string): Promise<unknown> => withClient(server.url, (client) => client.query(text));

beforeAll(async () => {
  server = await startPostgres();
  await sql(
    `CREATE TABLE things (kind text, n numeric); INSERT INTO things VALUES ('a', 1.5), ('b"\\', 2), (NULL, NULL)`,
  );
  database = openDatabase({ connectionString: server.url });
});
afterAll(async () => {
  database.close();
  await server.close();
});
afterEach(cleanUpExporters);

const queryOf = (query: string, changes: Partial<CustomQuery> = {}): CustomQuery => ({
  family: { name: 'app_things', kind: 'gauge', help: 'Things.', labels: changes.labels ?? [] },
  labels: [],
  values: ['n'],
  query,
  intervalMs: 60_000,
  timeoutMs: 5_000,
  rowLimit: 10,
  disabledReason: undefined,
  ...changes,
});
const collectorOf = (query: CustomQuery): Collector =>
  customQueryCollector(query, database.figures, () => performance.now());
const run = async (collector: Collector): Promise<unknown> =>
  collector.collect({ signal: AbortSignal.timeout(60_000), now: 0 }).then(
    ({ samples }) => samples.map(({ labels, value }) => [labels, value]),
    (error: unknown) => (error instanceof ProbeError ? error.message : error),
  );

describe('a custom query', () => {
  it('takes values as PostgreSQL writes them', async () => {
    const query = queryOf('SELECT * FROM things -- all of them', { labels: ['kind'] });
    expect(await run(collectorOf(query))).toEqual([
      [{ kind: 'a' }, 1.5],
      [{ kind: 'b"\\' }, 2],
    ]);
    const types = `SELECT x.kind, x.n FROM (VALUES
      ('bigint', 9007199254740993::bigint::text), ('float', 1e22::float8::text), ('inf', '-Infinity'::float8::text)
    ) AS x (kind, n);`;
    expect(await run(collectorOf(queryOf(types, { labels: ['kind'] })))).toEqual([
      [{ kind: 'bigint' }, 9007199254740992],
      [{ kind: 'float' }, 1e22],
      [{ kind: 'inf' }, -Infinity],
    ]);
    const dated = queryOf("SELECT 1 AS n, DATE '2026-11-23' AS day, true AS flag", {
      labels: ['day', 'flag'],
    });
    expect(await run(collectorOf(dated))).toEqual([[{ day: '2026-11-23', flag: 't' }, 1]]);
  });

  it('fetches no more than its limit and one, however many rows there are', async () => {
    const endless = queryOf(
      'SELECT n::text AS kind, n FROM (SELECT generate_series(1, 1000000000) AS n) AS s',
      {
        labels: ['kind'],
      },
    );
    expect(await run(collectorOf(endless))).toBe(
      'the query has more than 10 rows: write one with fewer, or raise its row_limit',
    );
    expect(await run(collectorOf(queryOf('SELECT 1 AS n')))).toEqual([[{}, 1]]);
  });

  it.each([
    ['a second statement', 'SELECT 1 AS n; DROP TABLE things', /cannot insert multiple commands/],
    ['an end of the transaction', 'COMMIT', /syntax error at or near "COMMIT" \(line 1, column 1\)/],
    ['a statement that writes', 'DELETE FROM things', /syntax error at or near "DELETE"/],
    [
      'one that writes and reads',
      'WITH d AS (DELETE FROM things RETURNING n) SELECT n FROM d',
      /must not contain data-modifying/,
    ],
    [
      'a function that writes',
      "SELECT setval('s', 2) AS n",
      /in a read-only transaction|FOR UPDATE is not supported/,
    ],
    ['a lock', 'SELECT n FROM things FOR UPDATE', /in a read-only transaction|FOR UPDATE is not supported/],
    [
      'an unknown column',
      "SELECT '💥',\n  x AS n FROM things",
      /a column is missing: column "x" does not exist \(line 2, column 3\)/,
    ],
  ])('refuses %s, and goes on with the connection', async (_what, query, sentence) => {
    await sql('CREATE SEQUENCE IF NOT EXISTS s');
    expect(await run(collectorOf(queryOf(query)))).toMatch(sentence);
    expect(await run(collectorOf(queryOf('SELECT count(*) AS n FROM things')))).toEqual([[{}, 3]]);
  });

  it('is cancelled by the server, and rests ten times as long as it took, not as it waited', async () => {
    const slow = collectorOf(queryOf('SELECT 1 AS n FROM pg_sleep(60)', { timeoutMs: 3_000 }));
    const quick = collectorOf(queryOf('SELECT 1 AS n'));
    const [cancelled, answered] = await Promise.all([run(slow), run(quick)]);
    expect(cancelled).toBe('the database cancelled the statement: it took too long');
    expect(answered).toEqual([[{}, 1]]);
    expect(slow.restMs?.()).toBe(30_000);
    expect(quick.restMs?.()).toBeGreaterThan(0);
    expect(quick.restMs?.()).toBeLessThan(30_000);
  });
});

const CONFIG = `
queries:
  - name: app_things
    help: Things, by kind.
    labels: [kind]
    values: [n]
    query: SELECT kind, n FROM things
    interval: 1s
    timeout: 500ms
  - name: app_rows_total
    kind: counter
    help: Rows.
    values: [n]
    query: SELECT count(*) AS n FROM things
    interval: 1s
    timeout: 500ms
`;
const start = async (config: string, args: readonly string[] = []): Promise<RunningExporter> => {
  const running = await launch({ ...DEAD, DATABASE_URL: server.url }, args, config);
  return args.length === 0 ? ready(running) : running;
};

describe('the exporter with custom queries', () => {
  it('serves them, keeps the last good values with their time, and takes others at a reload', async () => {
    const running = await start(CONFIG);
    const seen = async (check: (text: string) => void): Promise<void> => {
      await vi.waitFor(async () => check(await metrics(running)), { timeout: 200_000, interval: 50 });
    };
    await seen((text) => {
      expect(valueOf(text, 'app_things{kind="a"}')).toBe(1.5);
      expect(valueOf(text, 'app_things{kind="b\\"\\\\"}')).toBe(2);
      expect(valueOf(text, 'app_rows_total')).toBe(3);
      expect(text).toContain('# TYPE app_rows_total counter\n');
    });
    expect(await promtool(await metrics(running))).toEqual({ code: 0, output: '' });

    await sql('ALTER TABLE things RENAME TO elsewhere');
    const success = 'expensebot_query_success{query="sql:app_things"}';
    const time = 'expensebot_query_last_success_timestamp_seconds{query="sql:app_things"}';
    await seen((text) => {
      expect(valueOf(text, success)).toBe(0);
      expect(valueOf(text, 'app_things{kind="a"}')).toBe(1.5);
      expect(valueOf(text, time)).toBeGreaterThan(0);
      expect(running.output()).toContain(
        'sql:app_things fails: a table is missing: relation \\"things\\" does not exist',
      );
    });
    await seen((text) => expect(text).not.toContain('app_things{'));
    await sql('ALTER TABLE elsewhere RENAME TO things');

    const path = join(running.folder, 'config.yml');
    const other = readFileSync(path, 'utf8').replace('kind, n FROM things', "'new' AS kind, 7 AS n");
    writeFileSync(path, other);
    const answer = await fetch(`${running.url}/-/reload`, { method: 'POST' });
    expect(await answer.json()).toMatchObject({ changed: ['sql:app_things'], added: [], removed: [] });
    await seen((text) => {
      expect(valueOf(text, 'app_things{kind="new"}')).toBe(7);
      expect(text).not.toContain('app_things{kind="a"}');
    });
  });

  it('has them planned when its configuration is checked', async () => {
    const good = await start(CONFIG, ['--check-config']);
    expect(await good.ended).toBe(0);
    expect(good.output()).toMatch(/^exporter: queries: app_things: cost [\d.]+, about \d+ rows/m);
    expect(good.output()).toContain('exporter: the configuration is valid.\n');

    const bad = await start(
      CONFIG.replace('SELECT kind, n', 'SELECT kind,\n      nn').replace('count(*) AS n', 'count(*) AS m'),
      ['--check-config'],
    );
    expect(await bad.ended).toBe(2);
    expect(bad.output()).toContain('The configuration of the exporter has 2 problems:');
    expect(bad.output()).toContain(
      'queries: app_things: Mend the query: a column is missing: column "nn" does not exist (line 1, column 14).',
    );
    expect(bad.output()).toContain(
      'queries: app_rows_total: Mend the query: the query has no column n; it has m.',
    );
  });

  it('says that they were not planned when the database is away', async () => {
    const running = await launch({ ...DEAD }, ['--check-config'], CONFIG);
    expect(await running.ended).toBe(0);
    expect(running.output()).toContain(
      `exporter: the SQL of 2 queries was not checked: the name of ${UNKNOWN_HOST}:5432 is not known to DNS.\n`,
    );
  });
});
