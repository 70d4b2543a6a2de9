/** Whether what figures have read of closed days, apart from the recount of these days, is still what it found. Pure. */

/** All of it was read at once. */
export interface Reading {
  /** Unix ms. */
  readonly readAt: number;
  /** Unix ms of the last recount before it; undefined when there was none. */
  readonly recountedAt?: number | undefined;
}

/** At a first start both read the same days, one after the other. */
const TOGETHER_MS = 10 * 60_000;

/** @param recountedAt Unix ms of the last recount; undefined when there is none */
export function isOutdated(
  { readAt, recountedAt: known }: Reading,
  recountedAt: number | undefined,
): boolean {
  if (recountedAt === known) return false;
  const laterMs = (recountedAt ?? -Infinity) - readAt;
  return known !== undefined || laterMs < 0 || laterMs > TOGETHER_MS;
}
