import { lstatSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolder } from './make-folder.ts';
import { OperatorError } from '../process/operator-error.ts';
import { connectSqlite, type SqliteDatabase } from './sqlite.ts';
import { isStorageTrouble, moveAside } from './storage.ts';

/** A folder that belongs to this process alone until released. */
export interface StateDir {
  readonly path: string;
  release(): void;
}

/** The state folder cannot be used, in one sentence for the operator. */
export class StateDirError extends OperatorError {
  override readonly name = 'StateDirError';
  /** Another process of the same service uses it. */
  readonly isTaken: boolean;

  constructor(sentence: string, options: ErrorOptions & { readonly isTaken: boolean }) {
    super(sentence, options);
    this.isTaken = options.isTaken;
  }
}

/**
 * Makes and locks `<base>/<service>`. The lock is SQLite's, on a file of its own: the kernel lets go of it
 * when the process ends, however it ends, so there is never a stale lock to remove by hand.
 */
export function openStateDir(base: string, service: string): StateDir {
  const path = resolve(base, service);
  try {
    makeFolder(path);
    const lock = lockAt(join(path, 'lock'));
    return { path, release: () => void lock.close() };
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const sentence = code.startsWith('SQLITE_BUSY')
      ? `Another ${service} is running on ${path}: stop it, or set STATE_DIR to another folder.`
      : `${path} cannot be used (${code}): make it writable for this user, or set STATE_DIR to another folder.`;
    throw new StateDirError(sentence, { cause: error, isTaken: code.startsWith('SQLITE_BUSY') });
  }
}

/** Nothing is kept in the lock itself: one that is no lock is set aside. A process that holds one keeps that busy. */
function lockAt(path: string): SqliteDatabase {
  const isFolder = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isFolder) moveAside(path, Date.now());
  try {
    return take(path);
  } catch (error) {
    if (isStorageTrouble(error) || error instanceof OperatorError) throw error;
    moveAside(path, Date.now());
    return take(path);
  }
}

function take(path: string): SqliteDatabase {
  const lock = connectSqlite(path, { timeout: 0 });
  try {
    // Nothing is ever written, and no room is needed for a journal on a disk that is full.
    lock.pragma('journal_mode = MEMORY');
    lock.pragma('locking_mode = EXCLUSIVE');
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}
