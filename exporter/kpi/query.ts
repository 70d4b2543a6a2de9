import type { Collector, Sample } from '../model/collector.ts';
import { logged, ProbeError } from '../model/collector.ts';
import type { ProbeTiming } from '../model/timing.ts';
import type { Session, Row } from '../postgres/postgres.ts';
import type { IdRange } from './day-ids.ts';
import { isId, isSound, type CheckedColumn } from './odd-values.ts';

/** One concern, one statement: what is missing in the tables fails by this name and nothing else does. */
export interface Query {
  /** Value of the label `query`. */
  readonly name: string;
  readonly text: string;
  readonly values: (now: number) => readonly unknown[];
  /** @throws ProbeError when a row is not as expected. */
  readonly samples: (rows: readonly Row[], now: number) => readonly Sample[];
}

/** The share of a run's deadline that the server may use before it cancels the statement itself. */
export const SERVER_SHARE = 0.9;

/** A database that comes back has its figures again soon, not only after a long interval. */
export const RETRY_MS = 15_000;

/** How a whole table is read, which goes on after the run that began it has failed. */
export const WHOLE_TABLE = { timeoutMs: 10 * 60_000, isLong: true } as const;

export function queryCollector(query: Query, session: Session, timing: ProbeTiming): Collector {
  return {
    ...timing,
    name: query.name,
    kind: 'query',
    retryMs: RETRY_MS,
    collect: async ({ signal, now }) => {
      const timeoutMs = timing.timeoutMs * SERVER_SHARE;
      const rows = await session.query({ text: query.text, values: query.values(now), timeoutMs }, signal);
      return { samples: query.samples(rows, now) };
    },
  };
}

/**
 * Rows by primary key as an item of FROM, without those that have odd values in `checked`; takes {@link rangeValues} as
 * its parameters from `$first` on.
 */
export function rowsIn(
  table: string,
  columns: readonly string[],
  checked: readonly CheckedColumn[],
  first: number,
): string {
  const select = `SELECT ${[...columns, ...checked].join(', ')} FROM ${table} WHERE ${isSound(['id', ...checked])}`;
  return `(${select} AND id >= $${first} UNION ALL ${select} AND id = ANY ($${first + 1}::bigint[]))`;
}

/** The largest id of a table, as an expression; NULL when it has none. */
export const topId = (table: string): string =>
  `(SELECT id FROM ${table} WHERE ${isId('id')} ORDER BY id DESC LIMIT 1)`;

/** Rows that the application writes by itself at noon say nothing of people. */
export const BY_A_PERSON = 'is_recurring IS NOT TRUE';

/** When a row was created, in microseconds: a window's edge may fall between two milliseconds. */
export const MICROSECONDS = '(extract(epoch FROM created_at) * 1000000)::bigint';

/** Of a subscription: paid with Telegram Stars, and not given away; or only tried. */
export const PAID = `(payment_method = 'stars' AND amount > 0)`;
export const TRIAL = `(payment_method = 'trial')`;

export const rangeValues = ({ from, others }: IdRange): readonly unknown[] => [from, others];

/** Counts and sums arrive as text, so that no digit is lost on the way; NULL and anything else is an error. */
export function numberOf(row: Row | undefined, column: string): number {
  const value = row?.[column];
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new ProbeError(logged(`the answer has no number in ${column}`));
}

/** A number, or null where PostgreSQL says NULL: what is not known. */
export const orNull = (row: Row | undefined, column: string): number | null =>
  row?.[column] === null ? null : numberOf(row, column);

/** Ids and counts, which are kept as numbers: beyond 2^53 they would no longer be told apart. */
export function integerOf(row: Row | undefined, column: string): number {
  const number = numberOf(row, column);
  if (Number.isSafeInteger(number)) return number;
  throw new ProbeError(logged(`the answer has no whole number below 2^53 in ${column}`));
}

export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw new ProbeError(logged(`the answer has no text in ${column}`));
}
