/**
 * What one steady refresh of all figures costs the database, beside the application's own statistics of one day, and
 * with ten times the history; the same where a vacuum has left room in old pages, so that new rows lie far apart; and
 * how long a first start holds the event loop. The statements are those that the exporter's collectors issue, run again
 * under EXPLAIN.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import pg from 'pg';
import { usersQuery } from '../../../exporter/kpi/users.ts';
import { explain, type Cost } from '../../support/bridge/explain.ts';
import { openFigures, type Figures } from '../../support/exporter/figures.ts';
import { startPostgres, withClient, type PostgresServer } from '../../support/servers/postgres.ts';
import type { Bench, Prepared, Round } from '../harness.ts';
import { APPLICATION_QUERIES, createHistory, createScatteredRows } from '../support/app-history.ts';

const NOW = Date.parse('2026-11-23T17:00:00Z');
const TIMEZONE = 'Europe/Moscow';
const DAY = '2026-11-22';
const SCATTERED_ROWS = 950;
/** In so many refreshes every row of the open day is read again. */
const REFRESHES_A_TURN = 48;

interface Subject {
  readonly refresh: () => Promise<Cost>;
  readonly application: () => Promise<Cost>;
  readonly close: () => Promise<void>;
}

export const figures: Bench = {
  name: 'figures',
  needs: ['postgresql'],
  unit: 'ms',
  rounds: 7,
  prepare: async (): Promise<Prepared> => prepared(500_000, 5_000_000),
};

/** Takes half an hour and 15 GB. */
export const figuresOf50Million: Bench = {
  ...figures,
  name: 'figures-50-million',
  rounds: 3,
  prepare: async (): Promise<Prepared> => prepared(5_000_000, 50_000_000),
};

async function prepared(few: number, many: number): Promise<Prepared> {
  const server = await startPostgres({ settings: { shared_buffers: '512MB', jit: 'off' } });
  const [fewUrl, manyUrl] = [await historyOf(server, 'few', few), await historyOf(server, 'many', many)];
  const scatteredUrl = await copyOf(server, 'many', 'scattered');
  const small = await subjectOf(fewUrl);
  const large = await subjectOf(manyUrl);
  const scattered = await subjectOf(scatteredUrl, SCATTERED_ROWS);
  const [a, b] = [few, many].map((count) => `${(count / 1e6).toLocaleString('en')} million expenses`);
  const msOf =
    (cost: () => Promise<Cost>): Round =>
    async () =>
      (await cost()).ms;
  const ours = `refresh, ${b ?? ''}`;
  const before = `refresh, ${a ?? ''}`;
  const theirs = `the application's queries of a day, ${b ?? ''}`;
  const buffers = `buffers, ${b ?? ''}`;
  const buffersBefore = `buffers, ${a ?? ''}`;
  const buffersApart = `buffers, after a vacuum and ${SCATTERED_ROWS} new rows, ${b ?? ''}`;
  const stall = `longest stall of a first start, ${b ?? ''}`;
  const stallBefore = `longest stall of a first start, ${a ?? ''}`;
  return {
    subjects: {
      [before]: msOf(small.refresh),
      [ours]: msOf(large.refresh),
      [theirs]: msOf(large.application),
      [buffersBefore]: async () => (await small.refresh()).buffers,
      [buffers]: async () => (await large.refresh()).buffers,
      [buffersApart]: async () => largestOfATurn(scattered),
      [stallBefore]: () => stallOfFirstStart(fewUrl),
      [stall]: () => stallOfFirstStart(manyUrl),
    },
    comparisons: [
      { name: `figures, ${ours}`, subject: ours, peer: theirs, goal: { atMost: 10 } },
      ...[buffers, buffersApart].map((subject) => ({
        name: `figures, ${subject}`,
        unit: 'buffers',
        subject,
        peer: buffersBefore,
        goal: { atMost: 300 },
      })),
      { name: `figures, ${stall}`, subject: stall, peer: stallBefore, goal: { atMost: 50 } },
      { name: 'figures, growth', subject: before, peer: ours, goal: { ratio: 0.83 } },
      { name: `figures, ${theirs}`, subject: theirs, peer: ours, goal: { ratio: 100 } },
    ],
    close: async () => {
      await Promise.all([small.close(), large.close(), scattered.close()]);
      await server.close();
    },
  };
}

/** @returns where the database is */
async function historyOf(server: PostgresServer, name: string, expenses: number): Promise<string> {
  await withClient(server.url, (client) => client.query(`CREATE DATABASE ${name}`));
  const url = server.urlFor({ database: name });
  await withClient(url, (client) => createHistory(client, expenses, new Date(NOW)));
  return url;
}

async function copyOf(server: PostgresServer, original: string, name: string): Promise<string> {
  await withClient(server.url, (client) =>
    client.query(`CREATE DATABASE ${name} TEMPLATE ${original} STRATEGY file_copy`),
  );
  return server.urlFor({ database: name });
}

/** @param scatteredRows which the day has beside those of the history, each far from the others */
async function subjectOf(url: string, scatteredRows = 0): Promise<Subject> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  if (scatteredRows > 0) await createScatteredRows(client, scatteredRows, new Date(NOW));
  const opened = openFigures({ url, timezone: TIMEZONE });
  let now = NOW;
  // The first reads the past, the second has let the fence pass what the first has seen, the third is as any other.
  for (let n = 0; n < 3; n += 1) await live(client, opened, (now += 30_000));
  return {
    refresh: async () => {
      await live(client, opened, (now += 30_000));
      // The scan of users_profile is apart: it is one in five minutes.
      const asked = opened.asked().filter(({ text }) => text !== usersQuery.text);
      if (asked.length === 0) throw new Error('The refresh has asked nothing');
      return explain(client, asked);
    },
    application: () =>
      explain(
        client,
        APPLICATION_QUERIES.map((text) => ({ text, values: [DAY] })),
      ),
    close: async () => {
      opened.close();
      await client.end();
    },
  };
}

async function largestOfATurn({ refresh }: Subject): Promise<number> {
  let largest = 0;
  for (let n = 0; n < REFRESHES_A_TURN; n += 1) largest = Math.max(largest, (await refresh()).buffers);
  return largest;
}

/** Half a minute of an ordinary day, and the refresh at its end. @throws when a figure could not be read */
async function live(client: pg.Client, opened: Figures, now: number): Promise<void> {
  await client.query(
    `INSERT INTO expenses_expense (profile_id, amount, description, expense_date, expense_time, created_at, updated_at)
     VALUES (1, 5, 'кофе', current_date, localtime, $1, $1)`,
    [new Date(now)],
  );
  opened.asked();
  await refreshed(opened, now);
}

async function refreshed(opened: Figures, now: number): Promise<void> {
  const { errors } = await opened.refresh(now);
  if (Object.keys(errors).length > 0) throw new Error(`Figures failed: ${JSON.stringify(errors)}`);
}

/** In ms, of an exporter with an empty state folder: its first refresh, the count of the closed days, and the next one. */
async function stallOfFirstStart(url: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'figures-'));
  const opened = openFigures({ url, timezone: TIMEZONE, path: join(folder, 'figures.sqlite') });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  try {
    await refreshed(opened, NOW + 3_600_000);
    await refreshed(opened, NOW + 3_630_000);
  } finally {
    delay.disable();
    opened.close();
    rmSync(folder, { recursive: true });
  }
  return delay.max / 1e6;
}
