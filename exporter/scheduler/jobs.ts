/** The exporter's scheduled work: the one list. */
import type { Job } from '../../common/jobs/jobs.ts';
import { noteSecrets, type DatedSecret } from '../../common/state/secret-ages.ts';
import { deleteSetAside } from '../../common/state/sqlite.ts';
import type { Clock } from '../../common/time/clock.ts';
import { within } from '../../common/time/within.ts';
import type { DailyAnalytics } from '../daily/analytics.ts';
import type { Archive } from '../history/archive.ts';
import type { HealthRecorder } from '../history/recorder.ts';
import type { HistoryStore } from '../history/sqlite.ts';
import { lastClosedDay } from '../model/day.ts';

export interface JobDependencies {
  readonly recorder: Pick<HealthRecorder, 'onSlot'>;
  readonly analytics: Pick<DailyAnalytics, 'recount'>;
  readonly store: Pick<HistoryStore, 'prune'>;
  readonly archive: Pick<Archive, 'prune'>;
  /** Where state that was set aside lies, and how old the secrets are. */
  readonly stateFolder: string;
  readonly secrets: readonly DatedSecret[];
  readonly clock: Pick<Clock, 'now'>;
  /** IANA name. */
  readonly timezone: string;
}

/** Health rows are kept so long, here and in PostgreSQL, and state that was set aside; days are kept for good. */
const KEEP_HEALTH_MS = 30 * 24 * 3_600_000;
/** About 60 MB here: 15 components that change their state at every check for two days. */
const MAX_HEALTH_ROWS = 200_000;
const COUNT_TIMEOUT_MS = 10 * 60_000;
const PRUNE_TIMEOUT_MS = 60_000;

export function exporterJobs({
  recorder,
  analytics,
  store,
  archive,
  stateFolder,
  secrets,
  clock,
  timezone,
}: JobDependencies): readonly Job[] {
  return [
    {
      name: 'system_health_check',
      rule: { everyMinutes: 15 },
      // What was then is not known any more.
      whenMissed: 'skip',
      onFirstStart: 'wait',
      // Each replica keeps its own view of what it watches; in PostgreSQL there is one row of a slot.
      run: (slot) => {
        recorder.onSlot(slot);
        return Promise.resolve();
      },
    },
    {
      name: 'collect_daily_analytics',
      rule: { dailyAt: '02:00' },
      whenMissed: 'run',
      onFirstStart: 'run',
      // Each replica corrects its own figures; it takes over what another has counted before it.
      run: (slot, signal) =>
        within(COUNT_TIMEOUT_MS, signal, (limited) =>
          analytics.recount(lastClosedDay(slot, timezone), slot, limited),
        ),
    },
    {
      name: 'prune_history',
      rule: { dailyAt: '03:30' },
      whenMissed: 'run',
      onFirstStart: 'wait',
      run: async (slot, signal) => {
        const before = slot - KEEP_HEALTH_MS;
        deleteSetAside(stateFolder, before);
        store.prune({ before, maxHealthRows: MAX_HEALTH_ROWS });
        await within(PRUNE_TIMEOUT_MS, signal, (limited) => archive.prune(before, limited));
      },
    },
    {
      // The bridge reminds of them, and may not be given all that the exporter is.
      name: 'note_secret_ages',
      rule: { dailyAt: '03:45' },
      whenMissed: 'run',
      onFirstStart: 'run',
      run: () => {
        noteSecrets(stateFolder, secrets, clock.now());
        return Promise.resolve();
      },
    },
  ];
}
