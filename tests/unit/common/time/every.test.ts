import { expect, it } from 'vitest';
import { every } from '../../../../common/time/every.ts';

/** A clock that notes how long it is asked to sleep, and stops the loop after so many times. */
function counting(times: number) {
  const stopping = new AbortController();
  const slept: number[] = [];
  const sleep = (ms: number): Promise<void> => {
    slept.push(ms);
    if (slept.length === times) stopping.abort();
    return Promise.resolve();
  };
  return { slept, clock: { sleep }, signal: stopping.signal, stop: () => stopping.abort() };
}

it('works at once, and again after each pause, until it is stopped', async () => {
  const { slept, clock, signal } = counting(3);
  let worked = 0;
  await every(1_000, () => Promise.resolve((worked += 1)), { clock, signal, onError: () => undefined });
  expect([worked, slept]).toEqual([3, [1_000, 1_000, 1_000]]);
});

it('goes on after an error, which is told, and pauses as the result says', async () => {
  const { slept, clock, signal } = counting(2);
  const errors: unknown[] = [];
  let worked = 0;
  const work = (): Promise<number> =>
    (worked += 1) === 1 ? Promise.reject(new Error('first')) : Promise.resolve(5);
  await every((result) => result ?? 1, work, { clock, signal, onError: (error) => errors.push(error) });
  expect([errors, slept]).toEqual([[new Error('first')], [1, 5]]);
});

it('does not tell what its own end has caused', async () => {
  const { clock, signal, stop } = counting(9);
  const errors: unknown[] = [];
  const work = (): Promise<void> => {
    stop();
    return Promise.reject(new Error('aborted'));
  };
  await every(1, work, { clock, signal, onError: (error) => errors.push(error) });
  expect(errors).toEqual([]);
});
