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
import { CLOCK_STEP_MS, elapsedSince } from '../../common/time/elapsed.ts';
import type { Reason } from '../../common/reasons/reason.ts';
import type { CollectorKind, Details, Sample } from './collector.ts';

const STALE_AFTER_INTERVALS = 3;

export type Outcome = 'ok' | 'failed' | 'stale' | 'disabled' | 'unknown';

/** Judged over several runs, where a run alone may be a blink. */
export type Judgement = 'up' | 'down' | 'unknown';

export interface CollectorState {
  readonly name: string;
  readonly kind: CollectorKind;
  readonly intervalMs: number;
  readonly disabledReason: Reason | undefined;
  /** Names of the collectors without whose subject this one's cannot be asked. */
  readonly dependsOn: readonly string[];
  readonly lastRun:
    | {
        readonly ok: boolean;
        readonly startedAt: number;
        readonly isAnswer?: boolean | undefined;
        readonly observedAt: number;
        readonly durationMs: number;
        /** Of a failure. */
        readonly reasons?: readonly Reason[];
      }
    | undefined;
  /** From the start of the last run to the next, where that is later than `intervalMs`. */
  readonly restMs?: number | undefined;
  /** All times are Unix milliseconds. */
  readonly lastSuccessAt: number | undefined;
  /** When the judgement became what it is. */
  readonly lastChangeAt: number | undefined;
  /** Failures in a row that are this component's own: none of them came while a dependency was failing. */
  readonly consecutiveFailures: number;
  /** Failures after which no dependency has been asked yet: whose they are is not known. */
  readonly openFailures: number;
  /** The dependency that is down and explains why this one fails. */
  readonly blockedBy: string | undefined;
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
  /** Redacted; only of a failure. */
  readonly reasons?: readonly Reason[];
  /** See {@link ProbeError.isAnswer}. */
  readonly isAnswer?: boolean;
  /** Absent when a failure brought no figures. */
  readonly figures?: { readonly samples: readonly Sample[]; readonly details: Details };
}

export function initialState(
  collector: Pick<CollectorState, 'name' | 'kind' | 'intervalMs'> & {
    disabledReason?: Reason | undefined;
    dependsOn?: readonly string[];
  },
): CollectorState {
  return {
    name: collector.name,
    kind: collector.kind,
    intervalMs: collector.intervalMs,
    disabledReason: collector.disabledReason,
    dependsOn: collector.dependsOn ?? [],
    lastRun: undefined,
    lastSuccessAt: undefined,
    lastChangeAt: undefined,
    consecutiveFailures: 0,
    openFailures: 0,
    blockedBy: undefined,
    judged: 'unknown',
    figures: undefined,
  };
}

/**
 * The snapshot after a run of the collector `name`, and what the run says of those that depend on this collector.
 *
 * A failure counts only once every dependency is known to work: by a run that began after the failure. So one cause is
 * never told as two, whichever of the two checks happens to run first. While a dependency fails, failures say nothing
 * about the component itself; once the dependency is down, the component is unknown.
 */
export function snapshotAfter(
  { collectors }: Snapshot,
  name: string,
  run: Run,
  failuresBeforeDown: number,
): Snapshot {
  const states = new Map(collectors.map((state) => [state.name, state]));
  const dependenciesOf = (state: CollectorState): readonly CollectorState[] =>
    state.dependsOn.flatMap((one) => states.get(one) ?? []);
  const spread = (from: string, path: readonly string[]): void => {
    for (const state of [...states.values()]) {
      if (!state.dependsOn.includes(from) || path.includes(state.name)) continue;
      states.set(state.name, judge(state, state, dependenciesOf(state), run.observedAt, failuresBeforeDown));
      spread(state.name, [...path, state.name]);
    }
  };
  const state = states.get(name);
  if (state === undefined) return { collectors };
  states.set(name, applyRun(state, run, failuresBeforeDown, dependenciesOf(state)));
  spread(name, [name]);
  return { collectors: [...states.values()] };
}

