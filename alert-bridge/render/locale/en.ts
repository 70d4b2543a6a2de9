import type { Severity } from '../../signal.ts';
import type { LateCause } from '../../thread.ts';
import { formatNumber } from '../numbers.ts';
import type { Moment, Phrases } from './phrases.ts';
import { pluralIn, type PluralForms } from '../../../common/text/plural.ts';

const plural = pluralIn('en');

const alerts = (count: number): string =>
  `${formatNumber(count)} ${plural(count, { one: 'alert', other: 'alerts' })}`;

const MEMBERS: Readonly<Record<Severity, PluralForms>> = {
  critical: { one: 'critical alert', other: 'critical alerts' },
  warning: { one: 'warning', other: 'warnings' },
  info: { one: 'notice', other: 'notices' },
};

const DAYS: PluralForms = { one: 'day', other: 'days' };
const TASKS: PluralForms = { one: 'task', other: 'tasks' };
const NAMES: PluralForms = { one: 'name', other: 'names' };
const TIMES: PluralForms = { one: 'time', other: 'times' };

const counted =
  (forms: PluralForms) =>
  (count: number): string =>
    `${formatNumber(count)} ${plural(count, forms)}`;

const at = ({ date, time }: Moment): string => (date === undefined ? `at ${time}` : `on ${date} at ${time}`);

const LATE: Readonly<Record<LateCause, string>> = {
  sender: 'the sender did not report it at once',
  bridge_down: 'the alert service was not running',
  telegram_unreachable: 'Telegram did not answer',
  telegram_rate_limit: 'Telegram asked to wait: too many messages',
  telegram_refused: 'Telegram did not accept the message',
  backlog: 'messages had queued up',
  quiet_hours: 'quiet hours',
};

const BEGUN_ANEW =
  'and the bridge goes on with an empty one: what waited in it will not be shown. What still fires, Alertmanager sends again.';

