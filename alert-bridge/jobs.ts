import schedule from 'node-schedule';
import type { Logger } from '../common/log/logging.ts';
import { captureJobError, isolateSentryScope } from '../common/sentry/capture.ts';
import type { Outbox } from './outbox/outbox.ts';

export interface JobDependencies {
  readonly outbox: Pick<Outbox, 'prune'>;
  /** How long settled signals are kept, ms. */
  readonly keepSettledMs: number;
  readonly timezone: string;
  readonly now: () => number;
  readonly log: Logger;
}

const PRUNE_JOB = 'prune_settled_signals';

/** The bridge's scheduled work. @returns a function that ends it. */
export function startJobs({ outbox, keepSettledMs, timezone, now, log }: JobDependencies): () => void {
  const prune = schedule.scheduleJob(PRUNE_JOB, { rule: '17 * * * *', tz: timezone }, () => {
    isolateSentryScope(() => {
      try {
        outbox.prune(now() - keepSettledMs);
        log.info('Settled signals past their time were deleted', { job: PRUNE_JOB });
      } catch (error) {
        log.error('A scheduled job failed', { job: PRUNE_JOB, error });
        captureJobError(PRUNE_JOB, error);
      }
    });
  });
  return () => void prune.cancel();
}
