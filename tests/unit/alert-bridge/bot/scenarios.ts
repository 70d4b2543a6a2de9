/** What talk says, as content: drawn in both languages and held against the files in `golden/`. */
import type { OutgoingText } from '../../../../alert-bridge/telegram/sender.ts';
import { createAnswers, type Answers } from '../../../../alert-bridge/bot/answers.ts';
import type { Health } from '../../../../alert-bridge/bot/exporter-health.ts';
import { MATCH_ALL, matchersOfName, type ChatSilence } from '../../../../alert-bridge/bot/silence.ts';
import { parseMatcher } from '../../../../alert-bridge/notify/matchers.ts';
import { renderRunbook } from '../../../../alert-bridge/bot/runbook.ts';
import { alertsScreen, type FiringAlert } from '../../../../alert-bridge/bot/screens/alerts.ts';
import type { CeleryFacts } from '../../../../alert-bridge/bot/exporter-celery.ts';
import { celeryScreen } from '../../../../alert-bridge/bot/screens/celery.ts';
import { kpiScreen } from '../../../../alert-bridge/bot/screens/kpi.ts';
import type { Screen } from '../../../../alert-bridge/bot/screens/screen.ts';
import {
  endingScreen,
  silenceScreen,
  previewScreen,
  silencesScreen,
} from '../../../../alert-bridge/bot/screens/silences.ts';
import { healthScreen, statusScreen } from '../../../../alert-bridge/bot/screens/status.ts';
import { dailyFigures } from '../../../support/exporter/daily-figures.ts';

/** 21.09.2024 in Moscow (UTC+3). */
const at = (time: string, day = '21'): number => Date.parse(`2024-09-${day}T${time}+03:00`);

/** When it is said. */
export const NOW = at('15:03:20');

const component = (
  status: Health['components'][string]['status'],
  more: Partial<Health['components'][string]> = {},
): Health['components'][string] => ({
  ...{ status, response_time_ms: null, since: null, reasons: undefined },
  ...more,
});

const good: Health = {
  status: 'healthy',
  components: {
    database: component('healthy', { response_time_ms: 5 }),
    redis: component('healthy', { response_time_ms: 2 }),
    openai_api: component('disabled'),
  },
  metrics: { active_users_24h: 1234, requests_per_minute: 45, error_rate: 0.02 },
};
const bad: Health = {
  status: 'unhealthy',
  components: {
    ...good.components,
    redis: component('unhealthy', {
      since: new Date(at('14:02:10')).toISOString(),
      error: 'nothing listens at redis:6379 (connection refused)',
      reasons: [{ code: 'connection_refused', target: 'redis:6379' }],
    }),
    // What an older exporter answers.
    'http:peer': component('unhealthy', {
      since: new Date(at('15:00:00')).toISOString(),
      error: 'connect ECONNREFUSED <peer:443>',
    }),
    celery_workers: component('unknown', { blocked_by: 'redis' }),
    cpu: component('unknown'),
  },
  metrics: { active_users_24h: null, requests_per_minute: null, error_rate: null },
};

const alert = (name: string, severity: FiringAlert['severity'], more: Partial<FiringAlert> = {}) => ({
  labels: { alertname: name, component: 'redis' },
  annotations: { summary: `${name} по-русски`, summary_en: `${name} in English` },
  severity,
  startsAt: at('14:02:10'),
  isMuted: false,
  ...more,
});
const ALERTS: readonly FiringAlert[] = [
  alert('QueueBacklog', 'warning', { isMuted: true }),
  alert('ComponentDown', 'critical'),
  alert('ComponentDown', 'critical', { startsAt: at('14:05:00') }),
  alert('Backup', 'info', {
    labels: { alertname: 'Backup' },
    annotations: {},
    startsAt: at('23:10:00', '20'),
  }),
];

const MUTE: ChatSilence = {
  id: 'abc',
  matchers: [...matchersOfName('ComponentDown'), ...matchersOfName('redis')].map((matcher, index) =>
    index === 0 ? matcher : { ...matcher, name: 'component' },
  ),
  length: '1h',
  state: 'asked',
  by: '@ann',
  askedAt: NOW,
  place: { id: 1 },
};
const active: ChatSilence = { ...MUTE, state: 'active', silenceId: 's', endsAt: at('16:03:20') };
const silence = {
  ...MUTE,
  startsAt: NOW,
  endsAt: at('16:03:20'),
  createdBy: '@ann <admin>',
  comment: '',
};
const SILENCES = [
  silence,
  { ...silence, id: 'all', matchers: MATCH_ALL, endsAt: at('09:00:00', '22') },
  {
    ...silence,
    id: 'regex',
    matchers: [
      { name: 'mountpoint', value: '/mnt/.*', isRegex: true, isEqual: true },
      { name: 'instance', value: 'a|b', isRegex: true, isEqual: false },
      { name: 'severity', value: 'info', isRegex: false, isEqual: false },
      { name: 'job', value: 'exporter', isRegex: false, isEqual: true },
    ],
    endsAt: at('09:00:00', '22'),
  },
];

