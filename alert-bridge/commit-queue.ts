import type { Acceptance, Outbox, Submission } from './outbox/outbox.ts';

/** Commits a submission; resolves once it is on disk, rejects when it is not. */
export type Commit = (submission: Submission) => Promise<Acceptance>;

interface Waiting {
  readonly submission: Submission;
  readonly resolve: (acceptance: Acceptance) => void;
  readonly reject: (error: unknown) => void;
}

/** Group commit: posts that arrive while the disk is busy with one commit share the next. */
export function createCommitQueue(outbox: Pick<Outbox, 'accept'>): Commit {
  let waiting: Waiting[] = [];

  const flush = (): void => {
    const group = waiting;
    waiting = [];
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
