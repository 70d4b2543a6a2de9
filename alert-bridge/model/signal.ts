import { createHash } from 'node:crypto';
import { parseDurationMs } from '../../common/time/duration.ts';
import type { DailyFigures } from '../../common/daily-figures.ts';

/** What the bridge is told, after parsing: the one form every source is brought to. */

/** The alert that always fires, to prove that the way from Prometheus to here is open. */
export const WATCHDOG_ALERT = 'Watchdog';

/** Alerts for the chain itself, of which no chat is told: the Watchdog, and the one by which Alertmanager knows a cause. */
const ALERTS_FOR_THE_CHAIN: ReadonlySet<string | undefined> = new Set([WATCHDOG_ALERT, 'CauseKnown']);
export const isForTheChain = (labels: Readonly<Record<string, string>>): boolean =>
  ALERTS_FOR_THE_CHAIN.has(labels['alertname']);

export type Severity = 'critical' | 'warning' | 'info';

/** One alert, as Alertmanager tells of it; other sources are brought to its form. */
export interface AlertBody {
  readonly kind: 'alert';
  /** Absent: Prometheus, by way of Alertmanager. */
  readonly source?: 'grafana' | 'sentry';
  readonly status: 'firing' | 'resolved';
  /** Identity of the alert, from Alertmanager: the same labels give the same fingerprint. */
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Present where `severity_words` takes the word of the label for another one than it is taken for by default. */
  readonly severity?: Severity;
  /** Unix ms. */
  readonly startsAt: number;
  /** Unix ms; present when resolved. */
  readonly endsAt?: number;
  /** Where a person sees more of it: the query in Prometheus, the panel in Grafana, the issue in Sentry. */
  readonly generatorUrl?: string;
  /** How often it has fired again with this start, after it was told to be over: absent when it has not. */
  readonly again?: number;
  /** Alertmanager has it, and its notification never came. */
  readonly isMissed?: true;
}

/** A rule's `for` is never longer: what says more says nothing that a person believes. */
const MAX_PENDING_MS = 366 * 24 * 60 * 60_000;

/**
 * Prometheus tells when an alert fired, which is its rule's `for` after the trouble began. Our rules repeat their
 * `for` in this annotation, so that a person reads how long the outage really was.
 * @returns ms
 */
export function pendingMs({ pending_for: text }: AlertBody['annotations']): number {
  const ms = text === undefined ? 0 : (parseDurationMs(text) ?? 0);
  return ms <= MAX_PENDING_MS ? ms : 0;
}

/** From when on the sender could tell of it, Unix ms: trouble is an alert only after the rule's `for`. */
export const reportableFrom = ({ startsAt, endsAt, annotations }: AlertBody): number =>
  endsAt ?? startsAt + pendingMs(annotations);

/** What rules call a severity, in lower case. `severity_words` in config.yml adds to them and says which is which. */
export const SEVERITY_WORDS: ReadonlyMap<string, Severity> = new Map(
  Object.entries({
    critical:
      'critical page pager emergency emerg fatal panic alert crit disaster urgent high p0 p1 sev0 sev1',
    warning: 'warning warn error err major average medium minor',
    info: 'info information informational notice low debug ok none',
  }).flatMap(([severity, words]) => words.split(' ').map((word) => [word, severity as Severity] as const)),
);

/** A missing or unknown severity must not hide an alert, and must not wake anybody either. */
export const severityOfLabel = (
  label: string | undefined,
  words: ReadonlyMap<string, Severity> = SEVERITY_WORDS,
): Severity => words.get((label ?? '').trim().toLowerCase()) ?? 'warning';

export const severityOf = ({ severity, labels }: Pick<AlertBody, 'severity' | 'labels'>): Severity =>
  severity ?? severityOfLabel(labels['severity']);

/** How the fingerprints begin of what the bridge itself has noticed. */
export const OWN_FINGERPRINT = 'alert-bridge/';

/** How the types begin of alerts that the bridge itself raises: no rule of Prometheus can name one so. */
export const OWN_FAMILY = 'alert-bridge';

/** How the ids begin of events: what a sender calls its event is never what the bridge calls something of its own. */
const EVENT_ID = 'event:';

/** The id of an event that its sender has given that one. */
export const idOfEvent = (givenId: string): string => `${EVENT_ID}${givenId}`;

/** The id as the sender of an event gave it; any other as it is. */
export const givenId = (id: string): string => (id.startsWith(EVENT_ID) ? id.slice(EVENT_ID.length) : id);

/** Only such an alert can be muted there. */
export const isFromAlertmanager = ({ source, fingerprint }: AlertBody): boolean =>
  source === undefined && !fingerprint.startsWith(OWN_FINGERPRINT);

/** What the sender may have counted together. */
interface Counted {
  /** Absent: it happened once. */
  readonly count?: number;
}

export interface CriticalErrorBody extends Counted {
  readonly kind: 'critical_error';
  readonly errorType: string;
  readonly details: string;
  readonly userId?: string;
}

export interface NewUserBody {
  readonly kind: 'new_user';
  readonly userId: string;
  readonly source?: string;
}

export interface PaymentReceivedBody {
  readonly kind: 'payment_received';
  readonly userId: string;
  readonly amount: number;
  /** ISO 4217, or XTR for Telegram Stars (https://core.telegram.org/bots/payments-stars). */
  readonly currency: string;
  readonly paymentType: string;
}

export interface BotStartedBody {
  readonly kind: 'bot_started';
  readonly version?: string;
  readonly environment?: string;
}

export interface BotStoppedBody {
  readonly kind: 'bot_stopped';
  readonly reason?: string;
}

