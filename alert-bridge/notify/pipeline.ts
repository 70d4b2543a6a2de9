import type { Clock } from '../../common/time/clock.ts';
import { isCausedByStorage } from '../../common/state/when-writable.ts';
import { createNotificationQueue, type At, type Item } from './queue.ts';
import type { ChatSender, SendResult } from '../telegram/sender.ts';
import { createSend } from './send.ts';
import { createSettle } from './settle.ts';
import { createChatHealth, type ChatHealth } from './retry.ts';
import type { ChatLease } from '../peers/peers.ts';
import { incidentAfter, type Decision } from './decide.ts';
import type { Outbox, Outcome } from '../outbox/outbox.ts';
import { yieldToEventLoop, inBatchesOf } from '../model/batches.ts';
import type { Pictures } from '../charts/pictures.ts';
import type { Routing } from './routing.ts';
import type { Hold } from './maintenance.ts';
import type { Renderer } from './render.ts';
import { atMessage, type Downtime } from '../model/incident.ts';
import { nextTouchUp, subjectOf } from './touch-up.ts';

/** What the delivery tells of itself, for logs and metrics. */
export interface PipelineObserver {
  decided(event: DecidedEvent): void;
  /** A chat stopped or began to take messages; `reason` is undefined when it takes them. */
  channelChanged(chat: string, reason: string | undefined): void;
  /** The same, once for each refusal, over a restart too; `since`: Unix ms of its beginning. */
  refusing?(chat: string, reason: string | undefined, since: number): void;
  retrying(chat: string, reason: string, delayMs: number, description: string | undefined): void;
  delivered(secondsSinceAccepted: number): void;
  /** A chat rang again for what nobody has taken, or was told because others have not. */
  escalated?(reason: 'untaken' | 'passed_on'): void;
  unexpected(error: unknown): void;
}

export interface DecidedEvent {
  readonly chat: string;
  readonly type: string;
  readonly ids: readonly string[];
  readonly action: Decision['action'];
  readonly reason: string;
}

export interface PipelineDependencies {
  readonly outbox: Outbox;
  readonly sender: ChatSender;
  /** Keys of all chats; by default it is the only one. */
  readonly chats?: readonly string[];
  /** Of this chat, among the bridges that tell it. */
  readonly lease: ChatLease;
  readonly routing: Routing;
  readonly render: Renderer;
  /** Fingerprints of what Alertmanager keeps silent; undefined until it was asked. */
  readonly muted: () => ReadonlySet<string> | undefined;
  /** What is held at a moment, besides quiet hours; by default nothing. */
  readonly maintenance?: ((now: number) => readonly Hold[]) | undefined;
  /** Sent when no message waits. */
  readonly pictures: Pick<Pictures, 'follow' | 'areReady' | 'sendOne'>;
  readonly clock: Clock;
  /** From 0 to 1: spreads retries of several chats. */
  readonly random: () => number;
  readonly observer: PipelineObserver;
  /** When no bridge ran before this one; undefined when that was too short to make anything late. */
  readonly downtime: Downtime | undefined;
}

export interface Pipeline {
  /** Something was accepted. */
  wake(): void;
  readonly refusal: ChatHealth['refusal'];
  readonly failingSince: ChatHealth['failingSince'];
  /** Lets a request in flight end (up to `graceMs`), then ends the loop. What was not settled stays pending. */
  stop(graceMs: number): Promise<void>;
}

/** Signals told to the observer at once: each is a line in a log. */
const OBSERVE_LIMIT = 50;
/** Signals named in one line of a log. */
const NAMED_LIMIT = 500;
/** A timer's longest wait, so that a clock that was set is noticed. */
const MAX_SLEEP_MS = 600_000;
/** After an error that nobody foresaw. */
const PAUSE_MS = 30_000;
/** While the store cannot be written: it may be free again at any moment. */
const STORAGE_PAUSE_MS = 500;

/**
 * Delivers to one chat, one request at a time: queue → decide → wait for the budget and the lease → decide again on all
 * that has gathered meanwhile → render → send or edit → settle what Telegram has confirmed.
 */
