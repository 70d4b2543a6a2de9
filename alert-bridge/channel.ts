import type { Clock } from '../common/clock.ts';
import type { SharedBudget } from './coordination/coordination.ts';
import type { KeyValue } from './outbox/outbox.ts';
import { budgetSnapshotSchema, createBudget, LONGEST_PAUSE_MS, type Budget } from './telegram/budget.ts';
import type { ChatTarget } from './telegram/chats.ts';
import type { TelegramClient } from './telegram/client.ts';
import type { Keyboard } from './telegram/messages.ts';
import type { TelegramFailure } from './telegram/errors.ts';
import type { LateCause } from './thread.ts';

/** A message in both forms: HTML, and the plain text that is sent when there is none or Telegram refuses it. */
export interface ChannelMessage {
  readonly html?: string;
  readonly plain: string;
  /** Under the message; an edit without them takes them away. */
  readonly buttons?: Keyboard;
}

/** What became of a message, in the words the delivery needs: the Bot API's own stay behind this. */
export type ChannelResult =
  | { readonly status: 'shown'; readonly messageId: number }
  /** This message will never be taken; another one may. */
  | { readonly status: 'refused'; readonly reason: string }
  /** The message to edit is not there any more. */
  | { readonly status: 'gone' }
  /** Not now. The message may have arrived all the same when nobody answered. */
  | {
      readonly status: 'retry';
      readonly reason: string;
      readonly cause: LateCause;
      readonly mayHaveArrived: boolean;
      /** True when only the operator can mend it: wrong token, unknown chat, blocked bot. */
      readonly permanent: boolean;
    };

/** One chat that is told, through Telegram. */
export interface Channel {
  readonly chat: ChatTarget;
  /** When the budget lets a request to this chat go, Unix ms. */
  readyAt(): number;
  /** How long after the first of so many requests the budget lets the last go, ms. */
  drainMs(requests: number): number;
  /** Waits until then. */
  ready(signal: AbortSignal): Promise<void>;
  send(message: ChannelMessage, options: SendOptions, signal: AbortSignal): Promise<ChannelResult>;
  /** A PNG under a message, silently. */
  sendPicture(png: Uint8Array, replyTo: number, signal: AbortSignal): Promise<ChannelResult>;
  edit(messageId: number, message: ChannelMessage, signal: AbortSignal): Promise<ChannelResult>;
}

export interface SendOptions {
  readonly silent: boolean;
  readonly replyTo?: number;
}

export interface ChannelDependencies {
  readonly client: TelegramClient;
  readonly budget: Budget;
  /** What other bridges send to the chat counts too. */
  readonly sharedBudget: SharedBudget;
  readonly clock: Clock;
  /** Keeps the new id of a chat that was migrated. */
  readonly state: KeyValue;
  /** The topic is gone or closed: until the next start everything goes to the chat itself. */
  readonly onTopicGone?: () => void;
  /** How much of the budget this channel may use up, from 0 to 1; all of it by default. */
  readonly budgetShare?: number;
}

/** Where the budget is kept while Telegram asks us to wait. */
const BUDGET_STATE_KEY = 'telegram_budget';

/** The sending budget, with the pauses a former process was asked for. */
export function restoreBudget(state: KeyValue): Budget {
  const budget = createBudget();
  const saved = state.get(BUDGET_STATE_KEY);
  if (saved !== undefined) budget.restore(budgetSnapshotSchema.parse(JSON.parse(saved)));
  return budget;
}

/** A plain text that is refused as too long is cut to this many UTF-16 units: half of Telegram's own limit. */
const SHORT_TEXT_UNITS = 2_048;

/** A message that is decided on waits no longer than this for what other bridges have sent. */
const PATIENCE_MS = 3_000;

