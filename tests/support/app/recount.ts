/**
 * Every figure of the application, counted in the plainest way: full scans, one statement per figure, the operator's
 * definitions word for word. Slow and obviously right: the exporter's clever reading is held against it.
 *
 * A day is a calendar day of `created_at` in the given time zone. Active in a window: distinct profiles over expenses
 * and incomes created in it. Amounts are per currency, never added across currencies.
 */
import type { Queryable } from './database.ts';

export interface CategoryFigure {
  readonly name: string;
  readonly amount: number;
  readonly count: number;
}

export interface ProviderFigures {
  readonly requests: number;
  readonly failed: number;
  /** Null when no call has any, as in `costUsd`. */
  readonly tokens: number | null;
  readonly costUsd: number | null;
}

export interface DayFigures {
  readonly newUsers: number;
  readonly activeUsers: number;
  /** Of those registered seven days before, the share active on the day; null when nobody registered then. */
  readonly retention7dRatio: number | null;
  readonly expenses: number;
  /** By currency, major units. */
  readonly expensesAmount: Readonly<Record<string, number>>;
  readonly incomes: number;
  readonly incomesAmount: Readonly<Record<string, number>>;
  /** By currency, largest amount first, equal ones by name; at most ten each; expenses without category left out. */
  readonly topCategories: Readonly<Record<string, readonly CategoryFigure[]>>;
  readonly ai: Readonly<Record<string, ProviderFigures>>;
  readonly paymentsStars: number;
}

export interface InstantFigures {
  readonly users: number;
  readonly usersBlocked: number;
  readonly activeUsers: { readonly '1d': number; readonly '7d': number; readonly '30d': number };
  readonly subscriptionsActive: number;
  /** Active now, over within three days. */
  readonly subscriptionsExpiring3d: number;
  readonly payingPeople: number;
  /** Who have nothing but trials. */
  readonly trialPeople: number;
  readonly totals: {
    readonly expenses: number;
    readonly incomes: number;
    readonly newUsers: number;
    readonly paymentsStars: number;
    readonly ai: Readonly<Record<string, ProviderFigures>>;
  };
}

export interface DayQuestion {
  /** Calendar day, YYYY-MM-DD. */
  readonly day: string;
  /** IANA name, as Europe/Moscow. */
  readonly timezone: string;
  /** Default 10. */
  readonly topCategories?: number;
}

/** All figures of one calendar day. */
export async function recountDay(client: Queryable, question: DayQuestion): Promise<DayFigures> {
  const { day, timezone, topCategories = 10 } = question;
  const onDay = (column: string) => `(${column} AT TIME ZONE $2)::date = $1::date`;
  const ask = (sql: string) => rows(client, sql, [day, timezone]);

  const [users] = await ask(`SELECT count(*) AS n FROM users_profile WHERE ${onDay('created_at')}`);
  const [active] = await ask(`
    SELECT count(DISTINCT profile_id) AS n FROM (
      SELECT profile_id, created_at FROM expenses_expense WHERE NOT is_recurring
      UNION ALL
      SELECT profile_id, created_at FROM incomes_income WHERE NOT is_recurring
    ) AS entries
    WHERE ${onDay('created_at')}`);
  const [retention] = await ask(`
    SELECT count(*) AS registered, count(*) FILTER (WHERE id IN (
      SELECT profile_id FROM expenses_expense WHERE ${onDay('created_at')} AND NOT is_recurring
      UNION
      SELECT profile_id FROM incomes_income WHERE ${onDay('created_at')} AND NOT is_recurring
    )) AS came_back
    FROM users_profile
    WHERE (created_at AT TIME ZONE $2)::date = $1::date - 7`);
  const sums = (table: string) =>
    ask(
      `SELECT currency, count(*) AS n, sum(amount) AS amount FROM ${table} WHERE ${onDay('created_at')} GROUP BY currency`,
    );
  const expenses = await sums('expenses_expense');
  const incomes = await sums('incomes_income');
  const categories = await ask(`
    SELECT expense.currency, category.name, sum(expense.amount) AS amount, count(*) AS n
    FROM expenses_expense AS expense JOIN expenses_category AS category ON category.id = expense.category_id
    WHERE ${onDay('expense.created_at')}
    GROUP BY expense.currency, category.name
    ORDER BY amount DESC, category.name COLLATE "C"`);
  const ai = await ask(`${AI_SQL} WHERE ${onDay('timestamp')} GROUP BY service`);
  const [stars] = await ask(`${STARS_SQL} AND ${onDay('created_at')}`);

  const registered = number(retention, 'registered');
  return {
    newUsers: number(users, 'n'),
    activeUsers: number(active, 'n'),
    retention7dRatio: registered === 0 ? null : number(retention, 'came_back') / registered,
    expenses: total(expenses),
    expensesAmount: amounts(expenses),
    incomes: total(incomes),
    incomesAmount: amounts(incomes),
    topCategories: groupCategories(categories, topCategories),
    ai: providers(ai),
    paymentsStars: number(stars, 'n'),
  };
}