/** Which one tells of itself, where there are several. */
interface FromBridge {
  readonly bridge?: string;
}

/** Of this bridge itself, as the others named after it. */
export interface BridgeStartedBody extends FromBridge {
  readonly kind: 'bridge_started';
  readonly version: string;
}

export interface BridgeStoppedBody extends FromBridge {
  readonly kind: 'bridge_stopped';
}

/** It runs again after it ended without a word. */
export interface BridgeCrashedBody extends FromBridge {
  readonly kind: 'bridge_crashed';
  readonly version: string;
  /** Unix ms. */
  readonly lastAliveAt: number;
}

/** It was away for so long that alerts may have come and gone meanwhile. */
export interface BridgeGapBody {
  readonly kind: 'bridge_gap';
  /** Unix ms. */
  readonly from: number;
  readonly to: number;
  /** What was told before the gap: what of it still fires, and what was over meanwhile. */
  readonly firing: readonly string[];
  readonly closed: readonly string[];
}

/** Its state, or a part of it, cannot be used: it goes on without it. */
export interface BridgeStateLostBody extends FromBridge {
  readonly kind: 'bridge_state_lost';
  /** Name of the file that this state is in now, of the rows that are set aside in it, of what is missing. */
  readonly file: string;
  readonly cause: 'damaged' | 'other_key' | 'key' | 'newer' | 'missing' | 'log_missing' | 'rows' | 'hash_key';
  /** Of a newer release: the version of its schema, and the newest that this one knows. */
  readonly found?: number;
  readonly known?: number;
}

/** The topic of a chat is gone or closed: its messages go to the chat itself. */
export interface BridgeTopicGoneBody {
  readonly kind: 'bridge_topic_gone';
  /** As in ADMIN_TELEGRAM_ID. */
  readonly chat: string;
}

/** A receiver's `max_alerts` has cut off alerts of a notification: nobody here knows which. */
export interface AlertsTruncatedBody {
  readonly kind: 'alerts_truncated';
  readonly hidden: number;
  /** Name of the receiver. */
  readonly receiver: string;
}

/** Secrets that should be changed. */
export interface SecretsOldBody {
  readonly kind: 'secrets_old';
  /** The oldest first. */
  readonly secrets: readonly {
    /** As in .env. */
    readonly name: string;
    readonly days: number;
  }[];
}

export interface CustomBody extends Counted {
  readonly kind: 'custom';
  readonly title: string;
  readonly text: string;
}

export type EventBody =
  | CriticalErrorBody
  | NewUserBody
  | PaymentReceivedBody
  | BotStartedBody
  | BotStoppedBody
  | BridgeStartedBody
  | BridgeStoppedBody
  | BridgeCrashedBody
  | BridgeGapBody
  | BridgeStateLostBody
  | BridgeTopicGoneBody
  | AlertsTruncatedBody
  | SecretsOldBody
  | CustomBody;

/** The daily report: what was known when it was made. Its text and its picture are drawn from it. */
export interface DailyReportBody {
  readonly kind: 'daily_report';
  /** The day it tells of, YYYY-MM-DD in TIMEZONE. */
  readonly date: string;
  /** Unix ms. */
  readonly formedAt: number;
  /** Null when the exporter did not answer. */
  readonly figures: DailyFigures | null;
  /** Critical errors that happened on the day; null when they were not counted during all of it. */
  readonly errors: number | null;
}

/** How often what a signal tells of has happened. */
export const occurrencesOf = (body: SignalBody): number => ('count' in body ? (body.count ?? 1) : 1);

/** What an event says in its sender's own words, beside its name; empty where that is nothing. */
export function textOf(body: SignalBody): string {
  switch (body.kind) {
    case 'critical_error':
      return body.details.trim();
    case 'custom':
      return body.text.trim();
    case 'bot_stopped':
      return body.reason?.trim() ?? '';
    default:
      return '';
  }
}

export type SignalBody = AlertBody | EventBody | DailyReportBody;
export type EventKind = EventBody['kind'];

/** A parsed signal before it has a place in the ledger. */
export interface NewSignal {
  /** Unique for ever: the sender's idempotency key with its source, or one made at the edge. */
  readonly id: string;
  /** What counts as "the same" for the rate limit: alert name and component, error type, or the kind of event. */
  readonly type: string;
  readonly severity: Severity;
  /** When it happened, Unix ms, as the sender says. */
  readonly occurredAt: number;
  readonly body: SignalBody;
}

/** A signal with its place in the ledger. */
export interface Signal extends NewSignal {
  /** Order of acceptance. */
  readonly seq: number;
  /** When it was committed, Unix ms. */
  readonly acceptedAt: number;
}

/** Types and ids are keys of several tables: of one that no person could read, a hash tells the end. */
const MAX_KEY_UNITS = 1_000;

/** The same text, or one of at most {@link MAX_KEY_UNITS} that no other text becomes. */
export function shortKey(text: string): string {
  if (text.length <= MAX_KEY_UNITS) return text;
  const hash = createHash('sha256').update(text).digest('hex');
  return `${text.slice(0, MAX_KEY_UNITS - hash.length - 1).toWellFormed()} ${hash}`;
}

/** By what two bridges know that they were told the same: a signal has another id at each of them. */
export function identityOf({ id, body }: NewSignal): string {
  if (body.kind !== 'alert') return `${body.kind}:${givenId(id)}`;
  const { source = '', fingerprint, status, startsAt, labels, again } = body;
  const identity = ['alert', source, fingerprint, status, startsAt, labels['severity'] ?? ''].join(':');
  return again === undefined ? identity : `${identity}:${again}`;
}
