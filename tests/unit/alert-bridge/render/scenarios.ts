/** Every kind of message, as content: drawn in both languages and held against the files in `golden/`. */
import type { Content, LateCause } from '../../../../alert-bridge/model/incident.ts';
import {
  failedAnnotations,
  missingAnnotations,
  tooLongAnnotations,
} from '../../../../alert-bridge/monitor/check-in-texts.ts';
import { watchdogAnnotations } from '../../../../alert-bridge/monitor/texts.ts';
import { dailyFigures } from '../../../support/exporter/daily-figures.ts';
import {
  LATE,
  at,
  criticalError,
  databaseDown,
  digestOf,
  disk,
  disks,
  ended,
  event,
  going,
  alertIncident,
  manyDisks,
  newUser,
  payment,
  report,
  resolved,
  eventList,
  row,
  incident,
  trace,
} from './contents.ts';
import { FOREIGN_SCENARIOS } from './foreign.ts';

const DAY_MS = 24 * 3_600_000;

export const SCENARIOS: Readonly<Record<string, Content>> = {
  'alert-critical': incident(alertIncident([databaseDown])),
  'alert-acknowledged': incident(
    alertIncident([databaseDown], { ...going, acknowledged: { by: '@ann', at: at('14:03:30') } }),
  ),
  'alert-counted': incident(alertIncident([databaseDown], { ...going, count: 6, lastAt: at('14:31:02') })),
  'alert-yesterday': incident(alertIncident([{ ...databaseDown, startsAt: at('23:50:00', '20') }])),
  'alert-warning-with-value': incident(
    alertIncident([disk('/data', '912MB', at('14:00:00'), 'warning')], { severity: 'warning' }),
  ),
  'alert-info-foreign': incident(
    alertIncident([{ ...databaseDown, labels: { alertname: 'Foreign', job: 'node' }, annotations: {} }], {
      severity: 'info',
    }),
  ),
  ...FOREIGN_SCENARIOS,
  'alert-members': incident(alertIncident(disks)),
  'alert-members-many': incident(alertIncident(manyDisks)),
  'alert-partly-resolved': incident(
    alertIncident(
      disks.map((alert, i) => (i === 1 ? resolved(alert, ended) : alert)),
      { ...going, count: 4 },
    ),
  ),
  'alert-resolved': incident(alertIncident([resolved(databaseDown, ended)], { count: 2 })),
  'alert-members-resolved': incident(
    alertIncident(
      disks.map((alert) => resolved(alert, ended)),
      { count: 6 },
    ),
  ),
  'alert-chain-silent': incident(
    alertIncident([{ ...databaseDown, annotations: watchdogAnnotations('webhook_failing') }]),
  ),
  'alert-check-in-missing': incident(
    alertIncident([
      {
        ...databaseDown,
        annotations: missingAnnotations({
          name: 'nightly-backup',
          periodMs: DAY_MS,
          graceMs: DAY_MS / 12,
          lastAt: at('03:04:00', '20'),
          now: at('05:04:00'),
          timezone: 'Europe/Moscow',
        }),
      },
    ]),
  ),
  'alert-check-in-missing-cron': incident(
    alertIncident([
      {
        ...databaseDown,
        annotations: missingAnnotations({
          ...{ name: 'nightly-backup', periodMs: 0, graceMs: DAY_MS / 12, lastAt: undefined },
          cron: { expression: '30 3 * * *', timezone: 'Europe/Berlin' },
          ...{ now: at('05:04:00'), timezone: 'Europe/Moscow' },
        }),
      },
    ]),
  ),
  'alert-check-in-failed': incident(
    alertIncident([
      {
        ...databaseDown,
        annotations: failedAnnotations({
          ...{
            name: 'nightly-backup',
            exitStatus: 3,
            durationMs: 725_000,
            succeededAt: at('03:04:00', '20'),
          },
          ...{ now: at('05:04:00'), timezone: 'Europe/Moscow' },
        }),
      },
    ]),
  ),
  'alert-check-in-too-long': incident(
    alertIncident([
      {
        ...databaseDown,
        annotations: tooLongAnnotations({
          ...{ name: 'nightly-backup', maxDurationMs: DAY_MS / 24, startedAt: at('03:00:00') },
          ...{ now: at('05:04:00'), timezone: 'Europe/Moscow' },
        }),
      },
    ]),
  ),
  'alert-reminder': incident(alertIncident([databaseDown], { ...going, remindedAt: at('18:04:00') })),
  'alert-flapping': incident(
    alertIncident([{ ...databaseDown, startsAt: at('15:03:00') }], {
      openedAt: at('14:43:10'),
      flapping: { since: at('14:43:10'), count: 5 },
      count: 9,
    }),
  ),
  'alert-flapping-over': incident(
    alertIncident([resolved({ ...databaseDown, startsAt: at('15:00:10') }, at('15:03:00'))], {
      flapping: { since: at('14:43:10'), count: 22 },
      count: 44,
    }),
  ),
  'alert-late': incident(alertIncident([databaseDown], { late: LATE })),
  'alert-late-and-resolved': incident(alertIncident([resolved(databaseDown, ended)], { late: LATE })),
  ...Object.fromEntries(
    (
      [
        'sender',
        'bridge_down',
        'telegram_rate_limit',
        'telegram_refused',
        'backlog',
        'quiet_hours',
        'maintenance',
      ] satisfies LateCause[]
    ).map((cause) => [`late-${cause}`, event({ kind: 'bot_stopped' }, { late: { ...LATE, cause } })]),
  ),
  'alert-passed-on': incident(alertIncident([databaseDown], { ...going, passedOnAt: at('14:07:10') })),
  'alert-passed-on-taken': incident(
    alertIncident([databaseDown], {
      ...going,
      passedOnAt: at('14:07:10'),
      acknowledged: { by: '@ann', at: at('14:08:00') },
    }),
  ),
  ring: { kind: 'ring', incident: alertIncident([databaseDown], { ...going }) },
  'ring-members': { kind: 'ring', incident: alertIncident(disks, { ...going }) },
  resolution: { kind: 'resolution', incident: alertIncident([resolved(databaseDown, ended)], { count: 2 }) },
  'resolution-members': {
    kind: 'resolution',
    incident: alertIncident(
      disks.map((alert) => resolved(alert, ended)),
      { count: 6 },
    ),
  },
  'critical-error': event(criticalError),
  'critical-error-counted': event(criticalError, { count: 6, lastAt: at('14:31:02') }),
  'critical-error-long': event(trace, { late: LATE }),
  'bot-started': event(
    { kind: 'bot_started', version: '2.14.0', environment: 'production' },
    { severity: 'info' },
  ),
  'bot-started-counted': event(
    { kind: 'bot_started' },
    { severity: 'info', count: 48, lastAt: at('14:47:00') },
  ),
  'bot-stopped': event({ kind: 'bot_stopped', reason: 'SIGTERM' }),
  'bridge-started': event({ kind: 'bridge_started', version: '0.2.0' }, { severity: 'info' }),
  'bridge-stopped': event({ kind: 'bridge_stopped' }, { severity: 'info' }),
  'bridge-stopped-of-several': event({ kind: 'bridge_stopped', bridge: 'bridge-<b>' }, { severity: 'info' }),
  'bridge-crashed': event(
    { kind: 'bridge_crashed', version: '0.2.0', lastAliveAt: at('14:30:00') },
    { severity: 'warning', lastAt: at('14:32:10') },
  ),
  'bridge-gap': event(
    {
      kind: 'bridge_gap',
      from: at('13:30:00'),
      to: at('14:32:10'),
      firing: ['ComponentDown (redis)', 'DiskSpaceLow'],
      closed: Array.from({ length: 23 }, (_, index) => `Alert${index + 1} (<web>)`),
    },
    { severity: 'info' },
  ),
  'bridge-state-lost': event(
    { kind: 'bridge_state_lost', file: 'outbox.sqlite.damaged-20240922T143000Z', cause: 'damaged' },
    { severity: 'critical' },
  ),
  'bridge-state-sealed': event(
    { kind: 'bridge_state_lost', file: 'outbox.sqlite.other-key-20240922T143000Z', cause: 'other_key' },
    { severity: 'critical' },
  ),
  'bridge-topic-gone': event(
    { kind: 'bridge_topic_gone', chat: '-1001234567890:42' },
    { severity: 'warning' },
  ),
  'secrets-old': event(
    {
      kind: 'secrets_old',
      secrets: [
        { name: 'DB_PASSWORD', days: 134 },
        { name: 'OPENAI_API_KEY_1', days: 121 },
        { name: 'WEBHOOK_TOKEN', days: 92 },
      ],
    },
    { severity: 'info' },
  ),
  'alerts-truncated': event(
    { kind: 'alerts_truncated', hidden: 23, receiver: 'telegram' },
    { severity: 'warning', count: 2 },
  ),
  custom: event(
    { kind: 'custom', title: 'Ночной бэкап', text: 'Готов за 8 минут, 1.2 ГБ.\nСледующий — завтра в 03:00.' },
    { severity: 'info' },
  ),
  'custom-with-a-sign': event(
    { kind: 'custom', title: '🚨🚨 ⚠️ СЕРВЕР НЕДОСТУПЕН', text: '🚨 Проверьте хостинг.' },
    { severity: 'critical' },
  ),
  'critical-error-with-a-sign': event({
    kind: 'critical_error',
    errorType: '❌ Database Connection Failed',
    details: 'PostgreSQL is not responding',
    userId: '123456',
  }),
  hostile: event(
    {
      kind: 'critical_error',
      errorType: '<b>&amp; "שלום" \u202Egnitirw',
      details:
        'שלום עולם\n\n\n\n\n<script>alert(1)</script>\u0000 e\u0301\u0301\u0301\u0301\u0301\u0301\u0301',
      userId: '</code>1',
    },
    { count: 2 },
  ),
  'payment-1': eventList(1, payment),
  'payment-1-late': eventList(1, payment, LATE),
  'payments-3': eventList(3, payment),
  'payments-500': eventList(500, payment),
  'new-user-1': eventList(1, newUser),
  'new-users-3': eventList(3, newUser, LATE),
  'new-users-500': eventList(500, newUser),
  report: { kind: 'report', report },
  'report-partly-unknown': {
    kind: 'report',
    report: {
      ...report,
      date: '2024-09-01',
      errors: null,
      figures: {
        ...dailyFigures('2024-09-01'),
        users: null,
        incomes: null,
        ai: [],
        top_categories: [],
        expenses: {
          count: 3,
          amounts: [
            { currency: 'USD', amount: 1_234.5, count: 2 },
            { currency: 'EUR', amount: 20, count: 1 },
          ],
        },
      },
    },
  },
  'report-unknown': { kind: 'report', report: { ...report, figures: null }, late: LATE },
  'digest-critical': digestOf('digest', 'critical', [
    { ...row('ComponentDown', 201, 0), alerts: [databaseDown] },
    { ...row('DiskSpaceLow', 12, 3), alerts: disks },
    row('<Flaky> & "odd"', 1, 1),
  ]),
  'digest-warning-many': digestOf(
    'digest',
    'warning',
    Array.from({ length: 500 }, (_, i) =>
      row(`Shard ${i} answers more slowly than its neighbours have for an hour`, 1, 0, 'warning'),
    ),
    { late: LATE },
  ),
  'digest-resolved': digestOf('digest', 'critical', [
    row('ComponentDown', 201, 201),
    row('DiskSpaceLow', 1, 1),
  ]),
  'digest-quiet': digestOf('digest', 'quiet', [
    row('CpuHigh', 2, 0, 'warning'),
    row('CertificateExpiresSoon', 1, 0, 'warning'),
    row('MemoryHigh', 3, 3, 'warning'),
    row('Ночной бэкап', 1, 0, 'info'),
    row('bridge_started', 1, 0, 'info'),
  ]),
  'digest-maintenance': digestOf(
    'digest',
    'quiet',
    [row('CpuHigh', 2, 0, 'warning'), row('bot_started', 1, 0, 'info')],
    { maintenance: true },
  ),
  'digest-of-events': digestOf('digest', 'critical', [
    {
      ...row('🚨 СЕРВЕР НЕДОСТУПЕН', 3, 0),
      texts: ['web-3 не отвечает 5 минут', 'web-2 не отвечает\n4 минуты'],
    },
    { ...row('ConnectionError', 2, 0), texts: [`начало ${'далее '.repeat(100)}`] },
    row('ComponentDown', 201, 0),
    { ...row('bot_stopped', 1, 0), texts: ['SIGTERM'] },
  ]),
  'digest-resolution': digestOf('digest_resolution', 'info', [row('BackupDone', 21, 21, 'info')]),
  superseded: { kind: 'superseded', incident: alertIncident([databaseDown]) },
  'superseded-digest': {
    kind: 'superseded',
    incident: {
      kind: 'digest',
      digest: 'critical',
      type: 'digest:critical',
      severity: 'critical',
      count: 214,
      nameCount: 9,
      namesRung: 2,
      lastAt: at('14:03:00'),
      shownAt: at('14:03:00'),
      isOver: false,
    },
  },
  'payments-and-new-users': eventList(4, (i) => (i % 2 === 0 ? payment(i) : newUser(i))),
};
