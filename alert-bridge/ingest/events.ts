import { SEVERITIES } from '../model/severity.ts';
import { z } from 'zod';
import { idOfEvent, type EventBody, type NewSignal, type Severity } from '../model/signal.ts';
import { parseOrRefuse } from './refuse.ts';

/** Telegram ids pass 2^53 nowhere near, but senders write them both as numbers and as strings. */
const userId = z
  .union([z.string().min(1).max(64), z.number().int()], 'Expected a user id, as a number or a string')
  .transform(String);
const line = z.string().min(1).max(1_000);
const severity = z.enum(SEVERITIES);
/** For how many occurrences the event stands. */
const count = z.number().int().min(1).max(1_000_000).nullish();

const envelope = {
  id: z.string().min(1).max(200).optional(),
  occurred_at: z.iso
    .datetime({
      offset: true,
      error: 'Expected an RFC 3339 time with its offset, such as 2024-09-22T10:00:00Z',
    })
    .optional(),
  severity: severity.optional(),
};

/** `POST /api/v1/events`. Fields nobody here knows are ignored: a newer bot may talk to an older bridge. */
const eventSchema = z.discriminatedUnion('type', [
  z.object({
    ...envelope,
    type: z.literal('critical_error'),
    error_type: line,
    details: z.string(),
    count,
    user_id: userId.nullish(),
  }),
  z.object({ ...envelope, type: z.literal('new_user'), user_id: userId, source: line.nullish() }),
  z.object({
    ...envelope,
    type: z.literal('payment_received'),
    user_id: userId,
    amount: z.number(),
    currency: z.string().min(1).max(10).nullish(),
    payment_type: line,
  }),
  z.object({
    ...envelope,
    type: z.literal('bot_started'),
    version: line.nullish(),
    environment: line.nullish(),
  }),
  z.object({ ...envelope, type: z.literal('bot_stopped'), reason: z.string().nullish() }),
  z.object({ ...envelope, type: z.literal('custom'), title: line, text: z.string(), severity, count }),
]);

type Event = z.infer<typeof eventSchema>;

/** The application is paid in Telegram Stars; their currency code is XTR. */
const DEFAULT_CURRENCY = 'XTR';

/**
 * Reads one event of the application.
 * @param context time of receipt in Unix ms, and a source of unique ids.
 * @throws HttpError 400 that names every field that is wrong.
 */
export function parseEvent(body: unknown, context: { now: number; newId: () => string }): NewSignal {
  const event = parseOrRefuse(eventSchema, body);
  return {
    id: idOfEvent(event.id ?? context.newId()),
    type: typeOf(event),
    severity: event.severity ?? defaultSeverity(event.type),
    occurredAt: event.occurred_at === undefined ? context.now : Date.parse(event.occurred_at),
    body: toBody(event),
  };
}

function typeOf(event: Event): string {
  if (event.type === 'critical_error') return `critical_error:${event.error_type}`;
  return event.type === 'custom' ? `custom:${event.title}` : event.type;
}

const defaultSeverity = (type: Event['type']): Severity =>
  type === 'critical_error' || type === 'bot_stopped' ? 'critical' : 'info';

function toBody(event: Event): EventBody {
  switch (event.type) {
    case 'critical_error':
      return {
        kind: event.type,
        errorType: event.error_type,
        details: event.details,
        ...present('userId', event.user_id),
        ...counted(event),
      };
    case 'new_user':
      return { kind: event.type, userId: event.user_id, ...present('source', event.source) };
    case 'payment_received':
      return {
        kind: event.type,
        userId: event.user_id,
        amount: event.amount,
        currency: event.currency ?? DEFAULT_CURRENCY,
        paymentType: event.payment_type,
      };
    case 'bot_started':
      return {
        kind: event.type,
        ...present('version', event.version),
        ...present('environment', event.environment),
      };
    case 'bot_stopped':
      return { kind: event.type, ...present('reason', event.reason) };
    case 'custom':
      return { kind: event.type, title: event.title, text: event.text, ...counted(event) };
  }
}

const counted = ({ count }: { count?: number | null | undefined }): { count?: number } =>
  (count ?? 1) > 1 ? { count: count ?? 1 } : {};

/** `{ [key]: value }` where there is a value: absent and null are one thing to a sender. */
const present = <K extends string>(key: K, value: string | null | undefined): Partial<Record<K, string>> =>
  value === undefined || value === null ? {} : ({ [key]: value } as Record<K, string>);
