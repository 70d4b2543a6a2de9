/** Wires the exporter, listens, and shuts it down. `--check-config` only says whether the configuration is valid. */
import '../common/clients/next-address.ts';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../common/time/clock.ts';
import { endIfOnlyChecking } from '../common/config/check.ts';
import { loadEnvironment } from '../common/env/load.ts';
import { createFirstOfItsKind } from '../common/http/guard.ts';
import { listen } from '../common/http/listen.ts';
import { createObservability } from '../common/process/observability.ts';
import { breadcrumb, captureError, flushSentry } from '../common/sentry/capture.ts';
import { runService, type Service } from '../common/process/shutdown.ts';
import { openStateDir } from '../common/state/state-dir.ts';
import { whenStorageAllows } from '../common/state/storage.ts';
import { packageVersion } from '../common/process/version.ts';
import { createWatch } from './sources.ts';
import { readExporterConfig } from './config.ts';
import { openDatabase } from './postgres/postgres.ts';
import { startHistory } from './history/history.ts';
import { checkQueries } from './kpi/custom/explain.ts';
import { createSelfMetrics } from './metrics/self.ts';
import { mountPages } from './pages/routes.ts';
import { createPoller } from './scheduler/poller.ts';
import { createReload } from './scheduler/reload.ts';
import { createRunLog } from './scheduler/run-log.ts';
import { createServer } from './server.ts';

/** What is left of the time to shut down goes to logs and Sentry. */
const HTTP_GRACE_MS = 1_000;
const SENTRY_FLUSH_MS = 1_000;

async function start(): Promise<Service> {
  const environment = loadEnvironment({ env: process.env, dotenvPath: '.env' });
  const config = readExporterConfig(environment);
  await endIfOnlyChecking('exporter', () => checkQueries(config));
  const state = await whenStorageAllows(() => openStateDir(config.stateDir, 'exporter'), {
    listen: config.listen,
    say: (sentence) => void process.stderr.write(`${sentence}\n`),
  });
  const { logging, redactor } = createObservability({ service: 'exporter', ...config });
  const log = logging.logger('exporter');
  logging.onBreadcrumb(breadcrumb);

  const version = packageVersion();
  const self = createSelfMetrics({
    version,
    revision: config.release ?? version,
    nodeVersion: process.version,
    startedAt: systemClock.now(),
  });
  const database = openDatabase(config.database, { history: config.history });
  const watch = createWatch({
    database,
    config,
    clock: systemClock,
    stateDir: state.path,
    closed: {
      day: (date) => history.closed.day(date),
      recountedAt: () => history.closed.recountedAt(),
    },
    log: logging.logger('exporter.figures'),
  });
  const runLog = createRunLog(logging.logger('exporter.poller'), logging.performance);
  const poller = createPoller({
    collectors: watch.collectorsFor(config),
    clock: systemClock,
    elapsedMs: () => performance.now(),
    random: Math.random,
    failuresBeforeDown: config.failuresBeforeDown,
    redact: (text) => redactor.text(text),
    onRun: (collector, run) => {
      runLog.tell(collector, run);
      history.onRun(run.observedAt);
      if (run.ok && collector.kind === 'component' && run.durationMs !== undefined) {
        self.observeProbe(collector.name, run.durationMs / 1000, run.observedAt);
      }
    },
    onUnexpected: (collector, error) => {
      log.error(`The check ${collector.name} failed in an unforeseen way.`, { error });
      captureError(error, { module: 'exporter.poller', tags: { collector: collector.name } });
    },
  });
  const history = startHistory({
    file: join(state.path, 'history.sqlite'),
    database,
    connection: config.history,
    snapshot: poller.snapshot,
    secrets: config.datedSecrets,
    timezone: config.timezone,
    clock: systemClock,
    bootedAt: systemClock.now() - uptime() * 1_000,
    elapsedMs: () => performance.now(),
    logging,
    onUnexpected: (error) => {
      log.error('The history failed in an unforeseen way.', { error });
      captureError(error, { module: 'exporter.history' });
    },
  });
  const reload = createReload({
    read: () => readExporterConfig(environment),
    apply: (next) => poller.replace({ ...next, collectors: watch.collectorsFor(next) }),
    onDone: (result) => self.observeReload(result, systemClock.now()),
    onUnexpected: (error) => {
      log.error('The configuration could not be reloaded for an unforeseen reason.', { error });
      captureError(error, { module: 'exporter.reload' });
    },
    log,
  });
  const isFirstOfItsKind = createFirstOfItsKind();
  const app = createServer({
    snapshot: poller.snapshot,
    isPolling: () => poller.running,
    self: async () => [...(await self.samples()), ...history.samples()],
    daily: history.daily,
    clock: systemClock,
    reload,
    mountPages: (app) =>
      mountPages(app, {
        snapshot: poller.snapshot,
        isPolling: () => poller.running,
        history: history.recent,
        celery: () => watch.celery(),
        clock: systemClock,
        locale: config.locale,
        timezone: config.timezone,
        grafanaUrl: config.grafanaUrl,
      }),
    allowedNetworks: config.allowedNetworks,
    allowedHosts: config.allowedHosts,
    trustedProxies: config.trustedProxies,
    onUnexpected: (error) => {
      log.error('A request failed in an unforeseen way.', { error });
      captureError(error, { module: 'exporter.server' });
    },
    onSlow: (request) => logging.performance.warn('A request was slow.', { ...request }),
    onRefused: (error, address) => {
      if (error.status === 403 && isFirstOfItsKind(error)) {
        const { code, message } = error;
        logging.security.warn('A request was refused.', {
          code,
          reason: message,
          address: address ?? 'unknown',
        });
      }
    },
  });
  const server = await listen(app, config.listen, 'EXPORTER_LISTEN');
  poller.start();
  log.info(`The exporter ${version} listens on http://${server.host}:${server.port}.`);

  return {
    reload,
    onUnexpected: (error) => {
      log.error('The exporter goes on after an unforeseen error.', { error });
      captureError(error, { module: 'exporter' });
    },
    stop: async () => {
      log.info('The exporter is stopping.');
      const polled = poller.stop();
      // Now, and not when the poller has stopped: a statement that a frozen database never answers would hold it up.
      database.close();
      await Promise.all([server.close(HTTP_GRACE_MS), polled, history.stop()]);
      watch.close();
      self.close();
      state.release();
      await flushSentry(SENTRY_FLUSH_MS);
      await logging.close();
    },
  };
}

await runService(start);
