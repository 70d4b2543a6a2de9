/**
 * Takes personal data and secrets out of what the Sentry SDK is about to send. Pure.
 *
 * Shapes: https://develop.sentry.dev/sdk/foundations/data-model/event-payloads/
 */
import type { Breadcrumb, Event } from '@sentry/node';
import type { Redactor } from '../redact/redact.ts';
import { withoutIds } from './paths.ts';
import { stripRedisArguments, stripSqlLiterals } from './sql.ts';

export type SpanJSON = NonNullable<Event['spans']>[number];

export interface Scrubber {
  event<E extends Event>(event: E): E;
  span(span: SpanJSON): SpanJSON;
  breadcrumb(crumb: Breadcrumb): Breadcrumb;
  /** A chunk of a profile; https://develop.sentry.dev/sdk/telemetry/profiles/sample-format-v2/. */
  profile(chunk: unknown): unknown;
  /** The name of a transaction that goes by the pattern of a route. */
  routeName(name: string): string;
}

type Attributes = NonNullable<SpanJSON['data']>;

/** Attributes whose values are content or identify a person, whatever they hold. */
const DROPPED_ATTRIBUTE =
  /^user\.|cookie|^http\.(?:request|response)\.(?:header|body(?!\.size))|^(?:http\.)?client[._](?:address|ip|port)|^net\.(?:sock\.)?peer\.ip|^network\.peer\.address|query\.parameter|operation\.parameter|statement\.(?:values|params)|^db\.(?:user|connection_string)$|^cache\.key/i;
const SQL_ATTRIBUTE = /^db\.(?:statement|query\.text|query\.summary)$/;
/** Ids of the trace itself: 16 digits of hexadecimal could pass for a card number. */
const TRACE_IDS = ['trace_id', 'span_id', 'parent_span_id'] as const;
/** V8 names what it compiles of a regular expression by its source, and the redactor's own holds every secret. */
const FUNCTION_NAME = /^[\p{L}\p{N}_$.#<>[\] *()-]{1,200}$/u;
const HASHED_ID = /^u_[0-9a-f]{12}$/;

const isRedis = (data: Attributes): boolean =>
  /redis/i.test(String(data['db.system'] ?? data['db.system.name'] ?? ''));
const isDatabase = (op: string | undefined, data: Attributes): boolean =>
  (op ?? '').startsWith('db') ||
  (op ?? '').startsWith('cache') ||
  'db.system' in data ||
  'db.system.name' in data;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

export function createScrubber(redactor: Redactor): Scrubber {
  const text = (raw: string): string => redactor.text(raw);
  const record = <T>(raw: T): T => redactor.value(raw) as T;
  // Redacted first: what follows a `#` or `?` may be the rest of a password, and its `@` tells that it is one.
  const path = (raw: string, isRoute = false): string => withoutIds(text(raw), { isRoute });
  const isRoute = (source: unknown): boolean => source === 'route';

  const attributes = (data: Attributes): Attributes => {
    const out: Attributes = {};
    for (const [name, raw] of Object.entries(data)) {
      if (DROPPED_ATTRIBUTE.test(name)) continue;
      if (SQL_ATTRIBUTE.test(name)) {
        out[name] = text(isRedis(data) ? stripRedisArguments(String(raw)) : stripSqlLiterals(String(raw)));
      } else if (/^(?:url\.query|http\.query|url\.fragment|http\.fragment)$/.test(name)) {
        out[name] = '[query]';
      } else if (/url|target|uri|http\.route/i.test(name) && typeof raw === 'string') {
        out[name] = path(raw, name === 'http.route');
      } else {
        // As a field of an object, so that its name is judged too.
        Object.assign(out, record({ [name]: raw }));
      }
    }
    return out;
  };

  const description = (raw: string, op: string | undefined, data: Attributes): string => {
    if (isRedis(data)) return stripRedisArguments(raw);
    if (isDatabase(op, data)) return text(stripSqlLiterals(raw));
    return path(raw, isRoute(data['sentry.source']) || 'http.route' in data || 'express.type' in data);
  };

  const span = (raw: SpanJSON): SpanJSON => ({
    ...raw,
    data: attributes(raw.data),
    // The message of a failed call, where the call has no code.
    status: text(raw.status),
    ...(raw.description === undefined ? {} : { description: description(raw.description, raw.op, raw.data) }),
  });

  const breadcrumb = (raw: Breadcrumb): Breadcrumb => ({
    ...raw,
    ...(raw.message === undefined ? {} : { message: text(raw.message) }),
    ...(raw.data === undefined ? {} : { data: attributes(raw.data) }),
  });

  const contexts = (raw: NonNullable<Event['contexts']>): NonNullable<Event['contexts']> => {
    const { trace } = raw;
    const out = record(raw);
    if (trace === undefined) return out;
    const ids = Object.fromEntries(TRACE_IDS.filter((id) => id in trace).map((id) => [id, trace[id]]));
    return {
      ...out,
      trace: { ...record(trace), ...ids, data: attributes(trace.data ?? {}) },
    };
  };

  const exceptions = (raw: NonNullable<Event['exception']>): NonNullable<Event['exception']> => ({
    ...raw,
    values: (raw.values ?? []).map((one) => {
      for (const frame of one.stacktrace?.frames ?? []) delete frame.vars;
      return record(one);
    }),
  });

  const request = (raw: NonNullable<Event['request']>): NonNullable<Event['request']> => ({
    ...(raw.method === undefined ? {} : { method: raw.method }),
    ...(raw.url === undefined ? {} : { url: path(raw.url) }),
    ...(raw.query_string === undefined ? {} : { query_string: '[query]' }),
  });

  const user = (id: string | number | undefined): NonNullable<Event['user']> => {
    const known = typeof id === 'string' && HASHED_ID.test(id);
    return known ? { id } : {};
  };

  const event = <E extends Event>(raw: E): E => {
    const out = { ...raw };
    if (raw.message !== undefined) out.message = text(raw.message);
    if (raw.logentry !== undefined) out.logentry = record(raw.logentry);
    if (raw.transaction !== undefined) {
      out.transaction = path(raw.transaction, isRoute(raw.transaction_info?.source));
    }
    if (raw.exception !== undefined) out.exception = exceptions(raw.exception);
    if (raw.request !== undefined) out.request = request(raw.request);
    if (raw.user !== undefined) out.user = user(raw.user.id);
    if (raw.breadcrumbs !== undefined) out.breadcrumbs = raw.breadcrumbs.map(breadcrumb);
    if (raw.contexts !== undefined) out.contexts = contexts(raw.contexts);
    if (raw.extra !== undefined) out.extra = record(raw.extra);
    if (raw.tags !== undefined) out.tags = record(raw.tags);
    if (raw.spans !== undefined) out.spans = raw.spans.map(span);
    return out;
  };

  const profile = (chunk: unknown): unknown => {
    const frames = isObject(chunk) && isObject(chunk['profile']) ? chunk['profile']['frames'] : undefined;
    if (!isObject(chunk) || !Array.isArray(frames)) return {};
    // Stacks name frames by their place.
    const named = frames.map((frame: unknown) => {
      const name = isObject(frame) ? frame['function'] : undefined;
      return isObject(frame) && typeof name === 'string' && !FUNCTION_NAME.test(name)
        ? { ...frame, function: '(native)' }
        : frame;
    });
    return { ...chunk, profile: { ...(chunk['profile'] as object), frames: named } };
  };

  return { event, span, profile, breadcrumb, routeName: (name) => path(name, true) };
}
