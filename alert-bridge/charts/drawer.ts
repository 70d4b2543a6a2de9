import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { explainForeignBuild } from '../../common/process/native.ts';
import type { Chart } from './chart.ts';
import type { Drawn } from './worker.ts';

/** Draws figures off the main thread, which has webhooks to answer. */
export interface Drawer {
  /** A PNG. Rejects when it fails or takes too long. */
  draw(chart: Chart): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface DrawerOptions {
  /** For one chart, the start of the thread included. */
  readonly timeoutMs?: number;
  /** A thread with nothing to draw for so long ends: it keeps some 60 MB. */
  readonly idleMs?: number;
  /** Of a thread that answers each chart with one `Drawn`. */
  readonly startThread?: () => Worker;
}

const MEMORY_LIMIT_MB = 256;

/** The libraries are loaded by the first picture, in the thread: a start pays nothing for them. */
const startWorker = (): Worker =>
  new Worker(new URL('./worker.js', import.meta.url), {
    // It needs neither the options of the process nor its environment, which holds secrets.
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_LIMIT_MB },
  });

export function createDrawer(options: DrawerOptions = {}): Drawer {
  const { timeoutMs = 10_000, idleMs = 60_000, startThread = startWorker } = options;
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const end = async (): Promise<void> => {
    clearTimeout(idle);
    const ending = worker;
    worker = undefined;
    await ending?.terminate();
  };

  /** One that dies, of its memory say, is used no more; nobody listens to it while it has nothing to draw. */
  const start = (): Worker => {
    const started = startThread();
    const forget = (): void => {
      if (worker === started) worker = undefined;
    };
    return started.on('error', forget).on('exit', forget);
  };

  const drawOne = async (chart: Chart): Promise<Uint8Array> => {
    clearTimeout(idle);
    const drawing = (worker ??= start());
    const settled = new AbortController();
    const { signal } = settled;
    const deadline = setTimeout(() => settled.abort(new Error('the drawing took too long')), timeoutMs);
    try {
      drawing.postMessage(chart);
      const [drawn] = (await Promise.race([
        once(drawing, 'message', { signal }),
        once(drawing, 'exit', { signal }).then(() => [{ error: 'the drawing thread has ended' }]),
      ])) as [Drawn];
      if ('error' in drawn) throw new Error(drawn.error);
      idle = setTimeout(() => void end(), idleMs).unref();
      return drawn.png;
    } catch (error) {
      // Whatever state it is in: the next picture begins with a new one, and waits for no end of what is stuck in a library.
      void end();
      throw error instanceof Error && signal.aborted
        ? (signal.reason as Error)
        : explainForeignBuild('@resvg/resvg-js', error);
    } finally {
      clearTimeout(deadline);
      settled.abort();
    }
  };

  return {
    draw: (chart) => {
      const drawing = turn.then(() => drawOne(chart));
      turn = drawing.catch(() => undefined);
      return drawing;
    },
    close: end,
  };
}
