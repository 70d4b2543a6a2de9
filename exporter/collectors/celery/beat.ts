/** What beat was to send and when, by the tables of django_celery_beat: whether it lives, and whether it forgot a task. */
import { catalog } from '../../metrics/catalog.ts';
import type { Collector, Sample } from '../../model/collector.ts';
import type { ProbeTiming } from '../../model/timing.ts';
import type { Session } from '../../postgres/postgres.ts';
import { RETRY_MS, SERVER_SHARE } from '../../kpi/query.ts';
import { BEAT_TABLES, BEAT_TEXT, entryOf, type BeatEntry, type BeatView } from './schedule.ts';

/** A series each. */
const MAX_TASKS = 200;

/** Where the table is missing, beat keeps its schedule elsewhere: there is nothing to read, and nothing fails. */
export function beatCollector(
  session: Session,
  timing: ProbeTiming,
  onView: (view: BeatView) => void,
): Collector {
  const timeoutMs = timing.timeoutMs * SERVER_SHARE;
  return {
    ...timing,
    name: 'celery_beat',
    kind: 'query',
    retryMs: RETRY_MS,
    collect: async ({ signal, now }) => {
      // Asked first: what fails for want of a table is an error in the log of PostgreSQL.
      const values = [BEAT_TABLES[0].table];
      const text = 'SELECT to_regclass($1) IS NOT NULL AS is_there';
      const [found] = await session.query({ text, values, timeoutMs }, signal);
      const rows =
        found?.['is_there'] === true
          ? await session.query({ text: BEAT_TEXT, timeoutMs }, signal)
          : undefined;
      const entries = rows
        ?.map((row) => entryOf(row, now))
        .toSorted((a, b) => (a.dueAt ?? Infinity) - (b.dueAt ?? Infinity));
      onView({ readAt: now, entries });
      return { samples: entries === undefined ? [] : samplesOf(entries) };
    },
  };
}

export const lastRunOf = (entries: readonly BeatEntry[]): number | undefined =>
  entries.reduce<number | undefined>(
    (last, { lastRunAt }) => (lastRunAt === undefined ? last : Math.max(lastRunAt, last ?? lastRunAt)),
    undefined,
  );

function samplesOf(entries: readonly BeatEntry[]): readonly Sample[] {
  const lastRunAt = lastRunOf(entries);
  const nextAt = entries.find(({ dueAt }) => dueAt !== undefined && dueAt > (lastRunAt ?? 0))?.dueAt;
  const due = new Map<string, number>();
  for (const { task, dueAt } of entries) {
    if (dueAt !== undefined && !due.has(task) && due.size < MAX_TASKS) due.set(task, dueAt);
  }
  return [
    { family: catalog.celeryBeatTasks, labels: {}, value: entries.length },
    ...(lastRunAt === undefined
      ? []
      : [{ family: catalog.celeryBeatLastRun, labels: {}, value: lastRunAt / 1000 }]),
    ...(nextAt === undefined
      ? []
      : [{ family: catalog.celeryBeatNextRun, labels: {}, value: nextAt / 1000 }]),
    ...[...due].map(([task, dueAt]) => ({
      family: catalog.celeryBeatDue,
      labels: { task },
      value: dueAt / 1000,
    })),
  ];
}
