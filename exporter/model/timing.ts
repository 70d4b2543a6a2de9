import type { Reason } from '../../common/reasons/reason.ts';

/** When a collector runs, as the configuration says. */
export interface ProbeTiming {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Why it does not run; undefined when it does. */
  readonly disabledReason: Reason | undefined;
}
