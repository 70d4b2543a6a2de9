/**
 * The incremental figures against a plain recount, while several connections write at once and commit in any order,
 * roll back, edit, delete, date rows back and ahead, and the clock is set.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Crowd } from '../support/app/crowd.ts';
import { createAppDatabase } from '../support/app/database.ts';
import { recountDay, recountNow } from '../support/app/recount.ts';
import { openFigures, type Figures, type Refreshed } from '../support/exporter/figures.ts';
import { startPostgres, type PostgresServer } from '../support/servers/postgres.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** On a busy machine fewer runs are made, never none. */
const [RUNS, LONGEST_MS] = process.env['TEST_LONG'] === '1' ? [200, 8 * MINUTE] : [12, 40_000];
const SEED = process.env['TEST_SEED'];
const CONNECTIONS = 3;
const PROFILES = 6;
const RECONCILED = 'reconciliation_last_success_timestamp_seconds';

/** Clocks change in Berlin on 25 October and 29 March 2026; in Moscow they never do. */
const scene = fc.record({
  timezone: fc.constantFrom('Europe/Moscow', 'Europe/Berlin'),
  start: fc.constantFrom('2026-10-24T20:30:00Z', '2026-03-28T22:45:00Z', '2026-06-10T12:00:00Z'),
});
const table = fc.constantFrom('expenses_expense', 'incomes_income');
const connection = fc.nat(CONNECTIONS - 1);
const operation = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('insert' as const),
      connection,
      table,
      profile: fc.integer({ min: 1, max: PROFILES }),
      // Mostly now; else days back or ahead.
      minutes: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.integer({ min: -50_000, max: 3_000 })),
      cents: fc.integer({ min: 1, max: 1_000_000 }),
      currency: fc.constantFrom('RUB', 'USD'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('register' as const), connection }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('call' as const),
      connection,
      ok: fc.boolean(),
      tenths: fc.nat(99),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('subscribe' as const),
      connection,
      hours: fc.integer({ min: -5, max: 100 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('commit' as const, 'rollback' as const), connection }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('edit' as const, 'delete' as const),
      table,
      nth: fc.nat(30),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      minutes: fc.constantFrom(1, 7, 90, 700, 1_500, 4_400),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('setClock' as const),
      minutes: fc.integer({ min: -3_000, max: 3_000 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('refresh' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

let server: PostgresServer;
let observer: pg.Client;
let writers: pg.Client[];

beforeAll(async () => {
  server = await startPostgres();
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    return client;
  };
  observer = await connect();
  writers = await Promise.all(Array.from({ length: CONNECTIONS }, connect));
  await createAppDatabase(observer);
});
afterAll(async () => {
  await Promise.all([observer, ...writers].map((client) => client.end()));
  await server.close();
});

type Deed = Exclude<Operation, { kind: 'refresh' | 'restart' }>;

async function perform(crowd: Crowd, step: Deed): Promise<void> {
  switch (step.kind) {
    case 'insert':
      return crowd.insert(step.connection, step, step.minutes);
    case 'register':
      return crowd.register(step.connection);
    case 'call':
      return crowd.call(step.connection, step.ok, step.tenths / 10);
    case 'subscribe':
      return crowd.subscribe(step.connection, step.hours);
    case 'commit':
    case 'rollback':
      return crowd.end(step.connection, step.kind);
    case 'edit':
    case 'delete':
      return crowd.change(step.kind, step.table, step.nth);
    case 'pass':
    case 'setClock':
      crowd.now += step.minutes * MINUTE;
  }
}

/** What was visible at some refresh counts for ever. */
class Insertions {
  readonly #weights = new Map<string, number>();

  async look(): Promise<Record<string, number>> {
    await this.#take('expenses_total', 'expenses_expense', '1');
    await this.#take('incomes_total', 'incomes_income', '1');
    await this.#take('new_users_total', 'users_profile', '1');
    await this.#take(
      'payments_stars_total',
      'subscriptions',
      `CASE payment_method WHEN 'stars' THEN amount ELSE 0 END`,
    );
    await this.#take('ai_requests_failed_total qwen', 'ai_service_metrics', '(NOT success)::int');
    await this.#take('ai_tokens_total openai', 'ai_service_metrics', 'coalesce(tokens_used, 0)');
    const sums: Record<string, number> = {};
    for (const [key, weight] of this.#weights) {
      const name = key.split('/')[0] ?? '';
      // A provider that was never called has no series.
      if (weight > 0) sums[name] = (sums[name] ?? 0) + weight;
    }
    return sums;
  }

  async #take(name: string, from: string, weight: string): Promise<void> {
    const { rows } = await observer.query<{ id: string; weight: number }>(
      `SELECT id, (${weight})::int AS weight FROM ${from}`,
    );
    for (const row of rows)
      if (!this.#weights.has(`${name}/${row.id}`)) this.#weights.set(`${name}/${row.id}`, row.weight);
  }
}

/** What must hold at every refresh; of closed days and windows only while nobody has changed a closed day. */
async function expectedOf(crowd: Crowd, insertions: Insertions): Promise<Record<string, number>> {
  const { now, timezone, isDirty } = crowd;
  const instant = await recountNow(observer, { now: new Date(now) });
  const yesterday = DateTime.fromMillis(now, { zone: timezone }).startOf('day').minus({ days: 1 });
  const day = await recountDay(observer, { day: yesterday.toISODate() ?? '', timezone });
  const { retention7dRatio: retention } = day;
  return {
    ...(await insertions.look()),
    users: instant.users,
    subscriptions_active: instant.subscriptionsActive,
    'subscriptions_expiring 3d': instant.subscriptionsExpiring3d,
    daily_timestamp_seconds: yesterday.toSeconds(),
    ...(isDirty
      ? {}
      : {
          'active_users 1d': instant.activeUsers['1d'],
          'active_users 7d': instant.activeUsers['7d'],
          'active_users 30d': instant.activeUsers['30d'],
          daily_active_users: day.activeUsers,
          daily_new_users: day.newUsers,
          ...(retention === null ? {} : { daily_retention_7d_ratio: retention }),
          daily_expenses: day.expenses,
          daily_incomes: day.incomes,
          ...prefixed('daily_expenses_amount', day.expensesAmount),
          ...prefixed('daily_incomes_amount', day.incomesAmount),
          ...Object.fromEntries(
            Object.entries(day.topCategories).flatMap(([currency, list]) =>
              list.map(({ name, amount }) => [`daily_category_amount ${name} ${currency}`, amount]),
            ),
          ),
        }),
  };
}

const prefixed = (name: string, values: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([label, value]) => [`${name} ${label}`, value]));

// First: a property that runs out of time leaves its last run behind, with transactions that are open.
it('count the row of a transaction that began last of all and ended last', async () => {
  const now = Date.parse('2026-06-10T12:00:00Z');
  const crowd = new Crowd({ observer, writers }, now, 'Europe/Moscow');
  await crowd.begin(PROFILES);
  const figures = openFigures({ url: server.url, timezone: 'Europe/Moscow' });
  const expense = { table: 'expenses_expense', profile: 1, cents: 1, currency: 'RUB' } as const;
  const total = async (): Promise<number | undefined> =>
    (await figures.refresh(now)).values['expenses_total'];
  try {
    const past = (await total()) ?? Number.NaN;
    await crowd.insert(0, expense, 0);
    await crowd.insert(1, expense, 0);
    // Its id is above the other's, and it is seen first.
    await crowd.insert(0, expense, 0);
    await crowd.end(0, 'commit');
    expect(await total()).toBe(past + 2);
    // Nothing else happens meanwhile, so no snapshot knows of the transaction that is still open.
    expect(await total()).toBe(past + 2);
    expect(await total()).toBe(past + 2);
    await crowd.end(1, 'commit');
    expect(await total()).toBe(past + 3);
  } finally {
    await crowd.endAll();
    figures.close();
  }
});

it('equal a recount at every refresh, whoever commits when', async () => {
  await fc.assert(
    fc.asyncProperty(scene, fc.array(operation, { minLength: 20, maxLength: 60 }), async (where, steps) => {
      const crowd = new Crowd({ observer, writers }, Date.parse(where.start), where.timezone);
      await crowd.begin(PROFILES);
      const folder = mkdtempSync(join(tmpdir(), 'figures-'));
      const open = (): Figures =>
        openFigures({ url: server.url, path: join(folder, 'kpi.sqlite'), timezone: where.timezone });
      let figures = open();
      /** The time of every refresh, and the first one after a closed day was last changed. */
      const refreshes: number[] = [];
      let changedBefore = -1;
      /** A recount after it takes over nothing that was counted before the clock was set back. */
      let countedUntil = -Infinity;
      const insertions = new Insertions();
      const check = async (): Promise<Refreshed> => {
        let refreshed = await figures.refresh(crowd.now);
        // A new day is shown when every figure has left the day before.
        if (!('daily_timestamp_seconds' in refreshed.values)) refreshed = await figures.refresh(crowd.now);
        if (crowd.refreshed()) changedBefore = refreshes.length;
        refreshes.push(crowd.now);
        expect(refreshed.errors).toEqual({});
        expect(refreshed.values).toMatchObject(await expectedOf(crowd, insertions));
        // A recount of the closed days comes last in a refresh and shows in a later one: it knows of what was changed
        // before its own.
        const recountedAt = Math.round((refreshed.values[RECONCILED] ?? Number.NaN) * 1000);
        if (refreshes.indexOf(recountedAt) >= changedBefore && recountedAt > countedUntil)
          crowd.isDirty = false;
        return refreshed;
      };
      try {
        await check();
        for (const step of steps) {
          if (step.kind === 'restart') {
            figures.close();
            figures = open();
          } else if (step.kind === 'refresh') await check();
          else await perform(crowd, step);
          if (step.kind === 'setClock' && step.minutes < 0) {
            // Days that were counted while the clock was ahead are told as they were counted once it gets there again, until
            // the recount of the night after: one of the same night takes them for its own.
            crowd.isDirty = true;
            countedUntil = Math.max(countedUntil, ...refreshes.map((at) => at + 24 * HOUR));
            changedBefore = refreshes.length;
          }
        }
        // Two nights on, every day that was changed is closed and was held against the tables.
        for (const days of [1, 2]) {
          crowd.now += days * 24 * HOUR;
          await check();
          await check();
        }
      } finally {
        figures.close();
        await crowd.endAll();
        rmSync(folder, { recursive: true });
      }
    }),
    {
      numRuns: RUNS,
      interruptAfterTimeLimit: LONGEST_MS,
      ...(SEED === undefined ? {} : { seed: Number(SEED) }),
    },
  );
}, 600_000);
