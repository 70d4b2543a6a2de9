import { catalog as bridge } from '../../../alert-bridge/metrics/catalog.ts';
import type { MetricFamily } from '../../../common/metrics/family.ts';
import { catalog as exporter } from '../../../exporter/metrics/catalog.ts';
import type { Value } from './encode.ts';
import { componentsOf } from './components.ts';
import { noise } from './random.ts';
import {
  activeUsers,
  at,
  DAY,
  DISK_FREE,
  DISK_SIZE,
  HOUR,
  MINUTE,
  play,
  PROVIDERS,
  type Calls,
  type World,
} from './traffic.ts';

/** A series with its labels, as a selector would name it, and a sample per step of the world. */
export interface Series {
  readonly series: string;
  readonly values: readonly Value[];
}

type Labels = Readonly<Record<string, string>>;

interface Served {
  readonly name: string;
  readonly labels: Labels;
  /** Its target: `job` of Prometheus. */
  readonly job: string;
  readonly values: readonly Value[];
}

const TARGETS: Readonly<Record<string, string>> = {
  exporter: 'exporter:9847',
  'alert-bridge': 'alert-bridge:9848',
  prometheus: 'localhost:9090',
  alertmanager: 'alertmanager:9093',
};
const QUERIES = [
  'activity',
  'ai_requests',
  'expenses',
  'incomes',
  'users',
  'subscriptions',
  'daily_users',
  'celery_beat',
];

/** Everything Prometheus would have scraped in this world, by the names and labels of the services' own catalogues. */
export function seriesOf(world: World): Series[] {
  const times = Array.from({ length: Math.floor(world.length / world.step) + 1 }, (_, n) => n * world.step);
  const served = [
    ...gauges(world, times),
    ...componentSeries(world, times),
    ...requestSeries(world),
    ...callSeries(world),
  ].map((one) => withFaults(one, world, times));
  const isAway = (job: string, time: number): boolean => at(world, time).some(({ away }) => away === job);
  const up = Object.keys(TARGETS).map((job) => ({
    series: selector('up', { job, instance: TARGETS[job] ?? '' }),
    values: times.map((time) => (isAway(job, time) ? 0 : 1)),
  }));
  const rest = served.map(({ name, labels, job, values }) => ({
    series: selector(name, { ...labels, job, instance: TARGETS[job] ?? '' }),
    values: values.map((value, index) => (isAway(job, times[index] ?? 0) ? undefined : value)),
  }));
  return [...up, ...rest];
}

/** `name{label="value"}` */
export const selector = (name: string, labels: Labels): string =>
  `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(',')}}`;

/** @throws Error when the family has other labels: the simulation would prove nothing. */
function serve(family: MetricFamily, labels: Labels, job: string, values: readonly Value[]): Served {
  if (Object.keys(labels).join() !== [...family.labels].join())
    throw new Error(`${family.name} has the labels ${family.labels.join()}.`);
  return { name: family.name, labels, job, values };
}

/** What a fault says of a figure stands instead of it; a counter that lost its state goes on from what it has. */
function withFaults(one: Served, world: World, times: readonly number[]): Served {
  const keys = [one.name, `${one.name}:${Object.values(one.labels)[0] ?? ''}`];
  const concerned = world.faults.filter(({ gauges = {}, loses = {} }) =>
    keys.some((key) => key in gauges || key in loses),
  );
  if (concerned.length === 0) return one;
  let lost = 0;
  const values = one.values.map((value, index) => {
    const time = times[index] ?? 0;
    let now = value;
    for (const { from, to, gauges = {}, loses = {} } of concerned) {
      const isNow = time >= from && time < to;
      for (const key of keys) {
        const gauge = gauges[key];
        if (gauge !== undefined && isNow) now = gauge(time);
        const rest = loses[key];
        if (rest !== undefined && value !== undefined && isNow && time - from < world.step) lost = rest;
      }
    }
    return now === undefined ? undefined : now - lost;
  });
  return { ...one, values };
}

