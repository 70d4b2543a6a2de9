/** Removes a person from what the figures keep, while the exporter runs or not. */
import { existsSync } from 'node:fs';
import type { Forgotten } from '../../common/forget.ts';
import { COMMAND_LOCK_WAIT_MS, openSqlite } from '../../common/state/sqlite.ts';
import { ProbeError } from '../model/collector.ts';
import type { DatabaseConnection } from '../postgres/connection.ts';
import { openDatabase } from '../postgres/postgres.ts';

const TIMEOUT_MS = 5_000;

/**
 * Forgets when a user was last active, which is kept by profile.
 * @param path of the figures, which need not be there
 * @param database where the profile of a Telegram id is looked up; asked for when it is needed only
 * @param profile `id` of users_profile, where it is known
 */
export async function forgetProfile(
  path: string,
  database: () => DatabaseConnection,
  user: string,
  profile: number | undefined,
): Promise<Forgotten> {
  const removed = (count: number): Forgotten => ({
    found: [['exporter, last activity of a profile: deleted', count]],
    left: [],
  });
  if (!keepsActivity(path)) return removed(0);
  if (profile !== undefined) return removed(eraseProfile(path, profile));
  // Profiles are known by Telegram ids, which are whole numbers.
  if (!/^\d{1,18}$/.test(user)) return removed(0);
  const answer = await profileOf(database(), user);
  const unknown = (why: string): Forgotten => ({
    found: [],
    left: [`${path} keeps for 32 days when profiles were active, by their id in users_profile. ${why}`],
  });
  if ('error' in answer) return unknown(`Give that id as --profile: ${answer.error}.`);
  if (answer.id === undefined)
    return unknown('The database knows no such user: if it was one, give --profile.');
  return removed(eraseProfile(path, answer.id));
}

/**
 * Removes when a profile was last active.
 * @param profile `id` of users_profile, not a Telegram id
 * @returns how many rows there were
 */
function eraseProfile(path: string, profile: number): number {
  const database = openSqlite(path, COMMAND_LOCK_WAIT_MS);
  try {
    const { changes } = database.prepare('DELETE FROM activity WHERE profile = ?').run(profile);
    database.pragma('wal_checkpoint(TRUNCATE)');
    return changes;
  } finally {
    database.close();
  }
}

/** True when there is anybody's activity in the file. */
function keepsActivity(path: string): boolean {
  if (!existsSync(path)) return false;
  const database = openSqlite(path, COMMAND_LOCK_WAIT_MS);
  try {
    const exists =
      database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'activity'").get() !== undefined;
    return exists && database.prepare('SELECT 1 FROM activity LIMIT 1').get() !== undefined;
  } finally {
    database.close();
  }
}

type Profile = { readonly id: number | undefined } | { readonly error: string };

/** Asks the application's database which profile a Telegram id has; `id` is undefined when it knows none. */
async function profileOf(connection: DatabaseConnection, telegramId: string): Promise<Profile> {
  const database = openDatabase(connection);
  const statement = {
    text: 'SELECT id::text FROM users_profile WHERE telegram_id = $1::bigint',
    values: [telegramId],
    timeoutMs: TIMEOUT_MS,
  };
  try {
    const [row] = await database.probe.query(statement, AbortSignal.timeout(TIMEOUT_MS));
    return { id: row === undefined ? undefined : Number(row['id']) };
  } catch (error) {
    if (!(error instanceof ProbeError)) throw error;
    return { error: error.message };
  } finally {
    database.close();
  }
}
