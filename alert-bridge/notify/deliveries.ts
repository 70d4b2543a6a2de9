/** One delivery with its pictures for each chat, and what the rest of the bridge asks of all of them. */
import type { Clock } from '../../common/time/clock.ts';
import type { Logging } from '../../common/log/logging.ts';
import { createChatSender } from '../telegram/sender.ts';
import type { BridgeConfig } from '../config/config.ts';
import type { Peers } from '../peers/peers.ts';
import { startPipeline, type PipelineObserver } from './pipeline.ts';
import type { BridgeMetrics } from '../metrics/metrics.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Drawer } from '../charts/drawer.ts';
import { createIllustrate } from '../charts/illustrate.ts';
import { createPictures } from '../charts/pictures.ts';
import type { Hold } from './maintenance.ts';
import { createRefusalNotices } from './refusal-notices.ts';
import type { Renderer } from './render.ts';
import type { NewSignal } from '../model/signal.ts';
import type { Budget } from '../telegram/budget.ts';
import type { TelegramClient } from '../telegram/client.ts';
import type { Downtime } from '../model/incident.ts';

export interface DeliveriesDependencies {
  readonly config: BridgeConfig;
  readonly outbox: Outbox;
  readonly client: TelegramClient;
  readonly budget: Budget;
  readonly peers: Peers;
  readonly render: Renderer;
  readonly drawer: Drawer;
  readonly redact: (text: string) => string;
  readonly metrics: Pick<BridgeMetrics, 'delivered' | 'rang' | 'pictureSent' | 'pictureDropped'>;
  readonly clock: Clock;
  readonly newId: () => string;
  /** What is held at a moment, besides quiet hours. */
  readonly maintenance: (now: number) => readonly Hold[];
  /** Puts what the bridge itself has noticed on its way. */
  readonly tell: (signal: NewSignal, chats?: readonly string[]) => Promise<unknown>;
  readonly logging: Logging;
  readonly onUnexpected: (error: unknown) => void;
  /** When no bridge ran before this one; undefined when that was too short to make anything late. */
  readonly downtime: Downtime | undefined;
}

export interface Deliveries {
  /** Something was accepted, or a message no longer shows its state. */
  wake(): void;
  /** What Alertmanager keeps silent, by fingerprint: nobody is reminded of it, nor of anything until this is known. */
  keepSilent(fingerprints: ReadonlySet<string>): void;
  /** What was said so last; undefined before. */
  silent(): ReadonlySet<string> | undefined;
  /** Why each chat takes no messages; undefined for one that does. */
  refusals(): readonly { readonly chat: string; readonly refusal: string | undefined }[];
  /** Since when each chat has failed without a break, Unix ms; undefined for one that works. */
  failingSince(): readonly (number | undefined)[];
  /** Pictures that are under way are left out from now on. */
  stopPictures(): void;
  stop(graceMs: number): Promise<void>;
}

export function startDeliveries(dependencies: DeliveriesDependencies): Deliveries {
  const { config, outbox, client, budget, peers, render, clock } = dependencies;
  const observer = observe(dependencies);
  let muted: ReadonlySet<string> | undefined;
  const chats = config.telegram.chats.map(({ key }) => key);
  const all = config.telegram.chats.map((chat) => {
    const pictures = createPictures(picturesOf(dependencies));
    const pipeline = startPipeline({
      pictures,
      outbox,
      chats,
      sender: createChatSender(chat, {
        client,
        budget,
        sharedBudget: peers.budget,
        clock,
        state: outbox.state,
        onTopicGone: () => tellTopicGone(chat.key, dependencies),
      }),
      lease: peers.lease(chat.key),
      routing: config.routing,
      render,
      muted: () => muted,
      maintenance: dependencies.maintenance,
      clock,
      random: () => Math.random(),
      observer,
      downtime: dependencies.downtime,
    });
    pictures.onReady(() => pipeline.wake());
    return { chat: chat.key, pictures, pipeline };
  });
  const wake = (): void => all.forEach(({ pipeline }) => pipeline.wake());
  return {
    wake,
    keepSilent: (fingerprints) => {
      muted = fingerprints;
      wake();
    },
    silent: () => muted,
    refusals: () => all.map(({ chat, pipeline }) => ({ chat, refusal: pipeline.refusal })),
    failingSince: () => all.map(({ pipeline }) => pipeline.failingSince),
    stopPictures: () => all.forEach(({ pictures }) => pictures.stop()),
    stop: async (graceMs) => {
      await Promise.all(all.map(({ pipeline }) => pipeline.stop(graceMs)));
    },
  };
}

function tellTopicGone(chat: string, { clock, newId, tell, onUnexpected }: DeliveriesDependencies): void {
  const body = { kind: 'bridge_topic_gone', chat } as const;
  const type = `${body.kind}:${chat}`;
  void tell({ id: `bridge:${newId()}`, type, severity: 'warning', occurredAt: clock.now(), body }).catch(
    onUnexpected,
  );
}

function picturesOf({ config, drawer, redact, metrics, clock, logging }: DeliveriesDependencies) {
  const log = logging.logger('charts');
  return {
    illustrate: createIllustrate({
      pictures: config.pictures,
      prometheusUrl: config.watchdog.urls.prometheus,
      locale: config.locale,
      timezone: config.timezone,
      redact,
      now: () => clock.now(),
    }),
    drawer,
    now: () => clock.now(),
    onSent: () => metrics.pictureSent(),
    onDropped: (reason: Parameters<BridgeMetrics['pictureDropped']>[0], error?: unknown) => {
      metrics.pictureDropped(reason);
      log.warn('A picture was left out', { reason, error });
    },
  };
}

function observe(dependencies: DeliveriesDependencies): PipelineObserver {
  const { config, logging, metrics, clock, newId, tell, onUnexpected } = dependencies;
  const { mail, ntfyUrl, webhook } = config.fallback;
  const log = logging.logger('notify');
  return {
    decided: ({ chat, ...event }) =>
      logging.audit.info('Decided what a chat is shown', { chat_id: chat, ...event }),
    channelChanged: (chat, reason) =>
      reason === undefined
        ? log.info('The chat takes messages again', { chat_id: chat })
        : log.error('The chat refuses messages; they wait until it is mended', { chat_id: chat, reason }),
    refusing: createRefusalNotices({
      locale: config.locale,
      chats: config.telegram.chats.map(({ key }) => key),
      hasFallback: mail !== undefined || ntfyUrl !== undefined || webhook !== undefined,
      now: () => clock.now(),
      newId,
      tell,
      onUnexpected,
    }),
    retrying: (chat, reason, delayMs, description) =>
      log.warn('Telegram did not take a message; it is tried again', {
        chat_id: chat,
        reason,
        description,
        delayMs,
      }),
    delivered: (seconds) => {
      metrics.delivered(seconds);
      logging.performance.info('A signal was shown', { secondsSinceAccepted: seconds });
    },
    escalated: (reason) => metrics.rang(reason === 'untaken' ? 'again' : 'next'),
    unexpected: onUnexpected,
  };
}
