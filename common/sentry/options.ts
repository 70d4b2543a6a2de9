/** Options of the Sentry SDK; everything it sends passes the scrubber. Pure. */
import { withStaticSpan } from '@sentry/node';
import type { Event, NodeOptions } from '@sentry/node';
import type { Scrubber } from './scrub.ts';
import type { SentrySettings } from './settings.ts';

type TransportFactory = NonNullable<NodeOptions['transport']>;
type Transport = ReturnType<TransportFactory>;
type Envelope = Parameters<Transport['send']>[0];
type Item = Envelope[1][number];

/** Items that were scrubbed, or hold nothing of ours. Anything a later SDK might add is kept back. */
const SENT_ITEMS: ReadonlySet<string> = new Set([
  'event',
  'transaction',
  'profile_chunk',
  'session',
  'sessions',
  'client_report',
]);

/** The last gate: drops unknown items, scrubs transactions, and cleans their name in the envelope's own header. */
function gated(make: TransportFactory, scrubber: Scrubber): TransportFactory {
  return (options) => {
    const inner = make(options);
    return {
      flush: (timeoutMs) => inner.flush(timeoutMs),
      send: (envelope) => {
        const items = envelope[1]
          .filter(([header]) => SENT_ITEMS.has(header.type))
          .map((item) => cleanItem(item, scrubber));
        if (items.length === 0) return Promise.resolve({});
        return inner.send([cleanHeaders(envelope[0], scrubber), items] as Envelope);
      },
    };
  };
}

function cleanItem(item: Item, scrubber: Scrubber): Item {
  const [header, payload] = item;
  if (header.type === 'profile_chunk') return [header, scrubber.profile(payload)] as Item;
  if (header.type !== 'transaction') return item;
  return [header, scrubber.event(payload as Event)] as Item;
}

function cleanHeaders(headers: Envelope[0], scrubber: Scrubber): Envelope[0] {
  const trace: unknown = Reflect.get(headers, 'trace');
  if (typeof trace !== 'object' || trace === null || !('transaction' in trace)) return headers;
  return {
    ...headers,
    // The SDK puts it here only where it is the pattern of a route.
    trace: { ...trace, transaction: scrubber.routeName(String(trace.transaction)) },
  };
}

export interface SentryParts {
  readonly scrubber: Scrubber;
  readonly transport: TransportFactory;
  readonly integrations: NonNullable<NodeOptions['integrations']>;
}

/**
 * `traceLifecycle: 'static'`: one transaction with its spans, which every Sentry server understands, self-hosted ones
 * too. `dataCollection` is what was `sendDefaultPii: false` before version 11, and more.
 */
export function buildSentryOptions(settings: SentrySettings, parts: SentryParts): NodeOptions {
  const { scrubber } = parts;
  return {
    dsn: settings.dsn,
    environment: settings.environment,
    release: settings.release,
    tracesSampleRate: settings.tracesSampleRate,
    traceLifecycle: 'static',
    // Which minutes are profiled is drawn in profiling.ts; the SDK would draw once for the life of the process.
    profileSessionSampleRate: settings.profilesSampleRate > 0 ? 1 : 0,
    profileLifecycle: 'manual',
    // No trace headers to Telegram and other outside services: they name our release and our transactions.
    tracePropagationTargets: [],
    includeLocalVariables: false,
    dataCollection: {
      userInfo: false,
      cookies: false,
      httpHeaders: false,
      httpBodies: [],
      urlQueryParams: false,
      graphQL: { document: false, variables: false },
      genAI: { inputs: false, outputs: false },
      databaseQueryData: false,
      queues: false,
      stackFrameVariables: false,
    },
    integrations: parts.integrations,
    transport: gated(parts.transport, scrubber),
    beforeSend: (event) => scrubber.event(event),
    beforeSendSpan: withStaticSpan((span) => scrubber.span(span)),
    beforeBreadcrumb: (crumb) => scrubber.breadcrumb(crumb),
  };
}
