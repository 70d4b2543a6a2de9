import { systemClock, type Clock } from '../../common/time/clock.ts';
import { isLocked } from '../../common/state/storage.ts';
import type { Acceptance, Outbox, Submission } from '../outbox/outbox.ts';

/** Commits a submission; resolves once it is on disk, rejects when it is not. */
export type Commit = (submission: Submission) => Promise<Acceptance>;

interface Waiting {
  readonly submission: Submission;
  readonly resolve: (acceptance: Acceptance) => void;
  readonly reject: (error: unknown) => void;
}

/** Signals committed at once: whoever else posts waits so long. */
const GROUP_SIGNALS = 250;

/** Between two tries of a commit while another process holds the file; about three seconds in all. */
const PAUSES_MS = [50, 100, 200, 400, 800, 1_500] as const;

/**
 * Group commit: posts that arrive while the disk is busy with one commit share the next. While another process holds the
 * file they wait, three seconds at most; then all of them are refused, and their senders try again.
 */
export function createCommitQueue(
  outbox: Pick<Outbox, 'accept'>,
  clock: Pick<Clock, 'sleep'> = systemClock,
): Commit {
  const waiting: Waiting[] = [];
  let isFlushing = false;

  const nextGroup = (): readonly Waiting[] => {
    let signals = 0;
    const isFull = waiting.findIndex(({ submission }, index) => {
      signals += submission.signals.length;
      return index > 0 && signals > GROUP_SIGNALS;
    });
    return waiting.splice(0, isFull === -1 ? waiting.length : isFull);
  };

  const commit = (group: readonly Waiting[]): void => {
    const results = outbox.accept(group.map(({ submission }) => submission));
    for (const [index, { resolve, reject }] of group.entries()) {
      const result = results[index];
      if (result === undefined || result instanceof Error) reject(result);
      else resolve(result);
    }
  };

  const commitOnceFree = async (group: readonly Waiting[]): Promise<void> => {
    for (const pauseMs of [...PAUSES_MS, undefined]) {
      try {
        commit(group);
        return;
      } catch (error) {
        if (pauseMs === undefined || !isLocked(error)) {
          // Whoever came meanwhile would wait for the same.
          const others = isLocked(error) ? waiting.splice(0) : [];
          for (const { reject } of [...group, ...others]) reject(error);
          return;
        }
        await clock.sleep(pauseMs);
      }
    }
  };

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      await commitOnceFree(nextGroup());
      // One commit in each turn of the loop.
      if (waiting.length > 0) await new Promise(setImmediate);
    }
    isFlushing = false;
  };

  return (submission) =>
    new Promise((resolve, reject) => {
      waiting.push({ submission, resolve, reject });
      if (isFlushing) return;
      isFlushing = true;
      // After the sockets that are readable now have been read: their posts go into this commit too.
      setImmediate(() => void flush());
    });
}