export function createChannel(chat: ChatTarget, dependencies: ChannelDependencies): Channel {
  const { client, budget, sharedBudget, clock, state, onTopicGone, budgetShare } = dependencies;
  const migratedKey = `chat:${chat.key}:migrated_to`;
  // Not kept: whoever has mended the topic restarts the bridge.
  let isTopicGone = false;

  const target = (): { id: number; threadId?: number } => {
    const migrated = state.get(migratedKey);
    const id = migrated === undefined ? chat.id : Number(migrated);
    return chat.threadId === undefined || isTopicGone ? { id } : { id, threadId: chat.threadId };
  };

  const giveUpTopic = (): void => {
    if (!isTopicGone) onTopicGone?.();
    isTopicGone = true;
  };

  const readyAt = (): number => budget.readyAt(target().id, clock.now(), budgetShare);

  const ready = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      const waitMs = readyAt() - clock.now();
      if (waitMs <= 0) return;
      await clock.sleep(waitMs, signal);
    }
  };

  type Form = ({ readonly html: string } | { readonly text: string }) & { readonly buttons?: Keyboard };
  type Attempt = (to: { id: number; threadId?: number }, form: Form) => Promise<Answer>;

  /** Tries again with what Telegram's refusal asks for, each remedy once, so that it always ends. */
  const persist = async (
    message: ChannelMessage,
    attempt: Attempt,
    signal: AbortSignal,
  ): Promise<ChannelResult> => {
    const buttons = message.buttons === undefined ? {} : { buttons: message.buttons };
    let form: Form = {
      ...(message.html === undefined ? { text: message.plain } : { html: message.html }),
      ...buttons,
    };
    const tried = new Set<string>();
    for (;;) {
      await ready(signal);
      const to = target();
      const waitMs = await sharedBudget.take(to.id);
      if (waitMs > PATIENCE_MS) {
        budget.pause(to.id, clock.now() + Math.min(waitMs, LONGEST_PAUSE_MS));
        return RATE_LIMITED;
      }
      if (waitMs > 0) {
        await clock.sleep(waitMs, signal);
        continue;
      }
      budget.spend(to.id, clock.now());
      const answer = await attempt(to, form);
      if (answer.ok) return { status: 'shown', messageId: answer.messageId };
      const { failure } = answer;
      const first = !tried.has(failure.reason);
      tried.add(failure.reason);
      if (failure.reason === 'chat_migrated' && first) state.set(migratedKey, String(failure.newChatId));
      else if (failure.reason === 'thread_missing' && first) giveUpTopic();
      else if (failure.reason === 'too_long' && first) form = { text: shorten(message.plain), ...buttons };
      else if (failure.reason === 'cannot_parse_entities' && 'html' in form)
        form = { text: message.plain, ...buttons };
      // What Telegram dislikes without saying why may be a button: the words must arrive.
      else if (isAboutForm(failure) && ('html' in form || 'buttons' in form)) form = { text: message.plain };
      else return toResult(failure);
    }
  };

  const toResult = async (failure: TelegramFailure): Promise<ChannelResult> => {
    const retry = (cause: LateCause, permanent: boolean): ChannelResult => ({
      status: 'retry',
      reason: failure.reason,
      cause,
      mayHaveArrived: failure.outcome === 'unreachable' && failure.mayHaveArrived,
      permanent,
    });
    if (failure.outcome === 'unreachable') return retry('telegram_unreachable', false);
    switch (failure.reason) {
      case 'rate_limited':
        budget.pause(target().id, clock.now() + failure.retryAfterMs);
        await sharedBudget.pause(target().id, failure.retryAfterMs);
        // Telegram asks for hours at times: a restart must not forget it.
        state.set(BUDGET_STATE_KEY, JSON.stringify(budget.snapshot(clock.now())));
        return retry('telegram_rate_limit', false);
      case 'conflict':
        return retry('telegram_refused', false);
      case 'edit_target_missing':
        return { status: 'gone' };
      case 'chat_not_found':
      case 'blocked':
      case 'unauthorized':
      case 'chat_migrated':
        return retry('telegram_refused', true);
      default:
        return { status: 'refused', reason: failure.reason };
    }
  };

  return {
    chat,
    readyAt,
    drainMs: (requests) => budget.drainMs(target().id, requests, clock.now()),
    ready,
    send: (message, { silent, replyTo }, signal) =>
      persist(
        message,
        (to, form) =>
          client.sendMessage(
            { chat: to, ...form, silent, ...(replyTo === undefined ? {} : { replyTo }) },
            { signal },
          ),
        signal,
      ),
    sendPicture: (png, replyTo, signal) =>
      // Without a text no remedy but the chat's own applies.
      persist(
        { plain: '' },
        (to) => client.sendPhoto({ chat: to, png, silent: true, replyTo }, { signal }),
        signal,
      ),
    edit: (messageId, message, signal) =>
      persist(
        message,
        async (to, form) => {
          const result = await client.editMessage({ chat: to, messageId, ...form }, { signal });
          const isShown = result.ok || result.failure.reason === 'not_modified';
          return isShown ? { ok: true, messageId } : result;
        },
        signal,
      ),
  };
}

/** Other bridges have used the budget up: what gathers meanwhile is to be decided on together. */
const RATE_LIMITED: ChannelResult = {
  status: 'retry',
  reason: 'rate_limited',
  cause: 'telegram_rate_limit',
  mayHaveArrived: false,
  permanent: false,
};

type Answer =
  | { readonly ok: true; readonly messageId: number }
  | { readonly ok: false; readonly failure: TelegramFailure };

/** Telegram did not like how the message is written: without markup it may pass. */
const isAboutForm = ({ reason }: TelegramFailure): boolean =>
  reason === 'cannot_parse_entities' || reason === 'bad_request' || reason === 'too_long';

/** Never ends in half of a surrogate pair. */
const shorten = (text: string): string => text.slice(0, SHORT_TEXT_UNITS).replace(/[\uD800-\uDBFF]$/, '');
