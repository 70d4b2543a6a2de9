import { RECHECK_MS } from '../../../exporter/model/timing.ts';
import { noise } from './random.ts';
import { at, type Fault, type World } from './traffic.ts';

/** What the exporter knows of a component at one moment. */
export interface ComponentState {
  /** The last check succeeded. */
  readonly isGood: boolean;
  readonly judged: 0 | 1 | undefined;
  /** The component whose outage makes this one's state unknown. */
  readonly blockedBy: string | undefined;
}

export interface ComponentStates {
  readonly component: string;
  readonly states: readonly ComponentState[];
}

interface Check {
  /** Seconds between two checks, as exporter/config.yml has them. */
  readonly every: number;
  /** How long one that fails takes at most. */
  readonly timeout: number;
  /** What has failed is looked at again sooner (`retryMs` of its collector). */
  readonly isRechecked?: boolean;
}

const CHECKS: Readonly<Record<string, Check>> = {
  database: { every: 15, timeout: 5, isRechecked: true },
  redis: { every: 15, timeout: 5, isRechecked: true },
  dns: { every: 15, timeout: 10, isRechecked: true },
  telegram_api: { every: 30, timeout: 10, isRechecked: true },
  telegram_webhook: { every: 60, timeout: 10 },
  openai_api: { every: 60, timeout: 10 },
  google_ai_api: { every: 60, timeout: 10 },
  celery_workers: { every: 30, timeout: 5, isRechecked: true },
  // Three attempts, each with a time-out of its own.
  public_endpoint: { every: 30, timeout: 15 },
  disk_space: { every: 30, timeout: 0 },
  memory: { every: 15, timeout: 0 },
  cpu: { every: 15, timeout: 0 },
};
/** `failures_before_down` of exporter/config.yml. */
const FAILURES_BEFORE_DOWN = 2;
/** The host's checks judge a figure that is served too. */
const HOST: Readonly<Record<string, readonly [metric: string, isBad: (value: number) => boolean]>> = {
  disk_space: ['expensebot_host_disk_free_bytes', (free) => free < 1e9],
  memory: ['expensebot_host_memory_usage_ratio', (ratio) => ratio > 0.9],
  cpu: ['expensebot_host_cpu_usage_ratio', (ratio) => ratio > 0.8],
};

/** Every component that a bot with two AI providers has, as the exporter judges it at these times. */
export function componentsOf(world: World, times: readonly number[]): ComponentStates[] {
  return Object.keys(CHECKS).map((component) => ({
    component,
    states: times.map((time) => stateAt(world, component, time)),
  }));
}

function stateAt(world: World, component: string, time: number): ComponentState {
  const dependency = at(world, time).flatMap(({ blocked = {} }) => blocked[component] ?? [])[0];
  const isBlocked =
    dependency !== undefined && world.faults.some((fault) => isJudgedDown(fault, dependency, time));
  const host = HOST[component];
  const isDown =
    host === undefined
      ? world.faults.some((fault) => isJudgedDown(fault, component, time))
      : isBad(world, host, time) && isBad(world, host, time - world.step);
  const isFailing = isDown || world.faults.some((fault) => hasFailed(fault, component, time, 1));
  return {
    isGood: !isFailing,
    judged: isBlocked ? undefined : isDown ? 0 : 1,
    blockedBy: isBlocked ? dependency : undefined,
  };
}

const isJudgedDown = (fault: Fault, component: string, time: number): boolean =>
  hasFailed(fault, component, time, FAILURES_BEFORE_DOWN);

/** Whether so many checks in a row have failed by now. One good check ends it. */
function hasFailed(fault: Fault, component: string, time: number, times: number): boolean {
  const { from, to, down = [], isRefused = false } = fault;
  if (!down.includes(component)) return false;
  const check = CHECKS[component] ?? { every: 15, timeout: 0 };
  const { every, isRechecked = false } = check;
  const timeout = isRefused ? 0 : check.timeout;
  const again = isRechecked ? Math.min(every, Math.max(RECHECK_MS / 1000, 2 * timeout)) : every;
  const phase = noise(component.length * 31 + component.charCodeAt(0)) * every;
  const first = Math.ceil((from - phase) / every) * every + phase;
  const good = first + Math.max(0, Math.ceil((to - first) / again)) * again;
  return time >= first + (times - 1) * again + timeout && time < good;
}

function isBad(
  world: World,
  [metric, judge]: readonly [string, (value: number) => boolean],
  time: number,
): boolean {
  const figure = at(world, time)
    .findLast(({ gauges = {} }) => metric in gauges)
    ?.gauges?.[metric]?.(time);
  return figure !== undefined && judge(figure);
}
