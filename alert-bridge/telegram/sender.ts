import type { Clock } from '../../common/time/clock.ts';
import type { SharedBudget } from '../peers/peers.ts';
import type { KeyValue } from '../outbox/outbox.ts';
import { budgetSnapshotSchema, createBudget, LONGEST_PAUSE_MS, type Budget } from './budget.ts';
import type { ChatTarget } from './chats.ts';
import type { TelegramClient } from './client.ts';
import type { Keyboard } from './messages.ts';
import type { TelegramFailure } from './errors.ts';
import type { LateCause, MessageRef } from '../model/incident.ts';

/** A message in both forms: HTML, and the plain text that is sent when there is none or Telegram refuses it. */
export interface OutgoingText {
  readonly html?: string;
  readonly plain: string;
  /** In words of the bridge alone: what is sent when Telegram takes neither, so that somebody looks. */
  readonly brief?: string;
  /** Under the message; an edit without them takes them away. */
  readonly buttons?: Keyboard;
}

/** What became of a message, in the words the delivery needs: the Bot API's own stay behind this. */
export type SendResult =
  | ({
      readonly status: 'shown';
      /** Only that there is something is shown: Telegram did not take what it says. */
      readonly isBrief?: true;
    } & MessageRef)
  /** This message will never be taken; another one may. */
  | { readonly status: 'refused'; readonly reason: string }
  /** The message to edit is not there any more. */
  | { readonly status: 'gone' }
  /** It cannot be edited, being in a chat that is left or for whatever reason: only a new message can tell. */
  | { readonly status: 'replace'; readonly reason: string }
  /** Not now. The message may have arrived all the same when nobody answered. */
  | {
      readonly status: 'retry';
      readonly reason: string;
      /** Telegram's own words, cleaned and short. */
      readonly description?: string;
      readonly cause: LateCause;
      readonly mayHaveArrived: boolean;
      /** True when only somebody can mend it: wrong token, unknown chat, blocked bot, or a refusal nobody knows. */
      readonly permanent: boolean;
    };

/** One chat that is told, through Telegram. */
export interface ChatSender {
  readonly chat: ChatTarget;
  /** When the budget lets a request to this chat go, Unix ms. */
  readyAt(): number;
  /** How long after the first of so many requests the budget lets the last go, ms. */
  drainMs(requests: number): number;
  /** Waits until then. */
  ready(signal: AbortSignal): Promise<void>;
  send(message: OutgoingText, options: SendOptions, signal: AbortSignal): Promise<SendResult>;
  /** A PNG under a message, silently. */
  sendPicture(png: Uint8Array, replyTo: MessageRef, signal: AbortSignal): Promise<SendResult>;
  edit(target: MessageRef, message: OutgoingText, signal: AbortSignal): Promise<SendResult>;
}

export interface SendOptions {
  readonly silent: boolean;
  readonly replyTo?: MessageRef;
}

