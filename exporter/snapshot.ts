/**
 * What is known about everything that is watched, and how old it is. Pure: the poller applies runs, everybody
 * else reads.
 *
 * A collector is in one of five states: disabled; unknown (no run has finished yet); ok or failed (the last
 * run); stale (no run has finished for three intervals: the last one says nothing about now).
 *
 * Figures of a collector that fails are kept and served until they are three intervals old: one lost answer
 * must not tear a hole into every graph, and the timestamp of the last success beside them tells their age.
 * Older than that they are dropped: a figure nobody could read for so long is unknown, not what it was.
 */
import type { CollectorKind, Details, Sample } from './collectors/collector.ts';

const STALE_AFTER_INTERVALS = 3;

export type Outcome = 'ok' | 'failed' | 'stale' | 'disabled' | 'unknown';

/** Judged over several runs, where a run alone may be a blink. */
export type Judgement = 'up' | 'down' | 'unknown';

export interface CollectorState {
  readonly name: string;
  readonly kind: CollectorKind;
  readonly intervalMs: number;
  readonly disabledReason: string | undefined;
  readonly lastRun:
    | {
        readonly ok: boolean;
        readonly observedAt: number;
        readonly durationMs: number;
        readonly error?: string;
      }
    | undefined;
  /** From the start of the last run to the next, where that is later than `intervalMs`. */
  readonly restMs?: number | undefined;
  /** All times are Unix milliseconds. */
  readonly lastSuccessAt: number | undefined;
  /** When the judgement became what it is. */
  readonly lastChangeAt: number | undefined;
  readonly consecutiveFailures: number;
  readonly judged: Judgement;
  /** The last figures, and when they were read: later than `lastSuccessAt` when a failed run measured. */
  readonly figures:
    { readonly at: number; readonly samples: readonly Sample[]; readonly details: Details } | undefined;
}

export interface Snapshot {
  /** In the order of the list of collectors. */
  readonly collectors: readonly CollectorState[];
}

export interface Run {
  readonly ok: boolean;
  /** Unix milliseconds at the end of the run. */
  readonly observedAt: number;
  /** Undefined: nothing was asked, the duration of the run before stands. */
  readonly durationMs: number | undefined;
  /** See {@link CollectorState.restMs}; undefined: as it was. */
  readonly restMs?: number | undefined;
  /** One sentence, redacted; only of a failure. */
  readonly error?: string;
  /** Absent when a failure brought no figures. */
  readonly figures?: { readonly samples: readonly Sample[]; readonly details: Details };
}

export function initialState(
  collector: Pick<CollectorState, 'name' | 'kind' | 'intervalMs'> & { disabledReason?: string | undefined },
): CollectorState {
  return {
    name: collector.name,
    kind: collector.kind,
    intervalMs: collector.intervalMs,
    disabledReason: collector.disabledReason,
    lastRun: undefined,
    lastSuccessAt: undefined,
    lastChangeAt: undefined,
    consecutiveFailures: 0,
    judged: 'unknown',
    figures: undefined,
  };
}

/** The state after a run; `failuresBeforeDown` failures in a row make a component down, one success makes it up. */
export function applyRun(state: CollectorState, run: Run, failuresBeforeDown: number): CollectorState {
  const consecutiveFailures = run.ok ? 0 : state.consecutiveFailures + 1;
  // After a silence the old judgement says nothing: it has to be earned again.
  const before = isStale(state, run.observedAt) ? 'unknown' : state.judged;
  const judged = run.ok ? 'up' : consecutiveFailures >= failuresBeforeDown ? 'down' : before;
  return {
    ...state,
    lastRun: {
      ok: run.ok,
      observedAt: run.observedAt,
      durationMs: run.durationMs ?? state.lastRun?.durationMs ?? 0,
      ...(run.error === undefined ? {} : { error: run.error }),
    },
    restMs: run.restMs ?? state.restMs,
    lastSuccessAt: run.ok ? run.observedAt : state.lastSuccessAt,
    lastChangeAt: judged === state.judged ? state.lastChangeAt : run.observedAt,
    consecutiveFailures,
    judged,
    figures: run.figures === undefined ? state.figures : { at: run.observedAt, ...run.figures },
  };
}

export function outcomeOf(state: CollectorState, now: number): Outcome {
  if (state.disabledReason !== undefined) return 'disabled';
  if (state.lastRun === undefined) return 'unknown';
  if (isStale(state, now)) return 'stale';
  return state.lastRun.ok ? 'ok' : 'failed';
}

/** The judgement that still holds: a stale one is unknown. */
export function judgementAt(state: CollectorState, now: number): Judgement {
  const outcome = outcomeOf(state, now);
  return outcome === 'ok' || outcome === 'failed' ? state.judged : 'unknown';
}

/** The figures that may still be served, or none. */
export function figuresAt(state: CollectorState, now: number): CollectorState['figures'] {
  if (state.disabledReason !== undefined || state.figures === undefined) return undefined;
  return now - state.figures.at > staleAfterMs(state) ? undefined : state.figures;
}

/**
 * When what a state says next changes without a run: a silence or figures become too old. Infinity when never.
 * Whatever is asked of the state from `now` until then has the same answer.
 */
export function changesAt(state: CollectorState, now: number): number {
  if (state.disabledReason !== undefined) return Infinity;
  const turns = [state.lastRun?.observedAt, state.figures?.at].map((at) =>
    at === undefined ? Infinity : at + staleAfterMs(state) + 1,
  );
  return Math.min(...turns.filter((turn) => turn > now));
}

const staleAfterMs = (state: CollectorState): number =>
  Math.max(state.intervalMs, state.restMs ?? 0) * STALE_AFTER_INTERVALS;

const isStale = (state: CollectorState, now: number): boolean =>
  state.lastRun !== undefined && now - state.lastRun.observedAt > staleAfterMs(state);
