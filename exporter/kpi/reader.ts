/**
 * Reads the rows of one table that are new, by primary key, and adds them to counters. Every step is on disk before it
 * is shown, so counters never go down and no row counts twice.
 */
import type { Logger } from '../../common/log/record.ts';
import { logged, ProbeError, type CollectContext, type Collector, type Sample } from '../model/collector.ts';
import type { ProbeTiming } from '../model/timing.ts';
import type { Session, Row } from '../postgres/postgres.ts';
import { calendarDay, createCalendar, dayAt, daysBefore } from '../model/day.ts';
import { covers, daysOf, learn, rangeFrom, type DatedId, type DayIds, type IdRange } from './day-ids.ts';
import { advance, counted, lowered, uncounted, type Watermark, type TableSnapshot } from './watermark.ts';
import { isId, isSound, type CheckedColumn } from './odd-values.ts';
import {
  integerOf,
  MICROSECONDS,
  numberOf,
  RETRY_MS,
  SERVER_SHARE,
  textOf,
  topId,
  WHOLE_TABLE,
} from './query.ts';
import type { KpiStore } from './sqlite.ts';

/** What is counted of a table. `T` is kept as JSON. */
export interface Table<T> {
  /** Of the query, and the key in the store. */
  readonly name: string;
  readonly table: string;
  /** What is read of a new row beside its id. */
  readonly columns: readonly string[];
  /** Rows with odd values in these are not counted. */
  readonly checked: readonly CheckedColumn[];
  /** Over the rows up to id `$1`. */
  readonly totalsText: string;
  readonly totals: (rows: readonly Row[]) => T;
  readonly add: (total: T, row: Row) => T;
  readonly samples: (total: T) => readonly Sample[];
  /** How many closed days are asked for by their rows; undefined where none is. Needs `created_at`. */
  readonly daysBack?: number;
}

export interface TableReader extends Collector {
  /** Rows of the day and of later ones; reads the table for the first time if nobody has. */
  rangeFrom(date: string, context: CollectContext): Promise<IdRange>;
  /** Changes when the table was replaced or taken back: what was kept of its rows is void. */
  generation(context: CollectContext): Promise<number>;
  /** No row up to this id will appear any more. */
  watermark(context: CollectContext): Promise<number>;
}

interface State<T> {
  readonly total: T;
  readonly watermark: Watermark;
  /** Null until they were read. */
  readonly days: DayIds | null;
  readonly generation: number;
  /** Of the database and the table's file. */
  readonly relation: string;
  /** Of the last snapshot that is in the state: a database that is behind it was taken back. */
  readonly xmax: string;
}

/** As it is kept: the watermark by the name that every release has read. */
type SavedState<T> = Omit<State<T>, 'watermark'> & { readonly fence: Watermark };

const toDisk = <T>({ watermark, ...rest }: State<T>): SavedState<T> => ({ ...rest, fence: watermark });

function fromDisk<T>(saved: SavedState<T> | undefined): State<T> | undefined {
  if (saved === undefined) return undefined;
  const { fence, ...rest } = saved;
  return { ...rest, watermark: fence };
}

interface Batch {
  readonly snapshot: TableSnapshot;
  readonly relation: string;
  readonly xmax: string;
  readonly rows: readonly Row[];
}

export interface ReaderOptions {
  readonly session: Session;
  readonly store: KpiStore;
  readonly timing: ProbeTiming;
  readonly timezone: string;
  /** Monotonic milliseconds. */
  readonly elapsedMs: () => number;
  readonly log: Logger;
}

/** Ids below the largest by more than this are taken as settled when a table is first read. */
const UNSETTLED_IDS = 20_000;
/** Few enough that nobody waits for the event loop. */
const BATCH_ROWS = 1_000;

