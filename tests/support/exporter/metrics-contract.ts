/**
 * The exporter's part of the metrics contract: every name, and how its value is held against where it comes from.
 * A check throws while the value is not right; those of what moves are repeated until they hold.
 */
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { connect } from 'node:tls';
import type { Redis } from 'ioredis';
import { DateTime } from 'luxon';
import { expect } from 'vitest';
import type { Queryable } from '../app/database.ts';
import { recountDay, recountNow, type ProviderFigures } from '../app/recount.ts';
import type { ParsedSeries } from './exposition.ts';

export interface Sources {
  /** Of one scrape, by whole name (`…_bucket`, `…_count` too). */
  readonly series: (name: string) => readonly ParsedSeries[];
  readonly health: {
    readonly status: string;
    readonly components: Readonly<Record<string, { readonly status: string }>>;
  };
  /** As the exporter was given it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly database: Queryable;
  readonly redis: Redis;
  /** What Telegram says of the main bot. */
  readonly webhook: {
    readonly pending_update_count: number;
    readonly last_error_date?: number | undefined;
  };
  /** Unix seconds. */
  readonly now: number;
}

export type Check = (sources: Sources, name: string) => void | Promise<void>;
export type Checks = Readonly<Record<string, Check>>;

const PRIORITIES = { '0': '', '3': '\x06\x163', '6': '\x06\x166', '9': '\x06\x169' } as const;
const VISIBILITY_TIMEOUT_SECONDS = 3600;

export const byLabel = (found: readonly ParsedSeries[], label: string): Record<string, number> =>
  Object.fromEntries(found.map(({ labels, value }) => [labels[label] ?? '', value]));
export const only = ({ series }: Sources, name: string): number => {
  const found = series(name);
  expect(found, name).toHaveLength(1);
  return found[0]?.value ?? Number.NaN;
};

/** Components that are watched; `disabled` ones have no series. */
const watched = ({ health }: Sources): readonly string[] =>
  Object.keys(health.components).filter((name) => health.components[name]?.status !== 'disabled');
const everyComponent =
  (isRight: (value: number, now: number) => boolean): Check =>
  (sources, name) => {
    const values = byLabel(sources.series(name), 'component');
    expect(Object.keys(values).toSorted()).toEqual(watched(sources).toSorted());
    for (const [component, value] of Object.entries(values)) {
      expect([component, value, isRight(value, sources.now)]).toEqual([component, value, true]);
    }
  };
const everyQuery =
  (isRight: (value: number, now: number) => boolean): Check =>
  ({ series, now }, name) => {
    const values = byLabel(series(name), 'query');
    expect(Object.keys(values)).toEqual(
      expect.arrayContaining(['access_log', 'activity', 'users', 'expenses']),
    );
    expect(Object.entries(values).filter(([, value]) => !isRight(value, now))).toEqual([]);
  };
const isRatio: Check = ({ series }, name) => {
  expect(series(name).length).toBeGreaterThan(0);
  for (const { value } of series(name)) expect(value >= 0 && value <= 1).toBe(true);
};

const figuresNow = ({ database, series }: Sources, query: string) => {
  const ranAt = series('expensebot_query_last_success_timestamp_seconds').find(
    ({ labels }) => labels['query'] === query,
  );
  return recountNow(database, { now: new Date((ranAt?.value ?? 0) * 1000) });
};
const figure =
  (query: string, pick: (figures: Awaited<ReturnType<typeof recountNow>>) => number): Check =>
  async (sources, name) => {
    expect(only(sources, name)).toBe(pick(await figuresNow(sources, query)));
  };
const provider =
  (pick: (figures: ProviderFigures) => number | null): Check =>
  async (sources, name) => {
    const { totals } = await figuresNow(sources, 'ai_requests');
    const counted = byLabel(sources.series(name), 'provider');
    const known = Object.entries(totals.ai).flatMap(([service, figures]) => {
      const value = pick(figures);
      return value === null ? [] : [[service, value] as const];
    });
    expect(Object.keys(counted).toSorted()).toEqual(known.map(([service]) => service).toSorted());
    for (const [service, value] of known) expect(counted[service], service).toBeCloseTo(value, 6);
  };

/** Days begin where the exporter was told that they do. */
const timezoneOf = ({ env }: Pick<Sources, 'env'>): string => env['TIMEZONE'] ?? 'Europe/Moscow';
const yesterday = ({ env, now }: Pick<Sources, 'env' | 'now'>): DateTime =>
  DateTime.fromSeconds(now, { zone: timezoneOf({ env }) })
    .startOf('day')
    .minus({ days: 1 });
const dayOf = (sources: Sources, weeksBefore = 0) =>
  recountDay(sources.database, {
    day: yesterday(sources).minus({ weeks: weeksBefore }).toISODate() ?? '',
    timezone: timezoneOf(sources),
  });
