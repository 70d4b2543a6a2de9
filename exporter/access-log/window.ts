/**
 * How many requests there were in the last minutes, by the time that nginx wrote beside them: what was written while
 * nobody read is no burst of now. Pure.
 */

import { isAhead } from '../../common/time/elapsed.ts';

/** Name of the collector whose details /health reads. */
export const ACCESS_LOG = 'access_log';

export interface RecentRequests {
  readonly perMinute: number;
  /** Those answered with 5xx over all; null when there were none at all. */
  readonly errorRatio: number | null;
}

/** Start of a slot in Unix seconds, requests, and those of them that were answered with 5xx. */
export type SavedSlot = readonly [number, number, number];

export interface RecentWindow {
  readonly count: (second: number, isError: boolean) => void;
  /** @param now Unix seconds */
  readonly at: (now: number) => RecentRequests;
  readonly save: () => readonly SavedSlot[];
}

const SLOT_SECONDS = 5;
const MINUTE_SECONDS = 60;
const ERRORS_SECONDS = 300;
/** One more than the window has: its oldest slot is still running out while the newest fills. */
const SLOTS = ERRORS_SECONDS / SLOT_SECONDS + 1;

export function createWindow(saved: readonly SavedSlot[] = []): RecentWindow {
  const starts = new Float64Array(SLOTS).fill(Number.NEGATIVE_INFINITY);
  const requests = new Float64Array(SLOTS);
  const errors = new Float64Array(SLOTS);

  /** Index of the slot of a time, made free for it; -1 when something newer has taken it. */
  const slotOf = (second: number): number => {
    const number = Math.floor(second / SLOT_SECONDS);
    const start = number * SLOT_SECONDS;
    const slot = ((number % SLOTS) + SLOTS) % SLOTS;
    const held = starts[slot] ?? 0;
    if (held > start) return -1;
    if (held < start) {
      starts[slot] = start;
      requests[slot] = 0;
      errors[slot] = 0;
    }
    return slot;
  };
  const add = (second: number, newRequests: number, newErrors: number): void => {
    const slot = slotOf(second);
    if (slot < 0) return;
    requests[slot] = (requests[slot] ?? 0) + newRequests;
    errors[slot] = (errors[slot] ?? 0) + newErrors;
  };
  for (const [start, ...counts] of saved) add(start, ...counts);

  /** Of a clock that was ahead: what is written from now on would find its slot taken until that time has come. */
  const forgetAhead = (now: number): void => {
    starts.forEach((start, slot) => {
      if (!isAhead(start * 1000, now * 1000)) return;
      starts[slot] = Number.NEGATIVE_INFINITY;
      requests[slot] = 0;
      errors[slot] = 0;
    });
  };

  const sum = (counts: Float64Array, now: number, seconds: number): number =>
    counts.reduce((total, count, slot) => {
      const age = now - (starts[slot] ?? 0);
      return age >= 0 && age < seconds ? total + count : total;
    }, 0);

  return {
    count: (second, isError) => add(second, 1, isError ? 1 : 0),
    at: (now) => {
      forgetAhead(now);
      const all = sum(requests, now, ERRORS_SECONDS);
      return {
        perMinute: sum(requests, now, MINUTE_SECONDS),
        errorRatio: all === 0 ? null : sum(errors, now, ERRORS_SECONDS) / all,
      };
    },
    save: () =>
      [...starts].flatMap((start, slot) =>
        (requests[slot] ?? 0) === 0 ? [] : [[start, requests[slot] ?? 0, errors[slot] ?? 0] as const],
      ),
  };
}
