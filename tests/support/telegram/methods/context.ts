import { ApiError, badRequest, tooManyRequests } from '../api-error.ts';
import type { Bot } from '../bots.ts';
import type { Chat, StoredMessage } from '../chat-store.ts';
import type { Params } from '../params.ts';
import type { World } from '../world.ts';

/** One call of one method: who calls, with what, and the world it acts on. */
export interface Context {
  world: World;
  bot: Bot;
  params: Params;
  /** Aborted when the caller hangs up. */
  signal: AbortSignal;
}

/** Returns the `result` of the answer; throws ApiError for everything Telegram refuses. */
export type Method = (context: Context) => unknown;

/** The chat of a call, or the error Telegram has for it. */
export function findChat({ world, params }: Context): Chat {
  const given = params.string('chat_id');
  if (given === '') throw badRequest('chat_id is empty');
  const chat = world.chats.chat(Number(given));
  if (!chat || chat.missing) throw badRequest('chat not found');
  if (chat.migratedTo !== null) {
    throw badRequest('group chat was upgraded to a supergroup chat', {
      migrate_to_chat_id: chat.migratedTo,
    });
  }
  if (chat.blocked) {
    const kicked = `bot was kicked from the ${chat.kind} chat`;
    throw new ApiError(403, `Forbidden: ${chat.kind === 'private' ? 'bot was blocked by the user' : kicked}`);
  }
  return chat;
}

/** Counts one message or edit against the limits; the last thing before it is stored. */
export function spend({ world, bot }: Context, chat: Chat): void {
  const isGroup = chat.kind !== 'private';
  const wait = world.limiter.spend(bot.setup.username, chat.id, isGroup, world.now());
  if (wait !== undefined) throw tooManyRequests(wait);
}

/** The bot's own message; `toWhat` is the word Telegram uses for the wish ("edit", "delete"). */
export function findMessage({ world, params }: Context, chat: Chat, toWhat: string): StoredMessage {
  const id = params.integer('message_id');
  if (id === undefined) throw badRequest('message identifier is not specified');
  const message = world.chats.message(chat, id);
  if (!message) throw badRequest(`message to ${toWhat} not found`);
  return message;
}

export function isOwn(bot: Bot, message: StoredMessage): boolean {
  return 'bot' in message.from && message.from.bot === bot.setup;
}
