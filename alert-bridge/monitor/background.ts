/** What the bridge does unasked. */
import type { Clock } from '../../common/time/clock.ts';
import { startJobs, type JobStatus } from '../../common/jobs/jobs.ts';
import type { Logging } from '../../common/log/logging.ts';
import { noteSecretsAtStart } from '../../common/state/secret-ages.ts';
import type { BridgeConfig } from '../config/config.ts';
import type { Peers } from '../peers/peers.ts';
import type { Deliveries } from '../notify/deliveries.ts';
import { knownReceivers, watchdogLastSeenAnywhereAt } from '../ingest/receive.ts';
import { bridgeJobs } from './jobs.ts';
import type { BridgeMetrics } from '../metrics/metrics.ts';
import type { KeyValue, Outbox } from '../outbox/outbox.ts';
import { readAlertmanager } from './reconcile/firing.ts';
import { startReconciling } from './reconcile/reconcile.ts';
import type { Renderer } from '../notify/render.ts';
import type { Reporter } from '../report/report.ts';
import type { FallbackSender } from '../fallback/fallback-sender.ts';
import { createMail } from '../fallback/mail.ts';
import { createNtfy } from '../fallback/ntfy.ts';
import { createWebhook } from '../fallback/webhook.ts';
import { startEscalation } from '../fallback/escalation.ts';
import { startFallback } from '../fallback/fallback.ts';
import type { NewSignal } from '../model/signal.ts';
import type { TelegramClient } from '../telegram/client.ts';
import type { CheckIns } from './check-ins.ts';
import { startChainWatch } from './watchdog.ts';

export interface BackgroundDependencies {
  readonly config: BridgeConfig;
  readonly outbox: Outbox;
  readonly peers: Pick<Peers, 'fallback' | 'isLeader' | 'prune'>;
  /** The state that other bridges know too. */
  readonly sharedState: KeyValue;
  readonly client: TelegramClient;
  readonly deliveries: Pick<Deliveries, 'failingSince' | 'keepSilent' | 'silent'>;
  readonly checkIns: CheckIns;
  readonly reporter: Reporter;
  readonly render: Renderer;
  readonly metrics: Pick<BridgeMetrics, 'fallbackSent' | 'fallbackFailed' | 'rang'>;
  /** What the bridge keeps lies there. */
  readonly stateFolder: string;
  /** When the run before was last alive, Unix ms; undefined at the very first start. */
  readonly lastAliveAt: number | undefined;
  /** Accepts a signal of the bridge's own. */
  readonly tell: (signal: NewSignal) => Promise<unknown>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logging: Logging;
  readonly onUnexpected: (error: unknown) => void;
}

export interface Background {
  /** What it keeps silent has changed. */
  lookAtAlertmanager(): void;
  jobs(): readonly JobStatus[];
  /** Looks now at what is expected of a component, and tells what has changed. */
  look(component: string): Promise<void>;
  stop(): Promise<void>;
}

/** Watches the chain, makes up for what Alertmanager's notifications lost, goes past Telegram, works by the clock. */
export function startBackground(dependencies: BackgroundDependencies): Background {
  const { config, outbox, peers, sharedState, deliveries, metrics, logging } = dependencies;
  const { tell, clock, newId, onUnexpected } = dependencies;
  const { alertmanager } = config.watchdog.urls;
  const chainWatch = startChainWatch({
    ...config.watchdog,
    timezone: config.timezone,
    lastSeenAt: () => watchdogLastSeenAnywhereAt(sharedState),
    checkIns: dependencies.checkIns,
    sharedState,
    client: dependencies.client,
    state: outbox.state,
    tell,
    clock,
    newId,
    log: logging.logger('watchdog'),
    onUnexpected,
  });
  const reconciling = startReconciling({
    ...config.reconcile,
    lastAliveAt: dependencies.lastAliveAt,
    locale: config.locale,
    openAlerts: () => outbox.openAlerts(),
    receivers: () => knownReceivers(outbox.state),
    leads: () => peers.isLeader,
    state: outbox.state,
    read: (at) => readAlertmanager(alertmanager, at),
    onMuted: (fingerprints) => deliveries.keepSilent(fingerprints),
    tell,
    clock,
    newId,
    log: logging.logger('reconcile'),
    onUnexpected,
  });
  const pastTelegram = {
    channels: channelsOf(config, clock),
    outbox,
    render: dependencies.render,
    routing: config.routing,
    locale: config.locale,
    clock,
    log: logging.logger('fallback'),
    onUnexpected,
    onSent: (channel: FallbackSender['name']) => metrics.fallbackSent(channel),
    onFailed: (channel: FallbackSender['name']) => metrics.fallbackFailed(channel),
  };
  const fallback = startFallback({
    ...pastTelegram,
    lease: peers.fallback,
    afterMs: config.fallback.afterMs,
    failingSince: () => deliveries.failingSince(),
    tell,
  });
  const escalation = startEscalation({
    ...pastTelegram,
    lease: peers.fallback,
    chats: config.telegram.chats.map(({ key }) => key),
    silent: () => deliveries.silent(),
    askAlertmanager: () => reconciling.look(),
    random: () => Math.random(),
    onRang: (step) => metrics.rang(step),
  });
  noteSecretsAtStart(dependencies.stateFolder, config.datedSecrets, clock.now(), onUnexpected);
  const jobs = startJobs({
    jobs: bridgeJobs({
      outbox,
      peers,
      stateFolder: dependencies.stateFolder,
      keep: config.keep,
      secrets: config.datedSecrets,
      maxAgeDays: config.secretMaxAgeDays,
      ...(config.report === undefined ? {} : { report: config.report }),
      timezone: config.timezone,
      reporter: dependencies.reporter,
      tell,
      clock,
    }),
    timezone: config.timezone,
    clock,
    elapsedMs: () => performance.now(),
    memory: outbox.state,
    log: logging.jobs('bridge'),
  });
  return {
    lookAtAlertmanager: () => void reconciling.look(),
    jobs: () => jobs.status(),
    look: (component) => chainWatch.look(component),
    stop: async () => {
      await Promise.all([
        chainWatch.stop(),
        reconciling.stop(),
        fallback.stop(),
        escalation.stop(),
        jobs.stop(),
      ]);
    },
  };
}

function channelsOf(
  { fallback: { mail, ntfyUrl, webhook }, telegram }: BridgeConfig,
  clock: Clock,
): readonly FallbackSender[] {
  const { timeoutMs } = telegram;
  return [
    ...(mail === undefined ? [] : [createMail({ ...mail, timeoutMs })]),
    ...(ntfyUrl === undefined ? [] : [createNtfy(ntfyUrl, timeoutMs)]),
    ...(webhook === undefined ? [] : [createWebhook({ ...webhook, timeoutMs, now: () => clock.now() })]),
  ];
}
