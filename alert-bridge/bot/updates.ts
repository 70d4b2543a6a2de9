/** What people tell the bot, from Telegram's updates (https://core.telegram.org/bots/api#update). Pure. */
import { z } from 'zod';
import { wellFormed } from '../../common/text/well-formed.ts';

export interface Person {
  /** Negative for a group or channel in whose name somebody speaks: who it is stays unknown. */
  readonly id: number;
  /** `@username`, or the name without one. */
  readonly name: string;
}

/** Where it was said, and where the answer belongs. */
export interface Place {
  readonly id: number;
  /** `message_thread_id` of a forum topic. */
  readonly topicId?: number;
}

export interface CommandMessage {
  readonly kind: 'command';
  readonly place: Place;
  readonly from: Person;
  /** In lower case, without its slash. */
  readonly name: string;
  readonly args: readonly string[];
}

export interface CallbackQuery {
  readonly kind: 'press';
  /** By which the press is answered. */
  readonly id: string;
  readonly place: Place;
  /** The message with the button. */
  readonly messageId: number;
  readonly from: Person;
  readonly data: string;
}

export type Incoming =
  | CommandMessage
  | CallbackQuery
  /** Something written to the bot alone that is no command. */
  | { readonly kind: 'chatter'; readonly place: Place; readonly from: Person }
  /** Not for us: another bot's command, a group's conversation, another bot as sender. */
  | { readonly kind: 'other' };

const personSchema = z.object({
  id: z.int(),
  is_bot: z.boolean(),
  first_name: z.string(),
  username: z.string().optional(),
});
const placeSchema = z.object({
  message_id: z.int(),
  chat: z.object({ id: z.int(), type: z.string() }),
  is_topic_message: z.boolean().optional(),
  message_thread_id: z.int().optional(),
});
const messageSchema = placeSchema.extend({
  from: personSchema.optional(),
  sender_chat: z.object({ id: z.int(), title: z.string().default('') }).optional(),
  text: z.string().optional(),
});
const updateSchema = z.object({
  update_id: z.int(),
  message: messageSchema.optional().catch(undefined),
  callback_query: z
    .object({
      id: z.string(),
      from: personSchema,
      message: placeSchema.optional(),
      data: z.string().optional(),
    })
    .optional()
    .catch(undefined),
});

export interface Update {
  readonly id: number;
  readonly incoming: Incoming;
}

/**
 * Reads one update; undefined when it has not even a number.
 * @param username the bot's own: commands may name the bot they are meant for.
 */
export function parseUpdate(raw: unknown, username: string): Update | undefined {
  const { success, data } = updateSchema.safeParse(textsOf(raw));
  if (!success) return undefined;
  const { update_id: id, message, callback_query: press } = data;
  if (message !== undefined) return { id, incoming: readMessage(message, username) };
  if (press?.message === undefined || press.data === undefined || press.from.is_bot) {
    return { id, incoming: { kind: 'other' } };
  }
  const incoming: CallbackQuery = {
    kind: 'press',
    id: press.id,
    place: placeOf(press.message),
    messageId: press.message.message_id,
    from: personOf(press.from),
    data: press.data,
  };
  return { id, incoming };
}

/** Undefined for what is nested as no update is. */
function textsOf(raw: unknown): unknown {
  try {
    return wellFormed(raw);
  } catch {
    return undefined;
  }
}

const COMMAND = /^\/([\p{L}\p{N}_]{1,32})(?:@(\w+))?(?:\s+([^]*))?$/u;

function readMessage(message: z.infer<typeof messageSchema>, username: string): Incoming {
  const { from, sender_chat: senderChat, text = '', chat } = message;
  const sender = senderOf(from, senderChat);
  if (sender === undefined) return { kind: 'other' };
  const base = { place: placeOf(message), from: sender };
  const [, name, addressee, rest = ''] = COMMAND.exec(text) ?? [];
  if (addressee !== undefined && addressee.toLowerCase() !== username.toLowerCase()) return { kind: 'other' };
  if (name === undefined) return chat.type === 'private' ? { kind: 'chatter', ...base } : { kind: 'other' };
  const args = rest.split(/\s+/).filter((arg) => arg !== '');
  return { kind: 'command', ...base, name: name.toLowerCase(), args };
}

/** Undefined for a bot. */
function senderOf(
  from: z.infer<typeof personSchema> | undefined,
  senderChat: z.infer<typeof messageSchema>['sender_chat'],
): Person | undefined {
  if (senderChat !== undefined) return { id: senderChat.id, name: senderChat.title };
  return from === undefined || from.is_bot ? undefined : personOf(from);
}

const personOf = ({ id, username, first_name: firstName }: z.infer<typeof personSchema>): Person => ({
  id,
  name: username === undefined ? firstName : `@${username}`,
});

function placeOf({
  chat,
  is_topic_message: isTopic,
  message_thread_id: topicId,
}: z.infer<typeof placeSchema>): Place {
  // Outside of forums an incident is only a chain of replies.
  return isTopic === true && topicId !== undefined ? { id: chat.id, topicId } : { id: chat.id };
}
