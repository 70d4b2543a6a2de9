/** When beat has to send an entry of django_celery_beat next, as its scheduler decides. Pure. */
import type { Row } from '../../postgres/postgres.ts';
import { nextAfter, type CrontabFields } from './crontab.ts';

/** All times are Unix milliseconds. */
export interface BeatEntry {
  readonly name: string;
  readonly task: string;
  readonly lastRunAt: number | undefined;
  /** In the past when it is late; undefined for one that is over, or of a kind that is not judged. */
  readonly dueAt: number | undefined;
}

export interface BeatView {
  readonly readAt: number;
  /** Of enabled ones, those that are due first in front. Undefined: there is no table. */
  readonly entries: readonly BeatEntry[] | undefined;
}

/** What is read; arguments are not. */
export const BEAT_TABLES = [
  {
    table: 'django_celery_beat_periodictask',
    columns: [
      ...['id', 'name', 'task', 'enabled', 'last_run_at', 'date_changed', 'start_time', 'expires'],
      ...['one_off', 'total_run_count', 'interval_id', 'crontab_id', 'clocked_id'],
    ],
  },
  { table: 'django_celery_beat_intervalschedule', columns: ['id', 'every', 'period'] },
  {
    table: 'django_celery_beat_crontabschedule',
    columns: ['id', 'minute', 'hour', 'day_of_week', 'day_of_month', 'month_of_year', 'timezone'],
  },
  { table: 'django_celery_beat_clockedschedule', columns: ['id', 'clocked_time'] },
] as const;

const MAX_ENTRIES = 1_000;

/** Enabled entries, each with the one schedule that it has. */
export const BEAT_TEXT = `
  SELECT entry.name, entry.task, entry.last_run_at, entry.date_changed, entry.start_time, entry.expires,
         entry.one_off, entry.total_run_count, span.every, span.period, cron.minute, cron.hour, cron.day_of_week,
         cron.day_of_month, cron.month_of_year, cron.timezone::text AS timezone, clock.clocked_time
  FROM (SELECT ${BEAT_TABLES[0].columns.join(', ')} FROM ${BEAT_TABLES[0].table}
        WHERE enabled ORDER BY id LIMIT ${MAX_ENTRIES}) AS entry
  LEFT JOIN ${BEAT_TABLES[1].table} AS span ON span.id = entry.interval_id
  LEFT JOIN ${BEAT_TABLES[2].table} AS cron ON cron.id = entry.crontab_id
  LEFT JOIN ${BEAT_TABLES[3].table} AS clock ON clock.id = entry.clocked_id`;

const PERIOD_MS: Readonly<Record<string, number>> = {
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1_000,
  microseconds: 0.001,
};

export function entryOf(row: Row, now: number): BeatEntry {
  const lastRunAt = timeOf(row, 'last_run_at');
  return { name: textOf(row, 'name'), task: textOf(row, 'task'), lastRunAt, dueAt: dueAt(row, now) };
}

/** https://github.com/celery/django-celery-beat/blob/main/django_celery_beat/schedulers.py, ModelEntry.is_due */
function dueAt(row: Row, now: number): number | undefined {
  const [startAt, expiresAt] = [timeOf(row, 'start_time'), timeOf(row, 'expires')];
  const hasRun = Number(row['total_run_count']) > 0;
  if ((expiresAt !== undefined && expiresAt <= now) || (row['one_off'] === true && hasRun)) return undefined;
  const due = scheduledAt(row, startAt, hasRun);
  if (due === undefined) return undefined;
  const at = Math.max(due, startAt ?? due);
  return expiresAt !== undefined && at >= expiresAt ? undefined : at;
}

function scheduledAt(row: Row, startAt: number | undefined, hasRun: boolean): number | undefined {
  const clockedAt = timeOf(row, 'clocked_time');
  if (clockedAt !== undefined) return hasRun ? undefined : clockedAt;
  const lastRunAt = timeOf(row, 'last_run_at');
  // One that has never run counts from its last edit, or runs as soon as it may begin.
  if (lastRunAt === undefined && startAt !== undefined) return hasSchedule(row) ? startAt : undefined;
  const from = lastRunAt ?? timeOf(row, 'date_changed');
  if (from === undefined) return undefined;
  const periodMs = PERIOD_MS[textOf(row, 'period')];
  if (periodMs !== undefined) return from + Number(row['every']) * periodMs;
  const fields = crontabOf(row);
  return fields && nextAfter(fields, from);
}

const hasSchedule = (row: Row): boolean => row['period'] !== null || row['minute'] !== null;

function crontabOf(row: Row): CrontabFields | undefined {
  if (row['minute'] === null) return undefined;
  return {
    minute: textOf(row, 'minute'),
    hour: textOf(row, 'hour'),
    dayOfWeek: textOf(row, 'day_of_week'),
    dayOfMonth: textOf(row, 'day_of_month'),
    monthOfYear: textOf(row, 'month_of_year'),
    timezone: textOf(row, 'timezone'),
  };
}

function timeOf(row: Row, column: string): number | undefined {
  const value = row[column];
  return value instanceof Date && Number.isFinite(value.getTime()) ? value.getTime() : undefined;
}

function textOf(row: Row, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : '';
}