export const en: Phrases = {
  dateFormat: 'yyyy-MM-dd',
  unknownTime: 'time unknown',
  units: { d: 'd', h: 'h', min: 'min', s: 's' },
  underOneSecond: 'less than a second',
  counted: { days: counted(DAYS), tasks: counted(TASKS) },

  headings: {
    critical_error: 'Critical error',
    bot_started: 'Bot started',
    bot_stopped: 'Bot stopped',
    bridge_started: 'Monitoring started',
    bridge_stopped: 'Monitoring stopped',
    bridge_crashed: 'Monitoring crashed and runs again',
    bridge_gap: 'Monitoring heard no alerts',
    bridge_state_lost: "The monitoring's state cannot be read",
    bridge_topic_gone: 'The topic for alerts is gone',
    alerts_truncated: 'Not all alerts are shown',
    new_user: 'New user',
    payment_received: 'Payment received',
  },
  oneOfSeveral: {
    bridge_started: 'Bridge started',
    bridge_stopped: 'Bridge stopped',
    bridge_crashed: 'Bridge crashed and runs again',
    bridge_state_lost: "A bridge's state cannot be read",
  },
  payments: (count) => `Payments received: ${count}`,
  newUsers: (count) => `New users: ${count}`,

  paymentTypes: { trial: 'trial', month: 'one month', six_months: 'six months' },
  facts: {
    component: 'Component',
    value: 'Value',
    started: 'Started',
    time: 'Time',
    user: 'User',
    source: 'Source',
    amount: 'Amount',
    paymentType: 'Type',
    version: 'Version',
    environment: 'Environment',
    reason: 'Reason',
    down: 'Down',
    file: 'File',
    schema: 'Schema, found and known',
    chat: 'Chat',
    receiver: 'Receiver',
    total: 'Total',
    resolved: 'Resolved',
  },
  links: { runbook: 'What to do', query: 'Query', grafana: 'Grafana', status: 'Status' },

  members: (firing, resolved) => {
    if (firing === 0) return `Resolved: ${alerts(resolved)}`;
    return resolved === 0
      ? `Firing: ${alerts(firing)}`
      : `Firing: ${alerts(firing)}, resolved: ${formatNumber(resolved)}`;
  },
  andMore: (count) => `and ${count} more`,
  moreFollows: (count) => `${count} more in the next message`,
  repeats: (count, last) => `Repeated: ${count}, last ${at(last)}`,
  burningFor: (duration, at) => `Lasting: ${duration} (as of ${at})`,
  flapping: (count, duration, isFiring) =>
    `Flapping: ${formatNumber(count)} ${plural(count, TIMES)} in ${duration}, now ${isFiring ? 'firing' : 'resolved'}`,
  stillBurning: (duration) => `Reminder: it has been on for ${duration}`,
  goesOn: 'Goes on in a newer message',
  lasted: (duration) => `lasted ${duration}`,
  late: (happened, delivered, cause) => `Late: happened ${happened}, delivered ${delivered} — ${LATE[cause]}`,
  resolvedBeforeDelivery: 'Already resolved when this was delivered',

  report: {
    title: (date) => `[Coins] Daily report for ${date}`,
    exporterSilent: 'The exporter did not answer: this is what is known without it',
    noData: 'no data',
    users: {
      title: 'Users',
      total: 'Total',
      active: (isYesterday) => (isYesterday ? 'Active yesterday' : 'Active on the day'),
      new: (isYesterday) => (isYesterday ? 'New yesterday' : 'New on the day'),
      retention: 'Retention 7d',
    },
    finance: {
      title: 'Finance',
      expenses: 'Expenses',
      incomes: 'Incomes',
      subscriptions: 'Subscriptions',
      booked: (records, amount) => `${records}, ${amount}`,
      active: (count) => `${formatNumber(count)} active`,
      people: (paying, trial) => `${formatNumber(paying)} people paying, ${formatNumber(trial)} on trial`,
    },
    ai: { title: 'AI services', requests: 'Requests', success: 'Success', tokens: 'Tokens', cost: 'Cost' },
    categories: { title: 'Top categories', none: 'no expenses in ₽' },
    records: (count) => `${formatNumber(count)} ${plural(count, { one: 'record', other: 'records' })}`,
    errors: 'Errors on the day',
    formed: 'Report made at',
  },
  digest: (severity, members, names) =>
    `${formatNumber(members)} ${plural(members, MEMBERS[severity])}, ${formatNumber(names)} ${plural(names, NAMES)}`,
  quiet: (members, names) =>
    `Morning summary: ${alerts(members)}, ${formatNumber(names)} ${plural(names, NAMES)}`,
  quietNote: 'They came during quiet hours',
  digestNote: 'Too many to show one by one',
  resolvedOf: (resolved, members) => `Resolved: ${formatNumber(resolved)} of ${formatNumber(members)}`,

  stillFiring: (count) => `Still firing (${count})`,
  closedUnseen: (count) => `Over meanwhile (${count})`,
  topicGone:
    'It was deleted or closed: its messages come to the chat itself. Mend its number in ADMIN_TELEGRAM_ID (or open it) and restart the alert service.',
  truncated: (hidden) =>
    `The sender has cut its list: ${alerts(hidden)} more did not come here. See Alertmanager or Grafana for all that fire. To get all of them, remove max_alerts from this receiver.`,
  stateLost: {
    damaged: `The damaged file was set aside ${BEGUN_ANEW}`,
    other_key: `The file is sealed with another key (STATE_KEY) and was set aside ${BEGUN_ANEW} With the former key it can be put back.`,
    key: `The key file (state.key) was unreadable. It was set aside with what it had sealed, ${BEGUN_ANEW}`,
    newer: `The file was written by a newer release and was set aside ${BEGUN_ANEW} With that release it can be put back.`,
    missing: `The file with the state is gone or empty, ${BEGUN_ANEW}`,
    log_missing:
      'The write-ahead log of the state is gone: what was accepted last may be missing, and what was shown last may be shown again. What still fires, Alertmanager sends again.',
    rows: 'Some rows of the state were unreadable. They are set aside in the same file, and the bridge goes on without them: mutes, pauses or times that they held are forgotten.',
    hash_key:
      'The key of hashed ids was unreadable and was set aside: people and chats have other hashes in logs and metrics from here on.',
  },
  notTaken:
    'Telegram refuses the text of this message. What it says: Grafana, or GET /api/v1/signals of the alert service',
  notRendered:
    'This message could not be laid out. Details are in the log of the alert service, by the id of the signal',
};
