import type { Severity } from '../../model/signal.ts';
import type { LateCause } from '../../model/incident.ts';
import { formatNumber, numberIn } from '../numbers.ts';
import type { Moment, Phrases } from './phrases.ts';
import { pluralIn, type PluralForms } from '../../../common/text/plural.ts';

const plural = pluralIn('en');
const number = (figure: number): string => numberIn(figure, 'en');

const counted =
  (forms: PluralForms) =>
  (count: number): string =>
    `${number(count)} ${plural(count, forms)}`;

const MEMBERS: Readonly<Record<Severity, PluralForms>> = {
  critical: { one: 'critical alert', other: 'critical alerts' },
  warning: { one: 'warning', other: 'warnings' },
  info: { one: 'notice', other: 'notices' },
};
const alerts = counted({ one: 'alert', other: 'alerts' });
const events = counted({ one: 'event', other: 'events' });
const times = counted({ one: 'time', other: 'times' });

const at = ({ date, time }: Moment): string => (date === undefined ? `at ${time}` : `on ${date} at ${time}`);
const from = ({ date, time }: Moment): string => (date === undefined ? time : `${date} ${time}`);

const LATE: Readonly<Record<LateCause, string>> = {
  sender: 'its sender reported late',
  bridge_down: 'the alert-bridge was not running',
  telegram_unreachable: 'Telegram did not answer',
  telegram_rate_limit: "Telegram's limit of messages",
  telegram_refused: 'Telegram did not accept the message',
  backlog: 'messages had queued up',
  quiet_hours: 'quiet hours',
  maintenance: 'maintenance',
};

const BEGUN_ANEW = 'Messages that were not sent are lost; alerts that still fire, Alertmanager sends again.';

