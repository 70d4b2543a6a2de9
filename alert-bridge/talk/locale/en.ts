import { pluralIn } from '../../../common/text/plural.ts';
import { formatNumber } from '../../render/numbers.ts';
import type { BlastRadius } from '../mute.ts';
import type { TalkPhrases } from './phrases.ts';

const plural = pluralIn('en');
const counts = new Intl.NumberFormat('en');

const alerts = (count: number): string =>
  `${formatNumber(count)} ${plural(count, { one: 'alert', other: 'alerts' })}`;

const radius = ({ alerts: all, critical }: BlastRadius): string => {
  if (all === 1 && critical === 1) return '1 critical alert';
  return critical === 0
    ? `${alerts(all)}, none critical`
    : `${alerts(all)}, ${formatNumber(critical)} of them critical`;
};

export const en: TalkPhrases = {
  buttons: {
    acknowledge: '✅ I take it',
    runbook: '📖 What to do',
    confirm: '🔕 Confirm',
    cancel: 'Cancel',
    unmute: '🔔 Unmute',
    extend: 'Extend',
    let_ring: 'Let it ring',
    previous: '‹ Back',
    next: 'More ›',
    expire: (number) => `Unmute ${number}`,
  },
  lengths: { '1h': '1 h', '4h': '4 h', morning: 'till a.m.' },
  commands: {
    status: 'how things are, on one screen',
    health: 'state of the components',
    alerts: 'what is firing, worst first',
    silences: 'what is muted and until when',
    report: 'the report of yesterday, or of a day: /report 2024-09-21',
    kpi: 'figures of the bot',
    mute: 'mute everything, or one alert: /mute 1h|4h|morning name',
    help: 'list of commands',
  },
  help: 'Commands',
  unknownCommand: (name) => `There is no command /${name}.`,

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
        critical > 0 ? `${counts.format(critical)} critical` : '',
        muted > 0 ? `${counts.format(muted)} muted` : '',
      ].filter((part) => part !== '');
      return `${start}: ${counts.format(firing)}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
    },
    silences: (count, firstEnd) => `Muted: ${counts.format(count)}, the first until ${firstEnd}`,
    queue: (count) => (count === 0 ? 'All is sent' : `Messages not sent yet: ${counts.format(count)}`),
  },
  exporterSilent: 'The exporter does not answer: nothing is known of the components.',
  alertmanagerSilent: 'Alertmanager does not answer: nothing is known of silences.',
  lastKnown: 'By the last messages',

  milliseconds: 'ms',
  alertsTitle: (count) => `Firing: ${alerts(count)}`,
  noAlerts: 'Nothing is firing.',
  since: (time, duration) => `since ${time} (${duration})`,
  andMore: (count) => `… and ${formatNumber(count)} more`,

  silencesTitle: (count) => `Silences: ${formatNumber(count)}`,
  noSilences: 'Nothing is muted.',
  until: (time) => `until ${time}`,

  kpi: {
    title: 'Figures',
    day: (date) => `On ${date}`,
    silent: 'The exporter does not answer: how it is now is not known.',
    noDay: 'The exporter gave no figures of yesterday.',
    active24h: 'Active in 24 h',
    requestsPerMinute: 'Requests a minute',
    errorRate: 'Share of errors',
    users: 'Users',
    active: 'Active',
    new: 'New',
    subscriptions: 'Subscriptions',
    expenses: 'Expenses recorded',
    ai: 'AI requests',
    unknown: 'no data',
  },
  reportUsage: (yesterday) =>
    `Name a day that is over: /report ${yesterday}. Without a date it is yesterday.`,

  mute: {
    usage:
      'Write /mute 1h, /mute 4h or /mute morning and, if you like, the name of an alert. The list: /alerts.',
    everything: 'all alerts',
    notTheWatchdog: 'The Watchdog cannot be muted: without it the chain of alerts looks broken.',
    preview: 'Mute ',
    radius: (hit) => (hit.alerts === 0 ? 'Mutes no alert now.' : `Mutes ${radius(hit)}.`),
    radiusUnknown: 'Alertmanager does not answer: what would be muted is not known.',
    active: (until) => `muted until ${until}`,
    over: 'not muted any more',
    ended: 'Unmuted by ',
    cancelled: 'Cancelled.',
    outdated: 'The question is out of date: press the button again.',
    ending: (until, hit) => `The mute ends at ${until}, still firing: ${radius(hit)}.`,
  },

  toasts: {
    acknowledged: 'Noted: it is yours',
    alreadyAcknowledged: (by) => `${by} has it already`,
    nothingKnown: 'Nothing is known of this alert any more',
    alertmanagerSilent: 'Alertmanager does not answer: nothing has changed, try again',
    failed: 'That did not work: the log of the alert service says why',
    muted: (until) => `Muted until ${until}`,
    unmuted: 'Not muted any more',
    over: 'It is not muted any more',
    cancelled: 'Cancelled',
    outdated: 'The question is out of date: press the button again',
    extended: (until) => `Extended until ${until}`,
    lettingRing: 'It may ring',
  },
  runbookMissing: 'There is no runbook here',
};
