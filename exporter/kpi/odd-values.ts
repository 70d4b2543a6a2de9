/**
 * Values of the application's columns that no figure can be made of: PostgreSQL keeps NaN, infinities, and dates that
 * JavaScript does not know. A row is left out of the figures that read such a value of it. Pure.
 */

/** Ids and counts are kept as numbers: beyond 2^53 they would no longer be told apart. */
export const MAX_ID = Number.MAX_SAFE_INTEGER;

/**
 * A condition that is true of ids that can be kept. Written as an expression: for a plain column PostgreSQL would look
 * for the end of its index whenever it plans a statement, which costs more than the statement.
 */
export const isId = (column: string): string => `${column} + 0 <= ${MAX_ID}`;

/** NaN is larger than every number to PostgreSQL, so an upper bound keeps it out. */
const between = (lowest: number, below: number) => (column: string) =>
  `${column} >= ${lowest} AND ${column} < ${below}`;
const orNull = (check: (column: string) => string) => (column: string) =>
  `(${column} IS NULL OR ${check(column)})`;
const moment = (column: string): string => `${column} BETWEEN '1970-01-01Z' AND '2200-01-01Z'`;

/** By name of the column, which means the same in every table. */
const CHECKS = {
  id: isId,
  profile_id: isId,
  created_at: moment,
  timestamp: moment,
  amount: between(0, 1e12),
  currency: (column: string) => `${column} ~ '^[A-Za-z]{3}$'`,
  tokens_used: orNull(between(0, 2 ** 31)),
  estimated_cost: orNull(between(0, 1e6)),
  response_time: orNull(between(0, 1e6)),
} as const satisfies Record<string, (column: string) => string>;

export type CheckedColumn = keyof typeof CHECKS;

/**
 * A condition that is true of rows whose values figures can be made of, else false.
 * @param from alias of the table, where the statement has several
 */
export function isSound(columns: readonly CheckedColumn[], from?: string): string {
  const prefix = from === undefined ? '' : `${from}.`;
  return `((${columns.map((name) => CHECKS[name](`${prefix}${name}`)).join(' AND ')}) IS TRUE)`;
}
