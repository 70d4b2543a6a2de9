/** States of everything that is watched, as a reader of the pages may find them. */
import type { Reason } from '../../../common/reasons/reason.ts';
import { logged, type Details, type Sample } from '../../../exporter/model/collector.ts';
import type { BeatView } from '../../../exporter/collectors/celery/schedule.ts';
import type { TaskRecords } from '../../../exporter/collectors/celery/task-records.ts';
import type { CeleryView } from '../../../exporter/collectors/celery/view.ts';
import { createRecentHistory, RECENT_MS, type RecentRecorder } from '../../../exporter/history/recent.ts';
import { catalog } from '../../../exporter/metrics/catalog.ts';
import {
  applyRun,
  initialState,
  type CollectorState,
  type Snapshot,
} from '../../../exporter/model/snapshot.ts';

export const NOW = Date.parse('2026-11-23T11:02:10Z');
const MINUTE_MS = 60_000;
export const REFUSED: Reason = { code: 'connection_refused', target: '127.0.0.1:6379' };

export interface Scene {
  readonly snapshot: Snapshot;
  readonly history: RecentRecorder;
  readonly celery: CeleryView | undefined;
  readonly records: TaskRecords;
  readonly beat: BeatView;
  readonly isPolling: boolean;
}

interface Told {
  readonly samples?: readonly Sample[];
  readonly ms?: number;
  readonly failure?: Reason;
  /** How long ago it became what it is. */
  readonly sinceMs?: number;
  /** How long ago it was last heard of. */
  readonly seenMs?: number;
}

const sample = (family: Sample['family'], value: number, labels: Sample['labels'] = {}): Sample => ({
  family,
  value,
  labels,
});

export const component = (name: string, disabledReason?: Reason): CollectorState =>
  initialState({ name, kind: 'component', intervalMs: 30_000, disabledReason });

export function ran(state: CollectorState, told: Told = {}): CollectorState {
  const { samples = [], ms = 4, failure, sinceMs = 9 * 24 * 60 * MINUTE_MS, seenMs = 4_000 } = told;
  const run = { durationMs: ms, figures: { samples, details: {} } };
  const outcome = failure === undefined ? { ok: true } : { ok: false, reasons: [failure] };
  const first = applyRun(state, { ...run, ...outcome, observedAt: NOW - sinceMs }, 1);
  return {
    ...applyRun(first, { ...run, ...outcome, observedAt: NOW - seenMs }, 1),
    lastChangeAt: NOW - sinceMs,
  };
}

const query = (name: string, samples: readonly Sample[], details: Details = {}): CollectorState => ({
  ...ran(initialState({ name, kind: 'query', intervalMs: 300_000 })),
  figures: { at: NOW, samples, details },
});

const FIGURES = [
  query('users', [sample(catalog.users, 1_234), sample(catalog.newUsers, 12, { window: '1d' })]),
  query('activity', [sample(catalog.activeUsers, 234, { window: '1d' })]),
  query('subscriptions', [sample(catalog.subscriptionsActive, 45)]),
  query('access_log', [], { requests_per_minute: 45, error_rate: 0.002 }),
  query('celery_results', []),
  query('celery_beat', []),
];

const certificate = (days: number): Sample =>
  sample(catalog.tlsCertificateExpiry, NOW / 1000 + days * 86_400 + 60, { target: 'bot.example' });

const healthy = (): CollectorState[] => [
  ran(component('database'), { ms: 3.2 }),
  ran(component('redis'), { ms: 1.1 }),
  ran(component('celery_workers'), {
    ms: 8,
    samples: [sample(catalog.celeryWorkers, 2, { state: 'replying' })],
  }),
  ran(component('telegram_api'), { ms: 148, sinceMs: 896 * MINUTE_MS }),
  ran(component('telegram_webhook'), { ms: 161, samples: [sample(catalog.webhookPendingUpdates, 3)] }),
  ran(component('public_endpoint'), { ms: 212, samples: [certificate(63)] }),
  ran(component('http:peer'), { ms: 38 }),
  ran(component('openai_api'), { ms: 402, sinceMs: 382 * MINUTE_MS }),
  ran(component('google_ai_api'), { ms: 371 }),
  component('deepseek_api', { code: 'not_set', variable: 'DEEPSEEK_API_KEY' }),
  component('qwen_api', { code: 'not_set', variable: 'DASHSCOPE_API_KEY' }),
  ran(component('disk_space'), { samples: [sample(catalog.hostDiskFree, 14.2e9, { mountpoint: '/' })] }),
  ran(component('memory'), { samples: [sample(catalog.hostMemoryUsage, 0.63)] }),
  ran(component('cpu'), { samples: [sample(catalog.hostCpuUsage, 0.12)] }),
];