export const en: Phrases = {
  dateFormat: 'yyyy-MM-dd',
  unknownTime: 'time unknown',
  units: { d: 'd', h: 'h', min: 'min', s: 's', ms: 'ms' },
  underOneSecond: 'less than a second',
  underOneDay: 'less than a day',
  number,
  counted: {
    days: counted({ one: 'day', other: 'days' }),
    tasks: counted({ one: 'task', other: 'tasks' }),
  },
  belowUsual: (share) => `${share} fewer than usual`,

  headings: {
    critical_error: 'Critical error',
    bot_started: 'Bot started',
    bot_stopped: 'Bot stopped',
    bridge_started: 'Monitoring started',
    bridge_stopped: 'Monitoring stopped',
    bridge_crashed: 'Monitoring crashed and was restarted',
    bridge_gap: 'Monitoring took no alerts',
    bridge_topic_gone: 'The topic in the group is closed or deleted',
    alerts_truncated: 'Not all alerts came',
    secrets_old: 'Secrets to change',
    new_user: 'New user',
    payment_received: 'Payment received',
  },
  oneOfSeveral: {
    bridge_started: 'One alert-bridge started',
    bridge_stopped: 'One alert-bridge stopped',
    bridge_crashed: 'One alert-bridge crashed and was restarted',
    bridge_state_lost: 'One alert-bridge',
  },
  payments: (count) => `Payments: ${number(count)}`,
  newUsers: (count) => `New users: ${number(count)}`,

  paymentTypes: { trial: 'trial', month: 'one month', six_months: 'six months' },
  facts: {
    value: 'Value',
    user: 'User',
    source: 'Source',
    amount: 'Amount',
    paymentType: 'Type',
    reason: 'Reason',
    file: 'File',
    schema: 'Version of the file, and the newest known',
    chat: 'Chat',
    receiver: 'Receiver',
    total: 'Total',
  },
  links: { runbook: 'What to do', query: 'Graph', grafana: 'Grafana', status: 'Status' },

  members: (firing, resolved) => {
    if (firing === 0) return `Resolved: ${alerts(resolved)}`;
    return resolved === 0
      ? `Firing: ${number(firing)}`
      : `Firing: ${number(firing)}, resolved: ${number(resolved)}`;
  },
  andMore: (count) => `and ${number(count)} more`,
  moreFollows: (count) => `${number(count)} more in the next message`,
  repeats: (count, last) => `Repeated: ${number(count)}, last ${at(last)}`,
  resolved: 'Resolved: ',
  lasted: (duration, span) => `Lasted ${duration} (${span})`,
  since: (began) => `Since ${from(began)}`,
  burningFor: (duration, began, asOf) => `For ${duration}, since ${from(began)} (as of ${from(asOf)})`,
  flapping: (count, duration, isFiring) =>
    `Flapping: ${times(count)} in ${duration}, now ${isFiring ? 'firing' : 'resolved'}`,
  stillBurning: (duration) => `Still not fixed: ${duration}`,
  untaken: (duration) => `Going on for ${duration}, nobody has taken it`,
  passedOn: (duration) => `Nobody took it within ${duration}`,
  taken: { by: 'Taken by ', since: (moment) => `, since ${from(moment)}` },
  goesOn: 'Goes on in a newer message',
  late: (delay, cause) => `${delay} late: ${LATE[cause]}`,
  began: (moment) => `It began ${at(moment)}`,
  happened: (moment) => `It happened ${at(moment)}`,
  overBeforeDelivery: 'Already resolved',

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
  digest: (severity, members) => `${counted(MEMBERS[severity])(members)} at once`,
  digestOver: (severity, members) => `Resolved: ${counted(MEMBERS[severity])(members)}`,
  quiet: (members, firing, isMaintenance) =>
    `${isMaintenance ? 'During maintenance' : 'Overnight'}: ${events(members)}${firing > 0 ? `, ${number(firing)} still firing` : ''}`,
  digestNote: 'As a digest, not one by one. All of them: /alerts',
  resolvedOf: (resolved, members) => `${number(resolved)} of ${number(members)} resolved`,

  botStopped: 'If it was not you: `docker ps -a --filter name=expense_bot_app`',
  crashed: (downtime, span) =>
    `Down for ${downtime} (${span}). Alerts that still fire come again.\n\`docker compose -p expensebot-monitoring logs --tail 100 alert-bridge\``,
  gap: (duration, span) => `for ${duration} (${span})`,
  stillFiring: (count) => `Still firing (${number(count)})`,
  closedUnseen: (count) => `Resolved meanwhile (${number(count)})`,
  topicGone:
    'Messages go to the chat itself. Open the topic, or mend its number in ADMIN_TELEGRAM_ID (the file .env); then, in the folder of the monitoring: `docker compose up -d`',
  changeSecrets: 'How to change each',
  remindedWeekly:
    'This comes once a week. The limit in days: `secret_max_age_days` in alert-bridge/config.yml.',
  truncated: (hidden) =>
    `The sender has cut its list: ${alerts(hidden)} more did not come. Alertmanager or Grafana shows all that fire. To get all of them, remove max_alerts from this receiver.`,
  stateLost: {
    damaged: { title: "The monitoring's store is damaged, a new one was begun", text: BEGUN_ANEW },
    other_key: {
      title: "The monitoring's store is sealed with another key, a new one was begun",
      text: `${BEGUN_ANEW} With the former STATE_KEY the file can be restored.`,
    },
    key: {
      title: "The key of the monitoring's store is unreadable, a new store was begun",
      text: `${BEGUN_ANEW} The file state.key was set aside with the store before.`,
    },
    newer: {
      title: "The monitoring's store is of a newer release, a new one was begun",
      text: `${BEGUN_ANEW} With that release of the monitoring the file can be restored.`,
    },
    missing: { title: "The monitoring's store is gone or empty, a new one was begun", text: BEGUN_ANEW },
    log_missing: {
      title: "The write-ahead log (-wal) of the monitoring's store is gone",
      text: 'The alerts accepted last may be lost, and the messages sent last may come again. Alerts that still fire, Alertmanager sends again.',
    },
    rows: {
      title: "Some rows of the monitoring's store are unreadable",
      text: 'They are set aside in the same file. The mutes, pauses and times in them are forgotten.',
    },
    hash_key: {
      title: 'The key of hashed ids is unreadable, a new one was made',
      text: 'People and chats have other hashes in logs and metrics from here on.',
    },
  },
  notTaken:
    'Telegram refuses the text of this message. What it says: Grafana, or GET /api/v1/signals of the alert-bridge',
  notRendered:
    'A message without its layout, by a fault of the monitoring. Details are in the log of the alert-bridge, no.',
};
