import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAppDatabase } from '../support/app/database.ts';
import { recountDay, recountNow } from '../support/app/recount.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import type { PostgresServer } from '../support/servers/postgres.ts';

const MOSCOW = 'Europe/Moscow';
const BERLIN = 'Europe/Berlin';

let server: PostgresServer;
let client: pg.Client;

beforeAll(async () => {
  server = await startPostgres();
  client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await createAppDatabase(client);
});
afterAll(async () => {
  await client.end();
  await server.close();
});
beforeEach(async () => {
  await client.query('BEGIN');
  return async () => {
    await client.query('ROLLBACK');
  };
});

async function user(id: number, createdAt: string, blocked = false): Promise<void> {
  await client.query(
    `INSERT INTO users_profile (id, telegram_id, created_at, updated_at, bot_blocked) VALUES ($1, $1, $2, $2, $3)`,
    [id, createdAt, blocked],
  );
}

/** Category 0 is none. `expense_date` is far away on purpose: no figure may follow it. */
async function expense(
  profile: number,
  createdAt: string,
  amount = '1.00',
  currency = 'RUB',
  category = 0,
): Promise<void> {
  await client.query(
    `INSERT INTO expenses_expense (profile_id, amount, currency, category_id, description, expense_date, expense_time, created_at, updated_at)
     VALUES ($1, $2, $3, nullif($4, 0), '', '2020-02-02', '12:00', $5, $5)`,
    [profile, amount, currency, category, createdAt],
  );
}

async function income(profile: number, createdAt: string, amount = '1.00', currency = 'RUB'): Promise<void> {
  await client.query(
    `INSERT INTO incomes_income (profile_id, amount, currency, description, income_date, income_time, created_at, updated_at)
     VALUES ($1, $2, $3, '', '2020-02-02', '12:00', $4, $4)`,
    [profile, amount, currency, createdAt],
  );
}

async function category(id: number, profile: number, name: string): Promise<void> {
  await client.query(
    `INSERT INTO expenses_category (id, profile_id, name, created_at, updated_at) VALUES ($1, $2, $3, now(), now())`,
    [id, profile, name],
  );
}

async function subscription(
  profile: number,
  method: string,
  stars: number,
  end: string,
  over: { active?: boolean; created?: string } = {},
): Promise<void> {
  const { active = true, created = '2026-05-01T00:00:00Z' } = over;
  await client.query(
    `INSERT INTO subscriptions (profile_id, type, payment_method, amount, start_date, end_date, is_active, created_at, updated_at)
     VALUES ($1, 'month', $2, $3, $4, $5, $6, $4, $4)`,
    [profile, method, stars, created, end, active],
  );
}

async function aiCall(
  service: string,
  at: string,
  success: boolean,
  tokens: number | null,
  cost: string | null,
): Promise<void> {
  await client.query(
    `INSERT INTO ai_service_metrics (service, timestamp, response_time, success, tokens_used, estimated_cost, operation_type)
     VALUES ($1, $2, 0.5, $3, $4, $5, 'categorize')`,
    [service, at, success, tokens, cost],
  );
}

