import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { JobStatus } from '../../common/jobs/jobs.ts';
import type { MetricFamily } from '../../common/metrics/family.ts';
import { COMMANDS } from '../bot/commands.ts';
import type { UpdateOutcome } from '../bot/handle-update.ts';
import type { DropReason } from '../charts/pictures.ts';
import type { FallbackSender } from '../fallback/fallback-sender.ts';
import type { Ledger } from '../outbox/outbox.ts';
import type { FailureReason } from '../telegram/errors.ts';
import type { Method } from '../telegram/client.ts';
import { catalog } from './catalog.ts';
import { createJobMetrics } from './job-metrics.ts';

/** What the metrics read at every scrape; what nobody gives has no series. */
export interface MetricSources {
  readonly ledger: () => Ledger;
  /** Unix ms; undefined before the first. */
  readonly watchdogLastSeen: () => number | undefined;
  /** Unix ms until which Telegram asked us to wait. */
  readonly pausedUntil: () => number | undefined;
  /** Name of each channel, and whether it takes messages. */
  readonly channels: () => readonly { readonly channel: string; readonly up: boolean }[];
  /** When each that must report did so last, Unix ms; undefined before the first. */
  readonly checkIns: () => readonly {
    readonly name: string;
    /** Unix ms. */
    readonly lastAt: number | undefined;
    readonly failingSince?: number | undefined;
    readonly durationMs?: number | undefined;
  }[];
  readonly jobs: () => readonly JobStatus[];
  /** When the quiet hours of now end, Unix ms; undefined outside of them. */
  readonly quietUntil: () => number | undefined;
  /** Of several bridges only. */
  readonly ha: () => { readonly isUp: boolean; readonly isLeader: boolean | undefined };
}

export interface BridgeMetrics {
  /** Each part of the bridge gives what it knows, once it runs. */
  watch(sources: Partial<MetricSources>): void;
  text(): Promise<{ readonly contentType: string; readonly text: string }>;
  telegramRequest(method: string): void;
  telegramFailure(method: string, reason: string): void;
  postRejected(code: string): void;
  rang(step: RingStep): void;
  fallbackSent(channel: string): void;
  fallbackFailed(channel: string): void;
  pictureSent(): void;
  pictureDropped(reason: string): void;
  delivered(secondsSinceAccepted: number): void;
  /** Undefined: send-only. */
  listening(isListening: boolean | undefined): void;
  /** An answer to getUpdates arrived at that time, Unix ms. */
  polled(at: number): void;
  updateHandled(outcome: string, command?: string): void;
}

/** What is sure to be counted some day: at zero from the start, for growth is not seen of a series that begins with 1. */
const OUTCOMES: readonly UpdateOutcome[] = ['answered', 'refused', 'ignored', 'failed'];
const DROPS: readonly DropReason[] = ['no_data', 'drawing_failed', 'busy', 'telegram'];
const FALLBACKS: readonly FallbackSender['name'][] = ['e-mail', 'ntfy', 'webhook'];
const RING_STEPS = ['again', 'next', 'fallback', 'webhook'] as const;
export type RingStep = (typeof RING_STEPS)[number];
const MESSAGES: readonly Method[] = ['sendMessage', 'editMessageText'];
const TROUBLES: readonly FailureReason[] = ['timeout', 'connection', 'server_error', 'rate_limited'];
const REJECTIONS = ['unauthorized', 'invalid_json', 'invalid_payload', 'storage_unavailable'];

