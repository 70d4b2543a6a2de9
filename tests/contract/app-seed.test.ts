import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../common/time/clock.ts';
import { createAppDatabase, OWN_CATEGORY_CANARY, PRIVATE_CANARIES } from '../support/app/database.ts';
import { CURRENCIES, EXPENSE_CATEGORIES, PROVIDERS } from '../support/app/market.ts';
import { createRandom } from '../support/app/random.ts';
import { recountDay, recountNow } from '../support/app/recount.ts';
import { seed } from '../support/app/seed.ts';
import { startWriter, writeTick } from '../support/app/writer.ts';
import { startPostgres, withClient } from '../support/servers/postgres.ts';
import type { PostgresServer } from '../support/servers/postgres.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const YESTERDAY = { day: '2026-11-22', timezone: 'Europe/Moscow' };

let server: PostgresServer;
let client: pg.Client;

beforeAll(async () => {
  server = await startPostgres();
  client = new pg.Client({ connectionString: server.url });
  client.on('error', () => undefined);
  await client.connect();
  await createAppDatabase(client);
  await seed({ client, now: NOW });
});
afterAll(async () => {
  await client.end();
  await server.close();
});

async function ask<T extends object>(sql: string, values: readonly unknown[] = []): Promise<readonly T[]> {
  return (await client.query<T & pg.QueryResultRow>(sql, [...values])).rows;
}

async function count(sql: string): Promise<number> {
  return Number((await ask<{ n: string }>(sql))[0]?.n);
}

