import schedule from 'node-schedule';
import type { Logger } from '../common/log/logging.ts';
import { captureJobError, isolateSentryScope } from '../common/sentry/capture.ts';
import type { Outbox } from './outbox/outbox.ts';

/** How long things are kept, ms. */
export interface Retention {
  /** Signals, from when they were settled. */
  readonly settledMs: number;
  /** Incidents and what else a message stands for, from when it was last shown. */
  readonly incidentsMs: number;
}

export interface JobDependencies {
  readonly outbox: Pick<Outbox, 'prune'>;
  readonly keep: Retention;
  readonly timezone: string;
  readonly now: () => number;
  readonly log: Logger;
}

const PRUNE_JOB = 'prune_settled_signals';

/** The bridge's scheduled work. @returns a function that ends it. */
export function startJobs({ outbox, keep, timezone, now, log }: JobDependencies): () => void {
  const prune = schedule.scheduleJob(PRUNE_JOB, { rule: '17 * * * *', tz: timezone }, () => {
    isolateSentryScope(() => {
      try {
        outbox.prune({ settledBefore: now() - keep.settledMs, incidentsBefore: now() - keep.incidentsMs });
        log.info('Signals and incidents past their time were deleted', { job: PRUNE_JOB });
      } catch (error) {
        log.error('A scheduled job failed', { job: PRUNE_JOB, error });
        captureJobError(PRUNE_JOB, error);
      }
    });
  });
  return () => void prune.cancel();
}
