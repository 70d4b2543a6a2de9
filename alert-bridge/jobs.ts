/** The bridge's scheduled work: the one list. */
import type { Clock } from '../common/clock.ts';
import type { Job } from '../common/jobs/jobs.ts';
import type { Outbox } from './outbox/outbox.ts';
import { dailyReportJob, type ReportTimes } from './report/job.ts';
import type { Reporter } from './report/reporter.ts';
import type { NewSignal } from './signal.ts';

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
  /** Absent: there is none. */
  readonly report?: ReportTimes;
  /** IANA name. */
  readonly timezone: string;
  readonly reporter: Reporter;
  readonly tell: (signal: NewSignal) => Promise<unknown>;
  readonly clock: Clock;
}

export function bridgeJobs({ outbox, keep, report, clock, ...reporting }: JobDependencies): readonly Job[] {
  const prune: Job = {
    name: 'prune_settled_signals',
    rule: { everyMinutes: 60 },
    whenMissed: 'run',
    onFirstStart: 'wait',
    // Each of several bridges has an outbox of its own.
    onlyOnce: false,
    run: () => {
      const now = clock.now();
      outbox.prune({ settledBefore: now - keep.settledMs, incidentsBefore: now - keep.incidentsMs });
      return Promise.resolve();
    },
  };
  return report === undefined ? [prune] : [prune, dailyReportJob({ ...reporting, times: report, clock })];
}
