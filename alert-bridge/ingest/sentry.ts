/**
 * Webhooks of Sentry's integration platform: issue alerts, metric alerts and what becomes of issues
 * (https://docs.sentry.io/integrations/integration-platform/webhooks/). Of an event only its title, place, level and
 * link are taken: the rest holds data of users.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { shortKey, type AlertBody, type NewSignal, type Severity } from '../model/signal.ts';
import { instant, sha256, text, type Arrival } from './alertmanager.ts';
import { parseOrRefuse } from './refuse.ts';

/** What `Sentry-Hook-Resource` names, as far as it is told to anybody. */
export type SentryResource = 'event_alert' | 'issue' | 'metric_alert';

const RESOURCES: readonly string[] = ['event_alert', 'issue', 'metric_alert'] satisfies SentryResource[];

export const isTold = (resource: string): resource is SentryResource => RESOURCES.includes(resource);

const eventAlertSchema = z.object({
  data: z.object({
    event: z.object({
      issue_id: text,
      title: text,
      culprit: text,
      level: text,
      datetime: text,
      web_url: text,
      environment: text,
    }),
    triggered_rule: text,
  }),
});

const issueSchema = z.object({
  action: text,
  data: z.object({
    issue: z.object({
      id: text,
      title: text,
      culprit: text,
      level: text,
      firstSeen: text,
      web_url: text,
      permalink: text,
    }),
  }),
});

const metricAlertSchema = z.object({
  action: text,
  data: z.object({
    description_title: text,
    description_text: text,
    web_url: text,
    metric_alert: z.object({
      id: text,
      title: text,
      date_started: text,
      date_closed: text,
      alert_rule: z.object({ id: text, name: text }).partial().default({}),
    }),
  }),
});

/** True for what can be a signature: hex of 32 bytes. */
export const isSignature = (signature: string | undefined): boolean => /^[\da-f]{64}$/i.test(signature ?? '');

/** Who has not the secret cannot sign the body: hex HMAC-SHA256 in `Sentry-Hook-Signature`. */
export function isSigned(body: Buffer, signature: string | undefined, secret: string): boolean {
  const expected = createHmac('sha256', secret).update(body).digest();
  const given = Buffer.from(signature ?? '', 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** One webhook as a signal; undefined when it tells of nothing that concerns a chat. */
export interface SentryNotification {
  readonly signal: NewSignal | undefined;
  /** Equal for repeated posts of one webhook, whenever they come. */
  readonly key: string;
  /** Of what can come again just as it was, such as an issue that is resolved once more. */
  readonly series?: string;
}

/**
 * Reads one webhook.
 * @throws HttpError 400 when the body is not what the resource is documented to be.
 */
export function parseSentry(resource: SentryResource, body: unknown, arrival: Arrival): SentryNotification {
  const alert = READERS[resource](body, arrival.now);
  if (alert === undefined) return { signal: undefined, key: '' };
  const { fingerprint, status, startsAt, endsAt, labels } = alert;
  // Where the webhook tells no time of its own, all of it stands for the time.
  const times = [startsAt, endsAt].map((at) => (at === arrival.now ? sha256(JSON.stringify(body)) : at));
  const identity = [resource, fingerprint, status, labels['severity'], ...times];
  // An event is one event, and an issue is created once.
  const isOnce = resource === 'event_alert' || isOfCreation(body);
  return {
    signal: {
      id: arrival.newId(),
      // An issue is one thing whichever webhook tells of it.
      type: fingerprint,
      severity: severityOf(labels['severity']),
      occurredAt: endsAt ?? startsAt,
      body: alert,
    },
    key: `sentry:${sha256(JSON.stringify(identity))}`,
    ...(isOnce ? {} : { series: `sentry:${sha256(fingerprint)}` }),
  };
}

const isOfCreation = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && 'action' in body && body.action === 'created';

const READERS: Readonly<Record<SentryResource, (body: unknown, now: number) => AlertBody | undefined>> = {
  event_alert: readEventAlert,
  issue: readIssue,
  metric_alert: readMetricAlert,
};

function readEventAlert(body: unknown, now: number): AlertBody {
  const { event, triggered_rule: rule } = parseOrRefuse(eventAlertSchema, body).data;
  return {
    ...issueBody({ ...event, id: event.issue_id, url: event.web_url }),
    status: 'firing',
    startsAt: instant(event.datetime) ?? now,
    labels: {
      ...issueLabels(event),
      ...(event.environment === '' ? {} : { environment: event.environment }),
      ...(rule === '' ? {} : { rule }),
    },
  };
}

const ISSUE_STATUS: Readonly<Record<string, AlertBody['status']>> = {
  created: 'firing',
  unresolved: 'firing',
  resolved: 'resolved',
  archived: 'resolved',
  // The name `archived` had before 2023.
  ignored: 'resolved',
};

/** Undefined for what changes nothing for the chat: somebody was assigned. */
function readIssue(body: unknown, now: number): AlertBody | undefined {
  const { action, data } = parseOrRefuse(issueSchema, body);
  const status = Object.hasOwn(ISSUE_STATUS, action) ? ISSUE_STATUS[action] : undefined;
  if (status === undefined) return undefined;
  const { issue } = data;
  return {
    ...issueBody({ ...issue, url: issue.web_url || issue.permalink }),
    status,
    // An issue that comes back began long ago; this time it begins now.
    startsAt: action === 'unresolved' ? now : (instant(issue.firstSeen) ?? now),
    ...(status === 'resolved' ? { endsAt: now } : {}),
    labels: issueLabels(issue),
  };
}

function readMetricAlert(body: unknown, now: number): AlertBody {
  const { action, data } = parseOrRefuse(metricAlertSchema, body);
  const { metric_alert: incident, description_text: description } = data;
  const isResolved = action === 'resolved';
  const name = incident.alert_rule.name ?? incident.title;
  return {
    kind: 'alert',
    source: 'sentry',
    status: isResolved ? 'resolved' : 'firing',
    fingerprint: shortKey(`sentry:metric:${incident.alert_rule.id ?? incident.id}`),
    labels: { alertname: name, severity: action === 'critical' ? 'critical' : 'warning' },
    annotations: { summary: name, description },
    startsAt: instant(incident.date_started) ?? now,
    ...(isResolved ? { endsAt: instant(incident.date_closed) ?? now } : {}),
    ...(data.web_url === '' ? {} : { generatorUrl: data.web_url }),
  };
}

interface Issue {
  readonly id: string;
  readonly title: string;
  readonly culprit: string;
  readonly level: string;
  readonly url: string;
}

const issueBody = ({ id, title, culprit, url }: Issue) =>
  ({
    kind: 'alert',
    source: 'sentry',
    fingerprint: shortKey(`sentry:issue:${id}`),
    annotations: { summary: title, description: culprit },
    ...(url === '' ? {} : { generatorUrl: url }),
  }) as const;

const issueLabels = ({ title, level }: Pick<Issue, 'title' | 'level'>): Record<string, string> => ({
  alertname: title,
  severity: level === 'fatal' ? 'critical' : level === 'error' ? 'warning' : 'info',
});

const severityOf = (label: string | undefined): Severity =>
  label === 'critical' || label === 'warning' ? label : 'info';
