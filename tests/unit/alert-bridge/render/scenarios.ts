/** Every kind of message, as content: drawn in both languages and held against the files in `golden/`. */
import type { AlertBody, DailyReportBody, EventBody, Severity } from '../../../../alert-bridge/signal.ts';
import type {
  AlertThread,
  Content,
  DigestName,
  DigestRow,
  DigestSummary,
  Draft,
  EventThread,
  LateCause,
  Lateness,
  RosterEntry,
} from '../../../../alert-bridge/thread.ts';
import { dailyFigures } from '../../../support/daily-figures.ts';

/** 21.09.2024 in Moscow (UTC+3). */
const at = (time: string, day = '21'): number => Date.parse(`2024-09-${day}T${time}+03:00`);

/** When the messages are drawn. */
export const NOW = at('15:03:20');

const LATE: Lateness = { happenedAt: at('14:02:10'), deliveredAt: NOW, cause: 'telegram_unreachable' };

const databaseDown: AlertBody = {
  kind: 'alert',
  status: 'firing',
  fingerprint: 'f1',
  labels: {
    alertname: 'ComponentDown',
    component: 'database',
    instance: 'exporter:9847',
    severity: 'critical',
  },
  annotations: {
    summary: 'База данных не отвечает',
    description:
      'Бот не может ни записать, ни показать траты: пользователи видят ошибки. Сначала проверьте контейнер базы: `docker compose ps db`; `docker compose logs --tail 50 db`.',
    summary_en: 'The database does not answer',
    description_en:
      'The bot can neither save nor show expenses: users see errors. First look at the database container: `docker compose ps db`; `docker compose logs --tail 50 db`.',
    runbook: 'ComponentDown',
  },
  startsAt: at('14:02:10'),
};

const resolved = (alert: AlertBody, endsAt: number): AlertBody => ({ ...alert, status: 'resolved', endsAt });

const disk = (mountpoint: string, free: string, startsAt: number, severity = 'critical'): AlertBody => ({
  kind: 'alert',
  status: 'firing',
  fingerprint: `disk ${mountpoint}`,
  labels: { alertname: 'DiskSpaceLow', component: 'disk_space', mountpoint, severity },
  annotations: {
    summary: `Кончается место на диске ${mountpoint}: свободно ${free}`,
    description: 'Свободно меньше 1 ГБ. Когда место кончится, остановится база данных, а с ней и бот.',
    summary_en: `Disk ${mountpoint} is nearly full: ${free} free`,
    description_en: 'Less than 1 GB is free. When it is used up, the database stops, and the bot with it.',
    runbook: 'DiskSpaceLow',
    value: free,
  },
  startsAt,
});

function incident(alerts: readonly AlertBody[], more: Partial<Draft<AlertThread>> = {}): Draft<AlertThread> {
  return {
    kind: 'alerts',
    type: 'ComponentDown/database',
    severity: 'critical',
    count: alerts.length,
    openedAt: at('14:02:20'),
    lastAt: at('14:02:20'),
    members: Object.fromEntries(alerts.map((alert) => [alert.fingerprint, alert])),
    ...more,
  };
}

const event = (body: EventBody, more: Partial<Draft<EventThread>> = {}): Content => ({
  kind: 'thread',
  thread: {
    kind: 'events',
    type: body.kind,
    severity: 'critical',
    count: 1,
    lastAt: at('14:02:10'),
    firstAt: at('14:02:10'),
    body,
    ...more,
  },
});

const thread = (draft: Draft<AlertThread>): Content => ({ kind: 'thread', thread: draft });

const criticalError: EventBody = {
  kind: 'critical_error',
  errorType: 'Database Connection Failed',
  details: 'PostgreSQL is not responding',
  userId: '123456',
};
const trace: EventBody = {
  ...criticalError,
  details: `Traceback (most recent call last):\n${Array.from({ length: 200 }, (_, i) => `  File "/app/bot/handlers/expense.py", line ${i + 1}, in <module>`).join('\n')}`,
};

const payment = (i: number): RosterEntry => ({
  occurredAt: at('14:02:10') + i * 1_000,
  body: {
    kind: 'payment_received',
    userId: String(100_200_300 + i),
    ...(i % 5 === 4
      ? { amount: 1_234.5, currency: 'RUB' }
      : { amount: 150 + 600 * (i % 2), currency: 'XTR' }),
    paymentType: i % 2 === 0 ? 'month' : 'six_months',
  },
});
const newUser = (i: number): RosterEntry => ({
  occurredAt: at('14:02:10') + i * 1_000,
  body: {
    kind: 'new_user',
    userId: String(100_200_300 + i),
    ...(i % 2 === 0 ? { source: 'telegram_ads' } : {}),
  },
});
const roster = (count: number, entry: (i: number) => RosterEntry, late?: Lateness): Content => ({
  kind: 'roster',
  entries: Array.from({ length: count }, (_, i) => entry(i)),
  ...(late === undefined ? {} : { late }),
});

