/**
 * The history in a file of the exporter's own: everything is recorded here first, and from here written to PostgreSQL,
 * so that an outage of the database is in its own history.
 */
import type { JobMemory } from '../../common/jobs/jobs.ts';
import type { Logger } from '../../common/log/record.ts';
import type { SqliteDatabase } from '../../common/state/sqlite.ts';
import { openStateFile, stopWaitingForLocks } from '../../common/state/state-file.ts';
import type { ComponentStatus } from '../model/health.ts';
import type { RecordedDay } from './day-rows.ts';

/** One row of `monitoring.system_health_check`. */
export interface HealthRow {
  /** Unix milliseconds. */
  readonly timestamp: number;
  readonly component: string;
  readonly status: ComponentStatus;
  readonly responseTimeMs: number | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface Retention {
  /** Health rows before that Unix ms go. */
  readonly before: number;
  /** More health rows than this: the oldest go, written or not. */
  readonly maxHealthRows: number;
}

export interface HistoryStore {
  /** What is known already stays as it is. */
  addHealth(rows: readonly HealthRow[], isWritten?: boolean): void;
  /** Oldest first. */
  healthSince(timestamp: number): readonly HealthRow[];
  unwrittenHealth(limit: number): readonly HealthRow[];
  markHealthWritten(rows: readonly HealthRow[]): void;
  /**
   * A later count of the same day replaces the earlier one.
   * @param latest Unix ms: one that was counted after it is replaced too, by default none
   */
  saveDays(days: readonly RecordedDay[], isWritten?: boolean, latest?: number): void;
  /** From `from` to `to`, both included, oldest first. */
  days(from: string, to: string): readonly RecordedDay[];
  unwrittenDay(): RecordedDay | undefined;
  markDayWritten(day: RecordedDay): void;
  /** Rows that PostgreSQL has not got yet. */
  pending(): number;
  prune(retention: Retention): void;
  readonly memory: JobMemory;
  close(): void;
}

const MIGRATIONS = [
  `
  CREATE TABLE health_checks (
    component TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    status TEXT NOT NULL,
    response_time_ms INTEGER,
    details TEXT NOT NULL,
    is_written INTEGER NOT NULL,
    PRIMARY KEY (component, timestamp)
  ) WITHOUT ROWID;
  CREATE INDEX health_checks_time ON health_checks (timestamp);
  CREATE INDEX health_checks_unwritten ON health_checks (timestamp) WHERE is_written = 0;
  CREATE TABLE days (
    date TEXT PRIMARY KEY,
    counted_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    is_written INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX days_unwritten ON days (date) WHERE is_written = 0;
  CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  `,
];

interface StoredHealth {
  readonly component: string;
  readonly timestamp: number;
  readonly status: ComponentStatus;
  readonly response_time_ms: number | null;
  readonly details: string;
}

/** The database belongs to the store from here on. */
/** @param now Unix ms */
export function openHistoryStore(path: string, now: number, log: Logger): HistoryStore {
  const database = openStateFile(path, MIGRATIONS, now, log);
  const prepared = prepare(database);
  stopWaitingForLocks(database);
  const each = <T>(step: (item: T) => void): ((items: readonly T[]) => void) =>
    database.transaction((items: readonly T[]) => {
      for (const item of items) step(item);
    });
  const bodies = (rows: readonly unknown[]): readonly RecordedDay[] =>
    rows.map((row) => JSON.parse((row as { body: string }).body) as RecordedDay);

  return {
    addHealth: (rows, isWritten = false) =>
      each<HealthRow>(({ details, ...row }) =>
        prepared.addHealth.run({ ...row, details: JSON.stringify(details), isWritten: Number(isWritten) }),
      )(rows),
    healthSince: (timestamp) => (prepared.healthSince.all(timestamp) as StoredHealth[]).map(healthOf),
    unwrittenHealth: (limit) => (prepared.unwrittenHealth.all(limit) as StoredHealth[]).map(healthOf),
    markHealthWritten: each(({ component, timestamp }) => prepared.markHealth.run(component, timestamp)),
    saveDays: (days, isWritten = false, latest = Number.MAX_SAFE_INTEGER) =>
      each<RecordedDay>((day) =>
        prepared.saveDay.run({
          date: day.date,
          countedAt: day.countedAt,
          body: JSON.stringify(day),
          isWritten: Number(isWritten),
          latest,
        }),
      )(days),
    days: (from, to) => bodies(prepared.days.all(from, to)),
    unwrittenDay: () => bodies(prepared.unwrittenDay.all())[0],
    markDayWritten: ({ date, countedAt }) => void prepared.markDay.run(date, countedAt),
    pending: () => (prepared.pending.get() as { n: number }).n,
    prune: database.transaction(({ before, maxHealthRows }: Retention) => {
      prepared.pruneOld.run(before);
      prepared.pruneMany.run(maxHealthRows);
    }),
    memory: {
      get: (key) => (prepared.getState.get(key) as { value: string } | undefined)?.value,
      set: (key, value) => void prepared.setState.run(key, value),
    },
    close: () => void database.close(),
  };
}

function prepare(database: SqliteDatabase) {
  const health = 'SELECT component, timestamp, status, response_time_ms, details FROM health_checks';
  return {
    addHealth: database.prepare(
      `INSERT INTO health_checks VALUES (@component, @timestamp, @status, @responseTimeMs, @details, @isWritten)
       ON CONFLICT DO NOTHING`,
    ),
    healthSince: database.prepare(`${health} WHERE timestamp >= ? ORDER BY timestamp, component`),
    unwrittenHealth: database.prepare(`${health} WHERE is_written = 0 ORDER BY timestamp LIMIT ?`),
    markHealth: database.prepare(
      'UPDATE health_checks SET is_written = 1 WHERE component = ? AND timestamp = ?',
    ),
    saveDay: database.prepare(
      `INSERT INTO days VALUES (@date, @countedAt, @body, @isWritten)
       ON CONFLICT DO UPDATE SET counted_at = excluded.counted_at, body = excluded.body, is_written = excluded.is_written
       WHERE excluded.counted_at >= counted_at OR counted_at > @latest`,
    ),
    days: database.prepare('SELECT body FROM days WHERE date BETWEEN ? AND ? ORDER BY date'),
    unwrittenDay: database.prepare('SELECT body FROM days WHERE is_written = 0 ORDER BY date LIMIT 1'),
    markDay: database.prepare('UPDATE days SET is_written = 1 WHERE date = ? AND counted_at = ?'),
    pending: database.prepare(
      `SELECT (SELECT count(*) FROM health_checks WHERE is_written = 0)
            + (SELECT count(*) FROM days WHERE is_written = 0) AS n`,
    ),
    pruneOld: database.prepare('DELETE FROM health_checks WHERE timestamp < ?'),
    pruneMany: database.prepare(
      `DELETE FROM health_checks WHERE timestamp <=
         (SELECT timestamp FROM health_checks ORDER BY timestamp DESC LIMIT 1 OFFSET ?)`,
    ),
    getState: database.prepare('SELECT value FROM state WHERE key = ?'),
    setState: database.prepare(
      'INSERT INTO state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
    ),
  };
}

const healthOf = ({ details, response_time_ms: responseTimeMs, ...row }: StoredHealth): HealthRow => ({
  ...row,
  responseTimeMs,
  details: JSON.parse(details) as Record<string, unknown>,
});
