/**
 * What one steady refresh of all figures costs the database, beside the application's own statistics of one day, and
 * with ten times the history. The statements are those that the exporter's collectors issue, run again under EXPLAIN.
 */
import pg from 'pg';
import { openFigures, type Figures } from '../../support/figures.ts';
import { startPostgres, withClient, type PostgresServer } from '../../support/servers/postgres.ts';
import type { Bench, Prepared, Round } from '../harness.ts';
import { APPLICATION_QUERIES, createHistory } from '../support/app-history.ts';

const NOW = Date.parse('2026-11-23T17:00:00Z');
const TIMEZONE = 'Europe/Moscow';
const DAY = '2026-11-22';
/** The one scan of users_profile is apart: at most one in five minutes. */
const APART = 'FROM users_profile\n';

interface Cost {
  /** Planning and execution. */
  readonly ms: number;
  /** Shared buffers, read or found in memory. */
  readonly buffers: number;
}

interface Subject {
  readonly refresh: () => Promise<Cost>;
  readonly application: () => Promise<Cost>;
  readonly close: () => Promise<void>;
}

export const figures: Bench = {
  name: 'figures',
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
  const small = await subjectOf(server, 'few', few);
  const large = await subjectOf(server, 'many', many);
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
  return {
    subjects: {
      [before]: msOf(small.refresh),
      [ours]: msOf(large.refresh),
      [theirs]: msOf(large.application),
      [buffersBefore]: async () => (await small.refresh()).buffers,
      [buffers]: async () => (await large.refresh()).buffers,
    },
    comparisons: [
      { name: `figures, ${ours}`, subject: ours, peer: theirs, goal: { atMost: 10 } },
      {
        name: `figures, ${buffers}`,
        unit: 'buffers',
        subject: buffers,
        peer: buffersBefore,
        goal: { atMost: 300 },
      },
      { name: 'figures, growth', subject: before, peer: ours, goal: { ratio: 0.83 } },
      { name: `figures, ${theirs}`, subject: theirs, peer: ours, goal: { ratio: 100 } },
    ],
    close: async () => {
      await Promise.all([small.close(), large.close()]);
      await server.close();
    },
  };
}

async function subjectOf(server: PostgresServer, name: string, expenses: number): Promise<Subject> {
  await withClient(server.url, (client) => client.query(`CREATE DATABASE ${name}`));
  const url = server.urlFor({ database: name });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await createHistory(client, expenses, new Date(NOW));
  const opened = openFigures({ url, timezone: TIMEZONE });
  let now = NOW;
  // The first reads the past, the second has let the fence pass what the first has seen, the third is as any other.
  for (let n = 0; n < 3; n += 1) await live(client, opened, (now += 30_000));
  return {
    refresh: async () => {
      await live(client, opened, (now += 30_000));
      const asked = opened
        .asked()
        .filter(({ text }) => !text.endsWith(APART) && !text.endsWith(APART.trim()));
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

/** Half a minute of an ordinary day, and the refresh at its end. @throws when a figure could not be read */
async function live(client: pg.Client, opened: Figures, now: number): Promise<void> {
  await client.query(
    `INSERT INTO expenses_expense (profile_id, amount, description, expense_date, expense_time, created_at, updated_at)
     VALUES (1, 5, 'кофе', current_date, localtime, $1, $1)`,
    [new Date(now)],
  );
  opened.asked();
  const { errors } = await opened.refresh(now);
  if (Object.keys(errors).length > 0) throw new Error(`Figures failed: ${JSON.stringify(errors)}`);
}

interface Explained {
  readonly 'Planning Time': number;
  readonly 'Execution Time': number;
  readonly Planning?: Buffers;
  readonly Plan: Buffers;
}
interface Buffers {
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
}

async function explain(
  client: pg.Client,
  statements: readonly { readonly text: string; readonly values?: readonly unknown[] }[],
): Promise<Cost> {
  let ms = 0;
  let buffers = 0;
  for (const { text, values = [] } of statements) {
    const { rows } = await client.query<{ 'QUERY PLAN': readonly [Explained] }>(
      `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${text}`,
      [...values],
    );
    const plan = rows[0]?.['QUERY PLAN'][0];
    if (plan === undefined) throw new Error('EXPLAIN has told nothing');
    ms += plan['Planning Time'] + plan['Execution Time'];
    for (const one of [plan.Planning, plan.Plan]) buffers += sumOf(one);
  }
  return { ms, buffers };
}

const sumOf = (buffers: Buffers | undefined): number =>
  buffers === undefined ? 0 : buffers['Shared Hit Blocks'] + buffers['Shared Read Blocks'];
