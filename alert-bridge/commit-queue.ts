import type { Acceptance, Outbox, Submission } from './outbox/outbox.ts';

/** Commits a submission; resolves once it is on disk, rejects when it is not. */
export type Commit = (submission: Submission) => Promise<Acceptance>;

interface Waiting {
  readonly submission: Submission;
  readonly resolve: (acceptance: Acceptance) => void;
  readonly reject: (error: unknown) => void;
}

/** Signals committed at once: whoever else posts waits so long. */
const GROUP_SIGNALS = 250;

/** Group commit: posts that arrive while the disk is busy with one commit share the next. */
export function createCommitQueue(outbox: Pick<Outbox, 'accept'>): Commit {
  const waiting: Waiting[] = [];

  const nextGroup = (): readonly Waiting[] => {
    let signals = 0;
    const isFull = waiting.findIndex(({ submission }, index) => {
      signals += submission.signals.length;
      return index > 0 && signals > GROUP_SIGNALS;
    });
    return waiting.splice(0, isFull === -1 ? waiting.length : isFull);
  };

  const flush = (): void => {
    const group = nextGroup();
    if (waiting.length > 0) setImmediate(flush);
    try {
      const results = outbox.accept(group.map(({ submission }) => submission));
      for (const [index, { resolve, reject }] of group.entries()) {
        const result = results[index];
        if (result === undefined || result instanceof Error) reject(result);
        else resolve(result);
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  };

  return (submission) =>
    new Promise((resolve, reject) => {
      waiting.push({ submission, resolve, reject });
      // After the sockets that are readable now have been read: their posts go into this commit too.
      if (waiting.length === 1) setImmediate(flush);
    });
}
