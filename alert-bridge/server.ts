import { createHash, timingSafeEqual } from 'node:crypto';
import type { Express, RequestHandler } from 'express';
import { createApp, type AppOptions } from '../common/http/app.ts';
import { createBodyRoom, readJson, refuseForms, takeBody, takeJson } from '../common/http/body.ts';
import { allowMethods, handleErrors, HttpError } from '../common/http/errors.ts';
import { allowHosts, allowNetworks, refuseBrowsers } from '../common/http/guard.ts';
import { createKnownHosts } from '../common/http/hosts.ts';
import type { Network } from '../common/env/reader.ts';
import { WATCHDOG_REASON } from './notify/decide.ts';
import { isSignature, isSigned, isTold } from './ingest/sentry.ts';
import { CHECK_IN_LIMIT_BYTES, parsePing } from './ingest/check-in.ts';
import type { Receive } from './ingest/receive.ts';
import type { Outbox, Outcome, SignalRecord } from './outbox/outbox.ts';
import { acceptMaintenance } from './ingest/maintenance.ts';
import type { Maintenance } from './notify/maintenance.ts';
import type { CheckIns } from './monitor/check-ins.ts';

const MIB = 1024 * 1024;
/** A storm of 10,000 alerts is some 10 MB; a refused webhook is a lost alert. */
const WEBHOOK_LIMIT_BYTES = 32 * MIB;
/** Sentry itself takes no event of more than 1 MB. */
const SENTRY_LIMIT_BYTES = 4 * MIB;
const EVENT_LIMIT_BYTES = 64 * 1024;
/** Two storms, from two Alertmanagers. */
const ROOM_BYTES = 2 * WEBHOOK_LIMIT_BYTES;
/** Of its own: who has signed a body is known only when all of it is there, so that anybody can fill it. */
const SENTRY_ROOM_BYTES = 2 * SENTRY_LIMIT_BYTES;
const SIGNALS_LIMIT = 500;

export interface ServerDependencies extends AppOptions {
  readonly receive: Receive;
  readonly checkIns: Pick<CheckIns, 'accept' | 'told'>;
  readonly maintenance: Pick<Maintenance, 'begin'>;
  readonly outbox: Pick<Outbox, 'signals'>;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  /** Why the bridge is not ready, one sentence each; empty when it is. */
  readonly notReady: () => readonly string[];
  readonly webhookToken: string | undefined;
  /** Client secret of the integration that signs Sentry's webhooks; undefined: none are taken. */
  readonly sentryWebhookSecret: string | undefined;
  readonly allowedNetworks: readonly Network[];
  /** Names by which it may be asked, besides those that need no mention. */
  readonly allowedHosts?: readonly string[];
  readonly onUnexpected: (error: unknown) => void;
  readonly onRefused: (error: HttpError, request: { readonly path: string; readonly ip: string }) => void;
  /** Names a chat without telling its id. */
  readonly hashId: (id: string) => string;
  /** Takes out of a text of a sender what is taken out of logs. */
  readonly redact: (text: string) => string;
}

