import type { Logger } from '../log/record.ts';
import {
  COMMAND_LOCK_WAIT_MS,
  LOCK_WAIT_MS,
  migrate,
  NewerSchemaError,
  openIntactSqlite,
  openSqlite,
  setAside,
  type SqliteDatabase,
} from './sqlite.ts';
import { codeOf, isLocked, isStorageTrouble } from './storage.ts';

/**
 * Opens state that a service can do without. A file that is damaged, or that a newer release has written, is set aside,
 * said loudly, and begun anew. Where the disk is full, read-only or locked the file is left alone, and until the next
 * start everything is in memory. Another process that holds it is waited for at first, until `stopWaitingForLocks`.
 * @param migrations as of `migrate`
 * @param now Unix ms
 */
export function openStateFile(
  path: string,
  migrations: readonly string[],
  now: number,
  log: Logger,
  { whenLocked = 'forget', prepare = () => undefined }: StateFileOptions = {},
): SqliteDatabase {
  const brought = (database: SqliteDatabase): SqliteDatabase => {
    migrate(database, migrations);
    prepare(database);
    return database;
  };
  try {
    return openOrBegin(path, brought, now, log, whenLocked);
  } catch (error) {
    if (!isStorageTrouble(error) || (whenLocked === 'throw' && isLocked(error))) throw error;
    log.error(`${path} cannot be used now (${codeOf(error)}): nothing is kept until the next start.`, {
      error,
    });
    return brought(openSqlite(':memory:'));
  }
}

export interface StateFileOptions {
  /** By another process: `throw` for whoever tries again. */
  readonly whenLocked?: 'forget' | 'throw';
  /** What must hold before the file is used, and may have to be written for it. */
  readonly prepare?: (database: SqliteDatabase) => void;
}

function openOrBegin(
  path: string,
  brought: (database: SqliteDatabase) => SqliteDatabase,
  now: number,
  log: Logger,
  whenLocked: 'forget' | 'throw',
): SqliteDatabase {
  const lockWaitMs = whenLocked === 'throw' ? LOCK_WAIT_MS : COMMAND_LOCK_WAIT_MS;
  const opened = openIntactSqlite(path, now, lockWaitMs);
  if (opened.setAside !== undefined)
    log.error(`${path} was damaged and is now ${opened.setAside}; a new one is begun.`);
  try {
    return brought(opened.database);
  } catch (error) {
    opened.database.close();
    if (isStorageTrouble(error)) throw error;
    const aside = setAside(path, now, error instanceof NewerSchemaError ? 'newer' : 'damaged');
    log.error(`${path} cannot be used and is now ${aside}; a new one is begun.`, { error });
    return brought(openSqlite(path, lockWaitMs));
  }
}

/** From here on the process has something else to do than to wait for a lock. */
export const stopWaitingForLocks = (database: SqliteDatabase): void =>
  void database.pragma(`busy_timeout = ${LOCK_WAIT_MS}`);
