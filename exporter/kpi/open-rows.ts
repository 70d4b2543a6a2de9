/**
 * Entries of the open days of one table, as they were last read. Rows that are new are read at every run. The others
 * change only when somebody edits or deletes one, and each may be a page of its own (a vacuum gives the room of old
 * pages to new rows), so a run reads no more than a share of them again, in turns.
 */
import type { CollectContext } from '../model/collector.ts';
import type { Row } from '../postgres/postgres.ts';
import type { IdRange } from './day-ids.ts';
import { isId, isSound, MAX_ID } from './odd-values.ts';
import { BY_A_PERSON, integerOf, MICROSECONDS } from './query.ts';
import type { TableReader } from './reader.ts';

export interface OpenRow {
  readonly id: number;
  readonly profile: number;
  /** Unix microseconds; undefined for a row that says nothing of people. */
  readonly at: number | undefined;
}

export interface OpenRows {
  /** Rows of the day and later ones, and some before it. @throws ProbeError */
  since(date: string, context: CollectContext): Promise<readonly OpenRow[]>;
}

export interface OpenRowsOptions {
  readonly table: string;
  readonly reader: TableReader;
  readonly query: (
    text: string,
    values: readonly unknown[],
    context: CollectContext,
  ) => Promise<readonly Row[]>;
}

/** Read again in one run. A table with fewer in its open days is as it is now at every run. */
export const ROWS_AGAIN = 75;

interface Known {
  readonly from: number;
  readonly generation: number;
  /** Every row up to this id that will ever be visible is among `rows`, or was. */
  readonly watermark: number;
  /** Where the next share begins. */
  readonly next: number;
  /** From `from` on, by id. */
  readonly rows: readonly OpenRow[];
}

export function openRows({ table, reader, query }: OpenRowsOptions): OpenRows {
  const text = openRowsText(table);
  let known: Known | undefined;
  return {
    since: async (date, context) => {
      const range = await reader.rangeFrom(date, context);
      const [generation, watermark] = [await reader.generation(context), await reader.watermark(context)];
      const before = stillTrue(known, range, generation, watermark);
      const { to, next } = share(before);
      const values = [before.next, to, Math.max(before.watermark, to), range.others];
      const read = (await query(text, values, context)).map(rowOf);
      const isKept = ({ id }: OpenRow): boolean => id < before.next || (id > to && id <= before.watermark);
      const rows = [...before.rows.filter(isKept), ...read.filter(({ id }) => id >= range.from)];
      rows.sort((a, b) => a.id - b.id);
      known = { from: range.from, generation, watermark, next, rows };
      return [...rows, ...read.filter(({ id }) => id < range.from)];
    },
  };
}

/** Nothing of what was known, where rows may have been missed. */
function stillTrue(
  known: Known | undefined,
  { from }: IdRange,
  generation: number,
  watermark: number,
): Known {
  const isVoid =
    known === undefined ||
    known.generation !== generation ||
    known.from > from ||
    known.watermark > watermark;
  if (isVoid) return { from, generation, watermark: 0, next: from, rows: [] };
  return { ...known, next: Math.max(known.next, from), rows: known.rows.filter(({ id }) => id >= from) };
}

/** The ids from `next` to `to` are read again; at the end of the known ones everything that is new goes with them. */
function share({ from, watermark, next, rows }: Known): { readonly to: number; readonly next: number } {
  const first = rows.findIndex(({ id }) => id >= next);
  const beyond = first === -1 ? undefined : rows[first + ROWS_AGAIN];
  return beyond === undefined || beyond.id > watermark
    ? { to: MAX_ID, next: from }
    : { to: beyond.id - 1, next: beyond.id };
}

/** Every row of the ids, so that it is known how many there are. */
const openRowsText = (table: string): string => {
  const at = `CASE WHEN ${isSound(['profile_id', 'created_at'])} AND ${BY_A_PERSON} THEN ${MICROSECONDS} END AS at`;
  const rows = (ids: string): string => `SELECT id, profile_id, ${at} FROM ${table} WHERE ${ids}`;
  return [
    rows('id BETWEEN $1 AND $2'),
    rows(`id > $3 AND ${isId('id')}`),
    rows('id = ANY ($4::bigint[])'),
  ].join(' UNION ALL ');
};

function rowOf(row: Row): OpenRow {
  const isKnown = row['at'] !== null;
  return {
    id: integerOf(row, 'id'),
    profile: isKnown ? integerOf(row, 'profile_id') : 0,
    at: isKnown ? integerOf(row, 'at') : undefined,
  };
}