export function createMetrics(build: { readonly version: string; readonly revision: string }): BridgeMetrics {
  const sources: Partial<MetricSources> = {};
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'alert_bridge_' });
  // prom-client's own gauges that call themselves totals: `promtool check metrics` complains of them.
  for (const kind of ['handles', 'requests', 'resources']) {
    registry.removeSingleMetric(`alert_bridge_nodejs_active_${kind}_total`);
  }
  const registers = [registry];
  const options = ({ name, help, labels }: MetricFamily) => ({
    name,
    help,
    labelNames: [...labels],
    registers,
  });

  const updates = new Counter(options(catalog.telegramUpdates));
  const commands = new Counter(options(catalog.commands));
  const pollingUp = absentGauge(options(catalog.pollingUp));
  const lastPoll = absentGauge(options(catalog.lastPoll));
  new Gauge(options(catalog.buildInfo)).set({ ...build, node_version: process.version }, 1);
  const requests = new Counter(options(catalog.telegramRequests));
  const failures = new Counter(options(catalog.telegramFailures));
  const rejected = new Counter(options(catalog.postsRejected));
  const rings = new Counter(options(catalog.rings));
  const fallbackMessages = new Counter(options(catalog.fallbackMessages));
  const fallbackFailures = new Counter(options(catalog.fallbackFailures));
  const picturesSent = new Counter(options(catalog.picturesSent));
  const picturesDropped = new Counter(options(catalog.picturesDropped));
  const delivery = new Histogram({
    ...options(catalog.deliverySeconds),
    buckets: [...catalog.deliverySeconds.buckets],
  });

  for (const outcome of OUTCOMES) updates.inc({ outcome }, 0);
  for (const command of [...COMMANDS, 'unknown']) commands.inc({ command }, 0);
  for (const reason of DROPS) picturesDropped.inc({ reason }, 0);
  for (const step of RING_STEPS) rings.inc({ step }, 0);
  for (const channel of FALLBACKS)
    for (const counter of [fallbackMessages, fallbackFailures]) counter.inc({ channel }, 0);
  for (const method of MESSAGES) {
    requests.inc({ method }, 0);
    for (const reason of TROUBLES) failures.inc({ method, reason }, 0);
  }
  for (const code of REJECTIONS) rejected.inc({ code }, 0);

  // Totals live in the ledger, which survives restarts: a scrape copies them, all from one reading.
  const accepted = new Counter(options(catalog.signalsAccepted));
  const delivered = new Counter(options(catalog.signalsDelivered));
  const merged = new Counter(options(catalog.signalsMerged));
  const suppressed = new Counter(options(catalog.signalsSuppressed));
  const failed = new Counter(options(catalog.signalsFailed));
  const pending = absentGauge(options(catalog.signalsPending));
  const duplicates = new Counter(options(catalog.duplicates));
  const possibleDuplicates = new Counter(options(catalog.possibleDuplicates));
  const oldest = absentGauge(options(catalog.outboxOldest));
  const quiet = new Gauge(options(catalog.quietUntil));
  const watchdog = new Gauge(options(catalog.watchdogLastSeen));
  const paused = new Gauge(options(catalog.telegramPausedUntil));
  const checkIn = new Gauge(options(catalog.checkInLastSeen));
  const checkInSuccess = new Gauge(options(catalog.checkInSuccess));
  const checkInDuration = new Gauge(options(catalog.checkInDuration));
  const haUp = new Gauge(options(catalog.haUp));
  const haLeader = new Gauge(options(catalog.haLeader));
  const channelUp = new Gauge(options(catalog.channelUp));
  const copyJobs = createJobMetrics(registry);

  const copyLedger = (ledger: Ledger): void => {
    setTotal(accepted, ledger.accepted);
    setTotal(delivered, ledger.delivered);
    setTotal(merged, ledger.merged);
    setTotals(suppressed, ledger.suppressed);
    setTotals(failed, ledger.failed);
    pending.set(ledger.pending);
    setTotal(duplicates, ledger.duplicates);
    setTotal(possibleDuplicates, ledger.possibleDuplicates);
    setSeconds(oldest, ledger.oldestPendingAt);
  };
  const copyState = (): void => {
    setSeconds(quiet, sources.quietUntil?.());
    setSeconds(watchdog, sources.watchdogLastSeen?.());
    setSeconds(paused, sources.pausedUntil?.());
    const ha = sources.ha?.();
    setFlag(haUp, ha?.isUp);
    setFlag(haLeader, ha && ha.isLeader === true);
    checkInDuration.reset();
    for (const { name, lastAt, failingSince, durationMs } of sources.checkIns?.() ?? []) {
      if (lastAt === undefined) continue;
      checkIn.set({ checkin: name }, lastAt / 1_000);
      checkInSuccess.set({ checkin: name }, failingSince === undefined ? 1 : 0);
      if (durationMs !== undefined) checkInDuration.set({ checkin: name }, durationMs / 1_000);
    }
    for (const { channel, up } of sources.channels?.() ?? []) channelUp.set({ channel }, up ? 1 : 0);
  };

  return {
    watch: (more) => void Object.assign(sources, more),
    text: async () => {
      if (sources.ledger !== undefined) copyLedger(sources.ledger());
      copyState();
      copyJobs(sources.jobs?.() ?? []);
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    telegramRequest: (method) => requests.inc({ method }),
    telegramFailure: (method, reason) => failures.inc({ method, reason }),
    postRejected: (code) => rejected.inc({ code }),
    rang: (step) => rings.inc({ step }),
    fallbackSent: (channel) => fallbackMessages.inc({ channel }),
    fallbackFailed: (channel) => fallbackFailures.inc({ channel }),
    pictureSent: () => picturesSent.inc(),
    pictureDropped: (reason) => picturesDropped.inc({ reason }),
    delivered: (seconds) => delivery.observe(seconds),
    listening: (isListening) => {
      if (isListening === undefined) pollingUp.remove();
      else pollingUp.set(isListening ? 1 : 0);
    },
    polled: (at) => lastPoll.set(at / 1_000),
    updateHandled: (outcome, command) => {
      updates.inc({ outcome });
      if (command !== undefined) commands.inc({ command });
    },
  };
}

function setTotal(counter: Counter, value: number): void {
  counter.reset();
  counter.inc(value);
}

function setTotals(counter: Counter, byReason: Readonly<Record<string, number>>): void {
  counter.reset();
  for (const [reason, value] of Object.entries(byReason)) counter.inc({ reason }, value);
}

/** prom-client shows a gauge without labels as 0 until it is set. */
function absentGauge(options: ConstructorParameters<typeof Gauge>[0]): Gauge {
  const gauge = new Gauge(options);
  gauge.remove();
  return gauge;
}

/** Absent is not zero: a time that is not known has no series. */
function setSeconds(gauge: Gauge, ms: number | undefined): void {
  if (ms === undefined) gauge.remove();
  else gauge.set(ms / 1_000);
}

function setFlag(gauge: Gauge, value: boolean | undefined): void {
  if (value === undefined) gauge.remove();
  else gauge.set(value ? 1 : 0);
}
