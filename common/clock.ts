import { setTimeout as delay } from 'node:timers/promises';

/** Wall time in Unix milliseconds and waiting; taken at the edge and passed down, so that tests own time. */
export interface Clock {
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}),
};
