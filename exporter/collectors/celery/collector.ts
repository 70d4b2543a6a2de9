import { catalog } from '../../metrics/catalog.ts';
import { ProbeError, type Collector, type Details, type Sample } from '../collector.ts';
import type { ProbeTiming } from '../timing.ts';
import type { Broker, BrokerLook } from './broker.ts';
import {
  hungOf,
  NO_HEADS,
  oldestByQueue,
  problemOf,
  trackAttendance,
  trackHeads,
  type Attendance,
  type Heads,
  type RollCall,
} from './state.ts';

export interface CeleryOptions {
  /** Watched from the start; queues that workers bind are added. */
  readonly queues: readonly string[];
  /** Of the application's broker_transport_options; after it a message is delivered again. */
  readonly visibilityTimeoutMs: number;
}

export interface CeleryCollector extends Collector {
  close(): void;
}

/** Reading all names of keys is for seldom: bindings change with deployments. */
const DISCOVER_EVERY_MS = 5 * 60_000;
/** Four series each. */
const MAX_QUEUES = 200;

/** Workers reply to a ping. Queues are measured on the way, whether anybody replies or not. */
export function celeryCollector(
  options: CeleryOptions,
  timing: ProbeTiming,
  broker: Broker,
): CeleryCollector {
  let discovered: { readonly at: number; readonly queues: readonly string[] } | undefined;
  let heads: Heads = NO_HEADS;
  let expected: readonly string[] = [];

  return {
    ...timing,
    name: 'celery_workers',
    kind: 'component',
    close: () => broker.close(),
    collect: async ({ now, signal }) => {
      if (discovered === undefined || Math.abs(now - discovered.at) >= DISCOVER_EVERY_MS) {
        discovered = { at: now, queues: await broker.discover(signal) };
      }
      const known = [...new Set([...options.queues, ...discovered.queues])];
      const look = await broker.look(known.slice(0, MAX_QUEUES), signal);
      heads = trackHeads(heads, look.heads, now);
      // Half of the time is for the replies: Redis has to answer in the other half.
      const call = await broker.ping({ now, timeoutMs: timing.timeoutMs / 2, signal });
      const attendance = trackAttendance(expected, call);
      expected = attendance.expected;

      const observation = {
        samples: samplesOf(look, call, heads, options.visibilityTimeoutMs),
        details: {
          ...detailsOf(look, call, attendance),
          ...(known.length > MAX_QUEUES ? { queues_left_out: known.length - MAX_QUEUES } : {}),
        },
      };
      const problem = problemOf(call, attendance);
      if (problem === undefined) return observation;
      const isUnused = call.reached === 0 && discovered.queues.length === 0;
      const advice = isUnused ? '; if there is no Celery, switch probes.celery_workers off' : '';
      throw new ProbeError(`${problem}${advice}`, { observation });
    },
  };
}

function samplesOf(
  { depths, unacked, oldestDelivery }: BrokerLook,
  call: RollCall,
  heads: Heads,
  visibilityTimeoutMs: number,
): readonly Sample[] {
  return [
    { family: catalog.celeryWorkers, labels: { state: 'replying' }, value: call.replies },
    { family: catalog.celeryWorkers, labels: { state: 'hung' }, value: hungOf(call) },
    ...depths.map(({ queue, step, messages }) => ({
      family: catalog.celeryQueueMessages,
      labels: { queue, priority: String(step) },
      value: messages,
    })),
    ...[...oldestByQueue(heads)].map(([queue, since]) => ({
      family: catalog.celeryQueueOldest,
      labels: { queue },
      value: since / 1000,
    })),
    { family: catalog.celeryUnacked, labels: {}, value: unacked },
    ...(oldestDelivery === undefined
      ? []
      : [
          {
            family: catalog.celeryRedelivery,
            labels: {},
            value: oldestDelivery + visibilityTimeoutMs / 1000,
          },
        ]),
  ];
}

function detailsOf({ depths, unacked }: BrokerLook, call: RollCall, { silent }: Attendance): Details {
  return {
    workers: call.workers.toSorted().join(', '),
    replying: call.replies,
    hung: hungOf(call),
    ...(silent.length === 0 ? {} : { silent: silent.join(', ') }),
    queued: depths.reduce((sum, { messages }) => sum + messages, 0),
    unacked,
  };
}
