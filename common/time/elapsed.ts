/**
 * How long ago something was, by times that were noted by a clock which may have been wrong then. Pure.
 *
 * A clock that was ahead leaves times behind that lie in the future once it is set right. Such a time tells nothing: it must
 * neither hold anything back until it has come, nor pass for news until then.
 */

/** Clocks are put right in small steps all the time, and two of them never agree: this much ahead is still now. */
export const CLOCK_STEP_MS = 60_000;

/** Whether a time lies so far ahead that the clock was wrong when it was noted. Both Unix ms. */
export const isAhead = (noted: number, now: number): boolean => noted - now > CLOCK_STEP_MS;

/** Milliseconds from a noted time until now, never negative; Infinity for a time that lies ahead. Both Unix ms. */
export const elapsedSince = (noted: number, now: number): number =>
  isAhead(noted, now) ? Infinity : Math.max(0, now - noted);

/** When something is due so long after a noted time, Unix ms: now, when that time lies ahead. */
export const dueAfter = (noted: number, waitMs: number, now: number): number =>
  isAhead(noted, now) ? now : noted + waitMs;