/** Reports of which one fails now and then, a task of every night, and beat, which sends something every ten minutes. */
function celery(
  serving: (family: MetricFamily, labels: Labels, value: (time: number) => Value) => Served,
  lastNoon: (time: number) => number,
): Served[] {
  const every = (seconds: number, time: number): number => Math.floor(time / seconds) * seconds;
  const forbidden = { task: 'send_report', exception: 'TelegramForbiddenError' };
  return [
    serving(exporter.celeryTasks, { task: 'send_report' }, (time) => 5000 + Math.floor(time / MINUTE)),
    serving(
      exporter.celeryTasksFailed,
      { task: 'send_report' },
      (time) => 20 + Math.floor(time / (3 * HOUR)),
    ),
    serving(exporter.celeryTaskLastSuccess, { task: 'send_report' }, (time) => every(MINUTE, time)),
    serving(exporter.celeryTaskLastFailure, forbidden, (time) => every(3 * HOUR, time)),
    serving(exporter.celeryTaskLastSuccess, { task: 'nightly' }, () => -DAY),
    serving(exporter.celeryTaskLastFailure, { task: 'nightly', exception: 'NameError' }, () => undefined),
    serving(exporter.celeryTaskLastFailure, { task: 'unknown', exception: 'KeyError' }, () => undefined),
    serving(exporter.celeryRedelivery, {}, (time) => every(MINUTE, time) + HOUR),
    serving(exporter.celeryBeatTasks, {}, () => 2),
    serving(exporter.celeryBeatLastRun, {}, (time) => every(10 * MINUTE, time)),
    serving(exporter.celeryBeatNextRun, {}, (time) => every(10 * MINUTE, time) + 10 * MINUTE),
    serving(exporter.celeryBeatDue, { task: 'often' }, (time) => every(10 * MINUTE, time) + 10 * MINUTE),
    serving(exporter.celeryBeatDue, { task: 'daily' }, (time) => lastNoon(time) + DAY),
  ];
}

