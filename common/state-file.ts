import type { Logger } from './log/record.ts';
import { openIntactSqlite, type SqliteDatabase } from './sqlite.ts';

/** State that a service can do without: a damaged file is set aside, said loudly, and begun anew. @param now Unix ms */
export function openStateFile(path: string, now: number, log: Logger): SqliteDatabase {
  const { database, setAside } = openIntactSqlite(path, now);
  if (setAside !== undefined) log.error(`${path} was damaged and is now ${setAside}; a new one is begun.`);
  return database;
}