/** Up for a day but for the times given, as minutes ago and minutes long. */
function historyOf(
  snapshot: Snapshot,
  outages: Readonly<Record<string, readonly (readonly [agoMinutes: number, minutes: number])[]>> = {},
  knownMs = RECENT_MS + MINUTE_MS,
): RecentRecorder {
  const history = createRecentHistory();
  for (const { name, disabledReason } of snapshot.collectors) {
    if (disabledReason !== undefined) continue;
    history.record(name, { at: NOW - knownMs, status: 'healthy' });
    for (const [ago, minutes] of outages[name] ?? []) {
      history.record(name, { at: NOW - ago * MINUTE_MS, status: 'unhealthy' });
      if (ago > minutes) history.record(name, { at: NOW - (ago - minutes) * MINUTE_MS, status: 'healthy' });
    }
  }
  return history;
}

export const CELERY: CeleryView = {
  observedAt: NOW - 4_000,
  hung: 0,
  busy: 0,
  workers: [
    {
      name: 'celery@7c1d02ab94f1',
      standing: 'replying',
      lastReplyAt: NOW - 4_000,
      inspected: {
        at: NOW - 30_000,
        told: {
          active: {
            total: 3,
            rows: [
              { task: 'reports.build_monthly_report', startedAt: NOW - 12 * MINUTE_MS },
              { task: 'notifications.send_reminder', startedAt: NOW - 3_000 },
              { task: 'notifications.send_reminder', startedAt: undefined },
            ],
          },
          reserved: { total: 6, rows: [{ task: 'notifications.send_reminder', count: 6 }] },
          stats: {
            concurrency: 4,
            prefetch: 16,
            isSolo: false,
            uptimeSeconds: 3 * 86_400,
            processed: {
              total: 18_204,
              rows: [
                { task: 'notifications.send_reminder', count: 16_980 },
                { task: 'monitoring.system_health_check', count: 1_190 },
                { task: 'reports.build_monthly_report', count: 34 },
              ],
            },
          },
        },
      },
    },
    {
      name: 'celery@beat',
      standing: 'replying',
      lastReplyAt: NOW - 4_000,
      inspected: {
        at: NOW - 30_000,
        told: {
          active: { total: 0, rows: [] },
          reserved: { total: 0, rows: [] },
          stats: {
            concurrency: 1,
            prefetch: 0,
            isSolo: false,
            uptimeSeconds: 59,
            processed: { total: 0, rows: [] },
          },
        },
      },
    },
    {
      name: 'celery@05ee3b1f2c77',
      standing: 'gone',
      lastReplyAt: NOW - 200 * MINUTE_MS,
      inspected: undefined,
    },
  ],
  queues: ['default', 'reports', 'recurring', 'maintenance', 'notifications', 'monitoring', 'analytics'].map(
    (queue) => {
      const messages = queue === 'notifications' ? [0, 214, 1_020, 3] : [0, 0, 0, 0];
      return {
        queue,
        steps: [0, 3, 6, 9].map((step, index) => ({ step, messages: messages[index] ?? 0 })),
        messages: messages.reduce((sum, one) => sum + one, 0),
        oldestSince: queue === 'notifications' ? NOW - 5 * MINUTE_MS : undefined,
      };
    },
  ),
  unacked: 9,
  redeliveryAt: NOW + 48 * MINUTE_MS,
  held: [
    { task: 'reports.build_monthly_report', eta: undefined, deliveredAt: NOW - 12 * MINUTE_MS },
    { task: 'notifications.send_reminder', eta: NOW + 20 * MINUTE_MS, deliveredAt: NOW - 5 * MINUTE_MS },
    { task: 'notifications.send_reminder', eta: NOW + 90 * MINUTE_MS, deliveredAt: NOW - 5 * MINUTE_MS },
  ],
};

export const RECORDS: TaskRecords = new Map([
  [
    'expenses.tasks.process_affiliate_commissions',
    {
      finished: 3,
      failed: 2,
      lastSuccessAt: NOW - 2 * 24 * 60 * MINUTE_MS,
      failures: [{ exception: 'NameError', at: NOW - 12 * 60 * MINUTE_MS }],
    },
  ],
  ['notifications.send_reminder', { finished: 16_980, failed: 0, lastSuccessAt: NOW - 3_000, failures: [] }],
]);

