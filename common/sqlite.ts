import { chmodSync } from 'node:fs';
import Database from 'better-sqlite3';

export type SqliteDatabase = Database.Database;

/**
 * Opens a database in WAL mode, on disk before a commit returns (`synchronous = FULL`,
 * https://www.sqlite.org/pragma.html#pragma_synchronous), readable by this user only.
 */
export function openSqlite(path: string): SqliteDatabase {
  const database = new Database(path);
  if (path !== ':memory:') chmodSync(path, 0o600);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  database.pragma('busy_timeout = 2000');
  return database;
}

/**
 * Brings the schema to the newest version: each entry runs once, in order, in one transaction;
 * `user_version` remembers how many have run.
 */
export function migrate(database: SqliteDatabase, migrations: readonly string[]): void {
  const current = Number(database.pragma('user_version', { simple: true }));
  if (current > migrations.length) {
    throw new Error(
      `${database.name} has schema version ${current}, newer than the ${migrations.length} this release knows: start the newer release, or move the file away.`,
    );
  }
  database.transaction(() => {
    for (const statements of migrations.slice(current)) database.exec(statements);
    database.pragma(`user_version = ${migrations.length}`);
  })();
}
