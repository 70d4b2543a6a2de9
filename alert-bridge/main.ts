import { randomUUID } from 'node:crypto';
import { systemClock } from '../common/clock.ts';
import { endIfOnlyChecking } from '../common/config/check.ts';
import { loadEnvironment } from '../common/env/load.ts';
import { listen } from '../common/http/listen.ts';
import { startJobs as startSlotJobs } from '../common/jobs/jobs.ts';
import { createObservability } from '../common/observability.ts';
import { breadcrumb, captureError, flushSentry, setUser } from '../common/sentry/capture.ts';
import { createRedactor } from '../common/redact.ts';
import { runService, type Service } from '../common/shutdown.ts';
import { isDamage, openSqlite, suspect } from '../common/sqlite.ts';
import { openStateDir } from '../common/state-dir.ts';
import { packageVersion } from '../common/version.ts';
import { restoreBudget } from './channel.ts';
import { readBridgeConfig, type BridgeConfig } from './config.ts';
import { alone } from './coordination/coordination.ts';
import { startCoordination } from './coordination/start.ts';
import { startDeliveries } from './deliveries.ts';
import { explain, payloadToExplain } from './explain.ts';
import { createIntake, knownReceivers, WATCHDOG_STATE_KEY } from './intake.ts';
import { startJobs } from './jobs.ts';
import { createLifecycle } from './lifecycle.ts';
import { createMetrics } from './metrics/metrics.ts';
import { openKeptOutbox, outboxPath, sealOf } from './outbox/kept.ts';
import { UnreadableError } from './outbox/seal.ts';
import { openOutbox } from './outbox/sqlite.ts';
import { readAlertmanager } from './reconcile/alertmanager.ts';
import { startReconciling } from './reconcile/start.ts';
import { createRenderer } from './renderer.ts';
import { createDrawer } from './picture/drawer.ts';
import { dailyReportJob } from './report/job.ts';
import { createReporter } from './report/reporter.ts';
import { createMail } from './second-channel/mail.ts';
import { createNtfy } from './second-channel/ntfy.ts';
import { startSecondChannel } from './second-channel/watch.ts';
import { createBridgeApp } from './server.ts';
import { startTalk } from './talk/start.ts';
import { createTelegramClient } from './telegram/client.ts';
import { createCheckIns } from './watchdog/check-ins.ts';
import { startChainWatch } from './watchdog/start.ts';

const SERVICE = 'alert-bridge';
/** A request to Telegram that is under way at shutdown may take this long to end. */
const GRACE_MS = 3_000;
/** The chats may take this long to be told of it. */
const GOODBYE_MS = 1_000;