export const BEAT: BeatView = {
  readAt: NOW - 4_000,
  entries: [
    {
      name: 'send-weekly-report',
      task: 'reports.send_weekly_report',
      lastRunAt: NOW - 7 * 24 * 60 * MINUTE_MS,
      dueAt: NOW - 40 * MINUTE_MS,
    },
    {
      name: 'system-health-check',
      task: 'monitoring.system_health_check',
      lastRunAt: NOW - 13 * MINUTE_MS,
      dueAt: NOW + 2 * MINUTE_MS,
    },
  ],
};

const LONG = `http:${'a-very-long-name-of-a-target-'.repeat(7)}`.slice(0, 200);
export const HOSTILE = `<img src=x onerror="alert(1)"><script>alert(2)</script>"'\u202e<b>`;

const scene = (collectors: readonly CollectorState[], more: Partial<Scene> = {}): Scene => {
  const snapshot = { collectors: [...collectors, ...FIGURES] };
  const history = historyOf(snapshot, { openai_api: [[400, 18]], telegram_api: [[900, 4]] });
  return { snapshot, history, celery: CELERY, records: RECORDS, beat: BEAT, isPolling: true, ...more };
};

const replace = (collectors: readonly CollectorState[], ...others: readonly CollectorState[]) =>
  collectors.map((one) => others.find(({ name }) => name === one.name) ?? one);

export const scenes = {
  healthy: (): Scene => scene(healthy()),

  degraded: (): Scene => {
    const collectors = replace(
      healthy(),
      ran(component('redis'), {
        sinceMs: 5 * MINUTE_MS,
        failure: REFUSED,
      }),
      ran(component('celery_workers'), {
        sinceMs: 4 * MINUTE_MS,
        failure: REFUSED,
      }),
      ran(component('google_ai_api'), { seenMs: 20 * MINUTE_MS }),
    );
    const outages = {
      redis: [[5, 5]],
      celery_workers: [[4, 4]],
      telegram_api: [[900, 40]],
      cpu: [[660, 70]],
    } as const;
    return scene(collectors, { history: historyOf({ collectors }, outages) });
  },

  /** A second after the start: no check has finished. */
  starting: (): Scene => {
    const collectors = healthy().map(({ name, disabledReason }) => component(name, disabledReason));
    return {
      snapshot: { collectors },
      history: createRecentHistory(),
      celery: undefined,
      records: RECORDS,
      beat: BEAT,
      isPolling: true,
    };
  },

  nothing: (): Scene => {
    const collectors = healthy().map(({ name }) =>
      component(name, { code: 'switched_off', file: 'exporter/config.yml' }),
    );
    return {
      snapshot: { collectors },
      history: createRecentHistory(),
      celery: undefined,
      records: RECORDS,
      beat: BEAT,
      isPolling: true,
    };
  },

  /** The poller has been frozen for an hour. */
  frozen: (): Scene => {
    const collectors = healthy().map((state) =>
      state.disabledReason === undefined ? ran(component(state.name), { seenMs: 60 * MINUTE_MS }) : state,
    );
    return scene(collectors);
  },

  hostile: (): Scene => {
    const queues = [{ queue: HOSTILE + 'q'.repeat(200), steps: [], messages: 0, oldestSince: undefined }];
    const told = { active: { total: 1, rows: [{ task: HOSTILE + 't'.repeat(200), startedAt: NOW }] } };
    const workers = [HOSTILE, 'w'.repeat(200)].map((name) => ({
      name,
      standing: 'replying' as const,
      lastReplyAt: NOW,
      inspected: { at: NOW, told },
    }));
    const collectors = [
      ran(component('redis'), { failure: logged(HOSTILE), sinceMs: 10_000 }),
      ran(component(LONG), { failure: logged('x'.repeat(600)), sinceMs: 10_000 }),
      ran(component(`http:${HOSTILE}`), { samples: [certificate(-3)] }),
      component('qwen_api', logged(HOSTILE)),
    ];
    const failure = { exception: HOSTILE, at: NOW };
    return scene(collectors, {
      celery: { ...CELERY, workers, queues: [...queues, ...CELERY.queues] },
      records: new Map([[HOSTILE, { finished: 1, failed: 1, lastSuccessAt: null, failures: [failure] }]]),
      beat: { readAt: NOW, entries: [{ name: HOSTILE, task: HOSTILE, lastRunAt: undefined, dueAt: 0 }] },
    });
  },
} as const;
