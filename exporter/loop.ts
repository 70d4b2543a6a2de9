/**
 * Runs one collector on its interval with its deadline, and never twice at once.
 *
 * A run that does not heed its signal has failed at its deadline but keeps its slot until it truly ends: no
 * second question is put to what has not answered the first, so nothing piles up in a frozen database. Every
 * interval that passes meanwhile is one more failure, because the thing still does not answer.
 */
import type { Clock } from '../common/clock.ts';
import { ProbeError, type Collector, type Observation } from './collectors/collector.ts';
import type { Run } from './snapshot.ts';

export interface LoopOptions {
  readonly clock: Clock;
  /** Monotonic milliseconds for durations: the wall clock may jump. */
  readonly elapsedMs: () => number;
  /** From 0 up to 1; spreads the second runs, so that collectors of one interval do not march in step. */
  readonly random: () => number;
  /** Takes secrets out of an error's sentence before anybody sees it. */
  readonly redact: (text: string) => string;
  /** Told of faults of this program: everything thrown that is no ProbeError. */
  readonly onUnexpected?: (collector: Collector, error: unknown) => void;
}

export interface Loop {
  /** Starts the next run now, or when the one under way has ended. */
  runSoon(): void;
  /** Aborts what runs and tells of no more runs. Resolves when the last one has truly ended. */
  stop(reason: string): Promise<void>;
}

type Ended = { readonly observation: Observation } | { readonly error: unknown };

/** @param onRun told of every run at its end, or at its deadline */
export function startLoop(collector: Collector, options: LoopOptions, onRun: (run: Run) => void): Loop {
  const { clock, elapsedMs } = options;
  // One controller per wait, not one for all: listeners on a signal that lives as long as the process add up.
  const waits = new Set<AbortController>();
  let stopped = false;
  let isWanted = false;
  let pause: AbortController | undefined;

  const whileAborting = async <T>(work: (abort: AbortController) => Promise<T>): Promise<T> => {
    const abort = new AbortController();
    waits.add(abort);
    if (stopped) abort.abort();
    try {
      return await work(abort);
    } finally {
      waits.delete(abort);
    }
  };

  /** Resolves true when the time has passed, false when it was cut short. */
  const sleep = (ms: number, abort: AbortController): Promise<boolean> =>
    clock.sleep(ms, abort.signal).then(
      () => true,
      () => false,
    );

  const failed = (error: string, durationMs: number): Run => ({
    ok: false,
    observedAt: clock.now(),
    durationMs,
    error: options.redact(error),
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
      return failed(
        `The check itself failed: ${error instanceof Error ? error.message : String(error)}`,
        durationMs,
      );
    }
    const run = { ...failed(error.message, durationMs), isAnswer: error.isAnswer };
    return error.observation === undefined ? run : { ...run, figures: figuresOf(error.observation) };
  };

  /** One run; resolves at its deadline, with the work that still goes on then. */
  const runOnce = (): Promise<{ run: Run | undefined; unsettled?: Promise<unknown> }> =>
    whileAborting(async (abort) => {
      const startedMs = elapsedMs();
      const work = attempt(collector, { signal: abort.signal, now: clock.now() });
      const ended = await whileAborting(async (timer) => {
        const first = await Promise.race([work, sleep(collector.timeoutMs, timer)]);
        timer.abort();
        return typeof first === 'boolean' ? undefined : first;
      });
      if (stopped) return { run: undefined, unsettled: work };
      const durationMs = elapsedMs() - startedMs;
      if (ended !== undefined) return { run: finished(ended, durationMs) };
      const sentence = `timed out after ${seconds(collector.timeoutMs)}`;
      abort.abort(new ProbeError(sentence));
      return { run: failed(sentence, durationMs), unsettled: work };
    });

  const loop = async (): Promise<void> => {
    let pending: { readonly sinceMs: number; readonly work: Promise<unknown> } | undefined;
    let intervalMs = collector.intervalMs * (0.25 + 0.75 * options.random());
    while (!stopped) {
      const startedMs = elapsedMs();
      isWanted = false;
      let run: Run | undefined;
      if (pending === undefined) {
        const outcome = await runOnce();
        run = outcome.run;
        if (outcome.unsettled !== undefined) {
          const mine = { sinceMs: startedMs, work: outcome.unsettled };
          pending = mine;
          void mine.work.then(() => {
            if (pending === mine) pending = undefined;
          });
        }
      } else {
        const silentMs = startedMs - pending.sinceMs;
        run = failed(`no answer for ${seconds(silentMs)}`, silentMs);
      }
      const restMs = collector.restMs?.();
      if (run !== undefined) onRun({ ...run, restMs });
      const dueMs = Math.min(intervalMs, run === undefined ? Infinity : retryAfterMs(collector, run));
      const waitMs = Math.max(dueMs, restMs ?? 0);
      await whileAborting((abort) => {
        pause = abort;
        return sleep(isWanted ? 0 : Math.max(0, waitMs - (elapsedMs() - startedMs)), abort);
      });
      pause = undefined;
      intervalMs = collector.intervalMs;
    }
    await pending?.work;
  };

  const running = loop();
  return {
    runSoon: () => {
      isWanted = true;
      pause?.abort();
    },
    stop: (reason) => {
      stopped = true;
      for (const abort of [...waits]) abort.abort(new ProbeError(reason));
      return running;
    },
  };
}

/** A cheap failure is tried again soon, an expensive one waits its turn: ten times as long as it took. */
function retryAfterMs({ retryMs }: Collector, run: Run): number {
  if (run.ok || retryMs === undefined) return Infinity;
  return Math.max(retryMs, 10 * (run.durationMs ?? 0));
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

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
