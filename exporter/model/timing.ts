import type { Reason } from '../../common/reasons/reason.ts';

/**
 * From the start of a failed check to the next: what has failed once is soon known to be down, or to have blinked. For
 * what costs nothing to ask, and refuses at once when it is down.
 */
export const RECHECK_MS = 3_000;

/** When a collector runs, as the configuration says. */
export interface ProbeTiming {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Why it does not run; undefined when it does. */
  readonly disabledReason: Reason | undefined;
}
