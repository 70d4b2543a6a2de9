/** Contents as hostile as types allow. */
import fc from 'fast-check';
import type { AlertBody, EventBody, Severity } from '../../../../alert-bridge/model/signal.ts';
import type {
  AlertIncident,
  Content,
  Draft,
  LateCause,
  Lateness,
} from '../../../../alert-bridge/model/incident.ts';
import type { RenderOptions } from '../../../../alert-bridge/render/message.ts';
import { dailyFigures } from '../../../support/exporter/daily-figures.ts';

/** Found in nearly every text: the redactor of the tests replaces it, so it may never be seen. */
export const SECRET = 'hunter2canary';
export const redact = (text: string): string => text.replaceAll(SECRET, '[secret]');

const pieces = [
  SECRET,
  'слово ',
  'שלום ',
  'مرحبا',
  '<b>',
  '</blockquote>',
  '&amp;',
  '"',
  '\n\n\n',
  '\r\n',
  '\u0000',
  '\u202E',
  '\u2067',
  '\u2069',
  '\uD83D',
  '\uDE00',
  '👨‍👩‍👧‍👦',
  '🇷🇺',
  'e\u0301\u0301\u0301\u0301\u0301\u0301',
  'https://example.com/?a=1&b=2 ',
];
const units = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 30 })
  .map((codes) => String.fromCharCode(...codes));

export const hostileText: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...pieces) }, units), { maxLength: 12 }),
    fc.constantFrom(1, 1, 1, 40, 600),
  )
  .map(([parts, times]) => parts.join('').repeat(times));
/** Ids are shown as they are: no secret in them. */
const id = hostileText.map((text) => text.replaceAll(SECRET, '7'));

const time = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 }) },
  fc.constantFrom(0, -1, NaN, Infinity, -Infinity, 8.64e15, 8.65e15, -62_135_596_800_000, 0.5, 1e300),
);
const count = fc.oneof(fc.nat(300), fc.constantFrom(1, 1e9, 1e21));
const severity = fc.constantFrom<Severity>('critical', 'warning', 'info');
const figure = fc.oneof(fc.double(), fc.integer());

const late: fc.Arbitrary<Lateness | undefined> = fc.option(
  fc.record({
    happenedAt: time,
    deliveredAt: time,
    cause: fc.constantFrom<LateCause>(
      'sender',
      'bridge_down',
      'telegram_unreachable',
      'telegram_rate_limit',
      'telegram_refused',
      'backlog',
    ),
  }),
  { nil: undefined },
);

const dictionary = (names: readonly string[]) =>
  fc.dictionary(fc.oneof(fc.constantFrom(...names), hostileText), hostileText, { maxKeys: 8 });

const alert: fc.Arbitrary<AlertBody> = fc
  .record({
    status: fc.constantFrom<AlertBody['status']>('firing', 'resolved'),
    fingerprint: fc.uuid(),
    labels: dictionary([
      'alertname',
      'component',
      'severity',
      'instance',
      'mountpoint',
      '__proto__',
      'constructor',
    ]),
    annotations: dictionary([
      'summary',
      'summary_en',
      'description',
      'description_en',
      'value',
      'unit',
      'runbook',
      'dashboard',
      'dashboard_before',
    ]),
    startsAt: time,
    endsAt: fc.option(time, { nil: undefined }),
  })
  .map(({ endsAt, ...body }) => ({ kind: 'alert', ...body, ...(endsAt === undefined ? {} : { endsAt }) }));

const alertIncident: fc.Arbitrary<Draft<AlertIncident>> = fc
  .record({
    alerts: fc.array(alert, { maxLength: 12 }),
    copies: fc.constantFrom(1, 1, 1, 30),
    type: hostileText,
    severity,
    count,
    openedAt: time,
    lastAt: time,
    late,
    acknowledged: fc.option(fc.record({ by: hostileText, at: time }), { nil: undefined }),
  })
  .map(({ alerts, copies, late: lateness, acknowledged, ...rest }) => ({
    kind: 'alerts',
    ...rest,
    ...(acknowledged === undefined ? {} : { acknowledged }),
    ...(lateness === undefined ? {} : { late: lateness }),
    members: Object.fromEntries(
      Array.from({ length: copies }, (_, copy) =>
        alerts.map((body): [string, AlertBody] => [
          `${body.fingerprint} ${copy}`,
          { ...body, labels: { ...body.labels, copy: String(copy) } },
        ]),
      ).flat(),
    ),
  }));

const payment = fc
  .record({
    userId: id,
    amount: figure,
    currency: fc.oneof(fc.constantFrom('XTR', 'RUB', 'USD'), id),
    paymentType: hostileText,
  })
  .map((body) => ({ kind: 'payment_received' as const, ...body }));
const newUser = fc
  .record({ userId: id, source: hostileText })
  .map((body) => ({ kind: 'new_user' as const, ...body }));