type Day = Awaited<ReturnType<typeof recountDay>>;
const daily =
  (pick: (day: Day) => number | null): Check =>
  async (sources, name) => {
    expect(only(sources, name)).toBe(pick(await dayOf(sources)));
  };
const dailyAmounts =
  (pick: (day: Day) => Readonly<Record<string, number>>): Check =>
  async (sources, name) => {
    expect(byLabel(sources.series(name), 'currency')).toEqual(pick(await dayOf(sources)));
  };

/** What holds, or comes to hold, while everything is well. */
export const WHILE_WELL: Checks = {
  expensebot_exporter_build_info: ({ series }, name) => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(series(name)).toMatchObject([{ value: 1, labels: { version, node_version: process.version } }]);
  },
  expensebot_health_status: ({ series, health }, name) => {
    const expected = { healthy: 0, degraded: 0, unhealthy: 0, [health.status]: 1 };
    expect(byLabel(series(name), 'status')).toEqual(expected);
  },
  expensebot_component_up: (sources, name) => {
    const { components } = sources.health;
    const expected = watched(sources).map((one) => [one, components[one]?.status === 'healthy' ? 1 : 0]);
    expect(byLabel(sources.series(name), 'component')).toEqual(Object.fromEntries(expected));
  },
  expensebot_probe_success: everyComponent((value) => value === 0 || value === 1),
  expensebot_probe_duration_seconds: everyComponent((value) => value > 0 && value < 10),
  expensebot_probe_response_seconds: ({ series }, name) => {
    const counts = byLabel(series(`${name}_count`), 'component');
    const all = series(`${name}_bucket`).filter(({ labels }) => labels['le'] === '+Inf');
    expect(byLabel(all, 'component')).toEqual(counts);
    expect(counts['redis']).toBeGreaterThan(0);
  },
  expensebot_probe_last_success_timestamp_seconds: (sources, name) => {
    const values = byLabel(sources.series(name), 'component');
    for (const component of ['database', 'redis', 'celery_workers', 'public_endpoint'])
      expect(sources.now - (values[component] ?? 0), component).toBeLessThan(15);
  },
  expensebot_host_cpu_usage_ratio: isRatio,
  expensebot_host_memory_usage_ratio: ({ series }, name) => {
    const kilobytes = (field: string): number =>
      Number(new RegExp(`^${field}: +(\\d+)`, 'm').exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]);
    const used = 1 - kilobytes('MemAvailable') / kilobytes('MemTotal');
    expect(Math.abs((series(name)[0]?.value ?? 1) - used)).toBeLessThan(0.1);
  },
  expensebot_host_disk_free_bytes: async ({ series }, name) => {
    const { bavail, bsize } = await statfs('/');
    const free = byLabel(series(name), 'mountpoint')['/'] ?? 0;
    expect(Math.abs(free / (bavail * bsize) - 1)).toBeLessThan(0.05);
  },
  expensebot_host_disk_usage_ratio: isRatio,
  expensebot_host_down_seconds_total: (sources, name) => {
    expect(only(sources, name)).toBe(0);
  },
  expensebot_redis_memory_used_bytes: async (sources, name) => {
    const used = Number(/^used_memory:(\d+)/m.exec(await sources.redis.info('memory'))?.[1]);
    expect(Math.abs(only(sources, name) / used - 1)).toBeLessThan(0.5);
  },
  expensebot_tls_certificate_expiry_timestamp_seconds: async (sources, name) => {
    const { host, hostname, port } = new URL(sources.env['PUBLIC_HEALTHCHECK_URL'] ?? '');
    const expiry = byLabel(sources.series(name), 'target')[host];
    expect(expiry).toBe(await expiryOf(hostname, Number(port)));
  },
  expensebot_telegram_webhook_pending_updates: (sources, name) => {
    expect(only(sources, name)).toBe(sources.webhook.pending_update_count);
  },
  expensebot_telegram_webhook_last_error_timestamp_seconds: (sources, name) => {
    expect(only(sources, name)).toBe(sources.webhook.last_error_date);
  },
  expensebot_telegram_webhook_url_matches: (sources, name) => {
    expect(only(sources, name)).toBe(1);
  },
  expensebot_users: figure('users', ({ users }) => users),
  expensebot_users_blocked: figure('users', ({ usersBlocked }) => usersBlocked),
  expensebot_active_users: async (sources, name) => {
    const { activeUsers } = await figuresNow(sources, 'activity');
    expect(byLabel(sources.series(name), 'window')).toEqual(activeUsers);
  },
  expensebot_subscriptions_active: figure('subscriptions', (figures) => figures.subscriptionsActive),
  expensebot_subscribers: async (sources, name) => {
    const { payingPeople, trialPeople } = await figuresNow(sources, 'subscriptions');
    expect(byLabel(sources.series(name), 'kind')).toEqual({ paying: payingPeople, trial: trialPeople });
  },
  expensebot_subscriptions_expiring: figure('subscriptions', (figures) => figures.subscriptionsExpiring3d),
  expensebot_daily_active_users: daily((day) => day.activeUsers),
  expensebot_daily_new_users: daily((day) => day.newUsers),
  expensebot_daily_retention_7d_ratio: daily((day) => day.retention7dRatio),
  expensebot_daily_expenses: daily((day) => day.expenses),
  expensebot_daily_expenses_amount: dailyAmounts((day) => day.expensesAmount),
  expensebot_daily_incomes: daily((day) => day.incomes),
  expensebot_daily_incomes_amount: dailyAmounts((day) => day.incomesAmount),
  expensebot_daily_category_amount: async (sources, name) => {
    const { topCategories } = await dayOf(sources);
    const expected = Object.entries(topCategories).flatMap(([currency, list]) =>
      list.map(({ name: category, amount }) => [`${currency} ${category}`, amount]),
    );
    const found = sources
      .series(name)
      .map(({ labels, value }) => [`${labels['currency']} ${labels['category']}`, value]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  },
  expensebot_daily_timestamp_seconds: (sources, name) => {
    expect(only(sources, name)).toBe(yesterday(sources).toSeconds());
  },
  expensebot_daily_active_users_baseline: async (sources, name) => {
    let sum = 0;
    for (const weeks of [1, 2, 3, 4]) sum += (await dayOf(sources, weeks)).activeUsers;
    expect(only(sources, name)).toBe(sum / 4);
  },
  expensebot_expenses_total: figure('expenses', ({ totals }) => totals.expenses),
  expensebot_incomes_total: figure('incomes', ({ totals }) => totals.incomes),
  expensebot_new_users_total: figure('new_users', ({ totals }) => totals.newUsers),
  expensebot_payments_stars_total: figure('payments', ({ totals }) => totals.paymentsStars),
  expensebot_ai_requests_total: provider(({ requests }) => requests),
  expensebot_ai_requests_failed_total: provider(({ failed }) => failed),
  expensebot_ai_tokens_total: provider(({ tokens }) => tokens),
  expensebot_ai_cost_usd_total: provider(({ costUsd }) => costUsd),
  expensebot_ai_response_seconds: (sources, name) =>
    provider(({ requests }) => requests)(sources, `${name}_count`),
  expensebot_query_success: everyQuery((value) => value === 1),
  expensebot_query_duration_seconds: everyQuery((value) => value >= 0 && value < 60),
  expensebot_query_last_success_timestamp_seconds: everyQuery((value, now) => now - value < 60),
};

