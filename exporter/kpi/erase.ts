/** Removes a person from what the figures keep, while the exporter runs or not. */
import { existsSync } from 'node:fs';
import pg from 'pg';
import { openSqlite } from '../../common/sqlite.ts';
import { describeDatabaseError } from '../database-error.ts';
import type { DatabaseConnection } from '../database-seat.ts';

const TIMEOUT_MS = 5_000;

/**
 * Removes when a profile was last active.
 * @param profile `id` of users_profile, not a Telegram id
 * @returns how many rows there were
 */
export function eraseProfile(path: string, profile: number): number {
  const database = openSqlite(path);
  try {
    database.pragma('secure_delete = ON');
    const { changes } = database.prepare('DELETE FROM activity WHERE profile = ?').run(profile);
    database.pragma('wal_checkpoint(TRUNCATE)');
    return changes;
  } finally {
    database.close();
  }
}

/** True when there is anybody's activity in the file. */
export function keepsActivity(path: string): boolean {
  if (!existsSync(path)) return false;
  const database = openSqlite(path);
  try {
    const exists =
      database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'activity'").get() !== undefined;
    return exists && database.prepare('SELECT 1 FROM activity LIMIT 1').get() !== undefined;
  } finally {
    database.close();
  }
}

export type Profile = { readonly id: number | undefined } | { readonly error: string };

/** Asks the application's database which profile a Telegram id has; `id` is undefined when it knows none. */
export async function profileOf(connection: DatabaseConnection, telegramId: string): Promise<Profile> {
  const client = new pg.Client({
    ...connection,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    options: '-c default_transaction_read_only=on',
  });
  // Broken while it idles: the query below says so.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ id: string }>(
      'SELECT id::text FROM users_profile WHERE telegram_id = $1::bigint',
      [telegramId],
    );
    return { id: rows[0] === undefined ? undefined : Number(rows[0].id) };
  } catch (error) {
    return { error: describeDatabaseError(error, 'the database') };
  } finally {
    await client.end().catch(() => undefined);
  }
}