const HOLDS = [
  { matchers: [], until: at('16:03:20') },
  { matchers: [parseMatcher('component="<redis>"') ?? []].flat(), until: at('09:00:00', '22') },
];
const INTERVALS = [
  { name: 'nights', muted: 2 },
  { name: 'weekends', muted: 0 },
  { name: 'holidays', muted: undefined },
];
const CELERY: CeleryFacts = {
  workers: { replying: 1, busy: 0, hung: 1 },
  queued: 1237,
  unacked: 9,
  scheduled: 2,
  redelivery_at: '2024-09-21T11:50:00.000Z',
  redelivery_task: 'reports.build_monthly_report',
  results: {
    finished: 1234,
    failures: [
      { task: 'a.<b>', exception: 'NameError', at: '2024-09-20T23:00:00.000Z', failed: 2, finished: 3 },
      ...Array.from({ length: 8 }, () => ({
        task: 'unknown',
        exception: 'KeyError',
        at: '2024-09-20T22:00:00.000Z',
        failed: 12,
        finished: 1200,
      })),
    ],
  },
  beat: {
    entries: 25,
    last_run_at: '2024-09-21T10:49:00.000Z',
    late: [{ name: 'send-weekly-report', due_at: '2024-09-21T10:22:00.000Z' }],
  },
};

const never = (): never => {
  throw new Error('nobody is asked for this');
};
/** The answers that ask nobody. */
const answersOf = (screen: Screen): Answers =>
  createAnswers({
    alertmanager: { alerts: never, silences: never, intervals: never },
    health: never,
    celery: never,
    report: never,
    drawReport: never,
    outbox: { alertIncidents: () => [], ledger: never },
    chatSilences: { ask: never },
    groupByOf: never,
    maintenance: { at: () => HOLDS, begin: () => 0, end: () => undefined },
    timezone: 'Europe/Moscow',
    now: () => NOW,
    screen: () => screen,
    onSilent: never,
  });

type Drawn = Pick<OutgoingText, 'html' | 'plain'>;
type Draw = (screen: Screen) => Drawn | Promise<Drawn>;

const said = (name: string, args: readonly string[] = []) => ({
  kind: 'command' as const,
  place: { id: 1 },
  from: { id: 1, name: '@ann' },
  name,
  args,
});
const signal = new AbortController().signal;
const firing = { source: 'alertmanager', alerts: ALERTS } as const;
const lastKnown = { source: 'last_known', alerts: ALERTS } as const;
const quiet = { source: 'alertmanager', alerts: [] } as const;