describe('the seeded year', () => {
  it('is as large as a year of the application', async () => {
    const { users, totals, activeUsers } = await recountNow(client, { now: NOW });
    expect(users).toBe(1200);
    expect(totals.expenses).toBeGreaterThan(120_000);
    expect(totals.expenses).toBeLessThan(200_000);
    expect(totals.incomes).toBeGreaterThan(1000);
    expect(activeUsers['1d']).toBeGreaterThan(100);
    expect(activeUsers['7d']).toBeGreaterThan(activeUsers['1d']);
    expect(activeUsers['30d']).toBeGreaterThan(activeUsers['7d']);
  });

  it('has every kind of thing on one day', async () => {
    const figures = await recountDay(client, YESTERDAY);
    expect(Object.keys(figures.expensesAmount).sort()).toEqual(CURRENCIES.map(({ code }) => code).sort());
    expect(Object.keys(figures.ai).sort()).toEqual(PROVIDERS.map(({ service }) => service).sort());
    expect(figures.retention7dRatio).not.toBeNull();
    expect(figures.newUsers).toBeGreaterThan(0);
    expect(figures.incomes).toBeGreaterThan(0);
    const names = EXPENSE_CATEGORIES.map(({ name }) => name);
    for (const { name } of figures.topCategories['RUB'] ?? []) expect(names).toContain(name);
    expect(figures.topCategories['RUB']).toHaveLength(10);
  });

  it('grows, has week-ends, nights and back-dated entries, and nothing after now', async () => {
    const perMonth = await ask<{ n: string }>(
      `SELECT count(DISTINCT profile_id) AS n FROM expenses_expense WHERE created_at < '2026-11-01' GROUP BY date_trunc('month', created_at) ORDER BY min(created_at)`,
    );
    const counts = perMonth.map(({ n }) => Number(n));
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    const [rhythm] = await ask<{
      night: string;
      evening: string;
      saturdays: string;
      mondays: string;
      back: string;
    }>(`
      SELECT count(*) FILTER (WHERE extract(hour FROM local) BETWEEN 1 AND 4) AS night,
        count(*) FILTER (WHERE extract(hour FROM local) BETWEEN 18 AND 21) AS evening,
        count(*) FILTER (WHERE extract(isodow FROM local) = 6) AS saturdays,
        count(*) FILTER (WHERE extract(isodow FROM local) = 1) AS mondays,
        count(*) FILTER (WHERE expense_date < local::date) AS back
      FROM (SELECT created_at AT TIME ZONE 'Europe/Moscow' AS local, expense_date FROM expenses_expense) AS e`);
    expect(Number(rhythm?.evening)).toBeGreaterThan(20 * Number(rhythm?.night));
    expect(Number(rhythm?.saturdays)).toBeGreaterThan(1.2 * Number(rhythm?.mondays));
    expect(Number(rhythm?.back)).toBeGreaterThan(10_000);
    for (const [table, column] of [
      ['users_profile', 'created_at'],
      ['expenses_expense', 'created_at'],
      ['incomes_income', 'created_at'],
      ['ai_service_metrics', 'timestamp'],
      ['subscriptions', 'created_at'],
    ] as const) {
      const [row] = await ask<{ latest: Date }>(`SELECT max(${column}) AS latest FROM ${table}`);
      expect(row?.latest.getTime(), table).toBeLessThanOrEqual(NOW.getTime());
      expect(row?.latest.getTime(), table).toBeGreaterThan(NOW.getTime() - 7 * 86_400_000);
    }
  });

  it('breaks no reference of its tables', async () => {
    // The seeder switches the checks off, so they are made here.
    const references = await ask<{ child: string; child_column: string; parent: string }>(`
      SELECT conrelid::regclass::text AS child, attname AS child_column, confrelid::regclass::text AS parent
      FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1] WHERE contype = 'f'`);
    expect(references.length).toBeGreaterThanOrEqual(10);
    for (const { child, child_column, parent } of references) {
      const orphans = `SELECT count(*) AS n FROM ${child} WHERE ${child_column} IS NOT NULL AND NOT EXISTS (SELECT FROM ${parent} WHERE ${parent}.id = ${child}.${child_column})`;
      expect(await count(orphans), `${child}.${child_column}`).toBe(0);
    }
    const foreign = `FROM expenses_expense AS e JOIN expenses_category AS c ON c.id = e.category_id WHERE c.profile_id <> e.profile_id`;
    expect(await count(`SELECT count(*) AS n ${foreign}`)).toBe(0);
  });

  it('has every subscription type and method, and flags that lag behind', async () => {
    const kinds = await ask<{ kind: string }>(
      `SELECT DISTINCT type || ' ' || payment_method AS kind FROM subscriptions ORDER BY kind`,
    );
    expect(kinds.map(({ kind }) => kind)).toEqual([
      'month promo',
      'month stars',
      'six_months referral',
      'six_months stars',
      'trial trial',
    ]);
    const now = `'${NOW.toISOString()}'`;
    expect(
      await count(`SELECT count(*) AS n FROM subscriptions WHERE is_active AND end_date <= ${now}`),
    ).toBeGreaterThan(0);
    expect(
      await count(`SELECT count(*) AS n FROM subscriptions WHERE NOT is_active AND end_date > ${now}`),
    ).toBeGreaterThan(0);
    expect(
      await count(`SELECT count(*) AS n FROM subscriptions WHERE payment_method <> 'stars' AND amount <> 0`),
    ).toBe(0);
  });

  it('fills every private column with a canary', async () => {
    const filled: readonly [string, string, string][] = [
      ['expenses_expense', 'description', PRIVATE_CANARIES.description],
      ['incomes_income', 'description', PRIVATE_CANARIES.description],
      ['users_profile', 'telegram_id::text', PRIVATE_CANARIES.telegramIdPrefix],
      ['users_profile', `acquisition_details ->> 'name'`, PRIVATE_CANARIES.personName],
      ['users_profile', `acquisition_details ->> 'username'`, PRIVATE_CANARIES.username],
      ['ai_service_metrics', 'user_id::text', PRIVATE_CANARIES.telegramIdPrefix],
    ];
    for (const [table, column, canary] of filled) {
      expect(
        await count(
          `SELECT count(*) AS n FROM ${table} WHERE starts_with(${column}, '${canary}') IS NOT TRUE`,
        ),
        `${table}.${column}`,
      ).toBe(0);
    }
    const present: readonly [string, string, string][] = [
      ['ai_service_metrics', 'error_message', PRIVATE_CANARIES.errorMessage],
      ['users_profile', 'beta_access_key', PRIVATE_CANARIES.betaKey],
      ['subscriptions', 'telegram_payment_charge_id', PRIVATE_CANARIES.chargeId],
      ['expenses_expense', 'receipt_photo', PRIVATE_CANARIES.receipt],
      ['expenses_category', 'name', OWN_CATEGORY_CANARY],
    ];
    for (const [table, column, canary] of present) {
      expect(
        await count(`SELECT count(*) AS n FROM ${table} WHERE starts_with(${column}, '${canary}')`),
        `${table}.${column}`,
      ).toBeGreaterThan(0);
    }
    const own = `FROM expenses_expense AS e JOIN expenses_category AS c ON c.id = e.category_id WHERE c.name = '${OWN_CATEGORY_CANARY}'`;
    expect(await count(`SELECT count(*) AS n ${own}`)).toBeGreaterThan(1000);
  });

  it('is the same for the same seed, another for another, and refuses to run twice over', async () => {
    const make = async (database: string, rngSeed: number) => {
      await client.query(`CREATE DATABASE ${database}`);
      return withClient(server.urlFor({ database }), async (other) => {
        await createAppDatabase(other);
        await seed({ client: other, users: 60, days: 40, now: NOW, timezone: 'Europe/Berlin', rngSeed });
        const { rows } = await other.query<{ all: string }>(
          `SELECT md5(string_agg(e::text, ';' ORDER BY id)) AS all FROM expenses_expense AS e`,
        );
        await expect(seed({ client: other, users: 60, days: 40, now: NOW })).rejects.toThrow('duplicate key');
        const again = await other.query<{ all: string }>(
          `SELECT md5(string_agg(e::text, ';' ORDER BY id)) AS all FROM expenses_expense AS e`,
        );
        expect(again.rows).toEqual(rows);
        return rows;
      });
    };
    const first = await make('first', 5);
    expect(await make('second', 5)).toEqual(first);
    expect(await make('third', 6)).not.toEqual(first);
  });
});

