import type { IncomingMessage, RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import type { Express } from 'express';
import type { Clock } from '../common/time/clock.ts';
import { ConfigError } from '../common/config/problem.ts';
import type { Network } from '../common/env/reader.ts';
import { createApp, watchDuration, type AppOptions } from '../common/http/app.ts';
import { allowMethods, handleErrors, HttpError } from '../common/http/errors.ts';
import {
  allowHosts,
  allowNetworks,
  allowThisMachine,
  isInNetworks,
  refuseBrowsers,
} from '../common/http/guard.ts';
import { createKnownHosts, type KnowsHost } from '../common/http/hosts.ts';
import type { DailyApi } from './daily/api.ts';
import { healthAt, httpStatusOf } from './model/health.ts';
import { createExposition } from './metrics/cache.ts';
import type { Sample } from './model/collector.ts';
import { NOT_RELOADED, type ReloadResult } from './scheduler/reload.ts';
import { createYieldToEventLoop, createScrape } from './metrics/scrape.ts';
import type { Snapshot } from './model/snapshot.ts';

export interface ServerOptions extends AppOptions {
  readonly snapshot: () => Snapshot;
  /** True while what is watched is really being polled. */
  readonly isPolling: () => boolean;
  /** The exporter's own metrics. */
  readonly self: () => Promise<readonly Sample[]>;
  readonly daily: DailyApi;
  readonly clock: Clock;
  /** Adds what people read. */
  readonly mountPages: (app: Express) => void;
  readonly allowedNetworks: readonly Network[];
  /** Names by which it may be asked, besides those that need no mention. */
  readonly allowedHosts?: readonly string[];
  readonly reload: () => ReloadResult;
  readonly onUnexpected: (error: unknown) => void;
  /** Told of every refused request. */
  readonly onRefused: (error: HttpError, address: string | undefined) => void;
}

/** Serves what is known; never asks anything of what it watches. */
export function createServer(options: ServerOptions): RequestListener {
  const { clock, snapshot } = options;
  const scrape = createScrape(
    createExposition({
      snapshot,
      self: options.self,
      now: () => clock.now(),
      yieldToEventLoop: createYieldToEventLoop(() => performance.now()),
    }),
  );
  const app = createApp(options);
  const isKnown = createKnownHosts(options.allowedHosts ?? []);

  app.use(allowHosts(isKnown));

  // Before the guard: ALLOWED_NETWORKS says who may read, and whoever is on this machine may reload.
  app
    .route('/-/reload')
    .post(allowThisMachine, refuseBrowsers, (_request, response) => {
      const result = options.reload();
      if (result.isLoaded) response.json({ status: 'reloaded', ...result.changes, note: NOT_RELOADED });
      else throw refusalOf(result.error);
    })
    .all(allowMethods('POST'));

  app.use(allowNetworks(options.allowedNetworks));

  app
    .route('/metrics')
    .get((request, response) => scrape(request, response))
    .all(allowMethods('GET'));

  // Express takes /health/ for /health, as its `strict routing` is off.
  app
    .route('/health')
    .get((_request, response) => {
      const report = healthAt(snapshot(), clock.now());
      response.status(httpStatusOf(report.status)).json(report);
    })
    .all(allowMethods('GET'));

  app
    .route('/api/v1/daily/:date')
    .get(async (request, response) => response.json(await options.daily(request.params.date)))
    .all(allowMethods('GET'));

  app
    .route('/-/healthy')
    .get((_request, response) => response.type('text').send('The exporter is alive.\n'))
    .all(allowMethods('GET'));

  app
    .route('/-/ready')
    .get((_request, response) => {
      if (!options.isPolling())
        throw new HttpError(503, 'not_ready', 'Nothing is being watched at the moment.');
      response.type('text').send('The exporter is ready.\n');
    })
    .all(allowMethods('GET'));

  options.mountPages(app);

  handleErrors(app, {
    onUnexpected: options.onUnexpected,
    onRefused: (error, request) => options.onRefused(error, request.ip),
  });
  const isPlainScrape = recogniseScrapes(options.allowedNetworks, isKnown);
  return (request, response) => {
    if (!isPlainScrape(request)) {
      app(request, response);
      return;
    }
    watchDuration(request, response, options.onSlow);
    // What fails is asked again by Express, which answers, logs and reports it as any other failure.
    scrape(request, response)?.catch(() => void app(request, response));
  };
}

const refusalOf = (error: unknown): unknown =>
  error instanceof ConfigError
    ? new HttpError(400, 'invalid_config', `${error.message}\nThe configuration before stays in force.`)
    : error;

/**
 * Requests that need nothing of Express, which takes longer for a small scrape than all the rest: those of
 * Prometheus. The address of a connection never changes, the name it asks by hardly ever: both are judged once. Who comes
 * with a forwarded one, or is refused, is left to the guard.
 */
function recogniseScrapes(
  allowed: readonly Network[],
  isKnown: KnowsHost,
): (request: IncomingMessage) => boolean {
  const welcome = new WeakMap<Socket, { readonly host: string | undefined }>();
  return ({ method, url, headers, socket }) => {
    if (method !== 'GET' || url !== '/metrics') return false;
    if (headers['x-forwarded-for'] !== undefined || headers['x-forwarded-host'] !== undefined) return false;
    const { host } = headers;
    const before = welcome.get(socket);
    if (before !== undefined && before.host === host) return true;
    if (!isInNetworks(socket.remoteAddress, allowed) || !isKnown(host)) return false;
    welcome.set(socket, { host });
    return true;
  };
}
