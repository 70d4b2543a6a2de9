import type { MetricFamily } from '../../common/metrics/family.ts';
import { say, type Reason } from '../../common/reasons/reason.ts';

/** One series of a family of the catalogue, in the unit of the family's name. */
export interface Sample {
  readonly family: MetricFamily;
  /** Exactly the labels that the family declares; a bucket has its upper bound in `le` beside them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Of a histogram: which of its three kinds of series this is. */
  readonly part?: 'bucket' | 'sum' | 'count';
  /** One of the observations a bucket counts, shown in OpenMetrics only. */
  readonly exemplar?: Exemplar;
}

export interface Exemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestampSeconds: number;
}

/** Facts for a reader of /health; never a secret, never a person. */
export type Details = Readonly<Record<string, string | number | boolean | null>>;

/** What one run found out. */
export interface Observation {
  readonly samples: readonly Sample[];
  readonly details?: Details;
  /** True when nothing was asked because the answer was known: the duration of the run that asked is kept. */
  readonly reused?: boolean;
}

export interface CollectContext {
  /** Aborted at the deadline and when the exporter stops. */
  readonly signal: AbortSignal;
  /** Unix milliseconds at the start of the run. */
  readonly now: number;
}

/** A component is judged and shown in /health; a query only brings figures. */
export type CollectorKind = 'component' | 'query';

/**
 * One thing that is watched. A collector only asks: returning is success, throwing is failure. Timing, the
 * deadline and what a failure means belong to the poller and the snapshot.
 */
export interface Collector {
  /** Name of the component in /health, or of the query in `expensebot_query_success`. */
  readonly name: string;
  readonly kind: CollectorKind;
  /** From one start to the next. */
  readonly intervalMs: number;
  /** After this a run has failed, whether it heeds its signal or not. At most `intervalMs`. */
  readonly timeoutMs: number;
  /** From the start of a failed run to the next, where that is sooner than `intervalMs`. */
  readonly retryMs?: number;
  /** From the start of the last run to the next at the soonest, asked at its end: for runs that cost what is watched. */
  restMs?(): number;
  /** Why this is not watched; undefined when it is. */
  readonly disabledReason?: Reason | undefined;
  /**
   * Names of the collectors without whose subject this one's cannot be asked: while one of those is down, a failure here
   * says nothing. Set by the list of what is watched; a name that is not watched is ignored.
   */
  readonly dependsOn?: readonly string[];
  /** @throws ProbeError; anything else thrown is a fault in this program. */
  collect(context: CollectContext): Promise<Observation>;
  /** Cuts the connections it keeps open for itself; it is asked nothing more. */
  close?(): void;
}

/**
 * What is watched is not well, for reasons without a secret; the message says them in English. A run that measured and
 * found the figure too bad carries its observation, so that the figure is served although the probe failed.
 */
export class ProbeError extends Error {
  override readonly name = 'ProbeError';
  readonly reasons: readonly Reason[];
  readonly observation: Observation | undefined;
  /** True when the thing itself answered and told what is wrong: whatever it depends on works. */
  readonly isAnswer: boolean;

  constructor(
    reasons: Reason | readonly Reason[],
    options: { cause?: unknown; observation?: Observation; isAnswer?: boolean } = {},
  ) {
    const all = 'code' in reasons ? [reasons] : reasons;
    super(say(all, 'en'), 'cause' in options ? { cause: options.cause } : undefined);
    this.reasons = all;
    this.observation = options.observation;
    this.isAnswer = options.isAnswer ?? false;
  }
}

/** Of what neither a page nor a message shows: what is wrong in English alone. */
export const logged = (sentence: string): Reason => ({ code: 'logged', sentence });