export function tableReader<T>(table: Table<T>, options: ReaderOptions): TableReader {
  const { session, store, timing, timezone, elapsedMs, log } = options;
  const calendar = createCalendar(timezone);
  let state = fromDisk(store.load(table.name) as SavedState<T> | undefined);
  let snapshots: readonly TableSnapshot[] = [];
  let running: Promise<void> | undefined;

  const keep = (next: State<T>): State<T> => {
    if (next !== state) store.save(table.name, toDisk(next));
    state = next;
    return next;
  };
  const batchAfter = async (id: number, signal: AbortSignal): Promise<Batch> =>
    batchOf(
      await session.query(
        { text: batchText(table), values: [id, BATCH_ROWS], timeoutMs: timing.timeoutMs * SERVER_SHARE },
        signal,
      ),
      elapsedMs(),
    );

  const datedOf = (row: Row): DatedId => ({
    id: idOf(row),
    date: calendar.dateOf(integerOf(row, 'created_us') / 1000),
  });

  /** Rows of days before the known ones say nothing, and finding a date is slow where each row has another. */
  const datedSince = (days: DayIds, today: string, rows: readonly Row[]): readonly DatedId[] => {
    const [oldest = today] = Object.keys(days).toSorted();
    const from = calendarDay(oldest, timezone).start.getTime() * 1000;
    return rows.filter((row) => integerOf(row, 'created_us') >= from).map(datedOf);
  };

  const begin = async (signal: AbortSignal): Promise<State<T>> => {
    const { snapshot, relation, xmax } = await batchAfter(Number.MAX_SAFE_INTEGER, signal);
    const id = Math.max(0, snapshot.top - UNSETTLED_IDS);
    const rows = await session.query({ ...WHOLE_TABLE, text: table.totalsText, values: [id] }, signal);
    return keep({
      total: table.totals(rows),
      watermark: { id, seen: [] },
      days: null,
      generation: 1,
      relation,
      xmax,
    });
  };

  /** Counters stand, for rows that came back were counted when they first came. */
  const startOver = async (before: State<T>, signal: AbortSignal): Promise<State<T>> => {
    log.warn(`${table.table} was replaced or taken back: what is known of its rows is read anew.`);
    snapshots = [];
    const top = await batchAfter(Number.MAX_SAFE_INTEGER, signal);
    const id = Math.max(0, top.snapshot.top - UNSETTLED_IDS);
    let watermark: Watermark = { id, seen: [] };
    for await (const { rows } of batchesFrom(await batchAfter(id, signal), signal)) {
      watermark = counted(watermark, rows.map(idOf));
    }
    const { relation, xmax } = top;
    const generation = before.generation + 1;
    return keep({ ...before, watermark, days: null, generation, relation, xmax });
  };

  const learnDays = async (before: State<T>, now: number, signal: AbortSignal): Promise<State<T>> => {
    const { daysBack } = table;
    if (daysBack === undefined) return before;
    const today = dayAt(now, timezone);
    const days = Array.from({ length: daysBack + 1 }, (_, n) => daysBefore(today, daysBack - n, timezone));
    if (before.days !== null && covers(before.days, days[0]?.date ?? '', today.date)) return before;
    const values = [days[0]?.start];
    const rows = await session.query({ ...WHOLE_TABLE, text: datedText(table.table), values }, signal);
    const dates = days.map(({ date }) => date);
    const dated = rows.map(datedOf);
    return keep({
      ...before,
      days: daysOf(dated, dates, Math.max(before.watermark.id, dated.at(-1)?.id ?? 0)),
    });
  };

  async function* batchesFrom(first: Batch, signal: AbortSignal): AsyncGenerator<Batch> {
    for (let batch = first; ; batch = await batchAfter(idOf(batch.rows.at(-1)), signal)) {
      yield batch;
      if (batch.rows.length < BATCH_ROWS) return;
    }
  }

  const take = (before: State<T>, { rows, snapshot }: Batch, now: number): State<T> => {
    const fresh = new Set(uncounted(before.watermark, rows.map(idOf)));
    const today = dayAt(now, timezone).date;
    const { days } = before;
    if (fresh.size === 0 && (days === null || days[today]?.from !== undefined)) return before;
    const added = rows.filter((row) => fresh.has(idOf(row)) && row['is_sound'] === true);
    return {
      ...before,
      total: added.reduce((total, row) => table.add(total, row), before.total),
      watermark: counted(before.watermark, [...fresh]),
      days:
        days &&
        learn(days, datedSince(days, today, added), {
          today,
          watermark: before.watermark.id,
          top: snapshot.top,
        }),
    };
  };

  const refresh = async ({ signal, now }: CollectContext): Promise<void> => {
    let current = state ?? (await begin(signal));
    let first = await batchAfter(current.watermark.id, signal);
    if (first.relation !== current.relation || BigInt(first.xmax) < BigInt(current.xmax)) {
      current = await startOver(current, signal);
      first = await batchAfter(current.watermark.id, signal);
    }
    current = await learnDays(current, now, signal);
    const watermark = lowered(current.watermark, first.snapshot.top);
    if (watermark !== current.watermark) {
      snapshots = [];
      current = { ...current, watermark };
    }
    let last = first;
    for await (const batch of batchesFrom(first, signal)) {
      current = keep(take(current, batch, now));
      last = batch;
    }
    const moved = advance(current.watermark, snapshots, { ...last.snapshot, xmin: first.snapshot.xmin });
    snapshots = moved.snapshots;
    if (moved.watermark !== current.watermark)
      keep({ ...current, watermark: moved.watermark, xmax: last.xmax });
  };

  const once = (context: CollectContext): Promise<void> => {
    running ??= refresh(context).finally(() => (running = undefined));
    return running;
  };
  const known = async (context: CollectContext): Promise<State<T>> => {
    if (state === undefined || (state.days === null && table.daysBack !== undefined)) await once(context);
    if (state === undefined) throw new ProbeError(logged(`${table.table} has not been read yet`));
    return state;
  };

  return {
    ...timing,
    name: table.name,
    kind: 'query',
    retryMs: RETRY_MS,
    collect: async (context) => {
      await once(context);
      return { samples: table.samples((await known(context)).total) };
    },
    rangeFrom: async (date, context) => rangeFrom((await known(context)).days ?? {}, date),
    generation: async (context) => (await known(context)).generation,
    watermark: async (context) => (await known(context)).watermark.id,
  };
}

