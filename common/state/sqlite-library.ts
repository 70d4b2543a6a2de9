/** The only place that knows of two versions of better-sqlite3. */
import { createRequire } from 'node:module';
import type Database from 'better-sqlite3';

/**
 * Version 13 brings its compiled part along, for Node-API 10; an older Node.js it ends by a segmentation fault
 * (https://github.com/WiseLibs/better-sqlite3/issues/1514). That one takes version 12, which `npm run build` compiles.
 * @param napi `process.versions.napi`
 */
export const sqliteLibraryFor = (napi: string): 'better-sqlite3' | 'better-sqlite3-12' =>
  Number(napi) >= 10 ? 'better-sqlite3' : 'better-sqlite3-12';

export const SQLITE_LIBRARY = sqliteLibraryFor(process.versions['napi'] ?? '');

/** Only when it is used, so that whoever uses it can say what is wrong. Throws what `require` throws. */
export const loadSqliteLibrary = (): typeof Database =>
  createRequire(import.meta.url)(SQLITE_LIBRARY) as typeof Database;
