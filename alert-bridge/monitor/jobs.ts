/** The bridge's scheduled work: the one list. */
import type { Clock } from '../../common/time/clock.ts';
import type { Job } from '../../common/jobs/jobs.ts';
import { deleteSetAside } from '../../common/state/sqlite.ts';
import type { Peers } from '../peers/peers.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { dailyReportJob, type ReportTimes } from '../report/job.ts';
import { secretAgesJob, type SecretAgesDependencies } from './secret-ages.ts';
import { yieldToEventLoop } from '../model/batches.ts';
import type { Reporter } from '../report/report.ts';
import type { NewSignal } from '../model/signal.ts';

/** How long things are kept, ms. */
export interface Retention {
  /** Signals, from when they were settled; what bridges tell one another, from when they did. */
  readonly settledMs: number;
  /** Incidents and what else a message stands for, from when it was last shown; state that was set aside. */
  readonly incidentsMs: number;
}

export interface JobDependencies extends SecretAgesDependencies {
  readonly outbox: Pick<Outbox, 'prune'>;
  readonly peers: Pick<Peers, 'prune'>;
  /** Where state that was set aside lies. */
  readonly stateFolder: string;
  readonly keep: Retention;
  /** Absent: there is none. */
  readonly report?: ReportTimes;
  /** IANA name. */
  readonly timezone: string;
  readonly reporter: Reporter;
  readonly tell: (signal: NewSignal) => Promise<unknown>;
  readonly clock: Clock;
}

export function bridgeJobs(dependencies: JobDependencies): readonly Job[] {
  const { outbox, peers, stateFolder, keep, report, clock } = dependencies;
  const prune: Job = {
    name: 'prune_settled_signals',
    rule: { everyMinutes: 60 },
    whenMissed: 'run',
    onFirstStart: 'wait',
    // Each of several bridges has an outbox of its own.
    run: async () => {
      const now = clock.now();
      const [settledBefore, incidentsBefore] = [now - keep.settledMs, now - keep.incidentsMs];
      while (outbox.prune({ settledBefore, incidentsBefore }) === 'more') await yieldToEventLoop();
      deleteSetAside(stateFolder, incidentsBefore);
      await peers.prune(settledBefore);
    },
  };
  return [
    prune,
    secretAgesJob(dependencies),
    ...(report === undefined ? [] : [dailyReportJob({ ...dependencies, times: report })]),
  ];
}