describe('the live writer', () => {
  it('writes a plan as it is, at the time it is told', async () => {
    const at = new Date('2026-11-23T21:30:00Z');
    const before = (await recountNow(client, { now: at })).totals;
    const expense = { who: 0, categoryName: '🛒 Продукты', amountRub: 12.34, daysBack: 2, ai: null };
    const provider = PROVIDERS[0];
    if (provider === undefined) throw new Error('no provider');
    const ai = { provider, ok: false, seconds: 1, tokens: 100 };
    const plan = {
      expenses: [expense, { ...expense, ai }],
      incomes: [{ who: 0, amountRub: 5 }],
      newUsers: 1,
      payments: [{ who: 0.5, type: 'month' as const, stars: 150 }],
    };
    await writeTick(client, plan, at, 'Europe/Moscow');
    const figures = await recountDay(client, { day: '2026-11-24', timezone: 'Europe/Moscow' });
    expect(figures).toMatchObject({
      newUsers: 1,
      activeUsers: 1,
      expenses: 2,
      incomes: 1,
      paymentsStars: 150,
    });
    expect(figures.ai).toEqual({ openai: { requests: 1, failed: 1, tokens: null, costUsd: null } });
    const { totals } = await recountNow(client, { now: at });
    expect([totals.expenses - before.expenses, totals.newUsers - before.newUsers]).toEqual([2, 1]);
    const [row] = await ask<{ date: string }>(
      `SELECT expense_date::text AS date FROM expenses_expense ORDER BY id DESC LIMIT 1`,
    );
    expect(row?.date).toBe('2026-11-22');
  });

  it('goes on after the database was killed, and after it was frozen', async () => {
    const writer = startWriter({
      connectionString: server.url,
      intervalMs: 5,
      clock: systemClock,
      random: createRandom(1),
    });
    const more = async (key: 'written' | 'failed') => {
      const seen = writer.stats()[key];
      await vi.waitFor(() => expect(writer.stats()[key]).toBeGreaterThan(seen + 1), { timeout: 200_000 });
    };
    await more('written');
    await server.kill();
    await more('failed');
    expect(writer.stats().lastError).toContain('ECONNREFUSED');
    await server.restart();
    await more('written');
    server.freeze();
    await more('failed');
    server.thaw();
    await more('written');
    await writer.stop();
    const { written } = writer.stats();
    await withClient(server.url, (other) => other.query('SELECT pg_sleep(0.1)'));
    expect(writer.stats().written).toBe(written);
  });

  it('stops while the database is frozen', async () => {
    const writer = startWriter({
      connectionString: server.url,
      intervalMs: 5,
      clock: systemClock,
      random: createRandom(2),
    });
    await vi.waitFor(() => expect(writer.stats().written).toBeGreaterThan(2), { timeout: 200_000 });
    server.freeze();
    await writer.stop();
    server.thaw();
  });
});
