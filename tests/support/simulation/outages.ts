import { HOUR, MINUTE, type Bot, type Fault, type World } from './traffic.ts';

/** Something breaks, and what the chat must see of it. */
export interface Outage {
  /** As the table of docs/alerts.md says it. */
  readonly name: string;
  readonly world: World;
  /** When it breaks and when it is mended, in seconds of the simulation. */
  readonly from: number;
  readonly to: number;
  readonly expected: Expected;
}

export interface Expected {
  /** The one incident that names the cause; none: nothing may be told. */
  readonly alert?: string;
  readonly component?: string;
  readonly severity?: 'critical' | 'warning';
  /** Seconds from the beginning of the outage within which it is told. */
  readonly within?: number;
  /** Whether its end is told before the simulation ends. */
  readonly ends?: boolean;
  /** Alerts that are told beside it, and say something else. */
  readonly besides?: readonly string[];
  /** Too little happens to be sure of anything: it may be told or not, once at most. */
  readonly mayBeMissed?: boolean;
}

const MANY: Bot = { users: 600, errorShare: 0.003 };
const CRITICAL = 'critical';
const WARNING = 'warning';

interface Course {
  /** Minutes until it breaks. */
  readonly before: number;
  readonly lasts: number;
  readonly after: number;
  readonly step?: number;
  readonly hour?: number;
  readonly bot?: Bot;
  /** What else is so all the time. */
  readonly always?: Omit<Fault, 'from' | 'to'>;
}

function outage(name: string, course: Course, fault: Omit<Fault, 'from' | 'to'>, expected: Expected): Outage {
  const { before, lasts, after, step = 15, hour = 10, bot = MANY, always } = course;
  const [from, to, length] = [before, before + lasts, before + lasts + after].map((one) => one * MINUTE) as [
    number,
    number,
    number,
  ];
  const faults = [
    ...(always === undefined ? [] : [{ from: 0, to: length, ...always }]),
    { from, to, ...fault },
  ];
  return { name, world: { bot, seed: 7, step, length, hour, faults }, from, to, expected };
}

