/** Small values that are kept once the store can be written again, and whether it can. */
import type { Clock } from '../../common/time/clock.ts';
import { codeOf } from '../../common/state/storage.ts';
import { isCausedByStorage } from '../../common/state/when-writable.ts';
import type { KeyValue } from './outbox.ts';

export interface PatientState extends KeyValue {
  /** Why nothing can be written, by SQLite's or the system's code; undefined while it can, as far as is known. */
  readonly trouble: string | undefined;
  /** False while a value waits in memory. */
  isWritten(key: string): boolean;
  /** Tries to write. @returns `trouble` */
  probe(): string | undefined;
  /** A write elsewhere has failed: from here on it is tried whether the store takes one again. */
  noteFailure(error: unknown): void;
  /** Writes what is still waiting, where that is possible, and tries no more. */
  stop(): void;
}

const RETRY_MS = 500;
const PROBE_KEY = 'probe';
/** As much as a post writes: a disk that takes one small row more is full all the same. */
const PROBE = 'x'.repeat(65_536);

/**
 * Values that follow what has been done already: a message told, an update handled. One that cannot be written now is
 * answered from memory and written later, so that what it follows is not done again.
 * @param onTrouble told once for each time that the store cannot be written
 */
export function createPatientState(
  state: KeyValue,
  {
    clock,
    onTrouble,
  }: { readonly clock: Pick<Clock, 'sleep'>; readonly onTrouble: (error: unknown) => void },
): PatientState {
  const waiting = new Map<string, string>();
  const stopping = new AbortController();
  let trouble: string | undefined;

  const flush = (): void => {
    for (const [key, value] of waiting) {
      state.set(key, value);
      waiting.delete(key);
    }
  };

  const recover = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(RETRY_MS, stopping.signal);
      try {
        state.set(PROBE_KEY, PROBE);
        state.set(PROBE_KEY, '');
        flush();
        trouble = undefined;
        return;
      } catch (error) {
        trouble = describe(error);
      }
    }
  };

  const noteFailure = (error: unknown): void => {
    if (!isCausedByStorage(error)) return;
    const isNew = trouble === undefined;
    trouble = describe(error);
    if (isNew) void recover().catch(() => undefined);
  };

  const set = (key: string, value: string): void => {
    try {
      state.set(key, value);
      waiting.delete(key);
    } catch (error) {
      if (!isCausedByStorage(error)) throw error;
      waiting.set(key, value);
      if (trouble === undefined) onTrouble(error);
      noteFailure(error);
    }
  };

  return {
    get trouble() {
      return trouble;
    },
    probe: () => {
      if (trouble === undefined) set(PROBE_KEY, '');
      return trouble;
    },
    isWritten: (key) => !waiting.has(key),
    noteFailure,
    get: (key) => waiting.get(key) ?? state.get(key),
    set,
    stop: () => {
      stopping.abort(new Error('The state is closed.'));
      try {
        flush();
      } catch {
        // It could not be written for a while, and that was said.
      }
    },
  };
}

const describe = (error: unknown): string =>
  codeOf(error) || (error instanceof Error ? codeOf(error.cause) : '') || 'unknown';