/** An infinite moment cannot be cast, and NULL is a row that is left out. */
const CREATED_US = `CASE WHEN ${isSound(['created_at'])} THEN ${MICROSECONDS} END AS created_us`;

/**
 * Above every transaction that had begun. Each of them locks its own number, of which the lower 32 bits are shown; they
 * are told from numbers behind the snapshot by their distance.
 * https://www.postgresql.org/docs/15/view-pg-locks.html
 */
const NEXT_TRANSACTION = `
  (SELECT (xmax + coalesce(max(ahead) + 1, 0))::text
   FROM (SELECT pg_snapshot_xmax(now.snapshot)::text::bigint AS xmax) AS snapshot
   LEFT JOIN LATERAL (
     SELECT (transactionid::text::bigint - xmax) & ${2 ** 32 - 1} AS ahead FROM pg_locks WHERE locktype = 'transactionid'
   ) AS running ON ahead < ${2 ** 31}
   GROUP BY xmax)`;

/** Always at least one row: what the look saw stands in each. */
const batchText = <T>({ table, columns, checked, daysBack }: Table<T>): string => `
  SELECT pg_snapshot_xmin(now.snapshot)::text AS xmin, pg_snapshot_xmax(now.snapshot)::text AS xmax, ${NEXT_TRANSACTION} AS next,
         ${topId(table)} AS top,
         (SELECT oid FROM pg_database WHERE datname = current_database()) AS database,
         pg_relation_filenode('${table}'::regclass) AS file,
         fresh.*
  FROM (SELECT pg_current_snapshot() AS snapshot) AS now
  LEFT JOIN LATERAL (
    SELECT id, ${isSound(['id', ...checked])} AS is_sound${columns.map((column) => `, ${column}`).join('')}${daysBack === undefined ? '' : `, ${CREATED_US}`}
    FROM ${table} WHERE id > $1 AND ${isId('id')} ORDER BY id LIMIT $2
  ) AS fresh ON true`;

const datedText = (table: string): string =>
  `SELECT id, ${CREATED_US} FROM ${table} WHERE created_at >= $1 AND ${isSound(['id', 'created_at'])} ORDER BY id`;

function batchOf(rows: readonly Row[], atMs: number): Batch {
  const [head] = rows;
  if (head === undefined) throw new ProbeError(logged('the answer has no row'));
  const xmin = BigInt(textOf(head, 'xmin'));
  const next = BigInt(textOf(head, 'next'));
  const top = head['top'] === null ? 0 : integerOf(head, 'top');
  return {
    snapshot: { xmin, next, top, atMs },
    xmax: textOf(head, 'xmax'),
    relation: `${numberOf(head, 'database')}/${numberOf(head, 'file')}`,
    rows: rows.filter(({ id }) => id !== null),
  };
}

const idOf = (row: Row | undefined): number => integerOf(row, 'id');
