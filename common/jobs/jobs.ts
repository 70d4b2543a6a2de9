/**
 * Scheduled work, once per slot, also across restarts: what was done is remembered in the service's own state.
 * node-schedule only wakes; whether a slot is due is computed from the calendar, because its cron rules skip
 * a time that clocks skip and run twice what they repeat. It waits for a time of day, which moves away when the clock is set
 * back: a timer beside it wakes all the same.
 *
 * A slot is done when its run has succeeded. A run that failed or was cut by a crash is repeated, so what a job does
 * must bear being done twice.
 */
import schedule from 'node-schedule';
import type { Clock } from '../time/clock.ts';
import type { Logger } from '../log/record.ts';
import { captureJobError, isolateSentryScope } from '../sentry/capture.ts';
import { latestSlot, nextSlot, type JobRule } from './slots.ts';

export interface Job {
  /** In logs, metrics, Sentry and the state: never renamed. */
  readonly name: string;
  readonly rule: JobRule;
  /** A slot that passed while the service was away: the latest one is run late, or none. */
  readonly whenMissed: 'run' | 'skip';
  /** Whether a service that has no memory of the job runs the latest slot at once, or waits for the next. */
  readonly onFirstStart: 'run' | 'wait';
  /**
   * @param slot Unix ms at which it was due
   * @param signal aborted when the service stops
   */
  run(slot: number, signal: AbortSignal): Promise<void>;
}

/** The service's own durable memory. */
export interface JobMemory {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
}

export interface JobStatus {
  readonly name: string;
  /** Unix ms of the end of the last run of this process. */
  readonly lastRunAt: number | undefined;
  /** Unix ms; survives restarts. */
  readonly lastSuccessAt: number | undefined;
  readonly lastDurationMs: number | undefined;
  /** Since the process started. */
  readonly runs: number;
  readonly failures: number;
}

export interface JobsOptions {
  readonly jobs: readonly Job[];
  /** IANA name. */
  readonly timezone: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Monotonic milliseconds. */
  readonly elapsedMs: () => number;
  readonly memory: JobMemory;
  readonly log: Logger;
}

export interface Jobs {
  status(): readonly JobStatus[];
  /** Wakes nobody any more, aborts what runs and resolves when it has ended. */
  stop(): Promise<void>;
}

/** Between two tries of the same slot. */
export const JOB_RETRY_MS = 5 * 60_000;
/** Up to here a slot is on time. */
const ON_TIME_MS = 60_000;
/** A clock that is set while a timer runs costs no more than this. */
const LONGEST_NAP_MS = 3_600_000;
/** node-schedule never wakes for a moment that has just passed. */
const SHORTEST_NAP_MS = 100;

export function startJobs(options: JobsOptions): Jobs {
  const workers = options.jobs.map((job) => startJob(job, options));
  return {
    status: () => workers.map((worker) => worker.status()),
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
    },
  };
}

interface Remembered {
  /** The last slot that needs no run any more. */
  readonly slot: number;
  readonly lastSuccessAt?: number | undefined;
}

/** Undefined for what is no memory of a job; empty is none, told already. */
function rememberedIn(text: string): Remembered | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('slot' in value)) return undefined;
    const { slot } = value;
    const lastSuccessAt = 'lastSuccessAt' in value ? value.lastSuccessAt : undefined;
    if (!isTime(slot) || (lastSuccessAt !== undefined && !isTime(lastSuccessAt))) return undefined;
    return { slot, lastSuccessAt };
  } catch {
    return undefined;
  }
}

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= LATEST_MS;
/** What a Date can hold. */
const LATEST_MS = 8.64e15;

