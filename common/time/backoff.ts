export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * How long to wait after so many failures in a row: twice as long each time, up to a quarter less by chance, so that many
 * who wait do not come back at once.
 * @param random from 0 to 1
 */
export const backoffMs = (
  failuresBefore: number,
  { firstMs, maxMs }: Backoff,
  random: () => number,
): number => Math.round(Math.min(firstMs * 2 ** failuresBefore, maxMs) * (0.75 + random() / 4));
