/** What a service keeps: its heap after a forced collection, again and again, and whether that grows. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Server } from '../servers/process.ts';
import { PROJECT_ROOT } from '../servers/service.ts';
import { until } from '../machine/until.ts';

const preload = (source: string): string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(source)}`,
];

/** Options of Node.js for a service whose heap is read with {@link heapOf}: it answers SIGUSR2 with a line of its output. */
export const HEAP_TOLD: readonly string[] = [
  '--expose-gc',
  ...preload(`let count = 0;
    process.on('SIGUSR2', async () => {
      // What finalizers and timers let go of in between is gone with the second and the third.
      for (let turn = 0; turn < 3; turn += 1) { gc(); await new Promise((resolve) => setTimeout(resolve, 20)); }
      const { heapUsed, external } = process.memoryUsage();
      process.stderr.write('\\nheap ' + ++count + ' ' + (heapUsed + external) + '\\n');
    });`),
];

/** A leak as a service could have it: everything that pg has ever answered, or every request with room for a big body, is kept. */
export const LEAKS = {
  exporter:
    preload(`import pg from ${JSON.stringify(pathToFileURL(join(PROJECT_ROOT, 'node_modules/pg/lib/index.js')).href)};
    const kept = []; const { query } = pg.Client.prototype;
    pg.Client.prototype.query = function (...args) {
      const answer = query.apply(this, args);
      kept.push(answer);
      return answer;
    };`),
  'alert-bridge': preload(`import http from 'node:http';
    const kept = []; const { emit } = http.Server.prototype;
    http.Server.prototype.emit = function (event, request, ...args) {
      if (event === 'request') kept.push(request, Buffer.alloc(10_000_000));
      return emit.call(this, event, request, ...args);
    };`),
} as const;

const lastTold = (server: Server): readonly [number, number] => {
  const [, count = '0', bytes = '0'] = [...server.logs().matchAll(/^heap (\d+) (\d+)$/gm)].at(-1) ?? [];
  return [Number(count), Number(bytes)];
};

/** Bytes that are left after a forced collection. */
export async function heapOf(server: Server): Promise<number> {
  const [before] = lastTold(server);
  process.kill(server.pid, 'SIGUSR2');
  const [, bytes] = await until(
    () => lastTold(server),
    ([count]) => count > before,
    { what: 'an answer to SIGUSR2', timeoutMs: 200_000 },
  );
  return bytes;
}

/** One sample after each round of work; the first rounds fill caches and are thrown away. */
export async function soak(
  server: Server,
  work: (round: number) => Promise<unknown>,
  rounds: { readonly warmUp: number; readonly measured: number },
): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let round = 0; round < rounds.warmUp + rounds.measured; round += 1) {
    await work(round);
    const bytes = await heapOf(server);
    if (round >= rounds.warmUp) samples.push(bytes);
  }
  return samples;
}

/**
 * By how many bytes the samples grow from the first to the last: the median of the slopes between all pairs (Theil and
 * Sen) times the distance. One sample that was taken at a bad moment changes nothing.
 */
export function growthOf(samples: readonly number[]): number {
  const slopes = samples.flatMap((from, i) => samples.slice(i + 1).map((to, j) => (to - from) / (j + 1)));
  const sorted = slopes.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return median * (samples.length - 1);
}
