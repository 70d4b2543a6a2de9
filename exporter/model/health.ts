/** The /health document of the specification, from what is known. Keys may be added, none is renamed. */
import { say, type Reason } from '../../common/reasons/reason.ts';
import { ACCESS_LOG } from '../access-log/window.ts';
import { catalog } from '../metrics/catalog.ts';
import { figuresAt, judgementAt, outcomeOf, type CollectorState, type Snapshot } from './snapshot.ts';
import type { Details } from './collector.ts';

export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';
export type ComponentStatus = 'healthy' | 'unhealthy' | 'unknown' | 'disabled';

export const HEALTH_STATUSES: readonly HealthStatus[] = ['healthy', 'degraded', 'unhealthy'];

/** Without these two the bot serves nobody; anything else that fails only takes a part of it away. */
const VITAL: ReadonlySet<string> = new Set(['database', 'redis']);

export interface ComponentHealth {
  readonly status: ComponentStatus;
  /** Of the last run, when it succeeded; the time to a failure is no response time. */
  readonly response_time_ms: number | null;
  readonly last_success: string | null;
  /** When the status became what it is. */
  readonly since: string | null;
  /** Why the last run failed, or why nothing is watched: one sentence in English. */
  readonly error?: string;
  readonly reason?: string;
  /** The same as codes with parameters, for whoever says it in another language. */
  readonly reasons?: readonly Reason[];
  /** The component that is down, so that this one cannot be asked and is unknown. */
  readonly blocked_by?: string;
  readonly details?: Details;
}

export interface HealthReport {
  readonly status: HealthStatus;
  readonly timestamp: string;
  readonly components: Readonly<Record<string, ComponentHealth>>;
  readonly metrics: {
    readonly active_users_24h: number | null;
    readonly requests_per_minute: number | null;
    readonly error_rate: number | null;
  };
}

export function healthAt(snapshot: Snapshot, now: number): HealthReport {
  const states = snapshot.collectors.filter(({ kind }) => kind === 'component');
  const components = states.map((state) => [state.name, componentAt(state, now)] as const);
  return {
    status: overall(components),
    timestamp: isoSeconds(now),
    components: Object.fromEntries(components),
    metrics: {
      active_users_24h: activeUsers24h(snapshot, now),
      requests_per_minute: detailOf(snapshot, now, 'requests_per_minute'),
      error_rate: detailOf(snapshot, now, 'error_rate'),
    },
  };
}

/** 503 only for unhealthy: a load balancer must not take away a bot that is merely degraded. */
export const httpStatusOf = (status: HealthStatus): 200 | 503 => (status === 'unhealthy' ? 503 : 200);

function overall(components: readonly (readonly [string, ComponentHealth])[]): HealthStatus {
  const failing = components.filter(([, { status }]) => status === 'unhealthy');
  if (failing.some(([name]) => VITAL.has(name))) return 'unhealthy';
  const unknown = components.some(([, { status }]) => status === 'unknown');
  return failing.length > 0 || unknown ? 'degraded' : 'healthy';
}

const STATUS_OF = { up: 'healthy', down: 'unhealthy', unknown: 'unknown' } as const;

export const statusAt = (state: CollectorState, now: number): ComponentStatus =>
  state.disabledReason === undefined ? STATUS_OF[judgementAt(state, now)] : 'disabled';

function componentAt(state: CollectorState, now: number): ComponentHealth {
  const outcome = outcomeOf(state, now);
  const { lastRun, disabledReason } = state;
  const failure = failureAt(state, now);
  const details = figuresAt(state, now)?.details ?? {};
  const base = {
    status: statusAt(state, now),
    response_time_ms: outcome === 'ok' && lastRun !== undefined ? Math.round(lastRun.durationMs) : null,
    last_success: isoOrNull(state.lastSuccessAt),
    since: outcome === 'stale' ? isoOrNull(lastRun?.observedAt) : isoOrNull(state.lastChangeAt),
  };
  return {
    ...base,
    ...(failure === undefined ? {} : { error: say(failure, 'en'), reasons: failure }),
    ...(state.blockedBy === undefined || outcome === 'stale' ? {} : { blocked_by: state.blockedBy }),
    ...(disabledReason === undefined
      ? {}
      : { reason: say([disabledReason], 'en'), reasons: [disabledReason] }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
}

/** Why the last run failed, or that none has finished for too long; undefined when neither is so. */
function failureAt(state: CollectorState, now: number): readonly Reason[] | undefined {
  const outcome = outcomeOf(state, now);
  if (outcome === 'stale') return [{ code: 'stale' }];
  return outcome === 'failed' ? state.lastRun?.reasons : undefined;
}

/** A figure that the access log tells of the last minutes; null while it is unknown. */
function detailOf(snapshot: Snapshot, now: number, key: string): number | null {
  const state = snapshot.collectors.find(({ name }) => name === ACCESS_LOG);
  const value = state === undefined ? undefined : figuresAt(state, now)?.details[key];
  return typeof value === 'number' ? value : null;
}

function activeUsers24h(snapshot: Snapshot, now: number): number | null {
  for (const state of snapshot.collectors) {
    for (const sample of figuresAt(state, now)?.samples ?? []) {
      if (sample.family.name === catalog.activeUsers.name && sample.labels['window'] === '1d')
        return sample.value;
    }
  }
  return null;
}

/** ISO 8601 in UTC without fractions, as the specification's example writes it. */
const isoSeconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');

const isoOrNull = (ms: number | undefined): string | null => (ms === undefined ? null : isoSeconds(ms));
