/** Wires the alert bridge, listens, and shuts it down. `--check-config` only says whether the configuration is valid. */
import '../common/clients/next-address.ts';
import { randomUUID } from 'node:crypto';
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
import { createCheckIns } from './monitor/check-ins.ts';

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
  const newId = (): string => randomUUID();
  const onUnexpected = (error: unknown): void => {
    if (isCausedByStorage(error)) {
      // Until it has passed, everything that writes says the same.
      const isKnown = state.trouble !== undefined;
      state.noteFailure(error);
      if (isKnown) return;
    }
    log.error('Unexpected error', { error });
    captureError(error, { module: SERVICE });
    if (kept.isBeyondRepair(error)) process.kill(process.pid, 'SIGTERM');
  };
  const kept = await whenStorageAllows(
    () =>
      openState({
        ...config,
        folder: stateDir.path,
        chats,
        isShared: config.shared !== undefined,
        clock,
        log,
      }),
    { ...waiting, say: (sentence) => log.error(sentence) },
  );
  const state = createPatientState(kept.outbox.state, { clock, onTrouble: onUnexpected });
  const outbox = { ...kept.outbox, state };
  const closing = new AbortController();
  const everywhere = { config, outbox, clock, newId, logging, onUnexpected };

  const shared =
    config.shared === undefined
      ? undefined
      : connectPeers({
          ...everywhere,
          connection: config.shared,
          botId: botIdOf(config.telegram.token),
          chats,
          exchange: outbox.exchange,
          seal: kept.seal,
          state: outbox.state,
          elapsedMs: () => performance.now(),
          random: () => Math.random(),
          keptMs: config.keep.settledMs,
          log: logging.logger('coordination'),
          onErased: (user) => {
            maskInLogs(join(config.logDir, SERVICE), [user, hashId(user)]);
            logging.audit.info('A user was forgotten');
          },
          onTakenOver: () => deliveries.wake(),
        });
  const peers = shared ?? alone;
  /** What other bridges should know too. */
  const common = shared?.state ?? outbox.state;
  const leads = (): boolean | undefined => peers.isLeader;
  const budget = restoreBudget(outbox.state);
  const { quietHours } = config.routing.fallback.policy;
  const metrics = createMetrics({
    ledger: () => outbox.ledger(),
    watchdogLastSeen: () => watchdogLastSeenAt(outbox.state),
    quietUntil: () => quietHours && quietUntil(quietHours, clock.now()),
    pausedUntil: () => budget.pausedUntil(clock.now()),
    channels: () =>
      deliveries
        .refusals()
        .map(({ chat, refusal }) => ({ channel: hashId(chat), up: refusal === undefined })),
    checkIns: () => checkIns.all.map(({ name }) => ({ name, lastAt: checkIns.lastAt(name) })),
    jobs: () => background.jobs(),
    ha: () => shared,
    build: { version: packageVersion(), revision: config.release ?? '' },
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
  const reportLog = logging.jobs('daily_report');
  const reporter = createReporter({
    ...config,
    outbox,
    now: () => clock.now(),
    onSilent: (date, reason) => reportLog.warn('The exporter gave no daily figures', { date, reason }),
  });
  // The admin's chat shows ids as they are; logs and Sentry only their hashes.
  const chatRedactor = createRedactor({ secrets: config.secrets });
  const drawing = {
    ...config,
    redact: (text: string) => chatRedactor.text(text),
    commands: commandsOf(config.installation),
  };
  const render = createRenderer({
    ...drawing,
    onFailure: onUnexpected,
    buttonsOf: (incident) => talk?.buttonsOf(incident),
  });
  const { sendOnly } = config.talk;
  if (sendOnly !== undefined) log.warn('Nobody is listened to: send-only', { reason: sendOnly });
  const talk =
    sendOnly === undefined
      ? startBot({
          ...everywhere,
          ...config.talk,
          routing: config.routing,
          listener,
          client,
          budget,
          sharedBudget: peers.budget,
          leads,
          catchUp: () => peers.follow(),
          state: common,
          alertmanagerUrl: config.watchdog.urls.alertmanager,
          exporterUrl: config.exporterUrl,
          reporter,
          draw: render,
          rendering: drawing,
          metrics,
          onAcknowledged: () => deliveries.wake(),
        })
      : undefined;
  const drawer = createDrawer();
  const deliveries = startDeliveries({
    ...everywhere,
    client,
    budget,
    peers,
    render,
    drawer,
    redact: drawing.redact,
    metrics,
    tell: (signal, chats) => receive.own(signal, chats),
    downtime: downtimeBefore(outbox.state, clock.now(), config.routing.fallback.policy.lateAfterMs),
  });

  const receive = createReceive({
    ...config,
    outbox,
    common,
    now: () => clock.now(),
    newId,
    onUser: setUser,
    onAccepted: () => deliveries.wake(),
    onStorageError: onUnexpected,
    patience: { clock, signal: closing.signal },
  });
  const checkIns = createCheckIns(
    config.checkIns,
    common,
    () => clock.now(),
    (key) => state.isWritten(key),
  );
  const isFirstOfItsKind = createFirstOfItsKind();
  const app = createBridgeApp({
    ...config,
    receive,
    checkIns,
    outbox,
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
    ...everywhere,
    tell: config.tellStartAndStop ? (signal) => receive.own(signal) : () => Promise.resolve(),
    isSettled: (id) => outbox.signals({ id, limit: 1 })[0]?.outcome !== 'pending',
    state: outbox.state,
    version: packageVersion(),
    bridgeName: config.bridgeName,
  });
  const background = startBackground({
    ...everywhere,
    peers,
    common,
    stateFolder: stateDir.path,
    client,
    deliveries,
    checkIns,
    reporter,
    render,
    metrics,
    lastAliveAt: lifecycle.lastAliveAt,
    tell: (signal) => receive.own(signal),
  });
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
      await Promise.all([background.stop(), talk?.stop(), server.close(GRACE_MS), deliveries.stop(GRACE_MS)]);
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