const digestOf = (
  kind: 'digest' | 'digest_resolution',
  digest: DigestName,
  names: readonly DigestRow[],
  more: { readonly late?: Lateness } = {},
): Content => {
  const severity = names[0]?.severity ?? 'info';
  const count = (of: (row: DigestRow) => number): number => names.reduce((sum, row) => sum + of(row), 0);
  const summary: DigestSummary = {
    members: count((row) => row.members),
    firing: count((row) => row.members - row.resolved),
    resolved: count((row) => row.resolved),
    startedAt: at('14:02:10'),
    endedAt: at('14:31:02'),
    nameCount: names.length,
    names,
  };
  return {
    kind,
    thread: {
      kind: 'digest',
      digest,
      type: `digest:${digest}`,
      severity,
      count: summary.members,
      nameCount: summary.nameCount,
      namesRung: summary.nameCount,
      lastAt: at('14:03:00'),
      shownAt: at('14:03:00'),
      isOver: summary.firing === 0,
      ...more,
    },
    summary,
  };
};
const row = (
  name: string,
  members: number,
  resolved: number,
  severity: Severity = 'critical',
): DigestRow => ({
  name,
  severity,
  members,
  resolved,
});

const disks = [
  disk('/', '912MB', at('14:00:00')),
  disk('/data', '120MB', at('13:58:30')),
  disk('/backup', '640MB', at('14:01:00'), 'warning'),
];
const manyDisks = Array.from({ length: 120 }, (_, i) =>
  disk(`/data/volume-${i + 1}`, `${900 - i}MB`, at('14:00:00')),
);
const ended = at('14:10:22');

const report: DailyReportBody = {
  kind: 'daily_report',
  date: '2024-09-20',
  formedAt: at('10:00:15'),
  errors: 5,
  figures: dailyFigures('2024-09-20'),
};

export const SCENARIOS: Readonly<Record<string, Content>> = {
  'alert-critical': thread(incident([databaseDown])),
  'alert-acknowledged': thread(
    incident([databaseDown], { acknowledged: { by: '@ann', at: at('14:03:30') } }),
  ),
  'alert-counted': thread(incident([databaseDown], { count: 6, lastAt: at('14:31:02') })),
  'alert-yesterday': thread(incident([{ ...databaseDown, startsAt: at('23:50:00', '20') }])),
  'alert-warning-with-value': thread(
    incident([disk('/data', '912MB', at('14:00:00'), 'warning')], { severity: 'warning' }),
  ),
  'alert-info-foreign': thread(
    incident([{ ...databaseDown, labels: { alertname: 'Foreign', job: 'node' }, annotations: {} }], {
      severity: 'info',
    }),
  ),
  'alert-members': thread(incident(disks)),
  'alert-members-many': thread(incident(manyDisks)),
  'alert-partly-resolved': thread(
    incident(
      disks.map((alert, i) => (i === 1 ? resolved(alert, ended) : alert)),
      { count: 4 },
    ),
  ),
  'alert-resolved': thread(incident([resolved(databaseDown, ended)], { count: 2 })),
  'alert-members-resolved': thread(
    incident(
      disks.map((alert) => resolved(alert, ended)),
      { count: 6 },
    ),
  ),
  'alert-reminder': thread(incident([databaseDown], { remindedAt: at('18:04:00') })),
  'alert-late': thread(incident([databaseDown], { late: LATE })),
  'alert-late-and-resolved': thread(incident([resolved(databaseDown, ended)], { late: LATE })),
  ...Object.fromEntries(
    (
      [
        'sender',
        'bridge_down',
        'telegram_rate_limit',
        'telegram_refused',
        'backlog',
        'quiet_hours',
      ] satisfies LateCause[]
    ).map((cause) => [`late-${cause}`, event({ kind: 'bot_stopped' }, { late: { ...LATE, cause } })]),
  ),
  resolution: { kind: 'resolution', thread: incident([resolved(databaseDown, ended)], { count: 2 }) },
  'resolution-members': {
    kind: 'resolution',
    thread: incident(
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
  custom: event(
    { kind: 'custom', title: 'Ночной бэкап', text: 'Готов за 8 минут, 1.2 ГБ.\nСледующий — завтра в 03:00.' },
    { severity: 'info' },
  ),
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
  'payment-1': roster(1, payment),
  'payment-1-late': roster(1, payment, LATE),
  'payments-3': roster(3, payment),
  'payments-500': roster(500, payment),
  'new-user-1': roster(1, newUser),
  'new-users-3': roster(3, newUser, LATE),
  'new-users-500': roster(500, newUser),
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
            { currency: 'USD', amount: 1_234.5 },
            { currency: 'EUR', amount: 20 },
          ],
        },
      },
    },
  },
  'report-unknown': { kind: 'report', report: { ...report, figures: null }, late: LATE },
  'digest-critical': digestOf('digest', 'critical', [
    row('ComponentDown', 201, 0),
    row('DiskSpaceLow', 12, 3),
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
  ]),
  'digest-resolution': digestOf('digest_resolution', 'info', [row('BackupDone', 21, 21, 'info')]),
  superseded: { kind: 'superseded', thread: incident([databaseDown]) },
  'superseded-digest': {
    kind: 'superseded',
    thread: {
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
  'payments-and-new-users': roster(4, (i) => (i % 2 === 0 ? payment(i) : newUser(i))),
};