function gauges(world: World, times: readonly number[]): Served[] {
  const { hour } = world;
  const each = (value: (time: number) => Value): Value[] => times.map(value);
  const clock = (time: number): number => hour * HOUR + time;
  /** When work that is done daily at an hour was last done, in seconds of the simulation. */
  const lastAt = (hourOfDay: number) => (time: number) =>
    Math.floor((clock(time) - hourOfDay * HOUR) / DAY) * DAY + (hourOfDay - hour) * HOUR;
  const ofExporter = (family: MetricFamily, labels: Labels, value: (time: number) => Value): Served =>
    serve(family, labels, 'exporter', each(value));
  const ofBridge = (family: MetricFamily, labels: Labels, value: (time: number) => Value): Served =>
    serve(family, labels, 'alert-bridge', each(value));
  const own = (job: string, name: string, labels: Labels, value: (time: number) => Value): Served => ({
    name,
    labels,
    job,
    values: each(value),
  });
  const closedDay = (time: number): number => Math.floor(clock(time) / DAY) - 1;
  const baseline = (day: number): number =>
    [7, 14, 21, 28].reduce((sum, days) => sum + activeUsers(world, day - days), 0) / 4;
  const byDay = (figure: (day: number) => number): ((time: number) => number) => {
    const known = new Map<number, number>();
    return (time) => {
      const day = closedDay(time);
      const value = known.get(day) ?? figure(day);
      known.set(day, value);
      return value;
    };
  };
  const isDatabaseDown = (time: number): boolean =>
    at(world, time).some(({ down = [] }) => down.includes('database'));
  const lastRead = (time: number): number => {
    const fault = world.faults.find(
      ({ from, to, down = [] }) => down.includes('database') && from <= time && time < to,
    );
    return fault === undefined ? time : fault.from;
  };
  const diskFree = (time: number): number =>
    at(world, time)
      .findLast(({ gauges: changed }) => changed?.[exporter.hostDiskFree.name])
      ?.gauges?.[exporter.hostDiskFree.name]?.(time) ?? DISK_FREE;
  return [
    ofExporter(exporter.hostCpuUsage, {}, (time) => Math.round(15 + noise(time) * 20) / 100),
    ofExporter(exporter.hostMemoryUsage, {}, (time) => Math.round(55 + noise(time + 1) * 10) / 100),
    ofExporter(exporter.hostDiskFree, { mountpoint: '/' }, () => DISK_FREE),
    ofExporter(exporter.hostDiskUsage, { mountpoint: '/' }, (time) => 1 - diskFree(time) / DISK_SIZE),
    ofExporter(exporter.configLastReloadSuccessful, {}, () => 1),
    ofExporter(exporter.celeryWorkers, { state: 'replying' }, () => 2),
    ofExporter(exporter.celeryWorkers, { state: 'hung' }, () => 0),
    ofExporter(exporter.celeryQueueMessages, { queue: 'default', priority: '0' }, (time) =>
      noise(time + 2) < 0.1 ? 2 : 0,
    ),
    ...celery(ofExporter, lastAt(12)),
    ofExporter(exporter.tlsCertificateExpiry, { target: 'public_endpoint' }, () => 60 * DAY),
    ofExporter(exporter.webhookPendingUpdates, {}, () => 0),
    ofExporter(exporter.webhookUrlMatches, {}, () => 1),
    ofExporter(exporter.dailyTimestamp, {}, (time) => closedDay(time) * DAY - hour * HOUR),
    ofExporter(
      exporter.dailyActiveUsers,
      {},
      byDay((day) => activeUsers(world, day)),
    ),
    ofExporter(exporter.dailyActiveUsersBaseline, {}, byDay(baseline)),
    ...QUERIES.flatMap((query) => [
      ofExporter(exporter.querySuccess, { query }, (time) => (isDatabaseDown(time) ? 0 : 1)),
      ofExporter(exporter.queryLastSuccess, { query }, lastRead),
    ]),
    ...(['collect_daily_analytics', 'prune_history'] as const).flatMap((job_name, index) => [
      ofExporter(exporter.jobLastSuccess, { job_name }, lastAt(2 + index)),
      ofExporter(exporter.jobLastRun, { job_name }, lastAt(2 + index)),
    ]),
    ...(['daily_report', 'prune_settled_signals'] as const).flatMap((job_name, index) => [
      ofBridge(bridge.jobLastSuccess, { job_name }, lastAt(10 - index * 6)),
      ofBridge(bridge.jobLastRun, { job_name }, lastAt(10 - index * 6)),
    ]),
    ofBridge(bridge.pollingUp, {}, () => 1),
    ofBridge(bridge.channelUp, { channel: 'telegram' }, () => 1),
    ofBridge(bridge.signalsPending, {}, () => 0),
    ofBridge(bridge.outboxOldest, {}, () => undefined),
    ofBridge(bridge.watchdogLastSeen, {}, (time) => time - (time % MINUTE)),
    own(
      'prometheus',
      'prometheus_notifications_sent_total',
      ALERTMANAGER,
      (time) => 5000 + time / world.step,
    ),
    own('prometheus', 'prometheus_notifications_errors_total', ALERTMANAGER, () => 0),
    own('prometheus', 'prometheus_notifications_dropped_total', {}, () => 0),
    own('prometheus', 'prometheus_notifications_alertmanagers_discovered', {}, () => 1),
    own(
      'alertmanager',
      'alertmanager_notifications_total',
      WEBHOOK,
      (time) => 5000 + Math.floor(time / MINUTE),
    ),
    own('alertmanager', 'alertmanager_notifications_failed_total', WEBHOOK, () => 0),
    own(
      'prometheus',
      'prometheus_rule_evaluation_failures_total',
      { rule_group: 'rules/slo.yml;slo' },
      () => 0,
    ),
    own('prometheus', 'prometheus_config_last_reload_successful', {}, () => 1),
    own('alertmanager', 'alertmanager_config_last_reload_successful', {}, () => 1),
  ];
}

