/**
 * Which rows of a table have been counted, when ids are not committed in their order: a row with a smaller id may
 * appear after a larger one was read.
 *
 * An id is drawn just before its transaction gets a number (xid). So once every transaction that had begun when an id
 * was the largest has ended, no smaller id can appear any more, and the watermark moves up to it. Until then the ids beyond
 * the watermark that were counted are remembered one by one. Pure.
 */

export interface Watermark {
  /** Whatever will ever be visible up to this id has been counted. */
  readonly id: number;
  /** Counted ids beyond it, ascending. */
  readonly seen: readonly number[];
}

/** A look at the table. https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-PG-SNAPSHOT */
export interface TableSnapshot {
  /** Every transaction below it had ended. */
  readonly xmin: bigint;
  /** No transaction from it on had begun. A snapshot's own xmax is lower: it only counts up to the last that ended. */
  readonly next: bigint;
  /** Largest visible id, 0 when there was none. */
  readonly top: number;
  /** Monotonic milliseconds. */
  readonly atMs: number;
}

/** The time between drawing an id and getting a transaction number, with much to spare. */
const SETTLING_MS = 60_000;

/** While one transaction stays open for hours no more snapshots are remembered than this; the watermark then moves in two steps. */
const MAX_LOOKS = 60;

/** The ids that were not counted before. */
export function uncounted(watermark: Watermark, ids: readonly number[]): readonly number[] {
  const seen = new Set(watermark.seen);
  return ids.filter((id) => id > watermark.id && !seen.has(id));
}

/** The watermark with `ids` counted, which may be in any order but not counted before. */
export function counted(watermark: Watermark, ids: readonly number[]): Watermark {
  return ids.length === 0
    ? watermark
    : { id: watermark.id, seen: [...watermark.seen, ...ids].sort((a, b) => a - b) };
}

/**
 * Moves the watermark after everything beyond it was read at `look`.
 * @param snapshots earlier ones that the watermark has not passed, oldest first
 */
export function advance(
  watermark: Watermark,
  snapshots: readonly TableSnapshot[],
  snapshot: TableSnapshot,
): { readonly watermark: Watermark; readonly snapshots: readonly TableSnapshot[] } {
  const passed = snapshots.filter(
    ({ next, atMs }) => snapshot.xmin >= next && snapshot.atMs - atMs >= SETTLING_MS,
  );
  const id = Math.max(watermark.id, ...passed.map(({ top }) => top));
  const waiting = snapshots.filter(({ top }) => top > id);
  const highest = Math.max(id, ...waiting.map(({ top }) => top));
  const isNews = snapshot.top > highest && waiting.length < MAX_LOOKS;
  return {
    watermark: id === watermark.id ? watermark : { id, seen: watermark.seen.filter((seen) => seen > id) },
    snapshots: isNews ? [...waiting, snapshot] : waiting,
  };
}

/**
 * The watermark of a table whose largest id fell below it: rows were deleted, or taken back with a backup. Ids that were
 * given up are given again by a sequence that went back with the table.
 */
export function lowered(watermark: Watermark, top: number): Watermark {
  return top >= watermark.id ? watermark : { id: top, seen: [] };
}
