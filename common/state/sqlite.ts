import { chmodSync, existsSync, lstatSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { DateTime } from 'luxon';
import { explainForeignBuild } from '../process/native.ts';
import { loadSqliteLibrary } from './sqlite-library.ts';
import { asideSuffix, type AsideReason } from './storage.ts';

export type SqliteDatabase = Database.Database;

/**
 * A connection, with nothing set: every one of the services and the commands begins here.
 * @throws ForeignBuildError when the library was installed for another Node
 */
export function connectSqlite(source: string | Buffer, options: Database.Options = {}): SqliteDatabase {
  try {
    return new (loadSqliteLibrary())(source, options);
  } catch (error) {
    throw explainForeignBuild('better-sqlite3', error);
  }
}

/**
 * Opens a database in WAL mode, on disk before a commit returns (`synchronous = FULL`,
 * https://www.sqlite.org/pragma.html#pragma_synchronous), readable by this user only.
 * @param lockWaitMs how long another process that holds it is waited for, which blocks this one
 */
export function openSqlite(path: string, lockWaitMs = LOCK_WAIT_MS): SqliteDatabase {
  const database = connectSqlite(path, { timeout: lockWaitMs });
  if (path !== ':memory:') chmodSync(path, 0o600);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  // What was deleted must not be found in the file any more.
  database.pragma('secure_delete = ON');
  return database;
}

/**
 * Nothing else of the process runs while SQLite waits for another process: a longer wait is `whenWritable`'s, between two
 * tries.
 */
export const LOCK_WAIT_MS = 25;
/** For commands that do nothing else meanwhile. */
export const COMMAND_LOCK_WAIT_MS = 5_000;

/** A copy in memory of a database that others may be writing to. */
export function copySqlite(path: string): SqliteDatabase {
  const source = connectSqlite(path, { readonly: true, fileMustExist: true });
  try {
    const image = source.serialize();
    // A database in memory has no write-ahead log: https://www.sqlite.org/c3ref/deserialize.html
    image.fill(ROLLBACK_JOURNAL, 18, 20);
    return connectSqlite(image);
  } finally {
    source.close();
  }
}

/** The read and write versions of the file format: https://www.sqlite.org/fileformat.html#file_format_version_numbers */
const ROLLBACK_JOURNAL = 1;

export interface IntactDatabase {
  readonly database: SqliteDatabase;
  /** Where the file is now that was there and is no whole database. */
  readonly setAside: string | undefined;
}

/**
 * As `openSqlite`; a file that is damaged is set aside under a name that tells when, and a new one is begun.
 * @param now Unix ms
 */
export function openIntactSqlite(path: string, now: number, lockWaitMs = LOCK_WAIT_MS): IntactDatabase {
  if (existsSync(suspectOf(path)) || isNoFile(path)) return anew(path, now, lockWaitMs);
  // Its log may stand without it: nothing of that can be read, and a new database must not find it.
  const isMissing = !existsSync(path) || lstatSync(path).size === 0;
  if (isMissing && existsSync(`${path}-wal`)) return anew(path, now, lockWaitMs);
  let database: SqliteDatabase | undefined;
  try {
    database = openSqlite(path, lockWaitMs);
    if (database.pragma('quick_check', { simple: true }) === 'ok') return { database, setAside: undefined };
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  database?.close();
  return anew(path, now, lockWaitMs);
}

/** The code of SQLite's own errors, as in https://www.sqlite.org/rescode.html; undefined for any other error. */
export const sqliteCode = (error: unknown): string | undefined =>
  error instanceof Error && error.name === 'SqliteError' && 'code' in error ? String(error.code) : undefined;

/** True for what the file itself is to blame for: neither a lock nor a full disk nor a right that is missing. */
export const isDamage = (error: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB)/.test(sqliteCode(error) ?? '');

/** Found damaged while it was in use: the next start sets it aside, even where a check would find nothing. */
export function suspect(path: string): void {
  writeFileSync(suspectOf(path), '', { mode: 0o600 });
}

/** A folder in its place, and the like: that is no file to be opened. */
const isNoFile = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** Moves a database out of the way, its write-ahead log with it: together they may still be read by hand. */
export function setAside(path: string, now: number, reason: AsideReason = 'damaged'): string {
  let at = now;
  // Twice within a second: neither is overwritten.
  while (existsSync(path + asideSuffix(reason, at))) at += 1_000;
  const aside = path + asideSuffix(reason, at);
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  return aside;
}

export interface SetAside {
  readonly path: string;
  /** When it was set aside, Unix ms. */
  readonly at: number;
}

/** What `setAside` has left in a folder; a write-ahead log that goes with a file stands for itself. */
export function listSetAside(folder: string): readonly SetAside[] {
  return readdirSync(folder).flatMap((name) => {
    const time = /\.(?:damaged|other-key|newer)-(\d{8}T\d{6}Z)(?:-wal|-shm)?$/.exec(name)?.[1];
    return time === undefined ? [] : [{ path: join(folder, name), at: DateTime.fromISO(time).toMillis() }];
  });
}

/** Deletes what was set aside before then, Unix ms: by then nobody reads it by hand any more. */
export function deleteSetAside(folder: string, before: number): void {
  for (const { path, at } of listSetAside(folder))
    if (at < before) rmSync(path, { force: true, recursive: true });
}

function anew(path: string, now: number, lockWaitMs: number): IntactDatabase {
  const aside = setAside(path, now);
  rmSync(suspectOf(path), { force: true });
  return { database: openSqlite(path, lockWaitMs), setAside: aside };
}

const suspectOf = (path: string): string => `${path}.suspect`;

/** A newer release has written the file. */
export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError';
  readonly found: number;
  readonly known: number;

  constructor(found: number, known: number, message: string) {
    super(message);
    this.found = found;
    this.known = known;
  }
}

/**
 * Brings the schema to the newest version: each entry runs once, in order, in one transaction;
 * `user_version` remembers how many have run.
 */
export function migrate(database: SqliteDatabase, migrations: readonly string[]): void {
  const current = Number(database.pragma('user_version', { simple: true }));
  if (current > migrations.length) {
    throw new NewerSchemaError(
      current,
      migrations.length,
      `${database.name} has schema version ${current}, newer than the ${migrations.length} this release knows: start the newer release, or move the file away.`,
    );
  }
  // On a full disk a file that needs nothing can be opened all the same.
  if (current === migrations.length) return;
  database.transaction(() => {
    for (const statements of migrations.slice(current)) database.exec(statements);
    database.pragma(`user_version = ${migrations.length}`);
  })();
}

/**
 * A transaction that takes the right to write before it reads. One that reads first fails at once when another process
 * has written meanwhile: `busy_timeout` does not apply to it (https://www.sqlite.org/rescode.html#busy_snapshot).
 */
export function writing<Args extends unknown[], Result>(
  database: SqliteDatabase,
  work: (...args: Args) => Result,
): (...args: Args) => Result {
  const transaction = database.transaction(work);
  return (...args) => transaction.immediate(...args);
}
