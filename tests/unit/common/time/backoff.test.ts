import { expect, it } from 'vitest';
import { backoffMs } from '../../../../common/time/backoff.ts';

const BACKOFF = { firstMs: 1_000, maxMs: 30_000 };

it('doubles with every failure, up to the longest wait', () => {
  expect([0, 1, 4, 5, 60].map((failures) => backoffMs(failures, BACKOFF, () => 1))).toEqual([
    1_000, 2_000, 16_000, 30_000, 30_000,
  ]);
});

it('takes up to a quarter off by chance, so that many do not come back at once', () => {
  expect([0, 0.5, 1].map((chance) => backoffMs(0, BACKOFF, () => chance))).toEqual([750, 875, 1_000]);
});