export function createBridgeApp(dependencies: ServerDependencies): Express {
  const { receive, outbox, metrics, notReady } = dependencies;
  const app = createApp(dependencies);
  const hosts = allowHosts(createKnownHosts(dependencies.allowedHosts ?? []));
  const readers = [hosts, allowNetworks(dependencies.allowedNetworks)];
  // A page that a browser was led here by knows no token: whoever sends it may call this host what they like.
  const senders = [refuseBrowsers, requireToken(dependencies.webhookToken) ?? hosts];
  // Whatever a sender with the token calls its body, it is JSON: a missing Content-Type must not lose an alert.
  const posters = dependencies.webhookToken === undefined ? [...senders, refuseForms] : senders;
  const room = createBodyRoom(ROOM_BYTES);
  const webhook = { limitBytes: WEBHOOK_LIMIT_BYTES, room };

  const checkIn = takeBody(
    { limitBytes: CHECK_IN_LIMIT_BYTES, room },
    async (bytes, { params, query }, response) => {
      const { name = '', action } = params as { readonly name?: string; readonly action?: string };
      dependencies.checkIns.accept(name, parsePing(action, query['rid'], bytes));
      await dependencies.checkIns.told(name);
      response.status(202).json({ status: 'accepted', name });
    },
  );

  app
    .route('/webhooks/alertmanager')
    .post(
      ...posters,
      takeJson(webhook, async (body, _request, response) => {
        response.json(await receive.alertmanager(body));
      }),
    )
    .all(allowMethods('POST'));
  app
    .route('/webhooks/grafana')
    .post(
      ...posters,
      takeJson(webhook, async (body, _request, response) => {
        response.json(await receive.grafana(body));
      }),
    )
    .all(allowMethods('POST'));
  const secret = dependencies.sentryWebhookSecret;
  app
    .route('/webhooks/sentry')
    .post(
      refuseBrowsers,
      requireSignature(secret),
      takeBody(
        { limitBytes: SENTRY_LIMIT_BYTES, room: createBodyRoom(SENTRY_ROOM_BYTES) },
        async (bytes, request, response) => {
          // A signature is over the very bytes.
          if (!isSigned(bytes, request.get('sentry-hook-signature'), secret ?? '')) throw unsigned();
          const resource = request.get('sentry-hook-resource') ?? '';
          response.json(
            isTold(resource) ? await receive.sentry(resource, readJson(bytes)) : { status: 'ignored' },
          );
        },
      ),
    )
    .all(allowMethods('POST'));
  app
    .route('/api/v1/events')
    .post(
      ...posters,
      takeJson({ limitBytes: EVENT_LIMIT_BYTES, room }, async (body, _request, response) => {
        response.status(202).json(await receive.event(body));
      }),
    )
    .all(allowMethods('POST'));
  app
    .route('/api/v1/maintenance')
    .post(
      ...posters,
      takeJson({ limitBytes: EVENT_LIMIT_BYTES, room }, async (body, _request, response) => {
        const accepted = await Promise.resolve(acceptMaintenance(dependencies.maintenance, body));
        response.status(202).json(accepted);
      }),
    )
    .all(allowMethods('POST'));
  app
    .route(['/api/v1/checkins/:name', '/api/v1/checkins/:name/:action'])
    .post(...senders, checkIn)
    .get(...(dependencies.webhookToken === undefined ? [allowMethods('POST')] : [...senders, checkIn]))
    .all(allowMethods('POST', 'GET'));
  app
    .route('/api/v1/signals')
    .get(...readers, (request, response) => {
      const { id, type, outcome, before } = request.query;
      const limit = readCount('limit', request.query['limit'], { ifNone: 100, most: SIGNALS_LIMIT });
      const signals = outbox.signals({
        ...(typeof id === 'string' ? { id } : {}),
        ...(typeof type === 'string' ? { type } : {}),
        ...(outcome === undefined ? {} : { outcome: readOutcome(outcome) }),
        // Every minute's Watchdog would bury the rest; whoever asks for something gets all of it.
        ...([id, type, outcome].every((filter) => filter === undefined)
          ? { exceptReason: WATCHDOG_REASON }
          : {}),
        ...(before === undefined
          ? {}
          : { before: readCount('before', before, { ifNone: 0, most: Number.MAX_SAFE_INTEGER }) }),
        limit,
      });
      response.json({
        signals: signals.map((signal) => present(signal, dependencies)),
        // As `before`, it brings the next page.
        next: signals.length < limit ? null : (signals.at(-1)?.seq ?? null),
      });
    })
    .all(allowMethods('GET'));
  app
    .route('/metrics')
    .get(...readers, async (_request, response) => {
      const { contentType, text } = await metrics();
      response.set('Content-Type', contentType).send(text);
    })
    .all(allowMethods('GET'));
  app
    .route('/-/healthy')
    .get(...readers, (_request, response) => void response.json({ status: 'healthy' }))
    .all(allowMethods('GET'));
  app
    .route('/-/ready')
    .get(...readers, (_request, response) => {
      const reasons = notReady();
      response.status(reasons.length === 0 ? 200 : 503);
      response.json(reasons.length === 0 ? { status: 'ready' } : { status: 'not ready', reasons });
    })
    .all(allowMethods('GET'));
  app
    .route('/')
    .get(...readers, (_request, response) => void response.type('html').send(LANDING_PAGE))
    .all(allowMethods('GET'));

  handleErrors(app, {
    onUnexpected: dependencies.onUnexpected,
    onRefused: (error, request) =>
      dependencies.onRefused(error, { path: request.path, ip: request.ip ?? '' }),
  });
  return app;
}