export function startPipeline(dependencies: PipelineDependencies): Pipeline {
  const { outbox, sender, lease, routing, render, muted, pictures, clock, random, observer } = dependencies;
  const chat = sender.chat.key;
  const { chats = [chat] } = dependencies;
  const { maintenance = () => [] } = dependencies;
  const queue = createNotificationQueue({ outbox, sender, chats, routing, maintenance, muted });
  const { downtime } = dependencies;
  const health = createChatHealth({
    chat,
    state: outbox.state,
    clock,
    random,
    downtime,
    onChange: (reason) => observer.channelChanged(chat, reason),
    onRefusing: (reason, since) => observer.refusing?.(chat, reason, since),
    onRetry: (...retry) => observer.retrying(chat, ...retry),
  });
  const stopping = new AbortController();
  const aborting = new AbortController();
  const abort = aborting.signal;
  const onUnexpected = (error: unknown): void => observer.unexpected(error);
  const settle = createSettle({ chat, outbox, lease, clock, onUnexpected, abort });
  const send = createSend({ outbox, sender, lease, settle, clock, abort });
  let wakeUp: () => void = () => undefined;

  /** Shows the most urgent thing that waits; when there is none, tells until when nothing will change by itself. */
  const step = async (): Promise<'more' | { readonly until: number | undefined }> => {
    const now = clock.now();
    const lateCause: At['lateCause'] = (acceptedAt) => health.lateCause(acceptedAt);
    const next = queue.next({ now, lateCause, downtime });
    if (next.kind === 'again') {
      await yieldToEventLoop();
      return 'more';
    }
    if (next.kind === 'nothing') {
      health.caughtUp();
      if (await touchUp()) return 'more';
      await lease.end();
      return (await sendPicture()) ? 'more' : next;
    }
    const { item } = next;
    // Decided again once it may be sent: by then more may have gathered, or have been shown by another bridge.
    if (item.decision.action !== 'suppress' && (await mustWait())) return 'more';
    await observeDecision(item);
    try {
      await carryOut(item, now);
    } finally {
      await lease.end();
    }
    return 'more';
  };

  const observeDecision = async ({ type, signals, decision: { action, reason } }: Item): Promise<void> => {
    const ids = signals.map(({ id }) => id);
    for (const part of ids.length === 0 ? [ids] : inBatchesOf(NAMED_LIMIT, ids)) {
      observer.decided({ chat, type, ids: part, action, reason });
      if (part.length === NAMED_LIMIT) await yieldToEventLoop();
    }
  };

  /** @returns whether it had to be waited for the budget, or for other bridges */
  const mustWait = async (): Promise<boolean> => {
    if (!isWithinBudget()) await sender.ready(stopping.signal);
    else if (!lease.isMine) await lease.take(stopping.signal);
    else return false;
    return true;
  };

  const isStopping = (): boolean => stopping.signal.aborted;

  const isWithinBudget = (): boolean => sender.readyAt() <= clock.now();

  const carryOut = async ({ decision, signals, type, subject }: Item, now: number): Promise<void> => {
    const { reason } = decision;
    switch (decision.action) {
      case 'suppress':
        await settle.signals(signals.map(({ seq }) => ({ seq, outcome: 'suppressed', reason })));
        return;
      case 'edit': {
        const text = render(decision.content, subjectOf(decision.incident), now);
        const result = await send.edit(text, signals, decision.incident);
        if (result.status === 'gone') {
          await settle.afterwards(() => outbox.refreshed(chat, type, undefined, now));
          return;
        }
        await conclude(result, { type, signals }, (shown) =>
          settle.signals(
            signals.map(({ seq }) => ({ seq, outcome: 'merged', reason })),
            { state: atMessage(decision.incident, shown), stale: shown.isBrief === true },
          ),
        );
        return;
      }
      case 'send':
      case 'reply': {
        const text = render(decision.content, subject, now);
        const isEventList = decision.content.kind === 'event_list';
        const shown = isEventList ? signals.slice(0, text.shownEntries) : signals;
        const replyTo = decision.action === 'reply' ? { replyTo: decision.incident } : {};
        const result = await send.message(text, shown, { silent: decision.silent, ...replyTo });
        await conclude(result, { type, signals: shown }, (at) => {
          if (decision.action === 'send') pictures.follow(decision.content, at);
          if (reason === 'untaken' || reason === 'passed_on') observer.escalated?.(reason);
          // The first has a message of its own; the others are shown by it.
          const outcome = (index: number): Outcome => (index === 0 ? 'delivered' : 'merged');
          const after = incidentAfter(decision, at.messageId, clock.now());
          return settle.signals(
            shown.map(({ seq }, index) => ({ seq, outcome: outcome(index), reason })),
            after === undefined || decision.action === 'reply'
              ? after
              : { state: atMessage(after.state, at), stale: after.stale || at.isBrief === true },
          );
        });
      }
    }
  };

  /** Mends a message that does not show what it should any more. */
  const touchUp = async (): Promise<boolean> => {
    const next = nextTouchUp(outbox, chat);
    if (next === undefined) return false;
    if (await mustWait()) return true;
    const message = render(next.content, next.subject, clock.now());
    const result = await sender.edit(next.message, message, abort);
    if (result.status === 'retry') {
      await tryLater(result);
    } else {
      // What cannot be edited stays as it is: only its looks are at stake, and whether the chat works is not known by it.
      if (result.status !== 'replace') health.answered();
      await settle.afterwards(() => next.done(result.status === 'gone', clock.now()));
    }
    await lease.end();
    return true;
  };

  const sendPicture = async (): Promise<boolean> => {
    if (!pictures.areReady()) return false;
    if (isWithinBudget()) await pictures.sendOne(sender, abort);
    else await sender.ready(stopping.signal);
    return true;
  };

  const conclude = async (
    result: SendResult,
    { type, signals }: Pick<Item, 'type' | 'signals'>,
    onShown: (shown: Extract<SendResult, { status: 'shown' }>) => Promise<void>,
  ): Promise<void> => {
    if (result.status === 'retry') {
      await tryLater(result);
      return;
    }
    health.answered();
    if (result.status === 'shown') {
      await onShown(result);
      for (const part of inBatchesOf(OBSERVE_LIMIT, signals)) {
        await yieldToEventLoop();
        for (const { acceptedAt } of part) observer.delivered((clock.now() - acceptedAt) / 1_000);
      }
    } else {
      const reason = result.status === 'refused' ? result.reason : result.status;
      await settle.signals(signals.map(({ seq }) => ({ seq, outcome: 'failed', reason })));
      if (signals.length === 0) {
        queue.refused(type, clock.now());
        await settle.postpone(type);
      }
    }
  };

  const tryLater = async (result: Extract<SendResult, { status: 'retry' }>): Promise<void> => {
    // Meanwhile another bridge may have a way to Telegram.
    await lease.end(result.mayHaveArrived);
    await health.failed(result, stopping.signal);
  };

  const run = async (): Promise<void> => {
    let isStorageAway = false;
    while (!isStopping()) {
      const woken = new Promise<void>((resolve) => {
        wakeUp = resolve;
      });
      try {
        const found = await step();
        isStorageAway = false;
        if (found !== 'more') await wokenOr(found.until, woken);
      } catch (error) {
        if (isStopping()) return;
        // The store may be full or locked for a while: what is in it is safe, and the loop must go on.
        if (isCausedByStorage(error)) {
          if (!isStorageAway) observer.unexpected(error);
          isStorageAway = true;
          await clock.sleep(STORAGE_PAUSE_MS, stopping.signal).catch(() => undefined);
          continue;
        }
        const unreadable = settle.unreadable(error);
        observer.unexpected(
          unreadable === 0 ? error : new Error(`${unreadable} rows are given up as failed`, { cause: error }),
        );
        if (unreadable === 0) await clock.sleep(PAUSE_MS, stopping.signal).catch(() => undefined);
      }
    }
  };

  const wokenOr = async (until: number | undefined, woken: Promise<void>): Promise<void> => {
    if (until === undefined) return woken;
    const timer = new AbortController();
    const sleepMs = Math.min(Math.max(0, until - clock.now()), MAX_SLEEP_MS);
    await Promise.race([woken, clock.sleep(sleepMs, timer.signal).catch(() => undefined)]);
    timer.abort();
  };

  const running = run().finally(() => lease.end());
  return {
    wake: () => wakeUp(),
    get refusal() {
      return health.refusal;
    },
    get failingSince() {
      return health.failingSince;
    },
    stop: async (graceMs) => {
      stopping.abort(new Error('The delivery is stopping.'));
      wakeUp();
      const cut = setTimeout(() => aborting.abort(new Error('The delivery was stopped.')), graceMs);
      await running;
      clearTimeout(cut);
    },
  };
}
