/**
 * Ten minutes of work, half of them the exporter's, half the bridge's: how much either still holds after a forced
 * collection at the end, beyond what it held after its first rounds. The peer is the heap at that time.
 */
import { growthOf, heapOf } from '../../support/robustness/heap.ts';
import { soakBridge, soakExporter, type Soaked } from '../../support/robustness/soak.ts';
import type { Bench, Prepared } from '../harness.ts';

const EACH_MS = 5 * 60_000;
const WARM_UP_ROUNDS = 3;
const MEGABYTE = 1_000_000;
const GOAL_MB = 5;

export const soakBench: Bench = {
  name: 'soak',
  needs: ['postgresql', 'redis-server'],
  unit: 'MB',
  // One more is run and thrown away: then nothing is measured again.
  rounds: 1,
  prepare: (): Promise<Prepared> => {
    const known = new Map<string, Promise<{ readonly first: number; readonly growth: number }>>();
    const once = (name: string, start: () => Promise<Soaked>) => {
      const run = known.get(name) ?? measure(name, start);
      known.set(name, run);
      return run;
    };
    const exporter = () => once('exporter', () => soakExporter(100));
    const bridge = () => once('alert-bridge', () => soakBridge(500));
    return Promise.resolve({
      subjects: {
        'growth of the exporter': async () => (await exporter()).growth / MEGABYTE,
        'heap of the exporter': async () => (await exporter()).first / MEGABYTE,
        'growth of the bridge': async () => (await bridge()).growth / MEGABYTE,
        'heap of the bridge': async () => (await bridge()).first / MEGABYTE,
      },
      comparisons: ['the exporter', 'the bridge'].map((service) => ({
        name: `soak, ${service}`,
        subject: `growth of ${service}`,
        peer: `heap of ${service}`,
        goal: { atMost: GOAL_MB },
      })),
      close: () => Promise.resolve(),
    });
  },
};

async function measure(
  name: string,
  start: () => Promise<Soaked>,
): Promise<{ first: number; growth: number }> {
  await using soaked = await start();
  const samples: number[] = [];
  const endMs = performance.now() + EACH_MS;
  for (let round = 0; performance.now() < endMs; round += 1) {
    await soaked.work(round);
    if (round >= WARM_UP_ROUNDS) samples.push(await heapOf(soaked.server));
  }
  const [first = Number.NaN] = samples;
  const growth = growthOf(samples);
  const told = samples.map((bytes) => (bytes / MEGABYTE).toFixed(1)).join(' ');
  console.error(`${name}: heap after each round, MB: ${told}`);
  return { first, growth: Math.max(0, growth) };
}
