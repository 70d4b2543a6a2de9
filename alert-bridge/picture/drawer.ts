import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Figure } from './figure.ts';
import type { Drawn } from './worker.ts';

/** Draws figures off the main thread, which has webhooks to answer. */
export interface Drawer {
  /** A PNG. Rejects when it fails or takes too long. */
  draw(figure: Figure): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface DrawerOptions {
  /** For one figure, the start of the thread included. */
  readonly timeoutMs?: number;
  /** A thread with nothing to draw for so long ends: it keeps some 60 MB. */
  readonly idleMs?: number;
}

const MEMORY_LIMIT_MB = 256;

export function createDrawer(options: DrawerOptions = {}): Drawer {
  const { timeoutMs = 10_000, idleMs = 60_000 } = options;
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const end = async (): Promise<void> => {
    clearTimeout(idle);
    const ending = worker;
    worker = undefined;
    await ending?.terminate();
  };

  /** The libraries are loaded by the first picture, in the thread: a start pays nothing for them. */
  const start = (): Worker =>
    new Worker(new URL('./worker.js', import.meta.url), {
      // It needs neither the options of the process nor its environment, which holds secrets.
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_LIMIT_MB },
    });

  const drawOne = async (figure: Figure): Promise<Uint8Array> => {
    clearTimeout(idle);
    worker ??= start();
    const settled = new AbortController();
    const { signal } = settled;
    const deadline = setTimeout(() => settled.abort(new Error('the drawing took too long')), timeoutMs);
    try {
      worker.postMessage(figure);
      const [drawn] = (await Promise.race([
        once(worker, 'message', { signal }),
        once(worker, 'exit', { signal }).then(() => [{ error: 'the drawing thread has ended' }]),
      ])) as [Drawn];
      if ('error' in drawn) throw new Error(drawn.error);
      idle = setTimeout(() => void end(), idleMs).unref();
      return drawn.png;
    } catch (error) {
      // Whatever state it is in: the next picture begins with a new one.
      await end();
      throw error instanceof Error && signal.aborted ? (signal.reason as Error) : error;
    } finally {
      clearTimeout(deadline);
      settled.abort();
    }
  };

  return {
    draw: (figure) => {
      const drawing = turn.then(() => drawOne(figure));
      turn = drawing.catch(() => undefined);
      return drawing;
    },
    close: end,
  };
}
