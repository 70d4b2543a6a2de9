import { expect, it } from 'vitest';
import { atMost } from '../../../../common/time/at-most.ts';
import { FakeClock } from '../../../support/machine/fake-clock.ts';

it('ends with the work, or when the time is over', async () => {
  const clock = new FakeClock(0);
  let isOver = false;
  await atMost(1_000, Promise.resolve(), clock);
  const waiting = atMost(1_000, new Promise(() => undefined), clock).then(() => {
    isOver = true;
  });
  await clock.advance(999);
  expect(isOver).toBe(false);
  await clock.advance(1);
  await waiting;
  expect(isOver).toBe(true);
});

it('fails as the work does', async () => {
  const clock = new FakeClock(0);
  await expect(atMost(1_000, Promise.reject(new Error('no')), clock)).rejects.toThrow('no');
});