async function start(): Promise<Service> {
  const config = readBridgeConfig(loadEnvironment({ env: process.env, dotenvPath: '.env' }));
  explainIfAsked(config);
  await endIfOnlyChecking(SERVICE);
  const stateDir = openStateDir(config.stateDir, SERVICE);
  const chatKeys = config.telegram.chats.map(({ key }) => key);
  const { hashId, logging } = createObservability({ ...config, service: SERVICE });
  const log = logging.logger('main');
  const onUnexpected = (error: unknown): void => {
    log.error('Unexpected error', { error });
    captureError(error, { module: SERVICE });
    if (error instanceof UnreadableError) dropUnreadable();
    if (!isDamage(error)) return;
    // Nothing can be kept safe any more: the next start sets the file aside.
    suspect(outboxPath(stateDir.path));
    process.kill(process.pid, 'SIGTERM');
  };
  logging.onBreadcrumb(breadcrumb);

  const clock = systemClock;
  const seal = sealOf(stateDir.path, config.stateKeys);
  const isShared = config.shared !== undefined;
  const { outbox, lost } = openKeptOutbox(stateDir.path, seal, clock.now(), { isShared });
  if (lost !== undefined) log.error('The state could not be used and is set aside', { ...lost });
  const dropUnreadable = (): void => {
    const unreadable = outbox.dropUnreadable(clock.now());
    if (unreadable > 0)
      log.error('What was altered on disk, or sealed with another STATE_KEY, is given up', { unreadable });
  };
  dropUnreadable();
  const orphans = outbox.dropUnknownChats(chatKeys, clock.now());
  if (orphans > 0) log.warn('Signals waited for chats that are no longer in ADMIN_TELEGRAM_ID', { orphans });

  const watchdogLastSeenAt = (): number | undefined => toNumber(outbox.state.get(WATCHDOG_STATE_KEY));

  const shared =
    config.shared === undefined
      ? undefined
      : startCoordination({
          connection: config.shared,
          chats: chatKeys,
          exchange: outbox.exchange,
          seal,
          state: outbox.state,
          clock,
          elapsedMs: () => performance.now(),
          random: () => Math.random(),
          newId: () => randomUUID(),
          log: logging.logger('coordination'),
          onUnexpected,
        });
  const coordination = shared ?? alone;
  const budget = restoreBudget(outbox.state);
  const metrics = createMetrics({
    ledger: () => outbox.ledger(),
    watchdogLastSeen: watchdogLastSeenAt,
    pausedUntil: () => budget.pausedUntil(clock.now()),
    channels: () =>
      deliveries
        .refusals()
        .map(({ chat, refusal }) => ({ channel: hashId(chat), up: refusal === undefined })),
    jobs: () => reports.status(),
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
  // The admin's chat shows ids as they are; logs and Sentry only their hashes.
  const chatRedactor = createRedactor({ secrets: config.secrets });
  const reportLog = logging.jobs('daily_report');
  const reporter = createReporter({
    ...config,
    outbox,
    now: () => clock.now(),
    onSilent: (date, reason) => reportLog.warn('The exporter gave no daily figures', { date, reason }),
  });
  const drawing = { ...config, redact: (text: string) => chatRedactor.text(text) };
  const render = createRenderer({
    ...drawing,
    onFailure: onUnexpected,
    buttonsOf: (thread) => talk?.buttonsOf(thread),
  });
  if (config.talk.sendOnly !== undefined)
    log.warn('Nobody is listened to: send-only', { reason: config.talk.sendOnly });
  const listener = newClient();
  const talk =
    config.talk.sendOnly === undefined
      ? startTalk({
          ...config.talk,
          listener,
          client,
          budget,
          sharedBudget: coordination.budget,
          leads: () => coordination.isLeader,
          outbox,
          clock,
          logging,
          alertmanagerUrl: config.watchdog.urls.alertmanager,
          exporterUrl: config.exporterUrl,
          reporter,
          draw: render,
          rendering: drawing,
          metrics: {
            handled: (outcome, command) => metrics.updateHandled(outcome, command),
            polled: () => metrics.polled(clock.now()),
            listening: (isListening) => metrics.listening(isListening),
          },
          onAcknowledged: () => deliveries.wake(),
          onUnexpected,
        })
      : undefined;
  const drawer = createDrawer();
  const deliveries = startDeliveries({
    config,
    outbox,
    client,
    budget,
    coordination,
    render,
    drawer,
    redact: drawing.redact,
    metrics,
    clock,
    logging,
    onUnexpected,
  });

  const intake = createIntake({
    outbox,
    routing: config.routing,
    duplicateWindowMs: config.duplicateWindowMs,
    now: () => clock.now(),
    newId: () => randomUUID(),
    onUser: setUser,
    onAccepted: () => deliveries.wake(),
    onStorageError: onUnexpected,
  });
  const checkIns = createCheckIns(config.checkIns, outbox.state, () => clock.now());
  const app = createBridgeApp({
    ...config,
    intake,
    checkIns,
    outbox,
    hashId,
    metrics: () => metrics.text(),
    notReady: () =>
      deliveries
        .refusals()
        .flatMap(({ chat, refusal }) =>
          refusal === undefined ? [] : [`${hashId(chat)} takes no messages: ${refusal}`],
        ),
    onUnexpected,
    onSlow: (request) => logging.performance.warn('A request was slow', { ...request }),
    onRefused: ({ status, code }, { path, ip }) => {
      metrics.postRejected(code);
      if (status === 401 || status === 403)
        logging.security.warn('A request was refused', { code, path, ip });
    },
  });
  const server = await listen(app, config.listen, 'BRIDGE_LISTEN');
  const chainWatch = startChainWatch({
    ...config.watchdog,
    checkIns,
    lastSeenAt: watchdogLastSeenAt,
    tell: (signal) => intake.own(signal),
    client,
    state: outbox.state,
    clock,
    newId: () => randomUUID(),
    log: logging.logger('watchdog'),
    onUnexpected,
  });
  const { mail, ntfyUrl, afterMs } = config.secondChannel;
  const secondChannel = startSecondChannel({
    ...config,
    channels: [
      ...(mail === undefined ? [] : [createMail({ ...mail, timeoutMs: config.telegram.timeoutMs })]),
      ...(ntfyUrl === undefined ? [] : [createNtfy(ntfyUrl, config.telegram.timeoutMs)]),
    ],
    afterMs,
    outbox,
    failingSince: () => deliveries.failingSince(),
    tell: (signal) => intake.own(signal),
    render,
    clock,
    log: logging.logger('second-channel'),
    onSent: (channel) => metrics.secondChannelSent(channel),
    onFailed: (channel) => metrics.secondChannelFailed(channel),
    onUnexpected,
  });
  const reports = startSlotJobs({
    jobs: config.report
      ? [
          dailyReportJob({
            ...config,
            times: config.report,
            reporter,
            tell: (signal) => intake.own(signal),
            clock,
          }),
        ]
      : [],
    timezone: config.timezone,
    clock,
    elapsedMs: () => performance.now(),
    memory: outbox.state,
    log: reportLog,
  });
  const stopJobs = startJobs({
    outbox,
    keep: config.keep,
    timezone: config.timezone,
    now: () => clock.now(),
    log: logging.jobs('outbox'),
  });
  const lifecycle = createLifecycle({
    tell: config.tellStartAndStop ? (signal) => intake.own(signal) : () => Promise.resolve(),
    isSettled: (id) => outbox.signals({ id, limit: 1 })[0]?.outcome !== 'pending',
    state: outbox.state,
    clock,
    version: packageVersion(),
    newId: () => randomUUID(),
    onUnexpected,
  });
  const reconciling = startReconciling({
    ...config.reconcile,
    lastAliveAt: lifecycle.lastAliveAt,
    openAlerts: () => outbox.openAlerts(),
    receivers: () => knownReceivers(outbox.state),
    read: (at) => readAlertmanager(config.watchdog.urls.alertmanager, at),
    tell: (signal) => intake.own(signal),
    clock,
    newId: () => randomUUID(),
    log: logging.logger('reconcile'),
    onUnexpected,
  });
  await lifecycle.started(lost);
  log.info('The alert bridge listens', { host: server.host, port: server.port, chats: chatKeys.length });

  return {
    stop: async () => {
      deliveries.stopPictures();
      stopJobs();
      await lifecycle.stopping(GOODBYE_MS);
      await Promise.all([
        chainWatch.stop(),
        secondChannel.stop(),
        reconciling.stop(),
        reports.stop(),
        talk?.stop(),
        server.close(GRACE_MS),
        deliveries.stop(GRACE_MS),
      ]);
      await coordination.stop();
      await drawer.close();
      client.close();
      listener.close();
      log.info('The alert bridge has stopped', { pending: outbox.ledger().pending });
      lifecycle.ended();
      outbox.close();
      stateDir.release();
      await flushSentry(500);
      await logging.close();
    },
  };
}

/** `npm run check-config -- --explain payload.json`: says what would happen to the payload. */
function explainIfAsked(config: BridgeConfig): void {
  const payload = payloadToExplain(process.argv);
  if (payload === undefined) return;
  const redactor = createRedactor({ secrets: config.secrets });
  const explanation = explain(payload, {
    ...config,
    chats: config.telegram.chats,
    outbox: openOutbox(openSqlite(':memory:')),
    render: createRenderer({
      ...config,
      redact: (text) => redactor.text(text),
      onFailure: (error) => {
        throw error;
      },
      buttonsOf: () => undefined,
    }),
    now: systemClock.now(),
  });
  process.stdout.write(`${explanation}\n`);
}

const toNumber = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);

await runService(start);