function startJob(job: Job, options: JobsOptions): { status(): JobStatus; stop(): Promise<void> } {
  const { timezone, clock, elapsedMs, memory, log } = options;
  const key = `job:${job.name}`;
  const abort = new AbortController();
  let alarm: schedule.Job | undefined;
  let timer: NodeJS.Timeout | undefined;
  let last: { readonly at: number; readonly durationMs: number } | undefined;
  let runs = 0;
  let failures = 0;

  const recall = (): Remembered | undefined => {
    const text = memory.get(key);
    if (text === undefined || text === '') return undefined;
    const remembered = rememberedIn(text);
    if (remembered === undefined) {
      log.error('What was remembered of a job cannot be read: it is taken for one that never ran', {
        job: job.name,
      });
      memory.set(`set_aside:${clock.now()}:${key}`, text);
      memory.set(key, '');
    }
    return remembered;
  };
  const remember = (slot: number, lastSuccessAt = recall()?.lastSuccessAt): void =>
    memory.set(key, JSON.stringify({ slot, lastSuccessAt }));

  /** The slot to run now, if any. */
  const due = (): number | undefined => {
    const now = clock.now();
    const slot = latestSlot(job.rule, timezone, now);
    const known = recall();
    // What was remembered by a clock that ran ahead says nothing, but for the slot that comes next: that one has been run.
    const latest = Math.min(nextSlot(job.rule, timezone, now), now + LONGEST_NAP_MS);
    const done = known !== undefined && known.slot <= latest ? known.slot : undefined;
    if (done !== undefined && slot <= done) return undefined;
    const isOnTime = now - slot <= ON_TIME_MS;
    if (isOnTime || (done === undefined ? job.onFirstStart : job.whenMissed) === 'run') return slot;
    remember(slot);
    return undefined;
  };

  const attempt = async (slot: number): Promise<boolean> => {
    const startedMs = elapsedMs();
    let failure: { readonly error: unknown } | undefined;
    try {
      await job.run(slot, abort.signal);
    } catch (error) {
      failure = { error };
    }
    last = { at: clock.now(), durationMs: elapsedMs() - startedMs };
    runs += 1;
    if (failure === undefined) {
      remember(slot, last.at);
      log.info('A scheduled job has run.', { job: job.name, slot: iso(slot), durationMs: last.durationMs });
      return true;
    }
    if (abort.signal.aborted) return false;
    failures += 1;
    log.error('A scheduled job failed.', { job: job.name, slot: iso(slot), error: failure.error });
    captureJobError(job.name, failure.error);
    return false;
  };

  /** @returns whether the slot needs no further try */
  const runOnce = async (slot: number): Promise<boolean> => {
    return (await attempt(slot)) || job.whenMissed === 'skip';
  };

  /** @returns whether there is nothing left to do until the next slot */
  const settle = async (): Promise<boolean> => {
    try {
      const slot = due();
      return slot === undefined || (await runOnce(slot));
    } catch (error) {
      log.error('The state of a scheduled job cannot be kept.', { job: job.name, error });
      captureJobError(job.name, error);
      return false;
    }
  };

  const wake = async (): Promise<void> => {
    const isSettled = await isolateSentryScope(settle);
    if (abort.signal.aborted) return;
    const now = clock.now();
    const untilNext = Math.min(LONGEST_NAP_MS, nextSlot(job.rule, timezone, now) - now);
    const nap = isSettled ? untilNext : Math.min(JOB_RETRY_MS, untilNext);
    const sleepMs = Math.max(SHORTEST_NAP_MS, nap);
    alarm = schedule.scheduleJob(new Date(now + sleepMs), rouse);
    timer = setTimeout(rouse, sleepMs + SHORTEST_NAP_MS);
  };
  const disarm = (): void => {
    alarm?.cancel();
    clearTimeout(timer);
  };
  let awake: Promise<void>;
  const rouse = (): void => {
    disarm();
    awake = wake();
  };
  rouse();

  return {
    status: () => ({
      name: job.name,
      lastRunAt: last?.at,
      lastSuccessAt: recall()?.lastSuccessAt,
      lastDurationMs: last?.durationMs,
      runs,
      failures,
    }),
    stop: async () => {
      abort.abort();
      disarm();
      await awake;
    },
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
