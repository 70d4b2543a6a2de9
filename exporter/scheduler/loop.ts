/**
 * Runs one collector on its interval with its deadline.
 *
 * A run is given up at its deadline, whether it heeds its signal or not: it has failed, what it still finds is
 * dropped, and the next one starts on time. A collector that could pile up something that no signal frees takes care
 * of that itself: the database by its seats, what reads files or keeps count by `inTurn`.
 */
import type { Clock } from '../../common/time/clock.ts';
import { mapTexts, type Reason } from '../../common/reasons/reason.ts';
import { logged, ProbeError, type Collector, type Observation } from '../model/collector.ts';
import type { Run } from '../model/snapshot.ts';

export interface LoopOptions {
  readonly clock: Clock;
  /** Monotonic milliseconds for durations: the wall clock may jump. */
  readonly elapsedMs: () => number;
  /** From 0 up to 1; spreads the second runs, so that collectors of one interval do not march in step. */
  readonly random: () => number;
  /** Takes secrets out of every text of a reason before anybody sees it. */
  readonly redact: (text: string) => string;
  /** Told of faults of this program: everything thrown that is no ProbeError. */
  readonly onUnexpected?: (collector: Collector, error: unknown) => void;
}

export interface Loop {
  /** Starts the next run now, or when the one under way has ended. */
  runSoon(): void;
  /** Aborts what runs and tells of no more runs. Resolves when it has ended, at the latest at its deadline. */
  stop(reason: string): Promise<void>;
}

type Ended = { readonly observation: Observation } | { readonly error: unknown };

/** @param onRun told of every run at its end, or at its deadline */
export function startLoop(collector: Collector, options: LoopOptions, onRun: (run: Run) => void): Loop {
  const { clock, elapsedMs } = options;
  // One controller per wait, not one for all: listeners on a signal that lives as long as the process add up.
  let current: AbortController | undefined;
  let pause: AbortController | undefined;
  let stopped = false;
  let isWanted = false;
  /** Start of the first of the runs in a row that nothing came of. */
  let silentSinceMs: number | undefined;

  /** Resolves true when the time has passed, false when it was cut short. */
  const sleep = (ms: number, abort: AbortController): Promise<boolean> =>
    clock.sleep(ms, abort.signal).then(
      () => true,
      () => false,
    );

  const failed = (reasons: readonly Reason[], durationMs: number): Run => ({
    ok: false,
    observedAt: clock.now(),
    durationMs,
    reasons: reasons.map((reason) => mapTexts(reason, options.redact)),
  });

  const finished = (ended: Ended, durationMs: number): Run => {
    const observedAt = clock.now();
    if ('observation' in ended) {
      const duration = ended.observation.reused === true ? undefined : durationMs;
      return { ok: true, observedAt, durationMs: duration, figures: figuresOf(ended.observation) };
    }
    const { error } = ended;
    if (!(error instanceof ProbeError)) {
      options.onUnexpected?.(collector, error);
      const words = error instanceof Error ? error.message : String(error);
      return failed([{ code: 'check_broken', words }], durationMs);
    }
    const run = { ...failed(error.reasons, durationMs), isAnswer: error.isAnswer };
    return error.observation === undefined ? run : { ...run, figures: figuresOf(error.observation) };
  };

  /** A fault of whoever listens must not end the watching. */
  const tell = (run: Run): void => {
    try {
      onRun(run);
    } catch (error) {
      options.onUnexpected?.(collector, error);
    }
  };

  /** One run; resolves at its deadline at the latest. */
  const runOnce = async (): Promise<Run | undefined> => {
    const abort = new AbortController();
    const deadline = new AbortController();
    const startedMs = elapsedMs();
    current = abort;
    const work = attempt(collector, { signal: abort.signal, now: clock.now() });
    const first = await Promise.race([work, sleep(collector.timeoutMs, deadline)]);
    deadline.abort();
    current = undefined;
    const timedOut: Reason = { code: 'timed_out', seconds: seconds(collector.timeoutMs) };
    if (typeof first === 'boolean') abort.abort(new ProbeError(timedOut));
    if (stopped) return undefined;
    const nowMs = elapsedMs();
    if (typeof first !== 'boolean') {
      silentSinceMs = undefined;
      return finished(first, nowMs - startedMs);
    }
    const isFirst = silentSinceMs === undefined;
    silentSinceMs ??= startedMs;
    const silent: Reason = { code: 'silent', seconds: seconds(nowMs - silentSinceMs) };
    return failed([isFirst ? timedOut : silent], nowMs - startedMs);
  };

  // Both change while something is awaited.
  const isStopped = (): boolean => stopped;
  const isRunWanted = (): boolean => isWanted;

  const loop = async (): Promise<void> => {
    let intervalMs = collector.intervalMs * (0.25 + 0.75 * options.random());
    let hasAnswered = false;
    while (!isStopped()) {
      const startedMs = elapsedMs();
      isWanted = false;
      const run = await runOnce();
      const restMs = collector.restMs?.();
      if (run !== undefined) tell({ ...run, restMs });
      hasAnswered ||= run?.ok === true;
      const retryMs = run === undefined ? Infinity : retryAfterMs(collector, run, hasAnswered);
      const dueMs = Math.min(intervalMs, retryMs);
      const waitMs = Math.max(dueMs, restMs ?? 0);
      pause = new AbortController();
      if (!isStopped() && !isRunWanted()) await sleep(Math.max(0, waitMs - (elapsedMs() - startedMs)), pause);
      pause = undefined;
      intervalMs = collector.intervalMs;
    }
  };

  const running = loop();
  return {
    runSoon: () => {
      isWanted = true;
      pause?.abort();
    },
    stop: (reason) => {
      stopped = true;
      current?.abort(new ProbeError(logged(reason)));
      pause?.abort();
      return running;
    },
  };
}

/**
 * A cheap failure is tried again soon, an expensive one waits its turn: ten times as long as it took. A component that
 * did not answer in time has cost its time-out and little else: it rests as long as it was waited for. One that has not
 * answered yet may be starting, or nobody runs it: its interval is soon enough.
 */
function retryAfterMs({ retryMs, kind }: Collector, run: Run, hasAnswered: boolean): number {
  if (run.ok || retryMs === undefined) return Infinity;
  if (kind === 'query') return Math.max(retryMs, 10 * (run.durationMs ?? 0));
  return hasAnswered ? Math.max(retryMs, 2 * (run.durationMs ?? 0)) : Infinity;
}

/** Never rejects; also takes a collector that throws before it returns its promise. */
async function attempt(collector: Collector, context: { signal: AbortSignal; now: number }): Promise<Ended> {
  try {
    return { observation: await collector.collect(context) };
  } catch (error) {
    return { error };
  }
}

const figuresOf = ({ samples, details }: Observation): NonNullable<Run['figures']> => ({
  samples,
  details: details ?? {},
});

const seconds = (ms: number): number => Math.round(ms / 100) / 10;
