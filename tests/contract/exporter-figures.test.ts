import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectSqlite } from '../../common/state/sqlite.ts';
import { createAppDatabase } from '../support/app/database.ts';
import { CREATE_READER, READER } from '../support/app/reader.ts';
import { recountDay, recountNow } from '../support/app/recount.ts';
import { seed } from '../support/app/seed.ts';
import { openFigures, type Figures } from '../support/exporter/figures.ts';
import { startPostgres, withClient, type PostgresServer } from '../support/servers/postgres.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const TIMEZONE = 'Europe/Moscow';

let server: PostgresServer;
let opened: Figures[] = [];
let folder: string;

beforeAll(async () => {
  server = await startPostgres();
  await withClient(server.url, async (client) => {
    await createAppDatabase(client);
    await seed({ client, now: NOW, users: 300, days: 60 });
    // An operator's gift, a payment of nothing, and somebody who pays beside a trial: people with no other subscription.
    await client.query(
      `INSERT INTO subscriptions (profile_id, type, payment_method, amount, start_date, end_date, created_at, updated_at)
       SELECT person.id, 'month', method, stars, $1::timestamptz, $1::timestamptz + interval '20 days', $1, $1
       FROM (VALUES (1, 'admin', 0), (2, 'stars', 0), (3, 'trial', 0), (3, 'stars', 150), (4, 'trial', 0)) AS row(place, method, stars)
       JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM users_profile
             WHERE id NOT IN (SELECT profile_id FROM subscriptions)) AS person USING (place)`,
      [NOW],
    );
    // The application notes no cost, and for some providers no tokens.
    await client.query(
      `UPDATE ai_service_metrics SET estimated_cost = NULL, tokens_used = nullif(tokens_used, CASE service WHEN 'qwen' THEN tokens_used END)
       WHERE service IN ('qwen', 'deepseek')`,
    );
    await client.query(CREATE_READER);
  });
  folder = mkdtempSync(join(tmpdir(), 'figures-'));
});
afterEach(() => {
  for (const figures of opened) figures.close();
  opened = [];
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await server.close();
});

function open(options: { url?: string; file?: string; timezone?: string } = {}): Figures {
  const { url = server.urlFor(READER), file, timezone = TIMEZONE } = options;
  const figures = openFigures({ url, timezone, ...(file === undefined ? {} : { path: join(folder, file) }) });
  opened.push(figures);
  return figures;
}