/** A queue that is worked off has another length by the time it is counted. */
export const WHILE_WORKER_IS_FROZEN: Checks = {
  expensebot_celery_workers: ({ series }, name) => {
    expect(byLabel(series(name), 'state')).toEqual({ replying: 0, hung: 1 });
  },
  expensebot_celery_queue_messages: async ({ series, redis }, name) => {
    const found = series(name);
    expect(new Set(found.map(({ labels }) => labels['queue'])).size).toBe(7);
    expect(found.some(({ value }) => value > 0)).toBe(true);
    for (const { labels, value } of found) {
      const step = PRIORITIES[labels['priority'] as keyof typeof PRIORITIES];
      const length = await redis.llen(`${labels['queue']}${step}`);
      expect([labels, value]).toEqual([labels, length]);
    }
  },
  expensebot_celery_unacked_messages: async (sources, name) => {
    const unacked = await sources.redis.hlen('unacked');
    expect([only(sources, name), unacked > 0]).toEqual([unacked, true]);
  },
  expensebot_celery_queue_oldest_message_timestamp_seconds: ({ series, now }, name) => {
    const waiting = series('expensebot_celery_queue_messages').filter(({ value }) => value > 0);
    const oldest = byLabel(series(name), 'queue');
    expect(new Set(Object.keys(oldest))).toEqual(new Set(waiting.map(({ labels }) => labels['queue'])));
    for (const since of Object.values(oldest)) expect(now - since >= 0 && now - since < 300).toBe(true);
  },
  expensebot_celery_redelivery_timestamp_seconds: async (sources, name) => {
    const [, score] = await sources.redis.zrange('unacked_index', 0, 0, 'WITHSCORES');
    expect(only(sources, name)).toBeCloseTo(Number(score) + VISIBILITY_TIMEOUT_SECONDS, 3);
  },
};

/** Unix seconds. Whoever signed it: only its dates are read. */
function expiryOf(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, rejectUnauthorized: false }, () => {
      resolve(Date.parse(socket.getPeerCertificate().valid_to) / 1000);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
