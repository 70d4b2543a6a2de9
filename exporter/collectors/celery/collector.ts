import { catalog } from '../../metrics/catalog.ts';
import { ProbeError, type Collector, type Details, type Sample } from '../../model/collector.ts';
import { RECHECK_MS, type ProbeTiming } from '../../model/timing.ts';
import type { Broker, BrokerLook } from './broker.ts';
import {
  namesOf,
  NO_HEADS,
  NOBODY,
  problemsOf,
  trackAttendance,
  trackHeads,
  type Attendance,
  type Heads,
  type RollCall,
} from './state.ts';
import {
  keepKnown,
  mergeInspections,
  oldestActive,
  scheduledIn,
  viewOf,
  type CeleryView,
  type Inspection,
  type Inspections,
} from './view.ts';

export interface CeleryOptions {
  /** Watched from the start; queues that workers bind are added. */
  readonly queues: readonly string[];
  /** Of the application's broker_transport_options; after it a message is delivered again. */
  readonly visibilityTimeoutMs: number;
  /** From asking workers what they do to asking again. */
  readonly inspectEveryMs: number;
}

export interface CeleryCollector extends Collector {
  close(): void;
}

/** Reading all names of keys is for seldom: bindings change with deployments. */
const DISCOVER_EVERY_MS = 5 * 60_000;
/** A series each for every priority step. */
const MAX_QUEUES = 200;
/** Bindings of queues that nobody uses any more stay for ever: so many are looked into for messages. */
const MAX_LOOKED_INTO = 2_000;

/**
 * Workers reply to a ping. Queues are measured on the way, whether anybody replies or not.
 * @param onView told of what every run has seen
 */
export function celeryCollector(
  options: CeleryOptions,
  timing: ProbeTiming,
  broker: Broker,
  onView: (view: CeleryView) => void,
): CeleryCollector {
  let discovered: { readonly at: number; readonly queues: readonly string[] } | undefined;
  /** Queues that have held a message: they come before those that may be dead. */
  const used = new Set<string>();
  const isUsed = (queue: string): boolean => used.has(queue);
  let heads: Heads = NO_HEADS;
  let attendance = NOBODY;
  let inspections: Inspections = new Map();
  let inspectedAt: number | undefined;

  return {
    ...timing,
    name: 'celery_workers',
    kind: 'component',
    retryMs: RECHECK_MS,
    close: () => broker.close(),
    collect: async ({ now, signal }) => {
      if (discovered === undefined || Math.abs(now - discovered.at) >= DISCOVER_EVERY_MS) {
        discovered = { at: now, queues: await broker.discover(signal) };
      }
      const known = [...new Set([...options.queues, ...discovered.queues])];
      const all = await broker.look(known.slice(0, MAX_LOOKED_INTO), signal);
      for (const { queue, messages } of all.depths) if (messages > 0) used.add(queue);
      const ranked = [...new Set([...options.queues, ...known.filter(isUsed), ...known])];
      const look = narrow(all, new Set(ranked.slice(0, MAX_QUEUES)));
      heads = trackHeads(heads, look.heads, now);
      // Half of the time is for the replies, a quarter for the inspection: Redis has to answer in the rest.
      const call = await broker.ping({ now, timeoutMs: timing.timeoutMs / 2, signal });
      // A task that runs is unacknowledged: the application acknowledges late (task_acks_late).
      const mayBeBusy = (worker: string): boolean => look.unacked > 0 && isSolo(inspections.get(worker));
      attendance = trackAttendance(attendance, call, now, mayBeBusy);
      // Only of those that reply to a ping: one that hangs would hold it up.
      const isDue = inspectedAt === undefined || Math.abs(now - inspectedAt) >= options.inspectEveryMs;
      if (isDue && call.workers.length > 0) {
        inspectedAt = now;
        const told = await broker.inspect(call.workers, { now, timeoutMs: timing.timeoutMs / 4, signal });
        inspections = mergeInspections(inspections, told, now);
      }
      inspections = keepKnown(inspections, attendance);
      const held = await broker.held(signal);
      const view = viewOf({ look, heads, attendance, inspections, held, now, ...options });
      onView(view);

      const observation = {
        samples: samplesOf(view, call, [...inspections.values()].some(isSolo)),
        details: {
          ...detailsOf(view, call, attendance),
          ...(known.length > MAX_QUEUES ? { queues_left_out: known.length - MAX_QUEUES } : {}),
        },
      };
      const problems = problemsOf(call, attendance);
      if (problems.length === 0) return observation;
      const isUnused =
        attendance.hung === 0 && attendance.workers.length === 0 && discovered.queues.length === 0;
      const advice = isUnused ? [{ code: 'celery_unused' as const }] : [];
      throw new ProbeError([...problems, ...advice], { observation });
    },
  };
}

/** What was seen of these queues alone. */
const narrow = (look: BrokerLook, queues: ReadonlySet<string>): BrokerLook => ({
  ...look,
  depths: look.depths.filter(({ queue }) => queues.has(queue)),
  heads: look.heads.filter(({ queue }) => queues.has(queue)),
});

const isSolo = (known: Inspection | undefined): boolean => known?.told.stats?.isSolo === true;

function samplesOf(view: CeleryView, call: RollCall, hasSolo: boolean): readonly Sample[] {
  const { queues, unacked, redeliveryAt } = view;
  const scheduled = scheduledIn(view);
  return [
    { family: catalog.celeryWorkers, labels: { state: 'replying' }, value: call.replies },
    // Only a worker that runs tasks in the process that replies can be busy.
    ...(hasSolo ? [{ family: catalog.celeryWorkers, labels: { state: 'busy' }, value: view.busy }] : []),
    { family: catalog.celeryWorkers, labels: { state: 'hung' }, value: view.hung },
    ...queues.flatMap(({ queue, steps }) =>
      steps.map(({ step, messages }) => ({
        family: catalog.celeryQueueMessages,
        labels: { queue, priority: String(step) },
        value: messages,
      })),
    ),
    ...queues.flatMap(({ queue, oldestSince }) =>
      oldestSince === undefined
        ? []
        : [{ family: catalog.celeryQueueOldest, labels: { queue }, value: oldestSince / 1000 }],
    ),
    { family: catalog.celeryUnacked, labels: {}, value: unacked },
    ...(scheduled === undefined
      ? []
      : [{ family: catalog.celeryScheduled, labels: {}, value: scheduled.length }]),
    ...(redeliveryAt === undefined
      ? []
      : [{ family: catalog.celeryRedelivery, labels: {}, value: redeliveryAt / 1000 }]),
    ...[...oldestActive(view)].map(([task, startedAt]) => ({
      family: catalog.celeryOldestActiveTask,
      labels: { task },
      value: startedAt / 1000,
    })),
  ];
}

function detailsOf(
  { queues, unacked, hung, busy }: CeleryView,
  call: RollCall,
  attendance: Attendance,
): Details {
  const silent = namesOf(attendance, 'silent');
  const gone = namesOf(attendance, 'gone');
  return {
    workers: call.workers.toSorted().join(', '),
    replying: call.replies,
    hung,
    ...(busy === 0 ? {} : { busy: namesOf(attendance, 'busy').join(', ') }),
    ...(silent.length === 0 ? {} : { silent: silent.join(', ') }),
    ...(gone.length === 0 ? {} : { gone: gone.join(', ') }),
    queued: queues.reduce((sum, { messages }) => sum + messages, 0),
    unacked,
  };
}
