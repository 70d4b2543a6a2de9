/** What is known of Celery for other programs, `GET /api/v1/celery`, and what its page shows of tasks and of beat. Pure. */
import { thresholds } from '../../common/thresholds.ts';
import type { Reason } from '../../common/reasons/reason.ts';
import { lastRunOf } from '../collectors/celery/beat.ts';
import type { BeatEntry, BeatView } from '../collectors/celery/schedule.ts';
import { failuresShown, type TaskRecords } from '../collectors/celery/task-records.ts';
import { scheduledIn, type CeleryKnown } from '../collectors/celery/view.ts';
import { outcomeOf, type Snapshot } from '../model/snapshot.ts';

const LATE_MS = thresholds.celeryBeatLateSeconds.value * 1000;
const MAX_ROWS = 20;

/** What was found out, or why it is not known; neither before the first look. */
export interface Part<T> {
  readonly known?: T | undefined;
  readonly why?: readonly Reason[] | undefined;
}

export interface Failure {
  readonly task: string;
  readonly exception: string;
  /** Unix milliseconds of the last one. */
  readonly at: number;
  /** Of all that have ended under this name. */
  readonly failed: number;
  readonly finished: number;
}

/** Of a collector: what it has found out, while its last run says so. */
export function partOf<T>(snapshot: Snapshot, name: string, known: T | undefined, now: number): Part<T> {
  const state = snapshot.collectors.find((one) => one.name === name);
  if (state === undefined) return {};
  if (state.disabledReason !== undefined) return { why: [state.disabledReason] };
  const outcome = outcomeOf(state, now);
  if (outcome === 'stale') return { why: [{ code: 'stale' }] };
  return outcome === 'failed' ? { why: state.lastRun?.reasons } : { known };
}

/** The latest first. */
export const failuresIn = (records: TaskRecords): readonly Failure[] =>
  [...records]
    .flatMap(([task, record]) =>
      failuresShown(task, record).map((failure) => ({
        ...failure,
        task,
        failed: record.failed,
        finished: record.finished,
      })),
    )
    .toSorted((a, b) => b.at - a.at)
    .slice(0, MAX_ROWS);

export const finishedIn = (records: TaskRecords): number =>
  [...records.values()].reduce((sum, { finished }) => sum + finished, 0);

/** Entries that beat was to send and has not sent, the latest ones last. */
export const lateIn = ({ entries = [] }: BeatView, now: number): readonly BeatEntry[] =>
  entries.filter(({ dueAt }) => dueAt !== undefined && now - dueAt > LATE_MS).slice(0, MAX_ROWS);

/** What comes next, of what is not late. */
export const nextIn = ({ entries = [] }: BeatView, now: number): BeatEntry | undefined =>
  entries.find(({ dueAt }) => dueAt !== undefined && now - dueAt <= LATE_MS);

/** Times are ISO 8601; what is not known is null. */
export function celeryReport(
  { view, records, beat }: { readonly [K in keyof CeleryKnown]-?: Part<NonNullable<CeleryKnown[K]>> },
  now: number,
) {
  const seen = view.known;
  const scheduled = seen && scheduledIn(seen);
  return {
    workers: seen
      ? {
          replying: seen.workers.filter(({ standing }) => standing === 'replying').length,
          busy: seen.busy,
          hung: seen.hung,
        }
      : null,
    queued: seen ? seen.queues.reduce((sum, { messages }) => sum + messages, 0) : null,
    unacked: seen?.unacked ?? null,
    scheduled: scheduled?.length ?? null,
    redelivery_at: iso(seen?.redeliveryAt),
    redelivery_task: seen?.held?.[0]?.task ?? null,
    results: records.known
      ? {
          finished: finishedIn(records.known),
          failures: failuresIn(records.known).map(({ at, ...failure }) => ({ ...failure, at: iso(at) })),
        }
      : null,
    beat: beat.known?.entries
      ? {
          entries: beat.known.entries.length,
          last_run_at: iso(lastRunOf(beat.known.entries)),
          late: lateIn(beat.known, now).map(({ name, task, dueAt }) => ({ name, task, due_at: iso(dueAt) })),
        }
      : null,
  };
}

const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());
