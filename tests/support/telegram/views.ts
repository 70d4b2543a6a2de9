import type { Chat, ChatStore, StoredMessage } from './chat-store.ts';
import { renderHtml } from './html-render.ts';
import type { BotSetup, ChatUser, MessageView } from './types.ts';

type Json = Record<string, unknown>;

export function apiUser(from: StoredMessage['from']): Json {
  return 'bot' in from ? apiBot(from.bot) : apiPerson(from.user);
}

export function apiBot(bot: BotSetup): Json {
  return { id: bot.id, is_bot: true, first_name: bot.name ?? bot.username, username: bot.username };
}

function apiPerson({ id, name, username }: ChatUser): Json {
  return { id, is_bot: false, first_name: name, ...(username === undefined ? {} : { username }) };
}

/** https://core.telegram.org/bots/api#chat */
export function apiChat(chat: Chat): Json {
  if (chat.kind === 'private') return { id: chat.id, first_name: chat.title, type: 'private' };
  const forum = chat.topics.length > 0 ? { is_forum: true } : {};
  return { id: chat.id, title: chat.title, type: chat.kind, ...forum };
}

/** https://core.telegram.org/bots/api#message — absent, not null, where there is nothing. */
export function apiMessage(store: ChatStore, chat: Chat, message: StoredMessage, quoted = true): Json {
  const { photo, replyTo, entities } = message;
  const reply = quoted && replyTo !== null ? store.message(chat, replyTo) : undefined;
  const text = photo ? 'caption' : 'text';
  return {
    message_id: message.id,
    ...apiSender(chat, message.from),
    chat: apiChat(chat),
    date: message.date,
    ...(message.editDate === null ? {} : { edit_date: message.editDate }),
    ...(message.topicId === null ? {} : { message_thread_id: message.topicId, is_topic_message: true }),
    ...(reply ? { reply_to_message: apiMessage(store, chat, reply, false) } : {}),
    ...(photo ? { photo: [photoSize(photo)] } : {}),
    ...(message.text === '' ? {} : { [text]: message.text }),
    ...(entities.length === 0 ? {} : { [photo ? 'caption_entities' : 'entities']: entities }),
    ...(message.buttons.length === 0 ? {} : { reply_markup: { inline_keyboard: message.buttons } }),
  };
}

/** An administrator who stays anonymous speaks as the group (https://core.telegram.org/bots/api#message). */
function apiSender(chat: Chat, from: StoredMessage['from']): Json {
  const isAnonymous = chat.kind !== 'private' && 'user' in from && from.user.id === chat.id;
  if (!isAnonymous) return { from: apiUser(from) };
  const bot = { id: 1_087_968_824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' };
  return { from: bot, sender_chat: apiChat(chat) };
}

function photoSize(photo: NonNullable<StoredMessage['photo']>): Json {
  const { fileId, width, height, bytes } = photo;
  return { file_id: fileId, file_unique_id: `u${fileId}`, width, height, file_size: bytes.byteLength };
}

/** What the chat shows now, for tests and for the page. */
export function messageView(message: StoredMessage): MessageView {
  const { photo, from } = message;
  const sender =
    'bot' in from
      ? { ...from.bot, name: from.bot.name ?? from.bot.username, is_bot: true }
      : { ...from.user, is_bot: false };
  const { id, name, username, is_bot } = sender;
  return {
    message_id: message.id,
    chat_id: message.chatId,
    from: { id, name, is_bot, ...(username === undefined ? {} : { username }) },
    date: message.date,
    edit_date: message.editDate,
    text: message.text,
    entities: message.entities,
    html: renderHtml(message),
    silent: message.silent,
    edits: [...message.edits],
    buttons: message.buttons,
    reply_to: message.replyTo,
    thread_id: message.topicId,
    photo: photo && { url: `/_/photos/${photo.fileId}`, width: photo.width, height: photo.height },
    pinned: message.pinned,
    deleted: message.deleted,
  };
}
