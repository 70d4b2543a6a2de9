import { pluralIn } from '../../../common/text/plural.ts';
import { numberIn } from '../../render/numbers.ts';
import type { BlastRadius } from '../silence.ts';
import type { SilenceLength } from '../actions.ts';
import type { BotPhrases } from './phrases.ts';

const plural = pluralIn('en');
const number = (figure: number): string => numberIn(figure, 'en');
const alerts = (count: number): string =>
  `${number(count)} ${plural(count, { one: 'alert', other: 'alerts' })}`;

/** `17 alerts, 2 of them critical` */
const radius = ({ alerts: all, critical }: BlastRadius): string => {
  if (all === 1 && critical === 1) return '1 critical alert';
  return critical === 0 ? alerts(all) : `${alerts(all)}, ${number(critical)} of them critical`;
};

const LENGTHS = { '1h': '1 h', '4h': '4 h', morning: 'till morning', over: 'until it is over' } as const;

const isTime = (length: SilenceLength): boolean => length === '1h' || length === '4h';

export const en: BotPhrases = {
  buttons: {
    acknowledge: '👀 I take it',
    runbook: '📖 What to do',
    log: '📄 Log',
    confirm: '🔕 Mute',
    cancel: 'Cancel',
    unmute: '🔔 Unmute',
    extend: (length) => (isTime(length) ? `Extend by ${LENGTHS[length]}` : `Extend ${LENGTHS[length]}`),
    let_ring: 'Do not extend',
    previous: '‹ Back',
    next: 'More ›',
    expire: (count) => `🔔 Unmute ${count}`,
  },
  lengths: LENGTHS,
  quotes: ['“', '”'],
  commands: {
    status: 'how things are',
    health: 'components',
    celery: 'workers, failed tasks, schedule',
    alerts: 'active alerts',
    silences: 'what is muted',
    report: 'the report of yesterday, or of a day',
    kpi: 'figures of the bot',
    mute: 'mute everything, or one alert',
    maintenance: 'hold what is not critical',
    help: 'list of commands',
  },
  examples: {
    report: ['/report 2024-09-21'],
    maintenance: ['/maintenance 30m', '/maintenance off'],
    mute: ['/mute 1h', '/mute 4h ComponentDown', '/mute morning', '/mute until-over ComponentDown'],
  },
  help: 'Commands',
  unknownCommand: (name) => `There is no command /${name}. The list: /help`,

  status: {
    good: 'Fine:',
    of: (good, all) => `${good} of ${all}`,
    unknown: 'no data',
    blocked: (dependency) => `no data: ${dependency} is down`,
    disabled: 'switched off',
    alerts: (firing, critical, muted, isOld) => {
      if (firing === 0) return isOld ? 'No active alerts when last heard of' : 'No active alerts';
      const start = isOld ? 'Last known alerts' : 'Active alerts';
      const details = [
        critical > 0 ? `${number(critical)} critical` : '',
        muted > 0 ? `${number(muted)} muted` : '',
      ].filter((part) => part !== '');
      return `${start}: ${number(firing)}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
    },
    silences: (count, firstEnd) => `Muted: ${number(count)}, the first until ${firstEnd}`,
    queue: (count) => (count === 0 ? 'All is sent' : `Messages not sent yet: ${number(count)}`),
  },
  exporterSilent:
    'The exporter does not answer, the state of the bot is unknown. First: `docker compose -p expensebot-monitoring logs --tail 50 exporter`',
  alertmanagerSilent: 'Alertmanager does not answer.',
  lastKnown: 'What was known last.',

  alertsTitle: (count) => `Active alerts: ${number(count)}`,
  noAlerts: 'No active alerts',
  since: (time) => `since ${time}`,
  andMore: (count) => `… and ${number(count)} more`,

  silencesTitle: (count) => `Muted: ${number(count)}`,
  noSilences: 'Nothing is muted',
  until: (time) => `until ${time}`,
  untilOver: 'until it is over',
  interval: (muted) =>
    muted === undefined
      ? 'an interval of Alertmanager'
      : `an interval of Alertmanager, mutes ${muted === 0 ? 'nothing' : alerts(muted)} now`,
  maintenance: {
    until: (time) => `Maintenance until ${time}`,
    held: 'Critical alerts come at once, the others together when it ends.',
    none: 'There is no maintenance, every alert comes at once.',
    usage:
      'Examples: `/maintenance 30m` (everything), `/maintenance 2h component="redis"`, `/maintenance off`. A day at most. What goes on now: /silences',
  },

  kpi: {
    title: 'Figures',
    day: (date) => `On ${date}`,
    silent: 'The exporter does not answer, the figures of this moment are unknown.',
    noDay: 'There are no figures of yesterday: the exporter did not answer.',
    active24h: 'Active in 24 h',
    requestsPerMinute: 'Requests a minute',
    errorRate: 'Share of errors',
    users: 'Users',
    active: 'Active',
    new: 'New',
    subscriptions: 'Subscriptions',
    paying: 'Paying',
    trial: 'On trial',
    expenses: 'Expenses recorded',
    ai: 'AI requests',
    unknown: 'no data',
  },
  celery: {
    title: 'Celery',
    unknown: 'no data',
    workers: (working, hung) =>
      `Workers at work: ${number(working)}${hung > 0 ? `, hanging: ${number(hung)}` : ''}`,
    messages: (queued, unacked, scheduled) =>
      `Queued: ${queued} · not acknowledged: ${unacked} · waiting for their time (ETA): ${scheduled}`,
    redelivery: (time) => `Handed out again at ${time} at the earliest`,
    failures: 'Failed tasks',
    noFailures: (finished) => `None failed of ${finished} that have ended`,
    failed: (failed, finished) => `${failed} of ${finished} failed`,
    nameless: 'unknown: the result has no name; set CELERY_RESULT_EXTENDED = True in the settings of the bot',
    beat: 'Schedule (beat)',
    noBeat: 'no data: the tables of django_celery_beat cannot be read',
    neverRan: 'Beat has not sent a task yet',
    lastRun: (time) => `The last task was sent at ${time}`,
    due: (time) => `not sent, due since ${time}`,
  },
  reportUsage: (yesterday) =>
    `There is no report of that day yet, or the date is not understood. Example: \`/report ${yesterday}\`. Without a date it is yesterday.`,

  mute: {
    usage:
      'Examples: `/mute 1h` (everything), `/mute 4h ComponentDown`, `/mute morning`, `/mute until-over ComponentDown`. Active alerts: /alerts',
    everything: 'all alerts',
    notTheWatchdog: 'The Watchdog cannot be muted: it shows that alerts get through.',
    preview: (length) => ({
      before: 'Mute ',
      after: isTime(length) ? ` for ${LENGTHS[length]}?` : ` ${LENGTHS[length]}?`,
    }),
    radius: (hit) =>
      hit.alerts === 0
        ? 'There are no such alerts now; new ones will not come.'
        : `${radius(hit)} will not come.`,
    everythingCritical: 'Critical ones will not come either.',
    radiusUnknown: 'Alertmanager does not answer: how many alerts will not come is unknown.',
    active: (until) => `: muted until ${until}`,
    activeUntilOver: ': muted until it is over',
    over: ': unmuted',
    isOver: ': it is over, unmuted',
    noIncident: 'There is no such active alert, nothing to mute. Active alerts: /alerts',
    whichIncident:
      'Several alerts are active. Press “🔕 until it is over” under the one, or name it: `/mute until-over ComponentDown`',
    cancelled: 'Cancelled',
    outdated: 'The button is out of date. Press it again under the alert itself.',
    ending: (until, hit) => `At ${until} messages come again. Still active: ${radius(hit)}.`,
  },

  toasts: {
    acknowledged: 'It is yours',
    alreadyAcknowledged: (by) => `${by} is on it already`,
    nothingKnown: 'This alert is closed already',
    alertmanagerSilent: 'Alertmanager does not answer, nothing has changed. Try again.',
    failed: 'That did not work. The log of the alert-bridge says why',
    muted: (until) => `Muted until ${until}`,
    mutedUntilOver: 'Muted until it is over',
    unmuted: 'Unmuted',
    over: 'It is not muted any more',
    cancelled: 'Cancelled',
    outdated: 'The button is out of date. Press it again under the alert itself.',
    extended: (until) => `Extended until ${until}`,
    lettingRing: 'Not extended',
  },
  runbookMissing: 'There is no runbook here',
  logOf: (name) => `Log: ${name}`,
};