export const SCENARIOS: Readonly<Record<string, Draw>> = {
  help: (screen) => answersOf(screen).commands.help(said('help'), signal),
  unknown: (screen) => answersOf(screen).unknown(said('reboot<b>'), signal),
  'mute-usage': (screen) => answersOf(screen).commands.mute(said('mute', ['2h']), signal),
  'mute-watchdog': (screen) => answersOf(screen).commands.mute(said('mute', ['1h', 'Watchdog']), signal),
  'report-usage': (screen) => answersOf(screen).commands.report(said('report', ['tomorrow']), signal),
  'status-good': (screen) => statusScreen({ health: good, firing: quiet, silences: [], pending: 0 }, screen),
  'status-bad': (screen) => statusScreen({ health: bad, firing, silences: SILENCES, pending: 21 }, screen),
  'status-all-silent': (screen) =>
    statusScreen({ health: undefined, firing: lastKnown, silences: undefined, pending: 1 }, screen),
  health: (screen) => healthScreen(bad, screen),
  'health-unknown': (screen) => healthScreen(undefined, screen),
  alerts: (screen) => alertsScreen(firing, 0, screen),
  'alerts-last-known': (screen) => alertsScreen(lastKnown, 0, screen),
  'alerts-none': (screen) => alertsScreen(quiet, 0, screen),
  'alerts-many': (screen) =>
    alertsScreen(
      {
        source: 'alertmanager',
        alerts: Array.from({ length: 500 }, (_, index) => alert(`Storm${index}`, 'warning')),
      },
      1,
      screen,
    ),
  silences: (screen) => silencesScreen(SILENCES, 0, screen),
  'silences-many': (screen) =>
    silencesScreen(
      Array.from({ length: 20 }, (_, index) => ({ ...silence, id: `s${index}` })),
      // Some were taken away since the button was drawn: the last page.
      99,
      screen,
    ),
  'silences-and-more': (screen) => answersOf(screen).silences(SILENCES, 0, INTERVALS),
  maintenance: (screen) => answersOf(screen).commands.maintenance(said('maintenance', ['30m']), signal),
  'maintenance-usage': (screen) => answersOf(screen).commands.maintenance(said('maintenance'), signal),
  'silences-none': (screen) => silencesScreen([], 0, screen),
  celery: (screen) => celeryScreen(CELERY, screen),
  'celery-good': (screen) =>
    celeryScreen(
      {
        ...CELERY,
        workers: { replying: 2, busy: 0, hung: 0 },
        redelivery_at: null,
        results: { finished: 1234, failures: [] },
        beat: { entries: 25, last_run_at: '2024-09-21T11:00:00.000Z', late: [] },
      },
      screen,
    ),
  'celery-unknown': (screen) =>
    celeryScreen({ ...CELERY, workers: null, unacked: null, results: null, beat: null }, screen),
  'celery-silent': (screen) => celeryScreen(undefined, screen),
  kpi: (screen) => kpiScreen(good, dailyFigures('2024-09-20'), screen),
  'kpi-unknown': (screen) => kpiScreen(undefined, null, screen),
  'mute-preview': (screen) => previewScreen(MUTE, { alerts: 17, critical: 2 }, screen),
  'mute-preview-one': (screen) => previewScreen(MUTE, { alerts: 1, critical: 1 }, screen),
  'mute-preview-none': (screen) =>
    previewScreen({ ...MUTE, length: 'morning' }, { alerts: 0, critical: 0 }, screen),
  'mute-preview-everything': (screen) =>
    previewScreen({ ...MUTE, matchers: MATCH_ALL, length: '4h' }, { alerts: 3, critical: 0 }, screen),
  'mute-preview-unknown': (screen) => previewScreen(MUTE, undefined, screen),
  'mute-active': (screen) => silenceScreen(active, screen),
  'mute-preview-until-over': (screen) =>
    previewScreen({ ...MUTE, title: 'Redis <b>', length: 'over' }, { alerts: 1, critical: 1 }, screen),
  'mute-until-over': (screen) => silenceScreen({ ...active, length: 'over' }, screen),
  'mute-until-over-ended': (screen) => silenceScreen({ ...active, length: 'over', state: 'over' }, screen),
  'mute-no-incident': (screen) => answersOf(screen).commands.mute(said('mute', ['until-over']), signal),
  'silences-until-over': (screen) =>
    silencesScreen([{ ...silence, comment: 'Muted in Telegram by @ann, until it is over (abc)' }], 0, screen),
  'mute-ending': (screen) => endingScreen(active, { alerts: 4, critical: 1 }, screen),
  'mute-taken-away': (screen) =>
    silenceScreen({ ...active, state: 'over', endedBy: '@bob', endedAt: NOW }, screen),
  'mute-ended': (screen) => silenceScreen({ ...active, state: 'over' }, screen),
  'mute-cancelled': (screen) => silenceScreen({ ...MUTE, state: 'over' }, screen),
  'mute-outdated': (screen) => silenceScreen(MUTE, screen),
  runbook: ({ locale }) =>
    renderRunbook(
      [
        '# ComponentDown — <title>\n\n**Bold** and `code`,\n[a link](other.md).\n',
        '## `redis`\n\nRedis.\n\n### Что проверить\n\n```bash\n# redis\nredis-cli ping\n```\n',
        '## `http:<имя>`, `web`\n\nСайт.\n\n## `<имя>`\n\nДругое.\n\n## Коротко\n',
        '| a | b |\n| - | - |\n| 1 | 2 |\n',
        '```bash\ndocker compose ps\namtool silence add a=b \\\n  --duration=2h\n```',
        '- point\n  that goes on\n- another',
        '\n## In English\n\n### What it\n\n#### `redis`\n\nmeans.\n\n#### `<name>`\n\ndoes not.\n',
      ].join('\n'),
      { locale, component: 'redis' },
    ),
  toasts: ({ bot: { toasts } }) => {
    const plain = Object.entries(toasts)
      .map(([name, toast]) => `${name}: ${typeof toast === 'string' ? toast : toast('@ann')}`)
      .join('\n');
    return { html: plain, plain };
  },
};
