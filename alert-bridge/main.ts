/** Wires the alert bridge, listens, and shuts it down. `--check-config` only says whether the configuration is valid. */
import '../common/clients/next-address.ts';
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { basename, join } from 'node:path';
import { systemClock } from '../common/time/clock.ts';
import { endIfOnlyChecking } from '../common/config/check.ts';
import { loadEnvironment } from '../common/env/load.ts';
import { createFirstOfItsKind } from '../common/http/guard.ts';
import { listen } from '../common/http/listen.ts';
import { maskInLogs } from '../common/log/mask.ts';
import { createObservability } from '../common/process/observability.ts';
import { breadcrumb, captureError, flushSentry, setUser } from '../common/sentry/capture.ts';
import { createRedactor } from '../common/redact/redact.ts';
import { commandsOf } from '../common/text/commands.ts';
import { runService, type Service } from '../common/process/shutdown.ts';
import { openStateDir } from '../common/state/state-dir.ts';
import { whenStorageAllows } from '../common/state/storage.ts';
import { isCausedByStorage } from '../common/state/when-writable.ts';
import { packageVersion } from '../common/process/version.ts';
import { restoreBudget } from './telegram/sender.ts';
import { readBridgeConfig } from './config/config.ts';
import { alone } from './peers/peers.ts';
import { connectPeers } from './peers/connect.ts';
import { startDeliveries } from './notify/deliveries.ts';
import { startBackground } from './monitor/background.ts';
import { explainIfAsked } from './cli/explain-command.ts';
import { createReceive, watchdogLastSeenAt } from './ingest/receive.ts';
import { createLifecycle, downtimeBefore } from './monitor/lifecycle.ts';
import { createMaintenance } from './notify/maintenance.ts';
import { createMetrics } from './metrics/metrics.ts';
import { quietUntil } from './notify/quiet-hours.ts';
import { outboxPath } from './outbox/folder.ts';
import { copyOutbox, openState } from './outbox/open.ts';
import { createPatientState } from './outbox/patient-state.ts';
import { createRenderer } from './notify/render.ts';
import { createDrawer } from './charts/drawer.ts';
import { createReporter } from './report/report.ts';
import { createBridgeApp } from './server.ts';
import { botIdOf } from './bot/access.ts';
import { startBot } from './bot/bot.ts';
import { createTelegramClient } from './telegram/client.ts';
import { createCheckIns, RETRIED_MS } from './monitor/check-ins.ts';
import type { NewSignal } from './model/signal.ts';

const SERVICE = 'alert-bridge';
/** A request to Telegram that is under way at shutdown may take this long to end. */
const GRACE_MS = 3_000;
/** The chats may take this long to be told of it. */
const GOODBYE_MS = 1_000;

