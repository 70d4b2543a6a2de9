/** Years of the application's life in its own tables and indexes: every day as busy as any other, only more of them. */
import type pg from 'pg';
import { createAppDatabase, telegramId } from '../../support/app/database.ts';

const USERS = 5_000;
const EXPENSES_A_DAY = 2_000;
const CATEGORIES = 12;

/** @param now end of the last day, which has just these rows up to it */
export async function createHistory(client: pg.Client, expenses: number, now: Date): Promise<void> {
  const spacing = `interval '${86_400 / EXPENSES_A_DAY} seconds'`;
  const at = (n: string, total: number): string => `$1::timestamptz - (${total} - ${n}) * ${spacing}`;
  await createAppDatabase(client);
  const indexes = await dropIndexes(client);
  await client.query('SET session_replication_role = replica; SET synchronous_commit = off');
  const fill = (text: string): Promise<unknown> => client.query(text, [now]);
  await fill(`
    INSERT INTO users_profile (id, telegram_id, created_at, updated_at)
    SELECT n, ${telegramId(0)} + n, ${at(`n * ${expenses / USERS}`, expenses)}, $1 FROM generate_series(1, ${USERS}) AS n`);
  await fill(`
    INSERT INTO expenses_category (id, profile_id, name, created_at, updated_at)
    SELECT n, 1 + n / ${CATEGORIES}, 'Категория ' || n % ${CATEGORIES}, $1, $1 FROM generate_series(0, ${USERS * CATEGORIES - 1}) AS n`);
  await fill(`
    INSERT INTO expenses_expense (profile_id, category_id, amount, description, expense_date, expense_time, created_at, updated_at)
    SELECT profile, (profile - 1) * ${CATEGORIES} + n % ${CATEGORIES}, 100 + n % 900, 'кофе с коллегой', moment::date, moment::time, moment, moment
    FROM generate_series(1, ${expenses}) AS n,
      LATERAL (SELECT 1 + hashint8(n) & 2147483647 AS draw, ${at('n', expenses)} AS moment) AS row,
      LATERAL (SELECT 1 + draw % ${USERS} AS profile) AS who`);
  await fill(`
    INSERT INTO incomes_income (profile_id, amount, description, income_date, income_time, created_at, updated_at)
    SELECT 1 + n % ${USERS}, 50000, 'аванс', moment::date, moment::time, moment, moment
    FROM generate_series(1, ${expenses / 10}) AS n, LATERAL (SELECT ${at('n * 10', expenses)} AS moment) AS row`);
  await fill(`
    INSERT INTO ai_service_metrics (service, timestamp, response_time, tokens_used, success, operation_type, estimated_cost)
    SELECT (ARRAY['openai', 'google', 'deepseek', 'qwen'])[1 + n % 4], ${at('n * 2', expenses)}, 0.1 + n % 40 / 10.0, 300, n % 50 > 0, 'categorize_expense', 0.0001
    FROM generate_series(1, ${expenses / 2}) AS n`);
  await fill(`
    INSERT INTO subscriptions (profile_id, type, payment_method, amount, start_date, end_date, created_at, updated_at)
    SELECT 1 + n % ${USERS}, 'month', 'stars', 150, moment, moment + interval '30 days', moment, moment
    FROM generate_series(1, ${expenses / 100}) AS n, LATERAL (SELECT ${at('n * 100', expenses)} AS moment) AS row`);
  for (const index of indexes) await client.query(index);
  await client.query('VACUUM ANALYZE');
}

/**
 * Deletes some of the oldest expenses and vacuums; then as many are made, of the last hours before `now`, as find room
 * where the deleted ones were: far from each other.
 * @throws when they lie together
 */
export async function createScatteredRows(client: pg.Client, rows: number, now: Date): Promise<void> {
  await client.query(`DELETE FROM expenses_expense WHERE id % 50 = 0 AND id <= ${50 * 4 * rows}`);
  // Without its cleanup of indexes a vacuum of so few rows leaves no room for others.
  await client.query('VACUUM (ANALYZE, INDEX_CLEANUP ON) expenses_expense');
  const { rows: created } = await client.query<{ page: string }>(
    `INSERT INTO expenses_expense (profile_id, amount, description, expense_date, expense_time, created_at, updated_at)
     SELECT 1 + n % ${USERS}, 5, 'кофе', current_date, localtime, moment, moment
     FROM generate_series(1, ${rows}) AS n, LATERAL (SELECT $1::timestamptz - (${rows} - n) * interval '10 seconds' AS moment) AS row
     RETURNING split_part(ctid::text, ',', 1) AS page`,
    [now],
  );
  const pages = new Set(created.map(({ page }) => page)).size;
  if (pages < rows / 2) throw new Error(`${rows} new rows lie in ${pages} pages: this measures nothing`);
}

/** Filling a table with its indexes takes many times as long. @returns what creates them again */
async function dropIndexes(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ indexname: string; indexdef: string }>(
    `SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexdef NOT LIKE 'CREATE UNIQUE%'`,
  );
  for (const { indexname } of rows) await client.query(`DROP INDEX ${indexname}`);
  return rows.map(({ indexdef }) => indexdef);
}

/** What the application asks for its own statistics of a day, as Django writes \`created_at__date\`: three scans. */
export const APPLICATION_QUERIES: readonly string[] = [
  `SELECT count(DISTINCT profile_id) FROM expenses_expense WHERE (created_at AT TIME ZONE 'Europe/Moscow')::date = $1::date`,
  `SELECT count(*), sum(amount) FROM expenses_expense WHERE (created_at AT TIME ZONE 'Europe/Moscow')::date = $1::date`,
  `SELECT category.name, sum(expense.amount) AS total
   FROM expenses_expense AS expense JOIN expenses_category AS category ON category.id = expense.category_id
   WHERE (expense.created_at AT TIME ZONE 'Europe/Moscow')::date = $1::date GROUP BY category.name ORDER BY total DESC LIMIT 10`,
];
