/** (Snapshot, history, now) → what the status page says, without a word of it. Pure. */
import type { MetricFamily } from '../../common/metrics/family.ts';
import type { Reason } from '../../common/reasons/reason.ts';
import type { Sample } from '../model/collector.ts';
import { healthAt, statusAt, type ComponentStatus } from '../model/health.ts';
import { RECENT_MS, type Change, type RecentHistory } from '../history/recent.ts';
import { catalog } from '../metrics/catalog.ts';
import { figuresAt, outcomeOf, type CollectorState, type Snapshot } from '../model/snapshot.ts';
import { stripOf, type Strip } from './strip.ts';

/** `checking`: nothing fails, and not everything is known yet. `stopped`: no check runs any more. */
export type Overall = 'healthy' | 'degraded' | 'unhealthy' | 'checking' | 'stopped' | 'nothing';

const GROUPS = ['core', 'telegram', 'web', 'ai', 'host', 'other'] as const;
export type Group = (typeof GROUPS)[number];

/** A figure that says more of a component than its response time. */
export type Fact =
  | { readonly kind: 'usage'; readonly ratio: number }
  | { readonly kind: 'free'; readonly bytes: number }
  | { readonly kind: 'workers'; readonly replying: number }
  | { readonly kind: 'pending'; readonly updates: number }
  | { readonly kind: 'certificate'; readonly expiresAt: number };

/** All times are Unix milliseconds. */
export interface Row {
  readonly name: string;
  readonly status: ComponentStatus;
  readonly responseMs: number | undefined;
  /** When the status became what it is. */
  readonly since: number | undefined;
  /** No check has finished for so long that the last one says nothing about now. */
  readonly isStale: boolean;
  /** The component that is down, so that this one cannot be asked. */
  readonly blockedBy: string | undefined;
  /** Of the last run, whatever the status is: one failure may not have made it down. */
  readonly failure: readonly Reason[] | undefined;
  readonly facts: readonly Fact[];
  readonly strip: Strip;
}

export interface Figures {
  readonly activeUsers: number | undefined;
  readonly newUsers: number | undefined;
  readonly users: number | undefined;
  readonly subscriptions: number | undefined;
  readonly requestsPerMinute: number | undefined;
  /** 0 to 1. */
  readonly errorRate: number | undefined;
}

export interface StatusModel {
  readonly now: number;
  readonly overall: Overall;
  /** Down, then silent. */
  readonly troubles: readonly Row[];
  readonly groups: readonly { readonly group: Group; readonly rows: readonly Row[] }[];
  readonly disabled: readonly { readonly name: string; readonly reason: Reason }[];
  readonly figures: Figures;
  /** The newest result of any check. */
  readonly lastCheckAt: number | undefined;
}

/** Half an hour: wide enough for a finger, narrow enough for a short outage to stand alone. */
const CELLS = 48;

export function statusModel(
  snapshot: Snapshot,
  history: RecentHistory,
  { now, isPolling }: { readonly now: number; readonly isPolling: boolean },
): StatusModel {
  const states = snapshot.collectors.filter(({ kind }) => kind === 'component');
  const watched = states.filter(({ disabledReason }) => disabledReason === undefined);
  const rows = watched.map((state) => rowOf(state, history, now));
  const checks = watched.flatMap(({ lastRun }) => lastRun?.observedAt ?? []);
  return {
    now,
    overall: overallOf(rows, healthAt(snapshot, now).status, isPolling),
    troubles: rows
      .filter(({ status, isStale }) => status === 'unhealthy' || isStale)
      .toSorted((a, b) => Number(a.isStale) - Number(b.isStale)),
    groups: GROUPS.map((group) => ({
      group,
      rows: rows.filter(({ name }) => groupOf(name) === group),
    })).filter((one) => one.rows.length > 0),
    disabled: states.flatMap(({ name, disabledReason: reason }) =>
      reason === undefined ? [] : { name, reason },
    ),
    figures: figuresOf(snapshot, now),
    lastCheckAt: checks.length === 0 ? undefined : Math.max(...checks),
  };
}

function overallOf(
  rows: readonly Row[],
  health: 'healthy' | 'degraded' | 'unhealthy',
  isPolling: boolean,
): Overall {
  if (rows.length === 0) return 'nothing';
  if (!isPolling || rows.every(({ isStale }) => isStale)) return 'stopped';
  const isTroubled = rows.some(({ status, isStale }) => status === 'unhealthy' || isStale);
  return health === 'degraded' && !isTroubled ? 'checking' : health;
}

