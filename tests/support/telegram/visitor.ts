import { randomUUID } from 'node:crypto';
import type { Bot } from './bots.ts';
import type { Chat, StoredMessage } from './chat-store.ts';
import { formatText } from './format-text.ts';
import type { ChatUser } from './types.ts';
import { apiMessage, apiUser } from './views.ts';
import type { World } from './world.ts';

/** A mistake of whoever drives the fake; never something Telegram says. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
}

/** Who writes or presses; what is absent comes from the chat. */
export interface Visitor {
  id?: number | undefined;
  name?: string | undefined;
  username?: string | undefined;
}

export interface SayOptions {
  text: string;
  user?: Visitor | undefined;
  reply_to?: number | undefined;
  silent?: boolean | undefined;
}

export interface PressOptions {
  message_id: number;
  data: string;
  user?: Visitor | undefined;
}

export function chatOf(world: World, id: number): Chat {
  const chat = world.chats.chat(id);
  if (!chat)
    throw new ControlError(
      `no chat ${id}; there are: ${world.chats
        .list()
        .map((c) => c.id)
        .join(', ')}`,
    );
  return chat;
}

/** In a private chat the person's id is the chat's. */
function visitorOf(chat: Chat, { id, name, username }: Visitor = {}): ChatUser {
  const isPrivate = chat.kind === 'private';
  return {
    id: id ?? (isPrivate ? chat.id : 1),
    name: name ?? (isPrivate ? chat.title : 'Admin'),
    ...(username === undefined ? {} : { username }),
  };
}

/** Puts a person's message into the chat and hands it to the bots that would see it. */
export function say(world: World, chatId: number, options: SayOptions): StoredMessage {
  const chat = chatOf(world, chatId);
  const formatted = formatText(options.text, '', 'text', world.limits);
  const message = world.chats.add(
    chat,
    {
      ...formatted,
      from: { user: visitorOf(chat, options.user) },
      silent: options.silent ?? false,
      replyTo: options.reply_to ?? null,
      topicId: null,
      photo: null,
      buttons: [],
    },
    world.nowSeconds(),
  );
  world.tellMessage(chat, message);
  const update = apiMessage(world.chats, chat, message);
  for (const bot of world.bots.all()) {
    if (sees(world, bot, chat, message)) bot.updates.push('message', update);
  }
  return message;
}

/** Privacy mode, the default in groups: only commands for this bot or for nobody, and replies to it. */
function sees(world: World, bot: Bot, chat: Chat, message: StoredMessage): boolean {
  const { username } = bot.setup;
  const command = /^\/\w+(?:@(\w+))?/.exec(message.text);
  const addressee = command?.[1];
  if (addressee !== undefined) return addressee.toLowerCase() === username.toLowerCase();
  if (chat.kind === 'private' || command) return true;
  const replied = message.replyTo === null ? undefined : world.chats.message(chat, message.replyTo);
  return replied !== undefined && 'bot' in replied.from && replied.from.bot === bot.setup;
}

/** Presses a button that is really there. Returns the id of the query, which the bot must answer. */
export function press(world: World, chatId: number, { message_id, data, user }: PressOptions): string {
  const chat = chatOf(world, chatId);
  const message = world.chats.message(chat, message_id);
  if (!message) throw new ControlError(`chat ${chatId} shows no message ${message_id}`);
  const { from } = message;
  const button = message.buttons.flat().find(({ callback_data }) => callback_data === data);
  if (!button || !('bot' in from)) {
    throw new ControlError(`message ${message_id} has no button with data ${JSON.stringify(data)}`);
  }
  const bot = world.bots.byUsername(from.bot.username);
  if (!bot) throw new ControlError(`bot ${from.bot.username} is gone`);
  const id = randomUUID();
  bot.queries.set(id, { chatId, pressedAtMs: world.now(), answer: undefined });
  bot.updates.push('callback_query', {
    id,
    from: apiUser({ user: visitorOf(chat, user) }),
    message: apiMessage(world.chats, chat, message),
    chat_instance: String(chat.id),
    data,
  });
  return id;
}
