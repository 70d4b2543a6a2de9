import { within } from '../../common/time/within.ts';
import type { ChatSender, OutgoingText } from '../telegram/sender.ts';
import type { ListeningClient } from '../telegram/client.ts';
import type { Answers } from './answers.ts';
import { commandOf } from './commands.ts';
import type { CommandMessage, Incoming, Person, Place, CallbackQuery } from './updates.ts';
import type { CallbackOutcome } from './silences.ts';
import type { HandleCallback } from './callbacks.ts';

export type UpdateOutcome = 'answered' | 'refused' | 'ignored' | 'failed';

export interface UpdateObserver {
  /** An update was dealt with; the command is one of ours, or `unknown`. */
  handled(outcome: UpdateOutcome, command?: string): void;
  /** Somebody who is no administrator tried. */
  refused(by: Person, what: string, place: Place): void;
  /** Who did what. */
  did(by: Person, what: string, place: Place): void;
  /** An answer did not reach its chat. */
  unanswered(reason: string, place: Place): void;
  unexpected(error: unknown): void;
}

export interface UpdateHandlerDependencies {
  readonly admins: ReadonlySet<number>;
  readonly client: Pick<ListeningClient, 'answerPress'>;
  readonly channelOf: (place: Place) => ChatSender;
  readonly answers: Answers;
  readonly press: HandleCallback;
  /** What is said when a press fails in a way nobody foresaw. */
  readonly failedToast: string;
  readonly observer: UpdateObserver;
}

export interface UpdateHandler {
  handle(incoming: Incoming, signal: AbortSignal): Promise<void>;
  /** @returns whether the message was shown. */
  tell(place: Place, message: OutgoingText, signal: AbortSignal): Promise<boolean>;
  /** The same of what a message shows from now on. */
  edit(place: Place, messageId: number, message: OutgoingText, signal: AbortSignal): Promise<boolean>;
}

/** An answer that cannot be shown by then is of no use, and must not hold up those after it. */
const ANSWER_WITHIN_MS = 20_000;

/** Deals with what people say: administrators are answered, everybody else is noted and hears nothing. */
export function createUpdateHandler(dependencies: UpdateHandlerDependencies): UpdateHandler {
  const { admins, client, channelOf, answers, press, observer } = dependencies;

  /** @param edit id of the message to replace; a message of its own without it. */
  const show = async (
    place: Place,
    message: OutgoingText,
    signal: AbortSignal,
    { edit, replyTo }: { readonly edit?: number; readonly replyTo?: number } = {},
  ): Promise<boolean> => {
    const channel = channelOf(place);
    const late = new AbortController();
    try {
      const result = await within(ANSWER_WITHIN_MS, signal, (limit) => {
        limit.addEventListener('abort', () => late.abort());
        return edit === undefined
          ? channel.send(
              message,
              { silent: true, ...(replyTo === undefined ? {} : { replyTo: { messageId: replyTo } }) },
              limit,
            )
          : channel.edit({ messageId: edit }, message, limit);
      });
      if (result.status === 'shown') return true;
      if (result.status === 'replace') return await show(place, message, signal);
      observer.unanswered('reason' in result ? result.reason : result.status, place);
    } catch (error) {
      if (!late.signal.aborted) throw error;
      observer.unanswered('the budget of the chat is used up', place);
    }
    return false;
  };

  const command = async (message: CommandMessage, signal: AbortSignal): Promise<void> => {
    const name = commandOf(message.name);
    observer.did(message.from, `/${name ?? 'unknown'}`, message.place);
    const answer = name === undefined ? answers.unknown : answers.commands[name];
    await show(message.place, await answer(message, signal), signal);
    observer.handled('answered', name ?? 'unknown');
  };

  const pressed = async (incoming: CallbackQuery, signal: AbortSignal): Promise<void> => {
    const { id, place, from, messageId, data } = incoming;
    observer.did(from, data, place);
    let outcome: CallbackOutcome = { toast: dependencies.failedToast };
    try {
      outcome = await press(incoming, signal);
    } finally {
      // Whoever pressed waits for it; that it came too late changes nothing.
      await client.answerPress(id, outcome.toast, { signal });
    }
    if (outcome.edit) await show(place, outcome.edit, signal, { edit: messageId });
    if (outcome.reply) await show(place, outcome.reply, signal, { replyTo: messageId });
    observer.handled('answered');
  };

  return {
    tell: (place, message, signal) => show(place, message, signal),
    edit: (place, messageId, message, signal) => show(place, message, signal, { edit: messageId }),
    handle: async (incoming, signal) => {
      if (incoming.kind === 'other') {
        observer.handled('ignored');
        return;
      }
      if (!admins.has(incoming.from.id)) {
        const { kind, from, place } = incoming;
        observer.refused(from, kind === 'command' ? `/${incoming.name}` : kind, place);
        observer.handled('refused');
        return;
      }
      try {
        if (incoming.kind === 'command') await command(incoming, signal);
        else if (incoming.kind === 'press') await pressed(incoming, signal);
        else observer.handled('ignored');
      } catch (error) {
        if (signal.aborted) throw error;
        observer.handled('failed');
        observer.unexpected(error);
      }
    },
  };
}
