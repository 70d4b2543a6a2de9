import { OVERALL } from '../../../common/health-words.ts';
import { pluralIn, type PluralForms } from '../../../common/text/plural.ts';
import type { Phrases } from './phrases.ts';

const plural = pluralIn('en');
const number = new Intl.NumberFormat('en');

const counted = (count: number, forms: PluralForms): string =>
  `${number.format(count)} ${plural(count, forms)}`;
const workers = (count: number): string => counted(count, { one: 'worker', other: 'workers' });

/** Read with "for 5 minutes" behind. */
const TROUBLES: Readonly<Record<string, string>> = {
  database: 'the database has not answered',
  redis: 'Redis has not answered',
  celery_workers: 'Celery workers have not replied',
  dns: 'DNS has not answered',
  telegram_api: 'Telegram has been out of reach of the server',
  telegram_webhook: 'the bot has not received messages',
  public_endpoint: 'the bot has been out of reach from outside',
  disk_space: 'disk space has been low',
  memory: 'memory has been short',
  cpu: 'the CPU has been overloaded',
};

const lasting = (duration: string | undefined): string => (duration === undefined ? '' : ` for ${duration}`);

export const en: Phrases = {
  language: 'en',
  intl: 'en-GB',
  lasting: (count, unit) => counted(count, { one: unit, other: `${unit}s` }),
  underOneSecond: 'less than a second',
  ago: (duration) => `${duration} ago`,

  overall: {
    ...OVERALL.en,
    checking: 'Checking…',
    stopped: 'Checks have stopped',
    nothing: 'All checks are off',
  },
  overallNote: {
    healthy: 'All checks pass.',
    checking: 'The first results will be here in a few seconds.',
    stopped: 'These are the last results: by now it may be different.',
    nothing: 'They are switched on in exporter/config.yml.',
  },
  groups: {
    core: 'Core',
    telegram: 'Telegram',
    web: 'From outside',
    ai: 'AI providers',
    host: 'Server',
    other: 'Other',
  },
  trouble: (component, name, duration) => {
    const others = component.startsWith('http:') ? 'has been down' : 'has not answered';
    return (TROUBLES[component] ?? `${name} ${others}`) + lasting(duration);
  },
  silentCheck: (name, duration) => `the check of ${name} has not finished${lasting(duration)}`,
  andMore: (count) => `and ${number.format(count)} more`,
  states: { healthy: 'working', unhealthy: 'not working', unknown: 'checking', stale: 'no data' },
  scarce: { disk_space: 'nearly full', memory: 'nearly full', cpu: 'overloaded' },
  blocked: (dependency) => `no data: ${dependency} is not working`,
  since: (time) => `since ${time}`,
  lastCheckFailed: 'The last check failed:',

  facts: {
    free: (bytes) => `${bytes} free`,
    workers,
    pending: (count) => `${number.format(count)} waiting`,
    certificateDays: (days) => `TLS ${counted(days, { one: 'day', other: 'days' })}`,
    certificateExpired: 'TLS expired',
  },
  figures: {
    heading: 'Figures',
    activeUsers: 'active in 24 hours',
    newUsers: 'new in 24 hours',
    users: 'users in all',
    subscriptions: 'active subscriptions',
    requestsPerMinute: 'requests per minute',
    errorRate: 'requests with errors',
    unknown: 'unknown',
  },
  strip: {
    legend: 'The strip: 24 h in cells of 30 min, availability on the right.',
    summary: (percent, duration) => `${percent} over ${duration}`,
    unknown: 'no history yet',
    down: (duration) => `down for ${duration}`,
    cell: (from, to) => `${from}–${to}: down`,
  },
  disabled: (count) => `Checks switched off: ${number.format(count)}`,
  dataAt: (time, timezone) => `Last check at ${time} (${timezone})`,
  refresh: 'this page reloads every 30 seconds',
  noData: 'No check has finished yet',
  links: {
    status: 'Status',
    celery: 'Celery',
    health: '/health',
    metrics: '/metrics',
    grafana: 'Grafana',
    label: 'Pages',
  },

  celery: {
    replying: (count) => `${workers(count)} ${plural(count, { one: 'replies', other: 'reply' })}`,
    hung: (count) => `${workers(count)} ${plural(count, { one: 'hangs', other: 'hang' })}`,
    busy: (count) => `${workers(count)} ${plural(count, { one: 'is', other: 'are' })} busy`,
    nobody: 'No worker replies',
    disabled: 'The check of Celery is off',
    unknown: 'Checking…',
    old: (ago) => `Seen ${ago}, nothing newer is known.`,
    workers: 'Workers',
    noWorkers: 'No worker has replied yet.',
    standing: { replying: 'replying', busy: 'busy with a task', silent: 'silent', gone: 'disconnected' },
    lastReply: (ago) => `last reply ${ago}`,
    uptime: (duration) => `up for ${duration}`,
    concurrency: (count) => `${counted(count, { one: 'task', other: 'tasks' })} at once`,
    prefetch: (count) => `prefetch ${count}`,
    notInspected: 'Its tasks are not known yet.',
    active: 'Running',
    idle: 'nothing',
    notBegun: 'starting',
    reserved: 'Prefetched',
    more: (count) => `and ${number.format(count)} more`,
    queues: 'Queues',
    queue: 'Queue',
    priority: 'priority',
    priorities: 'Columns with numbers are priorities, 0 is the most urgent.',
    total: 'Total',
    oldest: 'Waits',
    empty: (names) => `Empty: ${names}.`,
    unacked: (count) => `Not acknowledged: ${count}`,
    redelivery: (time, task) =>
      `back in the queue at ${time} at the earliest${task === '' ? '' : ` (first: ${task})`}`,
    scheduled: (count, first) =>
      `${counted(count, { one: 'task waits', other: 'tasks wait' })} for their time (ETA), the first until ${first}`,
    failures: 'Failed tasks',
    noFailures: (finished) => `None has failed, of ${finished} that have ended.`,
    nameless:
      'Results without a name are “unknown”. With result_extended = True (CELERY_RESULT_EXTENDED in Django) Celery writes the name of the task.',
    exception: 'Exception',
    failedOf: 'Failed / ended',
    lastTime: 'Last time',
    beat: 'Schedule (beat)',
    noBeatTables:
      'There is no table of django_celery_beat: the schedule is kept elsewhere and is not watched.',
    beatNeverRan: 'Beat has not sent a task yet',
    beatLastRun: (time) => `Beat last sent a task at ${time}`,
    beatEntries: (count) => `${counted(count, { one: 'entry', other: 'entries' })} enabled`,
    beatNext: (entry, time) => `next at ${time}: ${entry}`,
    lateEntry: 'Was not sent',
    lateFor: 'Late by',
    tasks: 'Tasks',
    task: 'Task',
    running: 'Running',
    taken: 'Prefetched',
    begun: 'Begun',
    begunNote: '“Begun” counts since the workers that reply were started.',
    noTasks: 'The workers have not begun any task yet.',
  },
};
