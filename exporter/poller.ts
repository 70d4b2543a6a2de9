/**
 * Runs every collector on its own interval with its own deadline, and never two runs of one collector at once.
 *
 * A run that does not heed its signal has failed at its deadline but keeps its slot until it truly ends: no
 * second question is put to what has not answered the first, so nothing piles up in a frozen database. Every
 * interval that passes meanwhile is one more failure, because the thing still does not answer.
 */
import type { Clock } from '../common/clock.ts';
import { ProbeError, type Collector, type Observation } from './collectors/collector.ts';
import { applyRun, initialState, type CollectorState, type Run, type Snapshot } from './snapshot.ts';

export interface PollerOptions {
  readonly collectors: readonly Collector[];
  readonly clock: Clock;
  /** Monotonic milliseconds for durations: the wall clock may jump. */
  readonly elapsedMs: () => number;
  /** From 0 up to 1; spreads the second runs, so that collectors of one interval do not march in step. */
  readonly random: () => number;
  /** Failures in a row after which a component is judged down. */
  readonly failuresBeforeDown: number;
  /** Takes secrets out of an error's sentence before anybody sees it. */
  readonly redact: (text: string) => string;
  /** Told of every run that was applied. */
  readonly onRun?: (collector: Collector, run: Run) => void;
  /** Told of faults of this program: everything thrown that is no ProbeError. */
  readonly onUnexpected?: (collector: Collector, error: unknown) => void;
}

export interface Poller {
  snapshot(): Snapshot;
  /** True from start() to stop(). */
  readonly running: boolean;
  start(): void;
  /** Aborts what runs and resolves when it has ended, at the latest after {@link STOP_GRACE_MS}. */
  stop(): Promise<void>;
}

/** How long stop() waits for collectors that do not heed their signal. */
export const STOP_GRACE_MS = 2_000;

type Ended = { readonly observation: Observation } | { readonly error: unknown };

export function createPoller(options: PollerOptions): Poller {
  const { collectors, clock, elapsedMs, random } = options;
  const states = new Map<string, CollectorState>();
  for (const collector of collectors) {
    if (states.has(collector.name)) throw new Error(`Two collectors are named ${collector.name}.`);
    states.set(collector.name, initialState(collector));
  }
  const stopping = new AbortController();
  const loops: Promise<void>[] = [];
  let running = false;

  const apply = (collector: Collector, run: Run): void => {
    const state = states.get(collector.name);
    if (state === undefined) return;
    states.set(collector.name, applyRun(state, run, options.failuresBeforeDown));
    options.onRun?.(collector, run);
  };

  const failed = (error: string, durationMs: number): Run => ({
    ok: false,
    observedAt: clock.now(),
    durationMs,
    error: options.redact(error),
  });

  const finished = (collector: Collector, ended: Ended, durationMs: number): Run => {
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
    const run = failed(error.message, durationMs);
    return error.observation === undefined ? run : { ...run, figures: figuresOf(error.observation) };
  };

  /** One run; resolves at its deadline with the work that still goes on, if it does. */
  const runOnce = async (collector: Collector): Promise<{ readonly work: Promise<unknown> } | undefined> => {
    const startedMs = elapsedMs();
    const abort = new AbortController();
    const deadline = new AbortController();
    const signal = AbortSignal.any([abort.signal, stopping.signal]);
    const work = attempt(collector, { signal, now: clock.now() });
    const timer = clock.sleep(collector.timeoutMs, AbortSignal.any([deadline.signal, stopping.signal])).then(
      () => 'deadline' as const,
      () => work,
    );
    const first = await Promise.race([work, timer]);
    deadline.abort();
    if (stopping.signal.aborted) return { work };
    const durationMs = elapsedMs() - startedMs;
    if (first !== 'deadline') {
      apply(collector, finished(collector, first, durationMs));
      return undefined;
    }
    const sentence = `timed out after ${seconds(collector.timeoutMs)}`;
    abort.abort(new ProbeError(sentence));
    apply(collector, failed(sentence, durationMs));
    return { work };
  };

  const loop = async (collector: Collector): Promise<void> => {
    let startedMs = elapsedMs();
    let pending: { readonly since: number; readonly work: Promise<unknown> } | undefined;
    let waitMs = collector.intervalMs * (0.25 + 0.75 * random());
    while (!stopping.signal.aborted) {
      if (pending === undefined) {
        const since = startedMs;
        const unsettled = await runOnce(collector);
        if (unsettled !== undefined) {
          const mine = { since, work: unsettled.work };
          pending = mine;
          void mine.work.then(() => {
            if (pending === mine) pending = undefined;
          });
        }
      } else {
        const silentMs = elapsedMs() - pending.since;
        apply(collector, failed(`no answer for ${seconds(silentMs)}`, silentMs));
      }
      const spentMs = elapsedMs() - startedMs;
      await clock.sleep(Math.max(0, waitMs - spentMs), stopping.signal).catch(() => undefined);
      waitMs = collector.intervalMs;
      startedMs = elapsedMs();
    }
    await pending?.work;
  };

  return {
    snapshot: () => ({ collectors: collectors.flatMap(({ name }) => states.get(name) ?? []) }),
    get running() {
      return running;
    },
    start: () => {
      if (running) return;
      running = true;
      for (const collector of collectors) {
        if (collector.disabledReason === undefined) loops.push(loop(collector));
      }
    },
    stop: async () => {
      running = false;
      stopping.abort(new ProbeError('the exporter is stopping'));
      const grace = new AbortController();
      await Promise.race([
        Promise.all(loops),
        clock.sleep(STOP_GRACE_MS, grace.signal).catch(() => undefined),
      ]);
      grace.abort();
    },
  };
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