describe('a day', () => {
  it('is empty on empty tables: zeros, no currency, and an unknown retention', async () => {
    expect(await recountDay(client, { day: '2026-05-10', timezone: MOSCOW })).toEqual({
      newUsers: 0,
      activeUsers: 0,
      retention7dRatio: null,
      expenses: 0,
      expensesAmount: {},
      incomes: 0,
      incomesAmount: {},
      topCategories: {},
      ai: {},
      paymentsStars: 0,
    });
  });

  it('runs from midnight to midnight in the time zone, whatever the session and expense_date say', async () => {
    // 10 May in Moscow (UTC+3) is 9 May 21:00Z to 10 May 21:00Z.
    await user(1, '2026-05-09T20:59:59.999999Z');
    await user(2, '2026-05-09T21:00:00Z');
    await expense(1, '2026-05-09T20:59:59.999999Z', '100.00');
    await expense(1, '2026-05-09T21:00:00Z', '10.10');
    await expense(2, '2026-05-10T20:59:59.999999Z', '20.20');
    await income(2, '2026-05-10T21:00:00Z', '7.00');
    await client.query(`SET LOCAL TIME ZONE 'Asia/Tokyo'`);
    const on = (day: string, timezone = MOSCOW) => recountDay(client, { day, timezone });
    expect(await on('2026-05-10')).toMatchObject({
      newUsers: 1,
      activeUsers: 2,
      expenses: 2,
      expensesAmount: { RUB: 30.3 },
      incomes: 0,
    });
    expect(await on('2026-05-09')).toMatchObject({
      newUsers: 1,
      activeUsers: 1,
      expenses: 1,
      expensesAmount: { RUB: 100 },
    });
    expect(await on('2026-05-11')).toMatchObject({
      activeUsers: 1,
      expenses: 0,
      incomes: 1,
      incomesAmount: { RUB: 7 },
    });
    expect(await on('2026-05-10', 'UTC')).toMatchObject({
      expenses: 1,
      expensesAmount: { RUB: 20.2 },
      incomes: 1,
    });
  });

  it.each([
    // 25 hours, +2 then +1: https://en.wikipedia.org/wiki/Summer_time_in_Europe
    {
      day: '2026-10-25',
      first: '2026-10-24T22:00:00Z',
      last: '2026-10-25T22:59:59Z',
      next: '2026-10-25T23:00:00Z',
    },
    // 23 hours, +1 then +2
    {
      day: '2026-03-29',
      first: '2026-03-28T23:00:00Z',
      last: '2026-03-29T21:59:59Z',
      next: '2026-03-29T22:00:00Z',
    },
  ])('has the right edges when the clocks change on $day', async ({ day, first, last, next }) => {
    await user(1, '2026-01-01T00:00:00Z');
    const before = new Date(Date.parse(first) - 1).toISOString();
    for (const [at, amount] of [
      [before, '1000.00'],
      [first, '1.00'],
      [last, '2.00'],
      [next, '4000.00'],
    ] as const) {
      await expense(1, at, amount, 'EUR');
    }
    expect((await recountDay(client, { day, timezone: BERLIN })).expensesAmount).toEqual({ EUR: 3 });
  });

  it('counts each active profile once, over expenses and incomes together', async () => {
    for (const id of [1, 2, 3, 4]) await user(id, '2026-01-01T00:00:00Z');
    await expense(1, '2026-05-10T10:00:00Z');
    await expense(1, '2026-05-10T11:00:00Z');
    await income(1, '2026-05-10T12:00:00Z');
    await income(2, '2026-05-10T12:00:00Z');
    await expense(3, '2026-05-11T12:00:00Z');
    expect((await recountDay(client, { day: '2026-05-10', timezone: MOSCOW })).activeUsers).toBe(2);
  });

  it('keeps currencies apart', async () => {
    await user(1, '2026-01-01T00:00:00Z');
    await expense(1, '2026-05-10T10:00:00Z', '0.10');
    await expense(1, '2026-05-10T10:00:00Z', '0.20');
    await expense(1, '2026-05-10T10:00:00Z', '9999999999.99', 'USD');
    await income(1, '2026-05-10T10:00:00Z', '5.00', 'KZT');
    expect(await recountDay(client, { day: '2026-05-10', timezone: MOSCOW })).toMatchObject({
      expenses: 3,
      expensesAmount: { RUB: 0.3, USD: 9999999999.99 },
      incomes: 1,
      incomesAmount: { KZT: 5 },
    });
  });

  it('retains those who registered seven days before and were active on the day', async () => {
    // Registered on 3 May in Moscow: 2 May 21:00Z to 3 May 21:00Z.
    await user(1, '2026-05-02T21:00:00Z');
    await user(2, '2026-05-03T12:00:00Z');
    await user(3, '2026-05-03T20:59:59Z');
    await user(4, '2026-05-03T13:00:00Z');
    await user(5, '2026-05-02T20:59:59Z');
    await expense(1, '2026-05-10T10:00:00Z');
    await income(1, '2026-05-10T11:00:00Z');
    await income(2, '2026-05-10T10:00:00Z');
    await expense(3, '2026-05-09T10:00:00Z');
    await income(3, '2026-05-10T20:59:59Z');
    await expense(4, '2026-05-11T10:00:00Z');
    await expense(5, '2026-05-10T10:00:00Z');
    expect((await recountDay(client, { day: '2026-05-10', timezone: MOSCOW })).retention7dRatio).toBe(3 / 4);
  });

  it('adds up categories by name over profiles, per currency, largest first', async () => {
    await user(1, '2026-01-01T00:00:00Z');
    await user(2, '2026-01-01T00:00:00Z');
    await category(1, 1, '🛒 Продукты');
    await category(2, 2, '🛒 Продукты');
    await category(3, 2, '🚕 Транспорт');
    await category(4, 2, 'А первая по имени');
    const at = '2026-05-10T10:00:00Z';
    await expense(1, at, '30.00', 'RUB', 1);
    await expense(2, at, '20.50', 'RUB', 2);
    await expense(2, at, '40.00', 'RUB', 3);
    await expense(2, at, '40.00', 'RUB', 4);
    await expense(2, at, '3.00', 'USD', 3);
    await expense(2, at, '999.00', 'RUB', 0);
    await expense(2, '2026-05-12T10:00:00Z', '999.00', 'RUB', 3);
    const day = { day: '2026-05-10', timezone: MOSCOW };
    expect((await recountDay(client, day)).topCategories).toEqual({
      RUB: [
        { name: '🛒 Продукты', amount: 50.5, count: 2 },
        { name: 'А первая по имени', amount: 40, count: 1 },
        { name: '🚕 Транспорт', amount: 40, count: 1 },
      ],
      USD: [{ name: '🚕 Транспорт', amount: 3, count: 1 }],
    });
    expect((await recountDay(client, { ...day, topCategories: 1 })).topCategories['RUB']).toHaveLength(1);
  });

  it('counts AI calls by provider, unknown tokens and costs as unknown, and Stars of the day', async () => {
    await user(1, '2026-01-01T00:00:00Z');
    const at = '2026-05-10T10:00:00Z';
    await aiCall('openai', at, true, 100, '0.001500');
    await aiCall('openai', at, false, null, null);
    await aiCall('openai', '2026-05-11T10:00:00Z', true, 7, '1.000000');
    await aiCall('mistral', at, true, null, '0.000001');
    await subscription(1, 'stars', 150, '2026-06-10T00:00:00Z', { created: at });
    await subscription(1, 'promo', 900, '2026-06-10T00:00:00Z', { created: at });
    expect(await recountDay(client, { day: '2026-05-10', timezone: MOSCOW })).toMatchObject({
      ai: {
        openai: { requests: 2, failed: 1, tokens: 100, costUsd: 0.0015 },
        mistral: { requests: 1, failed: 0, tokens: null, costUsd: 0.000001 },
      },
      paymentsStars: 150,
    });
  });
});