const event: fc.Arbitrary<EventBody> = fc.oneof(
  fc
    .record({ errorType: hostileText, details: hostileText, userId: id })
    .map((body) => ({ kind: 'critical_error' as const, ...body })),
  fc
    .record({ version: hostileText, environment: hostileText })
    .map((body) => ({ kind: 'bot_started' as const, ...body })),
  fc.record({ reason: hostileText }).map((body) => ({ kind: 'bot_stopped' as const, ...body })),
  fc.record({ version: hostileText }).map((body) => ({ kind: 'bridge_started' as const, ...body })),
  fc.record({ title: hostileText, text: hostileText }).map((body) => ({ kind: 'custom' as const, ...body })),
  payment,
  newUser,
);

const eventIncident: fc.Arbitrary<Content> = fc
  .record({ body: event, type: hostileText, severity, count, firstAt: time, lastAt: time, late })
  .map(({ late: lateness, ...rest }) => ({
    kind: 'incident',
    incident: { kind: 'events', ...rest, ...(lateness === undefined ? {} : { late: lateness }) },
  }));

const eventList: fc.Arbitrary<Content> = fc
  .record({
    entries: fc.array(fc.record({ body: fc.oneof(payment, newUser), occurredAt: time }), {
      minLength: 1,
      maxLength: 20,
    }),
    copies: fc.constantFrom(1, 1, 10),
    late,
  })
  .map(({ entries, copies, late: lateness }) => ({
    kind: 'event_list',
    entries: Array.from({ length: copies }, () => entries).flat(),
    ...(lateness === undefined ? {} : { late: lateness }),
  }));

const bookings = fc.option(
  fc.record({
    count: fc.nat(),
    amounts: fc.array(fc.record({ currency: id, amount: figure, count: fc.option(fc.nat()) }), {
      maxLength: 12,
    }),
  }),
);
const report: fc.Arbitrary<Content> = fc
  .record({
    date: hostileText,
    formedAt: time,
    errors: fc.option(fc.nat()),
    expenses: bookings,
    incomes: bookings,
    top_categories: fc.option(
      fc.array(
        fc.record({
          name: hostileText,
          currency: fc.constantFrom('RUB', 'USD'),
          amount: figure,
          count: fc.nat(),
        }),
      ),
    ),
  })
  .map(({ date, formedAt, errors, ...some }) => ({
    kind: 'report',
    report: {
      kind: 'daily_report',
      date,
      formedAt,
      errors,
      figures: { ...dailyFigures('2024-09-21'), ...some },
    },
  }));

const digest: fc.Arbitrary<Content> = fc
  .record({
    kind: fc.constantFrom('digest' as const, 'digest_resolution' as const),
    severity,
    rows: fc.array(fc.record({ name: hostileText, severity, members: count, resolved: count }), {
      maxLength: 8,
    }),
    copies: fc.constantFrom(1, 1, 60),
    startedAt: time,
    endedAt: time,
    firing: count,
    resolved: count,
    late,
  })
  .map(({ kind, severity: worst, rows, copies, late: lateness, ...counts }) => {
    const names = Array.from({ length: copies }, () => rows).flat();
    return {
      kind,
      incident: {
        kind: 'digest',
        digest: worst,
        type: `digest:${worst}`,
        severity: worst,
        count: names.length,
        nameCount: names.length,
        namesRung: 1,
        lastAt: counts.endedAt,
        shownAt: counts.endedAt,
        isOver: false,
        ...(lateness === undefined ? {} : { late: lateness }),
      },
      summary: { ...counts, members: names.length, nameCount: names.length + copies, names },
    };
  });

export const content: fc.Arbitrary<Content> = fc.oneof(
  digest,
  alertIncident.map((incident) => ({ kind: 'incident' as const, incident })),
  alertIncident.map((incident) => ({ kind: 'resolution' as const, incident })),
  alertIncident.map((incident) => ({ kind: 'ring' as const, incident })),
  alertIncident.map((incident) => ({ kind: 'superseded' as const, incident })),
  eventIncident,
  eventList,
  report,
);

const base = fc.oneof(
  id,
  fc.constantFrom(
    'https://grafana.example.com/d/x?a=1&b="2"',
    'http://localhost:3000',
    'https://user:pw@example.com',
    `https://example.com/${'x'.repeat(490)}`,
  ),
);

export const options: fc.Arbitrary<RenderOptions> = fc.record({
  locale: fc.constantFrom<RenderOptions['locale']>('ru', 'en'),
  timezone: fc.constantFrom('Europe/Moscow', 'UTC', 'Asia/Kathmandu', 'America/New_York', 'No/Where'),
  now: time,
  links: fc.record({ grafana: base, status: base, runbooks: base }),
  redact: fc.constant(redact),
});