/** A database of its own, as the seeded one is now. */
async function copy(name: string): Promise<string> {
  await withClient(server.urlFor({ database: 'postgres' }), async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${name} TEMPLATE expense_bot`);
  });
  return server.urlFor({ database: name });
}

const ask = <T extends object>(url: string, text: string): Promise<T[]> =>
  withClient(url, async (client) => (await client.query<T>(text)).rows);

const expense = (url: string, columns: { profile: number; at: Date; id?: number }): Promise<object[]> =>
  ask(
    url,
    `INSERT INTO expenses_expense (${columns.id === undefined ? '' : 'id, '}profile_id, amount, currency, description, expense_date, expense_time, created_at, updated_at)
     VALUES (${columns.id === undefined ? '' : `${columns.id}, `}${columns.profile}, 5, 'RUB', 'x', current_date, localtime, '${columns.at.toISOString()}', now())`,
  );

const byLabel = (name: string, values: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([label, value]) => [`${name} ${label}`, value]));

it('are kept under the names that every release reads', async () => {
  await open({ file: 'names.sqlite' }).refresh(NOW.getTime(), ['expenses']);
  const kept = connectSqlite(join(folder, 'names.sqlite'), { readonly: true });
  const value = kept.prepare<[], string>("SELECT value FROM state WHERE key = 'expenses'").pluck().get();
  kept.close();
  expect(Object.keys(JSON.parse(value ?? '{}') as object).toSorted()).toEqual([
    'days',
    'fence',
    'generation',
    'relation',
    'total',
    'xmax',
  ]);
});

describe('figures, read by a role that may read no private column', () => {
  it('of now equal a plain recount', async () => {
    const expected = await withClient(server.url, (client) => recountNow(client, { now: NOW }));
    const { values, errors } = await open().refresh(NOW.getTime());
    const { ai, ...totals } = expected.totals;
    expect(errors).toEqual({});
    expect(values).toMatchObject({
      users: expected.users,
      users_blocked: expected.usersBlocked,
      ...byLabel('active_users', expected.activeUsers),
      subscriptions_active: expected.subscriptionsActive,
      'subscriptions_expiring 3d': expected.subscriptionsExpiring3d,
      'subscribers paying': expected.payingPeople,
      'subscribers trial': expected.trialPeople,
      expenses_total: totals.expenses,
      incomes_total: totals.incomes,
      new_users_total: totals.newUsers,
      payments_stars_total: totals.paymentsStars,
    });
    for (const [provider, { requests, failed, tokens, costUsd }] of Object.entries(ai)) {
      expect(values).toMatchObject({
        [`ai_requests_total ${provider}`]: requests,
        [`ai_requests_failed_total ${provider}`]: failed,
        ...(tokens === null ? {} : { [`ai_tokens_total ${provider}`]: tokens }),
        ...(costUsd === null ? {} : { [`ai_cost_usd_total ${provider}`]: costUsd }),
        [`ai_response_seconds bucket ${provider} +Inf`]: requests,
        [`ai_response_seconds count ${provider}`]: requests,
      });
    }
    expect(Object.keys(ai)).toHaveLength(4);
    expect(values['active_users 30d']).toBeGreaterThan(100);
    expect(values['registered_users 30d']).toBeGreaterThanOrEqual(values['registered_users 7d'] ?? Infinity);
  });

  it.each([
    ['an ordinary day', NOW, '2026-11-22', TIMEZONE],
    ['just after midnight', new Date('2026-11-21T21:00:01Z'), '2026-11-21', TIMEZONE],
    ['a day of 25 hours', new Date('2026-10-26T06:00:00Z'), '2026-10-25', 'Europe/Berlin'],
  ])('of %s equal a plain recount', async (_case, now, day, timezone) => {
    const expected = await withClient(server.url, (client) => recountDay(client, { day, timezone }));
    const { values } = await open({ timezone }).refresh(now.getTime());
    const daily = Object.fromEntries(Object.entries(values).filter(([name]) => name.startsWith('daily_')));
    const { daily_timestamp_seconds: timestamp, ...figures } = daily;
    const categories = Object.entries(expected.topCategories).flatMap(([currency, list]) =>
      list.map(({ name, amount }) => [`daily_category_amount ${name} ${currency}`, amount] as const),
    );
    const { retention7dRatio } = expected;
    expect(figures).toEqual({
      daily_new_users: expected.newUsers,
      daily_active_users: expected.activeUsers,
      ...(retention7dRatio === null ? {} : { daily_retention_7d_ratio: retention7dRatio }),
      daily_expenses: expected.expenses,
      ...byLabel('daily_expenses_amount', expected.expensesAmount),
      daily_incomes: expected.incomes,
      ...byLabel('daily_incomes_amount', expected.incomesAmount),
      ...Object.fromEntries(categories),
    });
    expect(expected.activeUsers).toBeGreaterThan(10);
    const local = new Date((timestamp ?? 0) * 1000).toLocaleString('sv-SE', { timeZone: timezone });
    expect(local).toBe(`${day} 00:00:00`);
  });

  it('have the mean of the four same weekdays before as baseline, once the past was recounted', async () => {
    const days = ['2026-11-15', '2026-11-08', '2026-11-01', '2026-10-25'];
    const actives = await withClient(server.url, async (client) => {
      const counted = [];
      for (const day of days)
        counted.push((await recountDay(client, { day, timezone: TIMEZONE })).activeUsers);
      return counted;
    });
    const figures = open();
    expect((await figures.refresh(NOW.getTime())).values).not.toHaveProperty('daily_active_users_baseline');
    const { values } = await figures.refresh(NOW.getTime());
    expect(values['daily_active_users_baseline']).toBeCloseTo(actives.reduce((a, b) => a + b) / 4, 9);
  });

  it('fail by name when a column or a table is missing, and nothing else does', async () => {
    const url = await copy('torn');
    await ask(
      url,
      'ALTER TABLE users_profile DROP COLUMN bot_blocked; DROP TABLE subscriptions, incomes_income',
    );
    const { values, errors } = await open({ url }).refresh(NOW.getTime());
    const subscriptions = 'a table is missing: relation "subscriptions" does not exist';
    const incomes = 'a table is missing: relation "incomes_income" does not exist';
    expect(errors).toEqual({
      users: 'a column is missing: column "bot_blocked" does not exist',
      payments: subscriptions,
      subscriptions,
      incomes,
      activity: incomes,
      daily_incomes: incomes,
      daily_active_users: incomes,
      daily_retention: incomes,
      odd_rows: incomes,
    });
    expect(values).toMatchObject({ expenses_total: expect.any(Number) as number });
    expect(values).toHaveProperty('daily_expenses');
  });
});

describe('rows with values that no figure can be made of', () => {
  const day = `'2026-11-22T10:00Z'`;
  const entry = (table: string, kind: string, amount: string, currency: string, at: string): string =>
    `INSERT INTO ${table} (profile_id, amount, currency, description, ${kind}_date, ${kind}_time, created_at, updated_at)
     VALUES (1, ${amount}, ${currency}, 'x', current_date, localtime, ${at}, now());`;
  const call = (over: Readonly<Record<string, string>> = {}): string => {
    const row = {
      ...{
        timestamp: day,
        response_time: '0.3',
        tokens_used: '5',
        estimated_cost: '0.0001',
        service: `'openai'`,
      },
      ...over,
    };
    return `INSERT INTO ai_service_metrics (success, operation_type, ${Object.keys(row).join(', ')})
      VALUES (true, 'x', ${Object.values(row).join(', ')});`;
  };
  const paid = (amount: string, method: string, at: string, ends = `'2026-12-20Z'`): string =>
    `INSERT INTO subscriptions (profile_id, type, payment_method, amount, start_date, end_date, created_at, updated_at)
     VALUES (1, 'month', '${method}', ${amount}, now(), ${ends}, ${at}, now());`;
  const user = (at: string): string =>
    `INSERT INTO users_profile (telegram_id, created_at, updated_at)
     SELECT max(telegram_id) + 1, ${at}, now() FROM users_profile;`;
  const sound = [
    entry('expenses_expense', 'expense', '5', `'RUB'`, day),
    entry('incomes_income', 'income', '5', `'RUB'`, day),
    ...[call(), paid('150', 'stars', day), user(day)],
  ];
  const neverMoments = ['infinity', '-infinity', '290000-01-01', '4000-01-01 BC', '9999-12-31'].map(
    (at) => `'${at}'`,
  );
  const badAmounts = [`'NaN'`, `'Infinity'`, `'-Infinity'`, '1e300', '-5', 'NULL'];
  /** What an enumeration does not know is no odd value: it stays what it is. */
  const unknownWords = [call({ service: `'новый сервис'` }), paid('7', 'barter', day, `'infinity'`)];
  const odd: Readonly<Record<string, readonly string[]>> = {
    users_profile: neverMoments.map(user),
    ...Object.fromEntries(
      [['expenses_expense', 'expense'] as const, ['incomes_income', 'income'] as const].map(
        ([table, kind]) => [
          table,
          [
            ...neverMoments.map((at) => entry(table, kind, '1', `'RUB'`, at)),
            ...badAmounts.map((amount) => entry(table, kind, amount, `'RUB'`, day)),
            ...[`'   '`, `'💰'`, `'12'`].map((currency) => entry(table, kind, '1', currency, day)),
          ],
        ],
      ),
    ),
    subscriptions: [
      ...neverMoments.map((at) => paid('150', 'stars', at)),
      ...['-150', 'NULL'].map((amount) => paid(amount, 'stars', day)),
    ],
    ai_service_metrics: [
      ...neverMoments.map((at) => call({ timestamp: at })),
      ...[`'NaN'`, `'Infinity'`, '-1', '1e300'].map((cost) => call({ estimated_cost: cost })),
      ...[`'NaN'`, `'Infinity'`, `'-Infinity'`, '-1', '1e300'].map((seconds) =>
        call({ response_time: seconds }),
      ),
      ...['-1', '9000000000000000000'].map((tokens) => call({ tokens_used: tokens })),
    ],
  };
  /** The application may declare its columns otherwise one day: whatever PostgreSQL can hold comes in. */
  const LOOSE = `
    ALTER TABLE subscriptions DROP CONSTRAINT subscriptions_payment_method_check, ALTER amount DROP NOT NULL;
    ALTER TABLE ai_service_metrics ALTER estimated_cost TYPE numeric, ALTER tokens_used TYPE bigint;
    ALTER TABLE expenses_expense ALTER amount TYPE numeric, ALTER amount DROP NOT NULL;
    ALTER TABLE incomes_income ALTER amount TYPE numeric, ALTER amount DROP NOT NULL;`;
  const refreshed = async (figures: Figures): Promise<Record<string, number>> => {
    await figures.refresh(NOW.getTime());
    const { values, errors } = await figures.refresh(NOW.getTime());
    expect(errors).toEqual({});
    return values;
  };

  it.each(['before', 'after'])('that came %s the first look are left out and counted', async (when) => {
    const plainUrl = await copy('plain');
    await ask(plainUrl, LOOSE + [...sound, ...unknownWords].join(''));
    const plain = await refreshed(open({ url: plainUrl }));
    const url = await copy('odd');
    await ask(url, LOOSE);
    const figures = open({ url });
    if (when === 'after') await refreshed(figures);
    await ask(url, [...Object.values(odd).flat(), ...sound, ...unknownWords].join(''));
    // A new day is read of closed days when nobody has kept it.
    const found = when === 'after' ? await refreshed(figures) : {};
    const fresh = await refreshed(open({ url }));
    const counts = Object.entries(odd).map(
      ([table, rows]) => [`odd_rows_total ${table}`, rows.length] as const,
    );
    // What does not read the amount counts the row all the same.
    const unpaid = badAmounts.length + 3;
    const expected: Record<string, number> = {
      ...plain,
      ...Object.fromEntries(counts),
      expenses_total: (plain['expenses_total'] ?? 0) + unpaid,
      incomes_total: (plain['incomes_total'] ?? 0) + unpaid,
      subscriptions_active: (plain['subscriptions_active'] ?? 0) + 2,
    };
    expect(fresh).toEqual(expected);
    for (const name of Object.keys(found).filter((name) => /_total|^active|^subscr|^users/.test(name)))
      expect([name, found[name]]).toEqual([name, expected[name]]);
  });
});

describe('what is known', () => {
  const quick = ['expenses', 'activity'];

  it('survives a restart, and rows that came meanwhile are counted once', async () => {
    const url = await copy('restarted');
    const before = open({ url, file: 'restart.sqlite' });
    const first = (await before.refresh(NOW.getTime())).values;
    before.close();
    opened = [];
    await expense(url, { profile: 1, at: NOW });
    const after = open({ url, file: 'restart.sqlite' });
    const later = (await after.refresh(NOW.getTime())).values;
    expect(later['expenses_total']).toBe((first['expenses_total'] ?? 0) + 1);
    expect(later['daily_active_users']).toBe(first['daily_active_users']);
    // Nothing is read as it is at a first start: neither totals nor the days before.
    const texts = after.asked().map(({ text }) => text);
    expect(texts.filter((text) => text.includes('WHERE id <= $1') || text.includes('width_bucket'))).toEqual(
      [],
    );
    expect((await after.refresh(NOW.getTime())).values['expenses_total']).toBe(later['expenses_total']);
  });

  it('by day is read anew when the operator has another time zone, and counters stand', async () => {
    const url = await copy('moved');
    const at = Date.parse('2026-11-23T05:30:00Z');
    const before = open({ url, file: 'moved.sqlite', timezone: 'America/New_York' });
    const first = (await before.refresh(at)).values;
    before.close();
    opened = [];
    const after = open({ url, file: 'moved.sqlite' });
    const { values } = await after.refresh(at);
    const day = await withClient(url, (client) =>
      recountDay(client, { day: '2026-11-22', timezone: TIMEZONE }),
    );
    const now = await withClient(url, (client) => recountNow(client, { now: new Date(at) }));
    expect(after.told).toEqual(['TIMEZONE has changed: figures by day are read anew.']);
    expect(values).toMatchObject({
      expenses_total: first['expenses_total'],
      daily_expenses: day.expenses,
      daily_active_users: day.activeUsers,
      ...byLabel('active_users', now.activeUsers),
    });
    expect(first['daily_expenses']).not.toBe(day.expenses);
  });

  it('is set aside with a loud word when its file is not a database, and read anew', async () => {
    writeFileSync(
      join(folder, 'broken.sqlite'),
      'this is not a database, whatever its name says'.repeat(100),
    );
    const figures = open({ file: 'broken.sqlite' });
    expect(figures.told[0]).toMatch(/broken\.sqlite was damaged and is now .*broken\.sqlite\.damaged-/);
    expect((await figures.refresh(NOW.getTime(), quick)).values['expenses_total']).toBeGreaterThan(1_000);
  });

  it('of a table that is taken back to a backup is read anew, and counters go on from where they were', async () => {
    const url = await copy('restored');
    await ask(url, 'CREATE TABLE backup AS SELECT * FROM expenses_expense');
    const figures = open({ url });
    for (let n = 0; n < 3; n += 1) await expense(url, { profile: 300, at: NOW });
    const before = (await figures.refresh(NOW.getTime(), quick)).values;
    await figures.refresh(NOW.getTime(), quick);
    await ask(url, 'TRUNCATE expenses_expense; INSERT INTO expenses_expense SELECT * FROM backup');
    await ask(
      url,
      `SELECT setval(pg_get_serial_sequence('expenses_expense', 'id'), (SELECT max(id) FROM expenses_expense))`,
    );
    const restored = (await figures.refresh(NOW.getTime(), quick)).values;
    expect(figures.told).toEqual([
      'expenses_expense was replaced or taken back: what is known of its rows is read anew.',
    ]);
    expect(restored['expenses_total']).toBe(before['expenses_total']);
    // Ids that were given before are given again.
    await expense(url, { profile: 299, at: NOW });
    const after = (await figures.refresh(NOW.getTime(), quick)).values;
    const expected = await withClient(url, (client) => recountNow(client, { now: NOW }));
    expect(after['expenses_total']).toBe((before['expenses_total'] ?? 0) + 1);
    expect(after).toMatchObject(byLabel('active_users', expected.activeUsers));
  });

  it('counts rows whose ids are given again after the newest were deleted by hand', async () => {
    const url = await copy('deleted');
    const figures = open({ url });
    for (let n = 0; n < 3; n += 1) await expense(url, { profile: 1, at: NOW });
    const before = (await figures.refresh(NOW.getTime(), quick)).values['expenses_total'] ?? 0;
    for (let n = 0; n < 2; n += 1) await figures.refresh(NOW.getTime(), quick);
    const [{ top } = { top: '0' }] = await ask<{ top: string }>(
      url,
      'SELECT max(id) AS top FROM expenses_expense',
    );
    await ask(url, `DELETE FROM expenses_expense WHERE id > ${Number(top) - 3}`);
    expect((await figures.refresh(NOW.getTime(), quick)).values['expenses_total']).toBe(before);
    await expense(url, { profile: 1, at: NOW, id: Number(top) });
    expect((await figures.refresh(NOW.getTime(), quick)).values['expenses_total']).toBe(before + 1);
    expect(figures.told).toEqual([]);
  });

  it('of many days is corrected when an account is deleted, which reads as little of each', async () => {
    const url = await copy('closed_account');
    const figures = open({ url });
    await figures.refresh(NOW.getTime());
    const gone = `(SELECT profile_id FROM expenses_expense WHERE created_at BETWEEN '2026-10-21Z' AND '2026-11-22Z'
      GROUP BY 1 ORDER BY count(DISTINCT created_at::date) DESC, 1 LIMIT 1)`;
    const [{ lost, all } = { lost: 0, all: 1 }] = await ask<{ lost: number; all: number }>(
      url,
      `SELECT count(*) FILTER (WHERE profile_id = ${gone})::int AS lost, count(*)::int AS all FROM expenses_expense
       WHERE created_at >= '2026-10-20T00:00+03' AND created_at < '2026-11-23T00:00+03'`,
    );
    await ask(url, `DELETE FROM expenses_expense WHERE profile_id = ${gone}`);
    const night = Date.parse('2026-11-23T23:01:00Z');
    await figures.refresh(night);
    const { values } = await figures.refresh(night);
    // 34 days were recorded before; that of the night is new.
    expect(values['reconciliation_drift daily_expenses']).toBeGreaterThan(10);
    expect(values['reconciliation_drift_ratio daily_expenses']).toBeCloseTo(lost / all, 9);
    expect(values['reconciliation_drift_ratio daily_expenses']).toBeLessThan(0.1);
    expect(values['reconciliation_drift_ratio daily_incomes']).toBe(0);
  });

  it('of a closed day is corrected at night, and what was wrong is told', async () => {
    const url = await copy('drifted');
    const figures = open({ url });
    await figures.refresh(NOW.getTime());
    const day = '2026-11-22';
    await ask(
      url,
      `DELETE FROM expenses_expense WHERE id = (SELECT id FROM expenses_expense WHERE created_at < '2026-11-22T20:00Z' ORDER BY id DESC LIMIT 1)`,
    );
    const stale = (await figures.refresh(NOW.getTime())).values;
    const night = Date.parse('2026-11-24T00:31:00Z');
    await figures.refresh(night);
    const { values } = await figures.refresh(night);
    const expected = await withClient(url, (client) => recountDay(client, { day, timezone: TIMEZONE }));
    expect(stale['daily_expenses']).toBe(expected.expenses + 1);
    expect(values).toMatchObject({
      'reconciliation_drift daily_expenses': 1,
      'reconciliation_drift daily_users': 0,
      reconciliation_last_success_timestamp_seconds: night / 1000,
    });
    expect(figures.told).toEqual(['Figures of closed days were corrected.']);
  });
});