describe('an instant', () => {
  const now = new Date('2026-05-10T12:00:00Z');

  it('looks back 24, 168 and 720 hours, the oldest instant left out', async () => {
    for (const id of [1, 2, 3, 4, 5, 6]) await user(id, '2026-01-01T00:00:00Z', id === 6);
    await expense(1, '2026-05-10T12:00:00Z');
    await income(1, '2026-05-09T12:00:01Z');
    await expense(2, '2026-05-09T12:00:00Z');
    await income(3, '2026-05-03T12:00:00.000001Z');
    await expense(4, '2026-05-03T12:00:00Z');
    await expense(5, '2026-04-10T12:00:00Z');
    await expense(6, '2026-05-10T12:00:01Z');
    expect(await recountNow(client, { now })).toMatchObject({
      users: 6,
      usersBlocked: 1,
      activeUsers: { '1d': 1, '7d': 3, '30d': 4 },
    });
  });

  it('calls a subscription active when it says so and has not ended', async () => {
    await user(1, '2026-01-01T00:00:00Z');
    await subscription(1, 'stars', 150, '2026-05-10T12:00:00Z');
    await subscription(1, 'stars', 150, '2026-05-10T12:00:01Z');
    await subscription(1, 'trial', 0, '2026-05-13T12:00:00Z');
    await subscription(1, 'referral', 0, '2026-05-13T12:00:01Z');
    await subscription(1, 'stars', 600, '2026-06-01T00:00:00Z', { active: false });
    expect(await recountNow(client, { now })).toMatchObject({
      subscriptionsActive: 3,
      subscriptionsExpiring3d: 2,
      totals: { paymentsStars: 900, newUsers: 1 },
    });
  });

  it('totals whole tables', async () => {
    await user(1, '2026-01-01T00:00:00Z');
    await expense(1, '2020-01-01T00:00:00Z');
    await expense(1, '2026-05-10T12:00:00Z');
    await income(1, '2020-01-01T00:00:00Z');
    await aiCall('qwen', '2020-01-01T00:00:00Z', false, 3, '0.5');
    expect((await recountNow(client, { now })).totals).toEqual({
      expenses: 2,
      incomes: 1,
      newUsers: 1,
      paymentsStars: 0,
      ai: { qwen: { requests: 1, failed: 1, tokens: 3, costUsd: 0.5 } },
    });
  });
});

describe('the tables', () => {
  it('have no index that leads with a date, and the stated ones', async () => {
    const { rows } = await client.query<{ indexdef: string }>(
      `SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename IN ('expenses_expense', 'incomes_income')`,
    );
    const columns = rows.map(({ indexdef }) => /\((.+)\)$/.exec(indexdef)?.[1]).sort();
    const stated = ['id', 'profile_id', 'category_id'];
    const both = [...stated, 'profile_id, expense_date DESC', 'profile_id, category_id, expense_date DESC'];
    expect(columns).toEqual(
      [...both, ...both.map((column) => column.replace('expense_date', 'income_date'))].sort(),
    );
  });
});
