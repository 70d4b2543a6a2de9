import type { Logger } from './log/record.ts';
import { migrate, openIntactSqlite, openSqlite, setAside, type SqliteDatabase } from './sqlite.ts';

/**
 * Opens state that a service can do without. A file that is damaged, or that a newer release has written, is set aside,
 * said loudly, and begun anew.
 * @param migrations as of `migrate`
 * @param now Unix ms
 */
export function openStateFile(
  path: string,
  migrations: readonly string[],
  now: number,
  log: Logger,
): SqliteDatabase {
  const opened = openIntactSqlite(path, now);
  if (opened.setAside !== undefined)
    log.error(`${path} was damaged and is now ${opened.setAside}; a new one is begun.`);
  try {
    migrate(opened.database, migrations);
    return opened.database;
  } catch (error) {
    opened.database.close();
    log.error(`${path} cannot be used and is now ${setAside(path, now)}; a new one is begun.`, { error });
    const database = openSqlite(path);
    migrate(database, migrations);
    return database;
  }
}