/** The state after a run; `failuresBeforeDown` failures in a row make a component down, one success makes it up. */
export function applyRun(
  state: CollectorState,
  run: Run,
  failuresBeforeDown: number,
  dependencies: readonly CollectorState[] = [],
): CollectorState {
  const after: CollectorState = {
    ...state,
    lastRun: {
      ok: run.ok,
      // What asked nothing proves nothing new.
      startedAt:
        run.durationMs === undefined
          ? (state.lastRun?.startedAt ?? run.observedAt)
          : run.observedAt - run.durationMs,
      isAnswer: run.isAnswer,
      observedAt: run.observedAt,
      durationMs: run.durationMs ?? state.lastRun?.durationMs ?? 0,
      ...(run.reasons === undefined ? {} : { reasons: run.reasons }),
    },
    restMs: run.restMs ?? state.restMs,
    lastSuccessAt: run.ok ? run.observedAt : state.lastSuccessAt,
    consecutiveFailures: run.ok ? 0 : state.consecutiveFailures,
    openFailures: run.ok ? 0 : state.openFailures + 1,
    // After a silence the old judgement says nothing: it has to be earned again.
    judged: isStale(state, run.observedAt) ? 'unknown' : state.judged,
    figures: run.figures === undefined ? state.figures : { at: run.observedAt, ...run.figures },
  };
  return judge(state, after, dependencies, run.observedAt, failuresBeforeDown);
}

/** @param before the state whose judgement was the last that anybody saw */
function judge(
  before: CollectorState,
  state: CollectorState,
  dependencies: readonly CollectorState[],
  now: number,
  failuresBeforeDown: number,
): CollectorState {
  const judged = judgedBy(state, dependencies, failuresBeforeDown);
  return { ...state, ...judged, lastChangeAt: judged.judged === before.judged ? before.lastChangeAt : now };
}

function judgedBy(
  state: CollectorState,
  dependencies: readonly CollectorState[],
  failuresBeforeDown: number,
): Pick<CollectorState, 'judged' | 'blockedBy' | 'consecutiveFailures' | 'openFailures'> {
  const { lastRun, blockedBy, judged } = state;
  const none = { consecutiveFailures: 0, openFailures: 0 };
  if (lastRun === undefined) return state;
  if (lastRun.ok) return { ...none, blockedBy: undefined, judged: 'up' };
  const watched = lastRun.isAnswer
    ? []
    : dependencies.filter(({ disabledReason }) => disabledReason === undefined);
  const failing = watched.find((one) => one.lastRun?.ok === false);
  if (failing !== undefined) {
    // One failure of the dependency may be a blink: nothing is said before the dependency is judged.
    if (failing.judged === 'up') return { ...none, blockedBy, judged };
    return { ...none, blockedBy: failing.blockedBy ?? failing.name, judged: 'unknown' };
  }
  if (watched.some((one) => !isProved(one, lastRun.observedAt))) return state;
  const consecutiveFailures = state.consecutiveFailures + state.openFailures;
  return {
    consecutiveFailures,
    openFailures: 0,
    blockedBy: undefined,
    judged: consecutiveFailures >= failuresBeforeDown ? 'down' : judged,
  };
}

/** Names of the collectors that must be asked before a failure of another can be judged. */
export function unproved({ collectors }: Snapshot): readonly string[] {
  const isAwaited = (dependency: CollectorState): boolean =>
    collectors.some(
      ({ dependsOn, openFailures, lastRun }) =>
        openFailures > 0 &&
        lastRun !== undefined &&
        dependsOn.includes(dependency.name) &&
        !isProved(dependency, lastRun.observedAt),
    );
  return collectors
    .filter((one) => one.disabledReason === undefined && isAwaited(one))
    .map(({ name }) => name);
}

/** Works, as a run has shown that began no sooner than then. */
const isProved = ({ lastRun }: CollectorState, after: number): boolean =>
  lastRun?.ok === true && lastRun.startedAt >= after;

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
  return elapsedSince(state.figures.at, now) > staleAfterMs(state) ? undefined : state.figures;
}

/**
 * When what a state says next changes without a run: a silence or figures become too old. Infinity when never.
 * Whatever is asked of the state from `now` until then has the same answer.
 */
export function changesAt(state: CollectorState, now: number): number {
  if (state.disabledReason !== undefined) return Infinity;
  const turns = [state.lastRun?.observedAt, state.figures?.at].flatMap((at) =>
    // What lies ahead is too old until it has come.
    at === undefined ? [] : [at - CLOCK_STEP_MS, at + staleAfterMs(state) + 1],
  );
  return Math.min(...turns.filter((turn) => turn > now));
}

const staleAfterMs = (state: CollectorState): number =>
  Math.max(state.intervalMs, state.restMs ?? 0) * STALE_AFTER_INTERVALS;

const isStale = (state: CollectorState, now: number): boolean =>
  state.lastRun !== undefined && elapsedSince(state.lastRun.observedAt, now) > staleAfterMs(state);
