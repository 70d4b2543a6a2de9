/** Wires the history: what is recorded, what is scheduled, what is written to PostgreSQL and what is answered from it. */
import { dirname } from 'node:path';
import type { Clock } from '../../common/time/clock.ts';
import { startJobs } from '../../common/jobs/jobs.ts';
import type { Logging } from '../../common/log/logging.ts';
import { noteSecretsAtStart, type DatedSecret } from '../../common/state/secret-ages.ts';
import type { Sample } from '../model/collector.ts';
import { createDailyAnalytics, type ClosedDays } from '../daily/analytics.ts';
import { createDailyApi, type DailyApi } from '../daily/api.ts';
import type { DatabaseConnection } from '../postgres/connection.ts';
import type { Database } from '../postgres/postgres.ts';
import { exporterJobs } from '../scheduler/jobs.ts';
import { catalog } from '../metrics/catalog.ts';
import { jobSamples } from '../metrics/job-metrics.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { openArchive } from './archive.ts';
import type { RecentHistory } from './recent.ts';
import { trackHostDowntime } from './host-downtime.ts';
import { createHealthRecorder } from './recorder.ts';
import { openHistoryStore } from './sqlite.ts';
import { startHistoryWriter } from './writer.ts';

export interface HistoryOptions {
  /** Path of the local store. */
  readonly file: string;
  readonly database: Pick<Database, 'figures' | 'history'>;
  /** Names the role and the database in what the operator is told. */
  readonly connection: DatabaseConnection;
  readonly snapshot: () => Snapshot;
  /** Whose age is kept beside the store. */
  readonly secrets: readonly DatedSecret[];
  /** IANA name. */
  readonly timezone: string;
  readonly clock: Clock;
  /** Of the host, Unix milliseconds. */
  readonly bootedAt: number;
  readonly elapsedMs: () => number;
  readonly logging: Pick<Logging, 'logger' | 'jobs'>;
  readonly onUnexpected: (error: unknown) => void;
}

export interface History {
  /** A check has ended. @param at Unix milliseconds */
  onRun(at: number): void;
  readonly recent: RecentHistory;
  readonly daily: DailyApi;
  readonly closed: ClosedDays;
  samples(): readonly Sample[];
  /** Cut the connections first: what a frozen database never answers is waited for. */
  stop(): Promise<void>;
}

export function startHistory(options: HistoryOptions): History {
  const { clock, timezone, logging, onUnexpected } = options;
  const now = (): number => clock.now();
  const store = openHistoryStore(options.file, now(), logging.logger('exporter.history'));
  const archive = openArchive(options.database.history, options.connection);
  const recorder = createHealthRecorder({
    store,
    snapshot: options.snapshot,
    now,
    onRecorded: () => writer.poke(),
  });
  const writer = startHistoryWriter({
    store,
    archive,
    clock,
    log: logging.logger('exporter.history'),
    onLoaded: recorder.reload,
    onUnexpected,
  });
  const downtime = trackHostDowntime(store.memory, options.bootedAt);
  const log = logging.jobs('exporter.jobs');
  const analytics = createDailyAnalytics({
    store,
    archive,
    figures: options.database.figures,
    timezone,
    clock,
    onRecorded: writer.poke,
    log,
  });
  const stateFolder = dirname(options.file);
  noteSecretsAtStart(stateFolder, options.secrets, now(), onUnexpected);
  const jobs = startJobs({
    jobs: exporterJobs({
      recorder,
      analytics,
      store,
      archive,
      stateFolder,
      secrets: options.secrets,
      clock,
      timezone,
    }),
    timezone,
    clock,
    elapsedMs: options.elapsedMs,
    memory: store.memory,
    log,
  });
  return {
    onRun: (at) => {
      try {
        recorder.onRun(at);
        downtime.beat(at);
      } catch (error) {
        // A full disk must not stop the watching.
        onUnexpected(error);
      }
    },
    recent: recorder.recent,
    daily: createDailyApi({ analytics, timezone, now }),
    closed: analytics.closed,
    samples: () => [
      ...jobSamples(jobs.status()),
      ...analytics.samples(),
      ...downtime.samples(),
      { family: catalog.historyPending, labels: {}, value: store.pending() },
    ],
    stop: async () => {
      await Promise.all([jobs.stop(), writer.stop()]);
      store.close();
    },
  };
}
