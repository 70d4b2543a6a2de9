/** The thread that draws: figures come in, PNGs or reasons go out, one after the other. */
import { parentPort } from 'node:worker_threads';
import { draw } from './draw.ts';
import type { Chart } from './chart.ts';

/** What the thread answers to a chart. */
export type Drawn = { readonly png: Uint8Array } | { readonly error: string };

parentPort?.on('message', (chart: Chart) => {
  parentPort?.postMessage(attempt(chart));
});

function attempt(chart: Chart): Drawn {
  try {
    return { png: draw(chart) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
