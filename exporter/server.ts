import type { Express } from 'express';
import type { Clock } from '../common/clock.ts';
import type { Network } from '../common/env/reader.ts';
import { createApp, type AppOptions } from '../common/http/app.ts';
import { allowMethods, handleErrors, HttpError } from '../common/http/errors.ts';
import { allowNetworks } from '../common/http/guard.ts';
import { healthAt, httpStatusOf } from './health.ts';
import { CONTENT_TYPE, renderMetrics } from './metrics/render.ts';
import type { Snapshot } from './snapshot.ts';

export interface ServerOptions extends AppOptions {
  readonly snapshot: () => Snapshot;
  /** True while what is watched is really being polled. */
  readonly isPolling: () => boolean;
  /** The exporter's own metrics as text. */
  readonly renderSelf: () => Promise<string>;
  readonly clock: Clock;
  readonly allowedNetworks: readonly Network[];
  readonly onUnexpected: (error: unknown) => void;
  /** Told of every refused request. */
  readonly onRefused: (error: HttpError, address: string | undefined) => void;
}

/** Serves what is known; never asks anything of what it watches. */
export function createServer(options: ServerOptions): Express {
  const { clock, snapshot } = options;
  const app = createApp(options);
  app.use(allowNetworks(options.allowedNetworks));

  app
    .route('/metrics')
    .get(async (_request, response) => {
      const now = clock.now();
      const known = snapshot();
      const text = renderMetrics(known, healthAt(known, now).status, now);
      response.set('Content-Type', CONTENT_TYPE).send(Buffer.from(text + (await options.renderSelf())));
    })
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

  app
    .route('/')
    .get((_request, response) => {
      response.set('Content-Security-Policy', "default-src 'none'").type('html').send(LANDING_PAGE);
    })
    .all(allowMethods('GET'));

  handleErrors(app, {
    onUnexpected: options.onUnexpected,
    onRefused: (error, request) => options.onRefused(error, request.ip),
  });
  return app;
}

const LANDING_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ExpenseBot exporter</title>
<h1>ExpenseBot exporter</h1>
<ul>
<li><a href="health">Health</a> as JSON</li>
<li><a href="metrics">Metrics</a> for Prometheus</li>
</ul>
</html>
`;
