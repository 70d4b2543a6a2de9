/**
 * What the figures know, on disk: counters and how far they have read in one value, so that a crash neither counts
 * twice nor loses; who was active.
 */
import type { Logger } from '../../common/log/record.ts';
import { sqliteCode, type SqliteDatabase } from '../../common/state/sqlite.ts';
import { openStateFile, stopWaitingForLocks } from '../../common/state/state-file.ts';
import { logged, ProbeError } from '../model/collector.ts';

/** What cannot be written is a ProbeError: nothing has changed then. */
export interface KpiStore {
  /** JSON as it was saved, or undefined. */
  load(key: string): unknown;
  save(key: string, value: unknown): void;
  /** When each profile was last active before the open days: Unix microseconds. */
  loadActivity(): Map<number, number>;
  saveActivity(change: ActivityChange): void;
  close(): void;
}

export interface ActivityChange {
  /** Everything known before is forgotten. */
  readonly anew: boolean;
  readonly seen: ReadonlyMap<number, number>;
  /** Profiles last active before this moment are forgotten. */
  readonly forgetBefore: number;
  readonly key: string;
  readonly value: unknown;
}

/** A released entry is never edited: changes are appended. */
const MIGRATIONS = [
  `
  CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE activity (profile INTEGER PRIMARY KEY, last INTEGER NOT NULL);
  CREATE TABLE days (
    date TEXT NOT NULL,
    figure TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (date, figure)
  ) WITHOUT ROWID;
  `,
  // Sums of nothing known were kept as 0.
  `
  UPDATE state SET value = replace(replace(value, '"tokens":0,', '"tokens":null,'), '"costMicros":0,', '"costMicros":null,')
  WHERE key = 'ai_requests';
  `,
  // Closed days are in the history alone.
  `
  DROP TABLE days;
  DELETE FROM state WHERE key = 'reconciliation';
  `,
];

/** Counters stand, and where days begin is found anew. */
const FORGET_DAYS = `
  DELETE FROM activity;
  DELETE FROM state WHERE key = 'activity';
  UPDATE state SET value = json_set(value, '$.days', json('null')) WHERE json_type(value, '$.days') IS NOT NULL;`;

/**
 * Begun anew, everything in it can be read again from the tables; only the counters start from the totals.
 * @param now Unix ms
 * @param timezone of the days; where it changed, what is known by day is forgotten
 */
export function openKpiStore(path: string, timezone: string, now: number, log: Logger): KpiStore {
  const prepare = (database: SqliteDatabase): void => {
    const unreadable = setUnreadableAside(database, now);
    if (unreadable > 0)
      log.error(`${unreadable} values in ${path} cannot be read and are set aside; they are read anew.`);
    const wanted = JSON.stringify(timezone);
    const before = database.prepare("SELECT value FROM state WHERE key = 'timezone'").pluck().get();
    // Nothing is written where nothing is new: the disk may be full.
    if (before === wanted) return;
    database.transaction(() => {
      if (before !== undefined) database.exec(FORGET_DAYS);
      database
        .prepare(
          "INSERT INTO state VALUES ('timezone', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .run(wanted);
    })();
    if (before !== undefined) log.warn('TIMEZONE has changed: figures by day are read anew.');
  };
  const database = openStateFile(path, MIGRATIONS, now, log, { prepare });
  stopWaitingForLocks(database);
  return storeOn(database);
}

/** Under keys that nobody asks for: there they may be read by hand. */
function setUnreadableAside(database: SqliteDatabase, now: number): number {
  // Everything but the zone is an object with something in it; numbers beyond what counts are no counts.
  const isNoObject = `(key <> 'timezone' AND (json_type(value) <> 'object' OR value = '{}')) OR (key = 'timezone' AND json_type(value) <> 'text')`;
  return database
    .prepare(
      `UPDATE state SET key = 'set_aside:${now}:' || hex(randomblob(4)) || ':' || key
       WHERE (typeof(value) <> 'text' OR NOT json_valid(value) OR ${isNoObject}) AND key NOT LIKE 'set_aside:%'`,
    )
    .run().changes;
}

function storeOn(database: SqliteDatabase): KpiStore {
  const load = database.prepare('SELECT value FROM state WHERE key = ?').pluck();
  const save = database.prepare(
    'INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  const activity = database.prepare('SELECT profile, last FROM activity').raw();
  const active = database.prepare(
    'INSERT INTO activity (profile, last) VALUES (?, ?) ON CONFLICT (profile) DO UPDATE SET last = max(last, excluded.last)',
  );
  const inactive = database.prepare('DELETE FROM activity WHERE last < ?');
  const parsed = (value: unknown): unknown => (typeof value === 'string' ? JSON.parse(value) : undefined);

  const writing = <A extends unknown[]>(work: (...args: A) => void) => {
    const transaction = database.transaction(work);
    return (...args: A): void => {
      try {
        transaction(...args);
      } catch (error) {
        const code = sqliteCode(error);
        if (code === undefined) throw error;
        throw new ProbeError(logged(`${database.name} cannot be written (${code})`), { cause: error });
      }
    };
  };

  return {
    load: (key) => parsed(load.get(key)),
    save: writing((key, value) => void save.run(key, JSON.stringify(value))),
    loadActivity: () => new Map(activity.all() as [number, number][]),
    saveActivity: writing(({ anew, seen, forgetBefore, key, value }) => {
      if (anew) database.exec('DELETE FROM activity');
      for (const [profile, last] of seen) active.run(profile, last);
      inactive.run(forgetBefore);
      save.run(key, JSON.stringify(value));
    }),
    close: () => void database.close(),
  };
}