const PROVIDERS_UP = ['openai_api', 'google_ai_api'];
const NAMES_NEEDED = ['telegram_api', 'telegram_webhook', 'public_endpoint', ...PROVIDERS_UP];
const blockedBy = (dependency: string, components: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(components.map((component) => [component, dependency]));

const TWENTY: Course = { before: 15, lasts: 20, after: 25 };
const down = (component: string, severity: 'critical' | 'warning', within: number): Expected => ({
  alert: 'ComponentDown',
  component,
  severity,
  within,
  ends: true,
});
const celeryAlert = (alert: string, within: number): Expected => ({
  alert,
  component: 'celery_workers',
  severity: WARNING,
  within,
  ends: true,
});
const errors = (within: number): Expected => ({
  alert: 'HttpErrorRateHigh',
  component: 'nginx',
  severity: CRITICAL,
  within,
  ends: true,
});
const BAD_GATEWAY = { code: '502', seconds: 0.01 };

/** What needs no traffic to be seen. */
const broken: readonly Outage[] = [
  outage(
    'The database is down for 20 min',
    TWENTY,
    { down: ['database'] },
    down('database', CRITICAL, 3 * MINUTE),
  ),
  outage(
    'Redis is down for 20 min',
    TWENTY,
    { down: ['redis'], blocked: blockedBy('redis', ['celery_workers']) },
    down('redis', CRITICAL, 3 * MINUTE),
  ),
  outage(
    'DNS is down for 20 min',
    TWENTY,
    { down: ['dns'], blocked: blockedBy('dns', NAMES_NEEDED) },
    down('dns', CRITICAL, 3 * MINUTE),
  ),
  outage(
    'The Telegram API cannot be reached for 20 min',
    TWENTY,
    {
      down: ['telegram_api'],
      blocked: blockedBy('telegram_api', ['telegram_webhook']),
      gauges: { alert_bridge_telegram_polling_up: () => 0 },
    },
    down('telegram_api', CRITICAL, 4 * MINUTE),
  ),
  outage(
    'The public address is dead for 30 min',
    { ...TWENTY, lasts: 30 },
    { down: ['public_endpoint'] },
    down('public_endpoint', CRITICAL, 5 * MINUTE),
  ),
  outage(
    'Celery has no worker for 20 min',
    TWENTY,
    { down: ['celery_workers'], gauges: { 'expensebot_celery_workers:replying': () => 0 } },
    down('celery_workers', CRITICAL, 4 * MINUTE),
  ),
  outage(
    'A task of every night fails, and succeeds an hour later',
    {
      before: 15,
      lasts: 60,
      after: 15,
      always: {
        gauges: {
          'expensebot_celery_task_last_failure_timestamp_seconds:nightly': (time) =>
            time < 15 * MINUTE ? undefined : 15 * MINUTE,
          'expensebot_celery_task_last_success_timestamp_seconds:nightly': (time) =>
            time < 75 * MINUTE ? -24 * HOUR : 75 * MINUTE,
        },
      },
    },
    {},
    celeryAlert('CeleryTaskFailing', 10 * MINUTE),
  ),
  outage(
    'A task without a name fails',
    { before: 15, lasts: 60, after: 0 },
    { gauges: { 'expensebot_celery_task_last_failure_timestamp_seconds:unknown': () => 15 * MINUTE } },
    { ...celeryAlert('CeleryTaskFailing', 10 * MINUTE), ends: false },
  ),
  outage(
    'Celery beat stands still for an hour',
    { ...TWENTY, lasts: 60 },
    {
      gauges: {
        expensebot_celery_beat_last_run_timestamp_seconds: () => 10 * MINUTE,
        expensebot_celery_beat_next_run_timestamp_seconds: () => 20 * MINUTE,
        'expensebot_celery_beat_due_timestamp_seconds:often': () => 20 * MINUTE,
      },
    },
    celeryAlert('CeleryBeatStopped', 30 * MINUTE),
  ),
  outage(
    'Celery beat forgets one of its tasks for an hour',
    { ...TWENTY, lasts: 60 },
    { gauges: { 'expensebot_celery_beat_due_timestamp_seconds:daily': () => 15 * MINUTE } },
    celeryAlert('CeleryTaskMissed', 30 * MINUTE),
  ),
  outage(
    'A worker is killed with a task in its hands, which comes again after an hour',
    { ...TWENTY, lasts: 60 },
    { gauges: { expensebot_celery_redelivery_timestamp_seconds: () => 75 * MINUTE } },
    celeryAlert('CeleryRedeliverySoon', 60 * MINUTE),
  ),
  outage(
    'The exporter is away for 20 min',
    TWENTY,
    { away: 'exporter' },
    {
      alert: 'TargetDown',
      component: 'exporter',
      severity: CRITICAL,
      within: 3 * MINUTE,
      ends: true,
    },
  ),
  outage(
    'A third of the checks of the public address fail for 3 h 50 min',
    { before: 60, lasts: 230, after: 0, step: 30 },
    {
      gauges: {
        'expensebot_probe_success:public_endpoint': (time) => (Math.floor(time / 30) % 3 === 0 ? 0 : 1),
      },
    },
    { alert: 'ErrorBudgetBurn', component: 'public_endpoint', within: 2 * HOUR },
  ),
  outage(
    'A disk with 20 GB free fills at 4 GB/h',
    {
      before: 120,
      lasts: 300,
      after: 0,
      step: 60,
      always: {
        gauges: {
          expensebot_host_disk_free_bytes: (time) => 20e9 - (Math.max(0, time - 2 * HOUR) / HOUR) * 4e9,
        },
      },
    },
    {},
    { alert: 'DiskFillingUp', component: 'disk_space', within: 4 * HOUR, besides: ['DiskSpaceLow'] },
  ),
  outage(
    'Telegram takes no message of the bridge for 40 min',
    { ...TWENTY, lasts: 40 },
    {
      gauges: {
        alert_bridge_outbox_oldest_timestamp_seconds: () => 15 * MINUTE,
        alert_bridge_signals_pending: () => 3,
      },
    },
    { alert: 'DeliveryStuck', severity: CRITICAL, within: 30 * MINUTE, ends: true },
  ),
  outage(
    '89 active users fall to 0 for a day',
    {
      before: 6 * 60,
      lasts: 24 * 60,
      after: 120,
      step: 240,
      hour: 18,
      bot: { users: 200, errorShare: 0.003 },
    },
    {
      gauges: { expensebot_daily_active_users: () => 0 },
    },
    { alert: 'ActiveUsersDropped', component: 'users', severity: WARNING, within: HOUR, ends: true },
  ),
];

const rate = (perMinute: number, regular = false): Omit<Fault, 'from' | 'to'> => ({
  requests: { perMinute, regular },
});

/** What is seen by how requests end: each at its traffic, times `scale`. */
const traffic = (scale: number): readonly Outage[] => {
  const some = (expected: Expected): Expected => (scale < 1 ? { ...expected, mayBeMissed: true } : expected);
  const perMinute = (count: number): number => Number((count * scale).toFixed(2));
  const usual: Course = { before: 60, lasts: 120, after: 60, step: 30 };
  return [
    outage(
      `${perMinute(3)} requests a minute, all answered 502, for 2 h`,
      { ...usual, always: rate(3 * scale) },
      { answer: BAD_GATEWAY },
      some(errors(10 * MINUTE)),
    ),
    outage(
      `${perMinute(4.2)} requests a minute, all answered 502, for 3 h`,
      { ...usual, lasts: 180, always: rate(4.2 * scale) },
      { answer: BAD_GATEWAY },
      some(errors(10 * MINUTE)),
    ),
    outage(
      `${10 * scale} requests a minute take 10 s each, for 90 min`,
      { ...usual, lasts: 90, always: rate(10 * scale) },
      { answer: { seconds: 10 } },
      some({
        alert: 'HttpLatencyHigh',
        component: 'nginx',
        severity: WARNING,
        within: 30 * MINUTE,
        ends: true,
      }),
    ),
    outage(
      `An AI provider refuses every call for 10 h, ${8 * scale} an hour`,
      {
        before: 360,
        lasts: 600,
        after: 180,
        step: 120,
        hour: 4,
        always: { calls: { provider: 'openai', perDay: 192 * scale } },
      },
      { calls: { provider: 'openai', failing: 1 } },
      some({
        alert: 'AiRequestsFailing',
        component: 'openai_api',
        severity: WARNING,
        within: 3 * HOUR,
        ends: true,
      }),
    ),
    outage(
      `The quota of an AI provider with ${750 * scale} calls a day is used up at noon`,
      {
        before: 720,
        lasts: 720,
        after: 720,
        step: 120,
        hour: 0,
        // Half of the calls of a bot are for each of the two providers.
        bot: { users: (750 * scale * 2) / (1234 / 600), errorShare: 0.003 },
      },
      { calls: { provider: 'openai', failing: 1 } },
      some({
        alert: 'AiRequestsFailing',
        component: 'openai_api',
        severity: WARNING,
        within: 2 * HOUR,
        ends: true,
      }),
    ),
  ];
};

const losesTen = ((): Outage => {
  const one = outage(
    'The counters of AI calls lose ten of their calls',
    { before: 120, lasts: 120, after: 0, step: 60 },
    { loses: { expensebot_ai_requests_total: 10, expensebot_ai_requests_failed_total: 10 } },
    {},
  );
  const past = { expensebot_ai_requests_total: 30_000, expensebot_ai_requests_failed_total: 9000 };
  return { ...one, world: { ...one.world, past } };
})();

/** What is seen by how requests end, at traffic of its own. */
const few: readonly Outage[] = [
  outage(
    'A request every 4 min, all answered 502, for an hour',
    { before: 60, lasts: 60, after: 60, always: rate(0.25, true) },
    { answer: BAD_GATEWAY },
    errors(15 * MINUTE),
  ),
  losesTen,
];

/** One thing breaks, and others with it. */
const chains: readonly Outage[] = [
  outage(
    'Redis is down for 40 min, tasks of Celery fail, and beat sends nothing',
    { ...TWENTY, lasts: 40 },
    {
      down: ['redis'],
      blocked: blockedBy('redis', ['celery_workers']),
      gauges: {
        'expensebot_celery_task_last_failure_timestamp_seconds:send_report': (time) => time,
        'expensebot_celery_task_last_success_timestamp_seconds:send_report': () => 15 * MINUTE,
        expensebot_celery_beat_last_run_timestamp_seconds: () => 10 * MINUTE,
        expensebot_celery_beat_next_run_timestamp_seconds: () => 20 * MINUTE,
        'expensebot_celery_beat_due_timestamp_seconds:often': () => 20 * MINUTE,
      },
    },
    down('redis', CRITICAL, 3 * MINUTE),
  ),
  outage(
    'The database is down for 20 min, and every request is answered 500',
    { ...TWENTY, always: rate(10) },
    { down: ['database'], answer: { code: '500', seconds: 0.3 } },
    down('database', CRITICAL, 3 * MINUTE),
  ),
  outage(
    'DNS is down for 20 min, and every AI call fails',
    { ...TWENTY, before: 45, after: 45, always: { calls: { perDay: 1500 } } },
    { down: ['dns'], blocked: blockedBy('dns', NAMES_NEEDED), calls: { failing: 1 } },
    down('dns', CRITICAL, 3 * MINUTE),
  ),
  outage(
    'Every request is answered 502 for 30 min, and Telegram says so of the webhook',
    { ...TWENTY, lasts: 30, after: 60, always: rate(10) },
    { answer: BAD_GATEWAY, down: ['telegram_webhook'] },
    down('telegram_webhook', CRITICAL, 3 * MINUTE),
  ),
  outage(
    'The application is down for 30 min: 502 to users, to Telegram and to the check from outside',
    { ...TWENTY, lasts: 30, after: 60, always: rate(10) },
    { answer: BAD_GATEWAY, down: ['telegram_webhook', 'public_endpoint'] },
    { ...errors(10 * MINUTE), alert: 'ComponentDown', component: 'public_endpoint' },
  ),
  outage(
    'The Telegram API cannot be reached for 30 min, and messages of the bridge wait',
    { ...TWENTY, lasts: 30 },
    {
      down: ['telegram_api'],
      blocked: blockedBy('telegram_api', ['telegram_webhook']),
      gauges: {
        alert_bridge_telegram_polling_up: () => 0,
        alert_bridge_outbox_oldest_timestamp_seconds: () => 17 * MINUTE,
        alert_bridge_signals_pending: () => 1,
      },
    },
    down('telegram_api', CRITICAL, 4 * MINUTE),
  ),
];

export const AWAY = { from: 110 * MINUTE, to: 140 * MINUTE };

/** Errors go on while the exporter is away: nothing is known of them, so that nothing ends. */
export const errorsUnseen: Outage = (() => {
  const one = outage(
    'Requests are answered 502 for 100 min, and the exporter is away for 30 min of them',
    { before: 60, lasts: 100, after: 45, step: 30, always: rate(10) },
    { answer: BAD_GATEWAY },
    { ...errors(10 * MINUTE), besides: ['TargetDown'] },
  );
  const faults = [...one.world.faults, { ...AWAY, away: 'exporter' }];
  return { ...one, world: { ...one.world, faults } };
})();

export const outages: readonly Outage[] = [...broken, ...traffic(1), ...few, errorsUnseen, ...chains];
export const scaledOutages: readonly Outage[] = [...traffic(0.1), ...traffic(10)];
