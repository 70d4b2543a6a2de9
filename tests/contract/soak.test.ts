/** Neither service keeps what it has done with: the heap after a forced collection stays as it is. Ten minutes: `npm run bench`. */
import { describe, expect, it } from 'vitest';
import { growthOf, LEAKS, soak } from '../support/robustness/heap.ts';
import { ROWS, soakBridge, soakExporter } from '../support/robustness/soak.ts';

/**
 * All figures and their texts take some 12 MB. A busy machine answers some queries too late, and then what they gave is let
 * go of, so one sample holds all of it and the next one less. The leaks below keep 60 answers a round, 25 MB and more.
 */
const NOISE_BYTES = 20_000_000;
const ANSWERS = 60;
const ALERTS = 300;
const TIMEOUT_MS = 400_000;

describe('how growth is judged', () => {
  it('by what most pairs of samples say', () => {
    expect(growthOf([10, 12, 9, 11, 10])).toBe(0);
    expect(growthOf([10, 20, 30, 40])).toBe(30);
    expect(growthOf([10, 11, 90, 13, 14])).toBe(4);
  });
});

describe.concurrent('the heap', () => {
  it(
    'of the exporter stays flat',
    {
      timeout: TIMEOUT_MS,
      meta: {
        tried: `Hundreds of answers of ${ROWS} rows`,
        held: 'the heap after a forced collection stays flat',
      },
    },
    async ({ expect }) => {
      await using exporter = await soakExporter(ANSWERS);
      const samples = await soak(exporter.server, exporter.work, { warmUp: 2, measured: 5 });
      expect([growthOf(samples) < NOISE_BYTES, samples]).toEqual([true, samples]);
    },
  );

  it(
    'of an exporter that keeps every answer is seen to grow',
    { timeout: TIMEOUT_MS },
    async ({ expect }) => {
      await using exporter = await soakExporter(ANSWERS, LEAKS.exporter);
      const samples = await soak(exporter.server, exporter.work, { warmUp: 1, measured: 3 });
      expect([growthOf(samples) > NOISE_BYTES, samples]).toEqual([true, samples]);
    },
  );

  it(
    'of the bridge stays flat',
    {
      timeout: TIMEOUT_MS,
      meta: {
        tried: 'Storms, repeats, ends, events and commands, again and again',
        held: 'the heap of the bridge after a forced collection stays flat',
      },
    },
    async ({ expect }) => {
      await using bridge = await soakBridge(ALERTS);
      const samples = await soak(bridge.server, bridge.work, { warmUp: 2, measured: 4 });
      expect([growthOf(samples) < NOISE_BYTES, samples]).toEqual([true, samples]);
    },
  );

  it('of a bridge that keeps every request is seen to grow', { timeout: TIMEOUT_MS }, async ({ expect }) => {
    await using bridge = await soakBridge(ALERTS, LEAKS['alert-bridge']);
    const samples = await soak(bridge.server, bridge.work, { warmUp: 1, measured: 3 });
    expect([growthOf(samples) > NOISE_BYTES, samples]).toEqual([true, samples]);
  });
});
