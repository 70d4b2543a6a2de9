import type { Queryable } from './database.ts';
import { aiCalls, derived, expenses, incomes, people, preparation, subscriptions } from './seed-sql.ts';

export interface SeedOptions {
  /** One session, not a pool: the seeder uses temporary functions. Its user must own the tables and be a superuser. */
  readonly client: Queryable;
  /** Default 1200; with 365 days about 150,000 expenses. */
  readonly users?: number;
  /** Days before today that have data, today not counted. Default 365. */
  readonly days?: number;
  readonly now: Date;
  /** Default Europe/Moscow. */
  readonly timezone?: string;
  /** The same seed and `now` give the same rows. Default 1. */
  readonly rngSeed?: number;
}

/**
 * Fills empty tables with plausible, growing life up to `now`: daily and weekly rhythm, people who come and go,
 * back-dated entries, several currencies, AI failures, subscriptions of every kind. All or nothing.
 */
export async function seed(options: SeedOptions): Promise<void> {
  const { client, users = 1200, days = 365, now, timezone = 'Europe/Moscow', rngSeed = 1 } = options;
  const plan = { users, days, now, timezone, rngSeed };
  const statements = [
    preparation(plan),
    people(plan),
    expenses(),
    incomes(),
    aiCalls(),
    subscriptions(),
    derived(),
  ];
  await client.query('BEGIN');
  try {
    // Checking half a million foreign keys one by one takes longer than writing the rows, which are right by design.
    await client.query('SET LOCAL session_replication_role = replica');
    // Compiling these wide statements takes longer than running them.
    await client.query('SET LOCAL jit = off');
    for (const statement of statements) await client.query(statement);
    await client.query('DROP TABLE edge, kind, money, provider');
    await client.query('DROP FUNCTION pg_temp.draw, pg_temp.bell, pg_temp.second_of_day');
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
  await client.query('ANALYZE');
}