export interface ChatSenderDependencies {
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

export function createChatSender(chat: ChatTarget, dependencies: ChatSenderDependencies): ChatSender {
  const { client, budget, sharedBudget, clock, state, onTopicGone, budgetShare } = dependencies;
  const migratedKey = `chat:${chat.key}:migrated_to`;
  // Not kept: whoever has mended the topic restarts the bridge.
  let isTopicGone = false;
  let isTopicTold = false;

  const target = (): { id: number; topicId?: number } => {
    const migrated = state.get(migratedKey);
    const id = migrated === undefined ? chat.id : Number(migrated);
    return chat.topicId === undefined || isTopicGone ? { id } : { id, topicId: chat.topicId };
  };

  const giveUpTopic = (): void => {
    if (!isTopicTold) onTopicGone?.();
    [isTopicGone, isTopicTold] = [true, true];
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
  type Attempt = (
    to: { id: number; topicId?: number },
    form: Form,
    replyTo: number | undefined,
  ) => Promise<Answer>;

  /** Ids of messages say nothing in another chat than theirs. */
  const isIn = ({ id }: { id: number }, { chatId = chat.id }: MessageRef): boolean => chatId === id;

  /**
   * Tries again with what Telegram's refusal asks for, each remedy once, so that it always ends.
   * @param on the message that it changes or answers
   */
  const persist = async (
    message: OutgoingText,
    attempt: Attempt,
    signal: AbortSignal,
    on: { readonly editing?: MessageRef; readonly answering?: MessageRef | undefined } = {},
  ): Promise<SendResult> => {
    let { answering } = on;
    let isBrief = false;
    const buttons = message.buttons === undefined ? {} : { buttons: message.buttons };
    let form: Form = {
      ...(message.html === undefined ? { text: message.plain } : { html: message.html }),
      ...buttons,
    };
    const tried = new Set<string>();
    for (;;) {
      await ready(signal);
      const to = target();
      if (on.editing !== undefined && !isIn(to, on.editing))
        return { status: 'replace', reason: 'chat_migrated' };
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
      const replyTo = answering !== undefined && isIn(to, answering) ? answering.messageId : undefined;
      const answer = await attempt(to, form, replyTo);
      if (answer.ok) {
        const shown = { status: 'shown', messageId: answer.messageId } as const;
        return { ...shown, ...(to.id === chat.id ? {} : { chatId: to.id }), ...(isBrief ? { isBrief } : {}) };
      }
      const { failure } = answer;
      const first = !tried.has(failure.reason);
      tried.add(failure.reason);
      if (failure.reason === 'chat_migrated' && first) state.set(migratedKey, String(failure.newChatId));
      else if (failure.reason === 'thread_missing' && to.topicId !== undefined && !on.editing) giveUpTopic();
      else if (isAboutReply(failure) && replyTo !== undefined) answering = undefined;
      else if (failure.reason === 'too_long' && first) form = { text: shorten(message.plain), ...buttons };
      else if (failure.reason === 'cannot_parse_entities' && 'html' in form)
        form = { text: message.plain, ...buttons };
      // What Telegram dislikes without saying why may be a button: the words must arrive.
      else if (isAboutForm(failure) && ('html' in form || 'buttons' in form)) form = { text: message.plain };
      else if (isAboutForm(failure) && message.brief !== undefined && !isBrief) {
        isBrief = true;
        form = { text: message.brief };
      } else return toResult(failure, { isBrief, isEdit: on.editing !== undefined });
    }
  };

  const toResult = async (
    failure: TelegramFailure,
    { isBrief, isEdit }: { readonly isBrief: boolean; readonly isEdit: boolean },
  ): Promise<SendResult> => {
    const retry = (cause: LateCause, permanent: boolean): SendResult => ({
      status: 'retry',
      reason: failure.reason,
      description: failure.description,
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
      case 'unauthorized':
        return retry('telegram_refused', true);
      case 'edit_target_missing':
        if (isEdit) return { status: 'gone' };
        break;
      case 'thread_missing':
        // It may have been mended while the chat itself was closed.
        isTopicGone = false;
        break;
      case 'cannot_parse_entities':
      case 'too_long':
      case 'bad_request':
        if (!isEdit && !isBrief) return { status: 'refused', reason: failure.reason };
        break;
      default:
    }
    // Whether it is this message or the chat, a new one finds out.
    if (isEdit) return { status: 'replace', reason: failure.reason };
    return retry('telegram_refused', true);
  };

  return {
    chat,
    readyAt,
    drainMs: (requests) => budget.drainMs(target().id, requests, clock.now()),
    ready,
    send: (message, { silent, replyTo }, signal) =>
      persist(
        message,
        (to, form, reply) =>
          client.sendMessage(
            { chat: to, ...form, silent, ...(reply === undefined ? {} : { replyTo: reply }) },
            { signal },
          ),
        signal,
        { answering: replyTo },
      ),
    sendPicture: (png, replyTo, signal) =>
      // Without a text no remedy but the chat's own applies.
      persist(
        { plain: '' },
        (to, _form, reply) =>
          reply === undefined
            ? Promise.resolve({ ok: false, failure: LEFT_BEHIND })
            : client.sendPhoto({ chat: to, png, silent: true, replyTo: reply }, { signal }),
        signal,
        { answering: replyTo },
      ),
    edit: (editing, message, signal) =>
      persist(
        message,
        async (to, form) => {
          const { messageId } = editing;
          const result = await client.editMessage({ chat: to, messageId, ...form }, { signal });
          const isShown = result.ok || result.failure.reason === 'not_modified';
          return isShown ? { ok: true, messageId } : result;
        },
        signal,
        { editing },
      ),
  };
}

/** Other bridges have used the budget up: what gathers meanwhile is to be decided on together. */
const RATE_LIMITED: SendResult = {
  status: 'retry',
  reason: 'rate_limited',
  cause: 'telegram_rate_limit',
  mayHaveArrived: false,
  permanent: false,
};

type Answer =
  | { readonly ok: true; readonly messageId: number }
  | { readonly ok: false; readonly failure: TelegramFailure };

/** The message that a picture belongs to is in a chat that is left: nobody is asked. */
const LEFT_BEHIND: TelegramFailure = {
  outcome: 'rejected',
  reason: 'bad_request',
  description: 'The message of the picture is in another chat.',
};

/** Telegram did not like how the message is written, or does not say what it dislikes: said more simply it may pass. */
const isAboutForm = ({ reason }: TelegramFailure): boolean =>
  reason === 'cannot_parse_entities' ||
  reason === 'bad_request' ||
  reason === 'too_long' ||
  reason === 'unknown_refusal';

/** Whoever sends names no other message than the one that is answered. */
const isAboutReply = ({ reason }: TelegramFailure): boolean =>
  reason === 'reply_target_missing' || reason === 'edit_target_missing';

/** Never ends in half of a surrogate pair. */
const shorten = (text: string): string => text.slice(0, SHORT_TEXT_UNITS).replace(/[\uD800-\uDBFF]$/, '');
