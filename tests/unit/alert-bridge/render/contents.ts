/** What the scenarios are made of. */
import type {
  AlertBody,
  DailyReportBody,
  EventBody,
  Severity,
} from '../../../../alert-bridge/model/signal.ts';
import type {
  AlertIncident,
  Content,
  DigestName,
  DigestRow,
  DigestSummary,
  Draft,
  EventIncident,
  Lateness,
  ListedEvent,
} from '../../../../alert-bridge/model/incident.ts';
import { allRules } from '../../prometheus/rule-files.ts';
import { dailyFigures } from '../../../support/exporter/daily-figures.ts';

/** What the first rule of that alert says, its templates filled in. */
const annotationsOf = (
  alert: string,
  values: Readonly<Record<string, string>> = {},
): Record<string, string> => {
  const { annotations = {} } = allRules().find((rule) => rule.alert === alert) ?? {};
  const filled = (text: string): string =>
    text.replaceAll(/\{\{ (\S+) \}\}/g, (template, name: string) => values[name] ?? template);
  return Object.fromEntries(Object.entries(annotations).map(([name, text]) => [name, filled(text)]));
};

/** 21.09.2024 in Moscow (UTC+3). */
export const at = (time: string, day = '21'): number => Date.parse(`2024-09-${day}T${time}+03:00`);

/** When the messages are drawn. */
export const NOW = at('15:03:20');

export const LATE: Lateness = { happenedAt: at('14:02:10'), deliveredAt: NOW, cause: 'telegram_unreachable' };

export const databaseDown: AlertBody = {
  kind: 'alert',
  status: 'firing',
  fingerprint: 'f1',
  labels: {
    alertname: 'ComponentDown',
    component: 'database',
    instance: 'exporter:9847',
    severity: 'critical',
  },
  annotations: annotationsOf('ComponentDown'),
  startsAt: at('14:02:10'),
};

export const resolved = (alert: AlertBody, endsAt: number): AlertBody => ({
  ...alert,
  status: 'resolved',
  endsAt,
});

export const disk = (
  mountpoint: string,
  free: string,
  startsAt: number,
  severity = 'critical',
): AlertBody => ({
  kind: 'alert',
  status: 'firing',
  fingerprint: `disk ${mountpoint}`,
  labels: { alertname: 'DiskSpaceLow', component: 'disk_space', mountpoint, severity },
  annotations: {
    ...annotationsOf('DiskSpaceLow', { '$labels.mountpoint': mountpoint }),
    value: String(Number.parseInt(free, 10) * 1_000_000),
  },
  startsAt,
});

/** Told before. */
export const going = { openedAt: at('14:02:20') };

export function alertIncident(
  alerts: readonly AlertBody[],
  more: Partial<Draft<AlertIncident>> = {},
): Draft<AlertIncident> {
  return {
    kind: 'alerts',
    type: 'ComponentDown/database',
    severity: 'critical',
    count: alerts.length,
    openedAt: NOW,
    lastAt: at('14:02:20'),
    members: Object.fromEntries(alerts.map((alert) => [alert.fingerprint, alert])),
    ...more,
  };
}

export const event = (body: EventBody, more: Partial<Draft<EventIncident>> = {}): Content => ({
  kind: 'incident',
  incident: {
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

export const incident = (draft: Draft<AlertIncident>): Content => ({ kind: 'incident', incident: draft });

export const criticalError: EventBody = {
  kind: 'critical_error',
  errorType: 'Database Connection Failed',
  details: 'PostgreSQL is not responding',
  userId: '123456',
};
export const trace: EventBody = {
  ...criticalError,
  details: `Traceback (most recent call last):\n${Array.from({ length: 200 }, (_, i) => `  File "/app/bot/handlers/expense.py", line ${i + 1}, in <module>`).join('\n')}`,
};

export const payment = (i: number): ListedEvent => ({
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
export const newUser = (i: number): ListedEvent => ({
  occurredAt: at('14:02:10') + i * 1_000,
  body: {
    kind: 'new_user',
    userId: String(100_200_300 + i),
    ...(i % 2 === 0 ? { source: 'telegram_ads' } : {}),
  },
});
export const eventList = (count: number, entry: (i: number) => ListedEvent, late?: Lateness): Content => ({
  kind: 'event_list',
  entries: Array.from({ length: count }, (_, i) => entry(i)),
  ...(late === undefined ? {} : { late }),
});

export const digestOf = (
  kind: 'digest' | 'digest_resolution',
  digest: DigestName,
  names: readonly DigestRow[],
  more: { readonly late?: Lateness; readonly maintenance?: true } = {},
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
    incident: {
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
export const row = (
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

export const disks = [
  disk('/', '912MB', at('14:00:00')),
  disk('/data', '120MB', at('13:58:30')),
  disk('/backup', '640MB', at('14:01:00'), 'warning'),
];
export const manyDisks = Array.from({ length: 120 }, (_, i) =>
  disk(`/data/volume-${i + 1}`, `${900 - i}MB`, at('14:00:00')),
);
export const ended = at('14:10:22');

export const report: DailyReportBody = {
  kind: 'daily_report',
  date: '2024-09-20',
  formedAt: at('10:00:15'),
  errors: 5,
  figures: dailyFigures('2024-09-20'),
};