const ALERTMANAGER: Labels = { alertmanager: 'http://alertmanager:9093/api/v2/alerts' };
const WEBHOOK: Labels = { integration: 'webhook' };

function componentSeries(world: World, times: readonly number[]): Served[] {
  return componentsOf(world, times).flatMap(({ component, states }) => {
    const blocked = new Set(states.flatMap(({ blockedBy }) => blockedBy ?? []));
    let seen = 0;
    const lastSuccess = states.map(({ isGood }, index) => {
      if (isGood) seen = times[index] ?? 0;
      return seen;
    });
    const job = 'exporter';
    return [
      serve(
        exporter.componentUp,
        { component },
        job,
        states.map(({ judged }) => judged),
      ),
      serve(
        exporter.probeSuccess,
        { component },
        job,
        states.map(({ isGood }) => Number(isGood)),
      ),
      serve(exporter.probeLastSuccess, { component }, job, lastSuccess),
      ...[...blocked].map((dependency) =>
        serve(
          exporter.dependencyDown,
          { component, dependency },
          job,
          states.map(({ blockedBy }) => (blockedBy === dependency ? 1 : undefined)),
        ),
      ),
    ];
  });
}

/** A counter of requests is served from its first request on, as the exporter has it; those of every day have a past. */
function requestSeries(world: World): Served[] {
  const steps = play(world);
  const counts = new Map<string, { labels: Labels; family: MetricFamily; name: string; added: number[] }>();
  const add = (family: MetricFamily, suffix: string, labels: Labels, step: number, value: number): void => {
    const name = family.name + suffix;
    const key = selector(name, labels);
    const counter = counts.get(key) ?? { labels, family, name, added: Array<number>(steps.length).fill(0) };
    counter.added[step] = (counter.added[step] ?? 0) + value;
    counts.set(key, counter);
  };
  for (const code of ['200', '500'])
    add(exporter.httpRequests, '', { method: 'POST', code, route: 'webhook' }, 0, 1000);
  const bounds = [...exporter.httpRequestDuration.buckets, Infinity];
  for (const [step, { answers }] of steps.entries())
    for (const { method, code, route, seconds } of answers) {
      add(exporter.httpRequests, '', { method, code, route }, step, 1);
      add(exporter.httpRequestDuration, '_count', { route }, step, 1);
      for (const bound of bounds) {
        const le = bound === Infinity ? '+Inf' : String(bound);
        add(exporter.httpRequestDuration, '_bucket', { route, le }, step, seconds <= bound ? 1 : 0);
      }
    }
  return [...counts.values()].map(({ labels, name, added }) => {
    const first = added.findIndex((value) => value > 0);
    // The buckets of a histogram come all at once, whichever of them has counted.
    const begin = name.endsWith('_bucket')
      ? steps.findIndex(({ answers }) => answers.some(({ route }) => route === labels['route']))
      : first;
    return { name, labels, job: 'exporter', values: cumulated(added, 0, begin) };
  });
}

/** Calls are read from the application's table, which has a past. */
function callSeries(world: World): Served[] {
  const steps = play(world);
  return PROVIDERS.flatMap((provider) => {
    const counted = (family: MetricFamily, usualPast: number, count: (calls: Calls) => number): Served => {
      const added = steps.map(({ calls }) => count(calls.get(provider) ?? { made: 0, failed: 0 }));
      return serve(
        family,
        { provider },
        'exporter',
        cumulated(added, world.past?.[family.name] ?? usualPast, 0),
      );
    };
    return [
      counted(exporter.aiRequests, 30_000, ({ made }) => made),
      counted(exporter.aiRequestsFailed, 900, ({ failed }) => failed),
    ];
  });
}

function cumulated(added: readonly number[], past: number, begin: number): Value[] {
  let sum = past;
  return added.map((value, index) => {
    sum += value;
    return index < begin || begin === -1 ? undefined : sum;
  });
}