function rowOf(state: CollectorState, history: RecentHistory, now: number): Row {
  const outcome = outcomeOf(state, now);
  const { lastRun } = state;
  const isStale = outcome === 'stale';
  return {
    name: state.name,
    status: statusAt(state, now),
    responseMs: outcome === 'ok' ? lastRun?.durationMs : undefined,
    since: isStale ? lastRun?.observedAt : state.lastChangeAt,
    isStale,
    blockedBy: state.blockedBy,
    failure: outcome === 'failed' ? lastRun?.reasons : undefined,
    facts: factsOf(figuresAt(state, now)?.samples ?? []),
    strip: stripOf(changesOf(state, history, now), { to: now, cells: CELLS, cellMs: RECENT_MS / CELLS }),
  };
}

/** A silence is noticed late, or never where nothing runs any more: it began with the last result. */
function changesOf(state: CollectorState, history: RecentHistory, now: number): readonly Change[] {
  const changes = history.changes(state.name, now - RECENT_MS);
  const { lastRun } = state;
  if (lastRun === undefined || outcomeOf(state, now) !== 'stale') return changes;
  const silence = { at: lastRun.observedAt, status: 'unknown' as const };
  return [...changes.filter(({ at }) => at <= silence.at), silence];
}

const GROUP_OF: Readonly<Record<string, Group>> = {
  database: 'core',
  redis: 'core',
  celery_workers: 'core',
  dns: 'host',
  telegram_api: 'telegram',
  telegram_webhook: 'telegram',
  public_endpoint: 'web',
  openai_api: 'ai',
  google_ai_api: 'ai',
  deepseek_api: 'ai',
  qwen_api: 'ai',
  openrouter_api: 'ai',
  yandex_api: 'ai',
  disk_space: 'host',
  memory: 'host',
  cpu: 'host',
};

const groupOf = (name: string): Group => GROUP_OF[name] ?? (name.startsWith('http:') ? 'web' : 'other');

function factsOf(samples: readonly Sample[]): readonly Fact[] {
  const valuesOf = (family: MetricFamily): readonly number[] =>
    samples.filter((sample) => sample.family.name === family.name).map(({ value }) => value);
  const [usage = valuesOf(catalog.hostMemoryUsage)[0]] = valuesOf(catalog.hostCpuUsage);
  const free = valuesOf(catalog.hostDiskFree);
  const [pending] = valuesOf(catalog.webhookPendingUpdates);
  const workers = samples.find(
    ({ family, labels }) => family.name === catalog.celeryWorkers.name && labels['state'] === 'replying',
  );
  const expiries = valuesOf(catalog.tlsCertificateExpiry);
  return [
    ...(usage === undefined ? [] : [{ kind: 'usage' as const, ratio: usage }]),
    ...(free.length === 0 ? [] : [{ kind: 'free' as const, bytes: Math.min(...free) }]),
    ...(workers === undefined ? [] : [{ kind: 'workers' as const, replying: workers.value }]),
    ...(pending === undefined ? [] : [{ kind: 'pending' as const, updates: pending }]),
    ...(expiries.length === 0
      ? []
      : [{ kind: 'certificate' as const, expiresAt: Math.min(...expiries) * 1000 }]),
  ];
}

function figuresOf(snapshot: Snapshot, now: number): Figures {
  const samples = snapshot.collectors.flatMap((state) => figuresAt(state, now)?.samples ?? []);
  const valueOf = (family: MetricFamily, labels: Sample['labels'] = {}): number | undefined =>
    samples.find(
      (sample) =>
        sample.family.name === family.name &&
        Object.entries(labels).every(([name, value]) => sample.labels[name] === value),
    )?.value;
  const { metrics } = healthAt(snapshot, now);
  return {
    activeUsers: metrics.active_users_24h ?? undefined,
    newUsers: valueOf(catalog.newUsers, { window: '1d' }),
    users: valueOf(catalog.users),
    subscriptions: valueOf(catalog.subscriptionsActive),
    requestsPerMinute: metrics.requests_per_minute ?? undefined,
    errorRate: metrics.error_rate ?? undefined,
  };
}
