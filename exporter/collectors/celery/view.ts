/** What is known of Celery, for a person to read; nothing in it is an argument of a task. Pure. */
import type { BrokerLook, HeldTask } from './broker.ts';
import type { Told } from './inspection.ts';
import type { BeatView } from './schedule.ts';
import { oldestByQueue, type Attendance, type Heads, type KnownWorker } from './state.ts';
import type { TaskRecords } from './task-records.ts';

/** All times are Unix milliseconds. */
export interface CeleryView {
  readonly observedAt: number;
  /** Workers that are connected and do not reply. */
  readonly hung: number;
  /** Workers of the pool `solo` that do not reply because they run a task. */
  readonly busy: number;
  /** By name. */
  readonly workers: readonly WorkerView[];
  /** In the order of the configuration, then those that workers have bound. */
  readonly queues: readonly QueueView[];
  readonly unacked: number;
  /** When the message that is unacknowledged for longest is delivered again, at the earliest. */
  readonly redeliveryAt: number | undefined;
  /** Unacknowledged messages, those that were delivered first in front; undefined where nobody may look into them. */
  readonly held: readonly HeldTask[] | undefined;
}

/** Everything that is known of Celery; what nobody has seen yet is undefined. */
export interface CeleryKnown {
  readonly view?: CeleryView;
  readonly records?: TaskRecords;
  readonly beat?: BeatView;
}

export interface WorkerView extends KnownWorker {
  readonly inspected: Inspection | undefined;
}

export interface QueueView {
  readonly queue: string;
  readonly messages: number;
  readonly steps: readonly { readonly step: number; readonly messages: number }[];
  /** Its oldest message waits since then at least; undefined while it is empty. */
  readonly oldestSince: number | undefined;
}

export interface Inspection {
  readonly at: number;
  readonly told: Told;
}

/** By the name of the worker. */
export type Inspections = ReadonlyMap<string, Inspection>;

/** A worker that told nothing this time keeps what it told before, with its time. */
export const mergeInspections = (
  before: Inspections,
  told: ReadonlyMap<string, Told>,
  now: number,
): Inspections =>
  new Map([...before, ...[...told].map(([name, one]) => [name, { at: now, told: one }] as const)]);

export function keepKnown(inspections: Inspections, attendance: Attendance): Inspections {
  const names = new Set(attendance.workers.map(({ name }) => name));
  return new Map([...inspections].filter(([name]) => names.has(name)));
}

/** A label of each is a series for as long as it runs: enough to name the culprit. */
const MAX_OLDEST_TASKS = 10;

/**
 * Unix milliseconds since which the oldest task of each name runs, the oldest names first, at most ten. Of workers that
 * reply: what a silent one runs was told before it fell silent, and may have ended.
 */
export function oldestActive({ workers }: Pick<CeleryView, 'workers'>): ReadonlyMap<string, number> {
  const oldest = new Map<string, number>();
  for (const { standing, inspected } of workers) {
    if (standing !== 'replying') continue;
    for (const { task, startedAt } of inspected?.told.active?.rows ?? []) {
      if (startedAt !== undefined) oldest.set(task, Math.min(startedAt, oldest.get(task) ?? startedAt));
    }
  }
  return new Map([...oldest].toSorted(([, a], [, b]) => a - b).slice(0, MAX_OLDEST_TASKS));
}

/** Those that wait for their time; undefined where nobody may look. */
export const scheduledIn = ({ held, observedAt }: CeleryView): readonly HeldTask[] | undefined =>
  held?.filter(({ eta }) => eta !== undefined && eta > observedAt);

export function viewOf(seen: {
  readonly look: BrokerLook;
  readonly heads: Heads;
  readonly attendance: Attendance;
  readonly inspections: Inspections;
  readonly held: readonly HeldTask[] | undefined;
  readonly visibilityTimeoutMs: number;
  readonly now: number;
}): CeleryView {
  const { look, heads, attendance, inspections, held, visibilityTimeoutMs, now } = seen;
  const oldest = oldestByQueue(heads);
  const byQueue = new Map<string, { step: number; messages: number }[]>();
  for (const { queue, step, messages } of look.depths) {
    byQueue.set(queue, [...(byQueue.get(queue) ?? []), { step, messages }]);
  }
  return {
    observedAt: now,
    hung: attendance.hung,
    busy: attendance.busy,
    workers: attendance.workers.map((worker) => ({ ...worker, inspected: inspections.get(worker.name) })),
    queues: [...byQueue].map(([queue, steps]) => ({
      queue,
      steps,
      messages: steps.reduce((sum, { messages }) => sum + messages, 0),
      oldestSince: oldest.get(queue),
    })),
    unacked: look.unacked,
    redeliveryAt:
      look.oldestDelivery === undefined ? undefined : look.oldestDelivery * 1000 + visibilityTimeoutMs,
    held,
  };
}