/** All figures as of the instant `now`; totals are over the whole tables. */
export async function recountNow(
  client: Queryable,
  { now }: { readonly now: Date },
): Promise<InstantFigures> {
  const [users] = await rows(
    client,
    'SELECT count(*) AS n, count(*) FILTER (WHERE bot_blocked) AS blocked FROM users_profile',
  );
  const activeIn = async (window: string) => {
    const [row] = await rows(
      client,
      `SELECT count(DISTINCT profile_id) AS n FROM (
         SELECT profile_id, created_at FROM expenses_expense WHERE NOT is_recurring
         UNION ALL
         SELECT profile_id, created_at FROM incomes_income WHERE NOT is_recurring
       ) AS entries
       WHERE created_at > $1::timestamptz - $2::interval AND created_at <= $1::timestamptz`,
      [now, window],
    );
    return number(row, 'n');
  };
  const [subscriptions] = await rows(
    client,
    `SELECT count(*) AS active, count(*) FILTER (WHERE end_date <= $1::timestamptz + interval '3 days') AS expiring
     FROM subscriptions WHERE is_active AND end_date > $1::timestamptz`,
    [now],
  );
  const [people] = await rows(
    client,
    `SELECT count(*) FILTER (WHERE id IN (SELECT profile_id FROM live WHERE payment_method = 'stars' AND amount > 0)) AS paying,
            count(*) FILTER (WHERE id IN (SELECT profile_id FROM live)
              AND id NOT IN (SELECT profile_id FROM live WHERE payment_method <> 'trial')) AS trial
     FROM users_profile`.replaceAll(
      'FROM live',
      `FROM (SELECT * FROM subscriptions WHERE is_active AND end_date > $1::timestamptz) AS live`,
    ),
    [now],
  );
  const [expenses] = await rows(client, 'SELECT count(*) AS n FROM expenses_expense');
  const [incomes] = await rows(client, 'SELECT count(*) AS n FROM incomes_income');
  const [stars] = await rows(client, STARS_SQL);
  return {
    users: number(users, 'n'),
    usersBlocked: number(users, 'blocked'),
    // Hours, not days: an interval of days follows the clock changes of the session's time zone.
    activeUsers: {
      '1d': await activeIn('24 hours'),
      '7d': await activeIn('168 hours'),
      '30d': await activeIn('720 hours'),
    },
    subscriptionsActive: number(subscriptions, 'active'),
    subscriptionsExpiring3d: number(subscriptions, 'expiring'),
    payingPeople: number(people, 'paying'),
    trialPeople: number(people, 'trial'),
    totals: {
      expenses: number(expenses, 'n'),
      incomes: number(incomes, 'n'),
      newUsers: number(users, 'n'),
      paymentsStars: number(stars, 'n'),
      ai: providers(await rows(client, `${AI_SQL} GROUP BY service`)),
    },
  };
}

const AI_SQL = `
  SELECT service, count(*) AS requests, count(*) FILTER (WHERE NOT success) AS failed,
         sum(tokens_used) AS tokens, sum(estimated_cost) AS cost
  FROM ai_service_metrics`;
const STARS_SQL = `SELECT coalesce(sum(amount), 0) AS n FROM subscriptions WHERE payment_method = 'stars'`;

type Row = Readonly<Record<string, unknown>>;

async function rows(
  client: Queryable,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
}

/** Counts and numerics arrive as text, so that no digit is lost on the way. */
function number(row: Row | undefined, column: string): number {
  const value = Number(row?.[column] ?? Number.NaN);
  if (Number.isNaN(value)) throw new Error(`The recount got no number in ${column}`);
  return value;
}

const text = (row: Row, column: string) => String(row[column]);

function total(found: readonly Row[]): number {
  return found.reduce((sum, row) => sum + number(row, 'n'), 0);
}

function amounts(found: readonly Row[]): Record<string, number> {
  return Object.fromEntries(found.map((row) => [text(row, 'currency'), number(row, 'amount')]));
}

function providers(found: readonly Row[]): Record<string, ProviderFigures> {
  return Object.fromEntries(
    found.map((row) => [
      text(row, 'service'),
      {
        requests: number(row, 'requests'),
        failed: number(row, 'failed'),
        tokens: row['tokens'] === null ? null : number(row, 'tokens'),
        costUsd: row['cost'] === null ? null : number(row, 'cost'),
      },
    ]),
  );
}

function groupCategories(found: readonly Row[], limit: number): Record<string, readonly CategoryFigure[]> {
  const byCurrency: Record<string, CategoryFigure[]> = {};
  for (const row of found) {
    const list = (byCurrency[text(row, 'currency')] ??= []);
    if (list.length < limit)
      list.push({ name: text(row, 'name'), amount: number(row, 'amount'), count: number(row, 'n') });
  }
  return byCurrency;
}
