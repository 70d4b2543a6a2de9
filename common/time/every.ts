import type { Clock } from './clock.ts';

export interface EveryOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  /** Ends the loop; work that is under way comes to its end first. */
  readonly signal: AbortSignal;
  /** Told what the work rejects with; the loop goes on. */
  readonly onError: (error: unknown) => void;
}

/**
 * Does work now, and again after a pause, until the signal is aborted.
 * @param pauseMs between the end of the work and its next beginning; a function is given what the work came to
 * @returns resolves once the loop has ended
 */
export async function every<T>(
  pauseMs: number | ((result: T | undefined) => number),
  work: () => Promise<T>,
  { clock, signal, onError }: EveryOptions,
): Promise<void> {
  // A function, because it changes while others are awaited.
  const isOver = (): boolean => signal.aborted;
  while (!isOver()) {
    let result: T | undefined;
    try {
      result = await work();
    } catch (error) {
      if (!isOver()) onError(error);
    }
    const ms = typeof pauseMs === 'number' ? pauseMs : pauseMs(result);
    await clock.sleep(ms, signal).catch(() => undefined);
  }
}
