import type { Clock } from '../time/clock.ts';
import { isStorageTrouble } from './storage.ts';

export interface Patience {
  readonly clock: Pick<Clock, 'sleep'>;
  /** Aborted: the next trouble is thrown instead of waited for. */
  readonly signal?: AbortSignal;
  /** The first trouble of a row, once. */
  readonly onTrouble?: (error: unknown) => void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/** Of the disk or of another process that holds the file, by itself or as the cause of another error. */
export const isCausedByStorage = (error: unknown): boolean =>
  isStorageTrouble(error) || (error instanceof Error && isStorageTrouble(error.cause));

/**
 * Does what follows something that cannot be taken back, a message sent for instance: while the store is locked, full or
 * read-only that alone is done again, never what came before it. The process is not blocked meanwhile.
 * @throws what `work` throws for any other reason; its trouble once `signal` is aborted
 */
export async function whenWritable<T>(
  work: () => T | Promise<T>,
  { clock, signal, onTrouble }: Patience,
): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isCausedByStorage(error) || signal?.aborted === true) throw error;
      if (pauseMs === FIRST_PAUSE_MS) onTrouble?.(error);
      await clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  }
}
