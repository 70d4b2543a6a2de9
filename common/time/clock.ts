import { setTimeout as delay } from 'node:timers/promises';

/** Wall time in Unix milliseconds and waiting; taken at the edge and passed down, so that tests own time. */
export interface Clock {
  now(): number;
  /** Resolves after `ms`, of any length; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Node's timers hold 31 bits: a longer delay ends after 1 ms, and whatever waits so in a loop spins. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Instead of a delay that is no number: neither a spinning loop nor one that stands still for ever. */
const NO_NUMBER_MS = 60_000;

/** @param timer waits once, for no more than `LONGEST_TIMER_MS` */
export async function sleepBy(
  timer: (ms: number, signal?: AbortSignal) => Promise<unknown>,
  ms: number,
  signal?: AbortSignal,
): Promise<void> {
  let leftMs = Number.isNaN(ms) ? NO_NUMBER_MS : ms;
  do {
    await timer(Math.min(Math.max(0, leftMs), LONGEST_TIMER_MS), signal);
    leftMs -= LONGEST_TIMER_MS;
  } while (leftMs > 0);
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleepBy((part, on) => delay(part, undefined, on ? { signal: on } : {}), ms, signal),
};
