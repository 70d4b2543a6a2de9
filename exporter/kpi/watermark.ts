/**
 * Which rows of a table have been counted, when ids are not committed in their order: a row with a smaller id may
 * appear after a larger one was read.
 *
 * An id is drawn just before its transaction gets a number (xid). So once every transaction that had begun when an id
 * was the largest has ended, no smaller id can appear any more, and the fence moves up to it. Until then the ids beyond
 * the fence that were counted are remembered one by one. Pure.
 */

export interface Fence {
  /** Whatever will ever be visible up to this id has been counted. */
  readonly id: number;
  /** Counted ids beyond it, ascending. */
  readonly seen: readonly number[];
}

/** A look at the table. https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-PG-SNAPSHOT */
export interface Look {
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

/** While one transaction stays open for hours no more looks are remembered than this; the fence then moves in two steps. */
const MAX_LOOKS = 60;

/** The ids that were not counted before. */
export function uncounted(fence: Fence, ids: readonly number[]): readonly number[] {
  const seen = new Set(fence.seen);
  return ids.filter((id) => id > fence.id && !seen.has(id));
}

/** The fence with `ids` counted, which may be in any order but not counted before. */
export function counted(fence: Fence, ids: readonly number[]): Fence {
  return ids.length === 0 ? fence : { id: fence.id, seen: [...fence.seen, ...ids].sort((a, b) => a - b) };
}

/**
 * Moves the fence after everything beyond it was read at `look`.
 * @param looks earlier ones that the fence has not passed, oldest first
 */
export function advance(
  fence: Fence,
  looks: readonly Look[],
  look: Look,
): { readonly fence: Fence; readonly looks: readonly Look[] } {
  const passed = looks.filter(({ next, atMs }) => look.xmin >= next && look.atMs - atMs >= SETTLING_MS);
  const id = Math.max(fence.id, ...passed.map(({ top }) => top));
  const waiting = looks.filter(({ top }) => top > id);
  const highest = Math.max(id, ...waiting.map(({ top }) => top));
  const isNews = look.top > highest && waiting.length < MAX_LOOKS;
  return {
    fence: id === fence.id ? fence : { id, seen: fence.seen.filter((seen) => seen > id) },
    looks: isNews ? [...waiting, look] : waiting,
  };
}

/**
 * The fence of a table whose largest id fell below it: rows were deleted, or taken back with a backup. Ids that were
 * given up are given again by a sequence that went back with the table.
 */
export function lowered(fence: Fence, top: number): Fence {
  return top >= fence.id ? fence : { id: top, seen: [] };
}
