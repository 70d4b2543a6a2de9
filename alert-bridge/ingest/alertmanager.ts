import { createHash } from 'node:crypto';
import { z } from 'zod';
import { HttpError } from '../../common/http/errors.ts';
import {
  OWN_FINGERPRINT,
  pendingMs,
  severityOfLabel,
  shortKey,
  WATCHDOG_ALERT,
  type AlertBody,
  type NewSignal,
} from '../model/signal.ts';
import { inBatchesOf } from '../model/batches.ts';
import { parseOrRefuse } from './refuse.ts';

/**
 * Alertmanager's webhook, version 4 (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config).
 * Newer releases add fields; unknown ones are ignored, and odd values are taken as text: an alert that fired
 * is never refused for its looks.
 */
export const text = z.preprocess((value) => asText(value), z.string());
/** Whatever is no such number is none. */
const count = z.preprocess((value) => (Number.isSafeInteger(value) ? value : 0), z.number());
const object = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
export const texts = z.preprocess(object, z.record(z.string(), text));

const alertShape = {
  labels: texts,
  annotations: texts,
  startsAt: text,
  endsAt: text,
  generatorURL: text,
  fingerprint: text,
};

const statusShape = {
  status: z.preprocess(
    (value) => (value === 'resolved' ? 'resolved' : 'firing'),
    z.enum(['firing', 'resolved']),
  ),
};

type WireAlert = z.infer<z.ZodObject<typeof alertShape & typeof statusShape>>;

/** The schema of an alert with these fields besides those that are the same wherever Alertmanager tells of it. */
export const alertSchema = <More extends z.ZodRawShape>(more: More) =>
  z.preprocess(object, z.object({ ...alertShape, ...more }));

/** The schema of a notification of such alerts. */
export const notificationSchema = <More extends z.ZodRawShape>(more: More) =>
  z.object({
    receiver: text,
    groupKey: text,
    status: text,
    externalURL: text,
    truncatedAlerts: count,
    // Go writes an empty list as null; without the key it is no notification.
    alerts: z.preprocess(
      (value) => (value === null ? [] : value),
      z.array(alertSchema({ ...statusShape, ...more }), 'Expected an array of alerts'),
    ),
  });

const alertmanagerSchema = notificationSchema({});

export interface Notification {
  readonly signals: readonly NewSignal[];
  /** Equal for repeated posts of one notification: a flush carries no delivery id of its own. */
  readonly key: string;
  /** The external URL of who sent it; of two Alertmanagers each has its own. Empty when it has none. */
  readonly origin: string;
  /** True when it carries the Watchdog, the alert that always fires; its end says that Prometheus is not heard. */
  readonly watchdog: boolean;
  /** Name of the receiver that Alertmanager sent it for. */
  readonly receiver: string;
}

/** Time of receipt in Unix ms, and a source of unique ids. */
export interface Arrival {
  readonly now: number;
  readonly newId: () => string;
}

/** Alerts that are read and committed at once: whoever else posts waits so long. */
const PART_ALERTS = 250;

/** A post of more is no notification: refused, before each becomes a signal. */
const MOST_ALERTS = 50_000;

/** What a notification says of all its alerts. */
const envelopeSchema = z.object({ receiver: text, groupKey: text, status: text, truncatedAlerts: count });

/**
 * A notification of many alerts as several of few. Each has a key of its own: when only some of them could be
 * committed, the same post sent again brings the others. Of the rest of the body, which may be big, they carry only what is read.
 * @throws HttpError 413 when there are more alerts than anybody has.
 */
export function partsOf(body: unknown): readonly unknown[] {
  const { alerts } = object(body) as { readonly alerts?: unknown };
  if (!Array.isArray(alerts) || alerts.length <= PART_ALERTS) return [body];
  if (alerts.length > MOST_ALERTS) {
    throw new HttpError(413, 'too_many_alerts', `More than ${MOST_ALERTS} alerts in one notification.`);
  }
  const { truncatedAlerts, ...envelope } = parseOrRefuse(envelopeSchema, body);
  return inBatchesOf(PART_ALERTS, alerts as unknown[]).map((part, index) => ({
    ...envelope,
    alerts: part,
    // Said once.
    ...(index === 0 ? { truncatedAlerts } : {}),
  }));
}

/**
 * Reads one notification.
 * @throws HttpError 400 when the body is not a notification at all.
 */