async function start(): Promise<Service> {
  const config = readBridgeConfig(loadEnvironment({ env: process.env, dotenvPath: '.env' }));
  const folder = join(config.stateDir, SERVICE);
  explainIfAsked(config, { path: outboxPath(folder), open: () => copyOutbox(folder, config.stateKeys) });
  await endIfOnlyChecking(SERVICE);
  const waiting = {
    listen: config.listen,
    say: (sentence: string) => void process.stderr.write(`${sentence}\n`),
  };
  const stateDir = await whenStorageAllows(() => openStateDir(config.stateDir, SERVICE), waiting);
  const chats = config.telegram.chats.map(({ key }) => key);
  const { hashId, redactor, logging, lostHashKey } = createObservability({ ...config, service: SERVICE });
  const log = logging.logger('main');
  logging.onBreadcrumb(breadcrumb);

  const clock = systemClock;
  const now = (): number => clock.now();
  const newId = (): string => randomUUID();
  const kept = await whenStorageAllows(
    () =>
      openState({
        folder: stateDir.path,
        stateKeys: config.stateKeys,
        chats,
        isShared: config.redis !== undefined,
        clock,
        log,
      }),
    { ...waiting, say: (sentence) => log.error(sentence) },
  );
  const report = (error: unknown): void => {
    log.error('Unexpected error', { error });
    captureError(error, { module: SERVICE });
    if (kept.isBeyondRepair(error)) process.kill(process.pid, 'SIGTERM');
  };
  const state = createPatientState(kept.outbox.state, { clock, onTrouble: report });
  const onUnexpected = (error: unknown): void => {
    if (isCausedByStorage(error)) {
      // Until it has passed, everything that writes says the same.
      const isKnown = state.trouble !== undefined;
      state.noteFailure(error);
      if (isKnown) return;
    }
    report(error);
  };
  const outbox = { ...kept.outbox, state };
  const closing = new AbortController();
  /** `outbox`: something was accepted or taken over, or a message no longer shows its state. `silences`: something was muted here. */
  const changes = new EventEmitter<{ outbox: []; silences: [] }>();
  const wake = (): void => void changes.emit('outbox');

  const shared =
    config.redis === undefined
      ? undefined
      : connectPeers({
          connection: config.redis,
          botId: botIdOf(config.telegram.token),
          chats,
          replication: outbox.replication,
          seal: kept.seal,
          state,
          clock,
          elapsedMs: () => performance.now(),
          random: () => Math.random(),
          newId,
          keptMs: config.keep.settledMs,
          log: logging.logger('peers'),
          onErased: (user) => {
            maskInLogs(join(config.logDir, SERVICE), [user, hashId(user)]);
            logging.audit.info('A user was forgotten');
          },
          onTakenOver: wake,
          onUnexpected,
        });
  const peers = shared ?? alone;
  /** What other bridges should know too. */
  const sharedState = shared?.state ?? state;
  const budget = restoreBudget(state);
  const { quietHours } = config.routing.fallback.policy;
  const metrics = createMetrics({ version: packageVersion(), revision: config.release ?? '' });
  metrics.watch({
    ledger: () => outbox.ledger(),
    watchdogLastSeen: () => watchdogLastSeenAt(state),
    quietUntil: () => quietHours && quietUntil(quietHours, now()),
    pausedUntil: () => budget.pausedUntil(now()),
    ...(shared === undefined ? {} : { ha: () => shared }),
  });
  const newClient = () =>
    createTelegramClient({
      ...config.telegram,
      clock,
      onRequest: (method) => metrics.telegramRequest(method),
      onFailure: (method, reason) => metrics.telegramFailure(method, reason),
    });
  const client = newClient();
  const listener = newClient();

  const receive = createReceive({
    outbox,
    sharedState,
    routing: config.routing,
    duplicateWindowMs: config.duplicateWindowMs,
    now,
    newId,
    onUser: setUser,
    onAccepted: wake,
    onStorageError: onUnexpected,
    patience: { clock, signal: closing.signal },
  });
  const tell = (signal: NewSignal, only?: readonly string[]): Promise<unknown> => receive.own(signal, only);

  const reportLog = logging.jobs('daily_report');
  const reporter = createReporter({
    exporterUrl: config.exporterUrl,
    timezone: config.timezone,
    outbox,
    now,
    onSilent: (date, reason) => reportLog.warn('The exporter gave no daily figures', { date, reason }),
  });
  // The admin's chat shows ids as they are; logs and Sentry only their hashes.
  const chatRedactor = createRedactor({ secrets: config.secrets });
  const rendering = {
    locale: config.locale,
    timezone: config.timezone,
    links: config.links,
    redact: (text: string) => chatRedactor.text(text),
    commands: commandsOf(config.installation),
  };
  const maintenance = createMaintenance({
    windows: config.maintenance,
    state: sharedState,
    now,
    onChange: wake,
  });
  const { sendOnly, ...botSettings } = config.bot;
  if (sendOnly !== undefined) log.warn('Nobody is listened to: send-only', { reason: sendOnly });
  const bot =
    sendOnly === undefined
      ? startBot({
          ...botSettings,
          routing: config.routing,
          maintenance,
          listener,
          client,
          budget,
          sharedBudget: peers.budget,
          leads: () => peers.isLeader,
          catchUp: () => peers.follow(),
          state: sharedState,
          outbox,
          clock,
          logging,
          alertmanagerUrl: config.watchdog.urls.alertmanager,
          exporterUrl: config.exporterUrl,
          reporter,
          draw: createRenderer({ ...rendering, onFailure: onUnexpected }),
          rendering,
          metrics,
          onAcknowledged: wake,
          onSilenced: () => void changes.emit('silences'),
          onUnexpected,
        })
      : undefined;
  const render = createRenderer({
    ...rendering,
    onFailure: onUnexpected,
    buttonsOf: (incident) => bot?.buttonsOf(incident),
  });
  const drawer = createDrawer();
  const deliveries = startDeliveries({
    config,
    outbox,
    client,
    budget,
    peers,
    render,
    drawer,
    redact: rendering.redact,
    metrics,
    maintenance: (at) => maintenance.at(at),
    clock,
    newId,
    tell,
    logging,
    onUnexpected,
    downtime: downtimeBefore(state, now(), config.routing.fallback.policy.lateAfterMs),
  });
  changes.on('outbox', () => deliveries.wake());

  const checkIns = createCheckIns(config.checkIns, sharedState, now, {
    isWritten: (key) => state.isWritten(key),
    downtime: downtimeBefore(state, now(), RETRIED_MS),
    redact: rendering.redact,
  });
  metrics.watch({
    channels: () =>
      deliveries
        .refusals()
        .map(({ chat, refusal }) => ({ channel: hashId(chat), up: refusal === undefined })),
    checkIns: () =>
      checkIns.all.map(({ name }) => ({ name, lastAt: checkIns.lastAt(name), ...checkIns.runs(name) })),
  });
  const isFirstOfItsKind = createFirstOfItsKind();
  const app = createBridgeApp({
    receive,
    checkIns,
    maintenance,
    outbox,
    webhookToken: config.webhookToken,
    sentryWebhookSecret: config.sentryWebhookSecret,
    allowedNetworks: config.allowedNetworks,
    allowedHosts: config.allowedHosts,
    trustedProxies: config.trustedProxies,
    hashId,
    redact: (text) => redactor.text(text),
    metrics: () => metrics.text(),
    notReady: () => {
      const trouble = state.probe();
      return [
        ...(trouble === undefined ? [] : [`The outbox cannot be written: ${trouble}`]),
        ...deliveries
          .refusals()
          .flatMap(({ chat, refusal }) =>
            refusal === undefined ? [] : [`${hashId(chat)} takes no messages: ${refusal}`],
          ),
      ];
    },
    onUnexpected,
    onSlow: (request) => logging.performance.warn('A request was slow', { ...request }),
    onRefused: (refusal, { path, ip }) => {
      const { status, code, message } = refusal;
      metrics.postRejected(code);
      if ((status === 401 || status === 403) && isFirstOfItsKind(refusal))
        logging.security.warn('A request was refused', { code, reason: message, path, ip });
    },
  });
  const server = await listen(app, config.listen, 'BRIDGE_LISTEN');
  const lifecycle = createLifecycle({
    tell: config.tellStartAndStop ? tell : () => Promise.resolve(),
    isSettled: (id) => outbox.signals({ id, limit: 1 })[0]?.outcome !== 'pending',
    state,
    clock,
    newId,
    version: packageVersion(),
    bridgeName: config.bridgeName,
    onUnexpected,
  });
  const background = startBackground({
    config,
    outbox,
    peers,
    sharedState,
    stateFolder: stateDir.path,
    client,
    deliveries,
    checkIns,
    reporter,
    render,
    metrics,
    lastAliveAt: lifecycle.lastAliveAt,
    tell,
    clock,
    newId,
    logging,
    onUnexpected,
  });
  changes.on('silences', () => background.lookAtAlertmanager());
  metrics.watch({ jobs: () => background.jobs() });
  checkIns.onAccepted((name) => background.look(name));
  const lostKey =
    lostHashKey === undefined ? [] : [{ file: basename(lostHashKey), cause: 'hash_key' as const }];
  // Not waited for: the disk may have become full meanwhile.
  void lifecycle.started([...kept.lost, ...lostKey]).catch(onUnexpected);
  log.info('The alert bridge listens', { host: server.host, port: server.port, chats: chats.length });

  return {
    onUnexpected,
    reload: () =>
      log.warn('SIGHUP changes nothing: the configuration is read at a start only; restart the bridge'),
    stop: async () => {
      closing.abort(new Error('The bridge is stopping.'));
      deliveries.stopPictures();
      await lifecycle.stopping(GOODBYE_MS);
      await Promise.all([background.stop(), bot?.stop(), server.close(GRACE_MS), deliveries.stop(GRACE_MS)]);
      await peers.stop();
      await drawer.close();
      client.close();
      listener.close();
      log.info('The alert bridge has stopped', { pending: outbox.ledger().pending });
      lifecycle.ended();
      state.stop();
      outbox.close();
      stateDir.release();
      await flushSentry(500);
      await logging.close();
    },
  };
}

await runService(start);