const LANDING_PAGE = `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>ExpenseBot alert bridge</title>
<h1>ExpenseBot alert bridge</h1>
<ul><li><a href="/metrics">Metrics</a></li><li><a href="/api/v1/signals">Signals and what became of them</a></li>
<li><a href="/-/ready">Readiness</a></li></ul></html>
`;

/** Compares digests: equal length whatever was sent, in constant time. Undefined when there is no token to ask for. */
function requireToken(token: string | undefined): RequestHandler | undefined {
  if (token === undefined) return undefined;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(token);
  return (request, response, next) => {
    // The scheme is written in any case: https://www.rfc-editor.org/rfc/rfc9110.html#section-11.1
    const [, given = ''] = /^bearer +(.*)$/i.exec(request.get('authorization') ?? '') ?? [];
    if (timingSafeEqual(digest(given), expected)) {
      next();
      return;
    }
    response.set('WWW-Authenticate', 'Bearer');
    next(new HttpError(401, 'unauthorized', 'Send the WEBHOOK_TOKEN of this bridge as a bearer token.'));
  };
}

/** What is seen of a signature before there is a body. */
const requireSignature =
  (secret: string | undefined): RequestHandler =>
  (request, _response, next) => {
    if (secret === undefined) {
      next(new HttpError(404, 'not_configured', "Set SENTRY_WEBHOOK_SECRET to take Sentry's webhooks."));
    } else if (isSignature(request.get('sentry-hook-signature'))) next();
    else next(unsigned());
  };

const unsigned = (): HttpError =>
  new HttpError(401, 'unauthorized', 'Sentry-Hook-Signature is not that of SENTRY_WEBHOOK_SECRET.');

const OUTCOMES = ['pending', 'delivered', 'merged', 'suppressed', 'failed'] as const;

function readOutcome(text: unknown): Outcome | 'pending' {
  const outcome = OUTCOMES.find((name) => name === text);
  if (outcome !== undefined) return outcome;
  throw new HttpError(400, 'invalid_query', `outcome: write one of ${OUTCOMES.join(', ')}.`);
}

function readCount(
  name: string,
  text: unknown,
  { ifNone, most }: { readonly ifNone: number; readonly most: number },
): number {
  const count = text === undefined ? ifNone : Number(text);
  if (Number.isSafeInteger(count) && count >= 1 && count <= most) return count;
  throw new HttpError(400, 'invalid_query', `${name}: write a whole number from 1 to ${most}.`);
}

const time = (ms: number): string => new Date(ms).toISOString();

function present(signal: SignalRecord, { hashId, redact }: Pick<ServerDependencies, 'hashId' | 'redact'>) {
  return {
    id: redact(signal.id),
    kind: signal.kind,
    type: redact(signal.type),
    severity: signal.severity,
    occurred_at: time(signal.occurredAt),
    accepted_at: time(signal.acceptedAt),
    outcome: signal.outcome,
    reason: signal.reason ?? null,
    settled_at: signal.settledAt === undefined ? null : time(signal.settledAt),
    deliveries: signal.deliveries.map(({ chat, outcome, reason }) => ({
      chat: hashId(chat),
      outcome,
      reason: reason ?? null,
    })),
  };
}