export function parseAlertmanager(body: unknown, arrival: Arrival): Notification {
  const { alerts, ...notification } = parseOrRefuse(alertmanagerSchema, body);
  const bodies = alerts.map((alert) => toBody(alert, arrival.now));
  return toNotification({ ...notification, alerts: bodies, family: 'alert' }, arrival);
}

/** @param notification `family` begins the type of its signals: equal names from two sources are two things. */
export function toNotification(
  notification: {
    readonly receiver: string;
    readonly groupKey: string;
    readonly status: string;
    readonly externalURL: string;
    readonly truncatedAlerts: number;
    readonly alerts: readonly AlertBody[];
    readonly family: string;
  },
  { newId, now }: Arrival,
): Notification {
  const { alerts, family } = notification;
  const identity = alerts.map((alert) =>
    [alert.fingerprint, alert.status, alert.startsAt, alert.endsAt].join('|'),
  );
  const signals = alerts.map((alert) => signalOf(alert, family, newId()));
  return {
    signals: [...signals, ...truncationOf(signals, notification, { newId, now })],
    key: sha256([notification.groupKey, notification.status, ...identity.toSorted()].join('\n')),
    origin: notification.externalURL,
    watchdog: alerts.some(
      ({ labels, status }) => labels['alertname'] === WATCHDOG_ALERT && status === 'firing',
    ),
    receiver: notification.receiver,
  };
}

/** What is cut off may be as bad as what is not. */
function truncationOf(
  told: readonly NewSignal[],
  { truncatedAlerts: hidden, receiver, status }: Parameters<typeof toNotification>[0],
  { newId, now }: Arrival,
): readonly NewSignal[] {
  if (hidden <= 0 || status === 'resolved') return [];
  const severity = told.some((signal) => signal.severity === 'critical') ? 'critical' : 'warning';
  const body = { kind: 'alerts_truncated', hidden, receiver } as const;
  return [{ id: newId(), type: body.kind, severity, occurredAt: now, body }];
}

export const signalOf = (alert: AlertBody, family: string, id: string): NewSignal => ({
  id,
  type: typeOf(family, alert.labels),
  severity: severityOfLabel(alert.labels['severity']),
  occurredAt: alert.endsAt ?? alert.startsAt,
  body: alert,
});

/**
 * Name and component. A colon within the name is escaped, for the first one ends it: `a:b` of `c` and `a` of `b:c` are
 * two things; a brace at its beginning too, for a type by other labels begins with one.
 */
function typeOf(family: string, { alertname = '', component = '' }: AlertBody['labels']): string {
  return shortKey(`${family}:${alertname.replaceAll(/^\{|[:\\]/g, '\\$&')}:${component}`);
}

/**
 * Alertmanager's are 16 hexadecimal digits. What looks like the fingerprint of another source, of the bridge's own, or
 * like none, is not taken over: two alerts would be one.
 */
function fingerprintOf({ fingerprint: given, labels }: Pick<WireAlert, 'fingerprint' | 'labels'>): string {
  const isUsual = given !== '' && given.length <= 128 && !given.includes(':') && !(given in {});
  if (isUsual && !given.startsWith(OWN_FINGERPRINT)) return given;
  const identity = given === '' ? Object.entries(labels).toSorted() : [given];
  return sha256(JSON.stringify(identity)).slice(0, 16);
}

/** @param now stands in for times that the sender does not tell, Unix ms. */
export function toBody(alert: WireAlert, now: number): AlertBody {
  const endsAt = alert.status === 'resolved' ? (instant(alert.endsAt) ?? now) : undefined;
  return {
    kind: 'alert',
    status: alert.status,
    fingerprint: fingerprintOf(alert),
    labels: alert.labels,
    annotations: alert.annotations,
    startsAt: (instant(alert.startsAt) ?? endsAt ?? now) - pendingMs(alert.annotations),
    ...(endsAt === undefined ? {} : { endsAt }),
    ...(alert.generatorURL === '' ? {} : { generatorUrl: alert.generatorURL }),
  };
}

/** The last moment that RFC 3339 can write. */
const END_OF_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/** Unix ms of an RFC 3339 time; undefined for none and for Go's zero time, which means "not set". */
export function instant(time: string): number | undefined {
  const ms = Date.parse(time);
  return Number.isNaN(ms) || ms <= 0 || ms > END_OF_TIME ? undefined : ms;
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

export const sha256 = (input: string): string => createHash('sha256').update(input).digest('hex');
