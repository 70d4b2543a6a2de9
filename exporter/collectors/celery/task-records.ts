/** What is kept of the results of tasks, by name. Pure. */
import { catalog } from '../../metrics/catalog.ts';
import type { Sample } from '../../model/collector.ts';
import { shorten } from './inspection.ts';

/** One task that has ended. */
export interface Result {
  /** Undefined where the application does not write it: `result_extended` is off. */
  readonly task: string | undefined;
  /** Unix milliseconds, by the clock of the worker. */
  readonly doneAt: number;
  /** The type of its exception; undefined for a success. */
  readonly exception: string | undefined;
}

export interface TaskRecord {
  readonly finished: number;
  readonly failed: number;
  /** Unix milliseconds. */
  readonly lastSuccessAt: number | null;
  /** When each type of exception was last seen, the latest first. */
  readonly failures: readonly { readonly exception: string; readonly at: number }[];
}

/** By the name of the task. */
export type TaskRecords = ReadonlyMap<string, TaskRecord>;

/** The name of tasks whose results have none. */
export const UNKNOWN_TASK = 'unknown';
const OTHER_TASK = 'other';
const MAX_TASKS = 200;
const MAX_EXCEPTIONS = 10;
/** A weekly task fails, or succeeds, once more within it. The rule has the same figure. */
const FAILURE_KEPT_MS = 8 * 86_400_000;

const NOTHING: TaskRecord = { finished: 0, failed: 0, lastSuccessAt: null, failures: [] };

export function withResults(before: TaskRecords, results: readonly Result[], now: number): TaskRecords {
  const after = new Map(before);
  for (const { task, doneAt, exception } of results) {
    const wanted = shorten(task ?? UNKNOWN_TASK);
    const name = after.has(wanted) || after.size < MAX_TASKS ? wanted : OTHER_TASK;
    const known = after.get(name) ?? NOTHING;
    after.set(name, {
      finished: known.finished + 1,
      failed: known.failed + (exception === undefined ? 0 : 1),
      lastSuccessAt:
        exception === undefined ? Math.max(doneAt, known.lastSuccessAt ?? doneAt) : known.lastSuccessAt,
      failures: exception === undefined ? known.failures : withFailure(known.failures, exception, doneAt),
    });
  }
  for (const [name, record] of after) {
    const failures = record.failures.filter(({ at }) => now - at < FAILURE_KEPT_MS);
    if (failures.length < record.failures.length) after.set(name, { ...record, failures });
  }
  return after;
}

function withFailure(before: TaskRecord['failures'], type: string, doneAt: number): TaskRecord['failures'] {
  const exception = shorten(type);
  const known = before.find((one) => one.exception === exception)?.at ?? doneAt;
  return [{ exception, at: Math.max(doneAt, known) }, ...before.filter((one) => one.exception !== exception)]
    .toSorted((a, b) => b.at - a.at)
    .slice(0, MAX_EXCEPTIONS);
}

/** Of a task with a name the last failure; of the nameless the last of each exception: they are many tasks. */
export const failuresShown = (task: string, { failures }: TaskRecord): TaskRecord['failures'] =>
  task === UNKNOWN_TASK ? failures : failures.slice(0, 1);

export const taskSamples = (records: TaskRecords): readonly Sample[] =>
  [...records].flatMap(([task, record]) => [
    { family: catalog.celeryTasks, labels: { task }, value: record.finished },
    { family: catalog.celeryTasksFailed, labels: { task }, value: record.failed },
    ...failuresShown(task, record).map(({ exception, at }) => ({
      family: catalog.celeryTaskLastFailure,
      labels: { task, exception },
      value: at / 1000,
    })),
    ...(record.lastSuccessAt === null
      ? []
      : [{ family: catalog.celeryTaskLastSuccess, labels: { task }, value: record.lastSuccessAt / 1000 }]),
  ]);
