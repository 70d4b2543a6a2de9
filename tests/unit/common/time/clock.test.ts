import { expect, it } from 'vitest';
import { LONGEST_TIMER_MS, sleepBy, systemClock } from '../../../../common/time/clock.ts';

const DAY_MS = 24 * 3_600_000;

it.each([
  ['a day', DAY_MS, [DAY_MS]],
  ['as long as a timer can', LONGEST_TIMER_MS, [LONGEST_TIMER_MS]],
  ['a millisecond more', LONGEST_TIMER_MS + 1, [LONGEST_TIMER_MS, 1]],
  ['60 days', 60 * DAY_MS, [LONGEST_TIMER_MS, LONGEST_TIMER_MS, 60 * DAY_MS - 2 * LONGEST_TIMER_MS]],
  ['nothing', 0, [0]],
  ['less than nothing', -5, [0]],
  ['no number', Number.NaN, [60_000]],
])('sleeps %s in parts that a timer keeps', async (_name, ms, expected) => {
  const parts: number[] = [];
  await sleepBy((part) => Promise.resolve(parts.push(part)), ms);
  expect(parts).toEqual(expected);
});

it.each([25 * DAY_MS, 400 * DAY_MS, 1e306, Number.POSITIVE_INFINITY])(
  'a sleep of %d ms has not ended once the event loop has run other timers, and ends when it is told to',
  async (ms) => {
    const waking = new AbortController();
    let ended = false;
    const sleeping = systemClock.sleep(ms, waking.signal).finally(() => (ended = true));
    await systemClock.sleep(20);
    expect(ended).toBe(false);
    waking.abort(new Error('told to'));
    await expect(sleeping).rejects.toThrow('aborted');
  },
);
