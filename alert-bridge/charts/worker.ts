/** The thread that draws: figures come in, PNGs or reasons go out, one after the other. */
import { parentPort } from 'node:worker_threads';
import { draw } from './draw.ts';
import type { Figure } from './chart.ts';

/** What the thread answers to a figure. */
export type Drawn = { readonly png: Uint8Array } | { readonly error: string };

parentPort?.on('message', (figure: Figure) => {
  parentPort?.postMessage(attempt(figure));
});

function attempt(figure: Figure): Drawn {
  try {
    return { png: draw(figure) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
