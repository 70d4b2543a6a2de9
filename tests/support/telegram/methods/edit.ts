import { badRequest } from '../api-error.ts';
import type { Chat, Content, StoredMessage } from '../chat-store.ts';
import { formatText } from '../format-text.ts';
import { readKeyboard } from '../keyboard.ts';
import { apiMessage } from '../views.ts';
import { findChat, findMessage, isOwn, spend } from './context.ts';
import type { Context, Method } from './context.ts';
import { readPhoto } from './photo.ts';
import { readText, refuse } from './send.ts';

function findOwn(context: Context): { chat: Chat; message: StoredMessage } {
  const chat = findChat(context);
  const message = findMessage(context, chat, 'edit');
  if (!isOwn(context.bot, message)) throw badRequest("message can't be edited");
  return { chat, message };
}

/** An edit without reply_markup takes the keyboard away: so it is with Telegram. */
function edit(
  context: Context,
  chat: Chat,
  message: StoredMessage,
  content: Omit<Content, 'buttons'>,
): unknown {
  const { world, params } = context;
  if (chat.refusedWords !== null) refuse(chat, content.text, chat.refusedWords);
  const buttons = readKeyboard(params.json('reply_markup'), world.limits);
  spend(context, chat);
  if (!world.chats.edit(message, { ...content, buttons }, world.nowSeconds())) {
    throw badRequest(
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    );
  }
  world.tellMessage(chat, message);
  return apiMessage(world.chats, chat, message);
}

export const editMessageText: Method = (context) => {
  const text = readText(context, 'text');
  const { chat, message } = findOwn(context);
  if (message.photo) throw badRequest('there is no text in the message to edit');
  return edit(context, chat, message, { ...text, photo: null });
};

export const editMessageCaption: Method = (context) => {
  const caption = readText(context, 'caption');
  const { chat, message } = findOwn(context);
  if (!message.photo) throw badRequest('there is no caption in the message to edit');
  return edit(context, chat, message, { ...caption, photo: message.photo });
};

export const editMessageReplyMarkup: Method = (context) => {
  const { chat, message } = findOwn(context);
  return edit(context, chat, message, message);
};

export const editMessageMedia: Method = (context) => {
  const media = context.params.json('media') as Record<string, unknown> | undefined;
  if (media?.['type'] !== 'photo' || typeof media['media'] !== 'string') {
    throw badRequest('media of type photo expected');
  }
  const { caption, parse_mode: parseMode } = media;
  const text = typeof caption === 'string' ? caption : '';
  const mode = typeof parseMode === 'string' ? parseMode : '';
  const formatted = formatText(text, mode, 'caption', context.world.limits);
  const { chat, message } = findOwn(context);
  return edit(context, chat, message, { ...formatted, photo: readPhoto(context, 'media', media['media']) });
};

export const deleteMessage: Method = (context) => {
  const { world, bot } = context;
  const chat = findChat(context);
  const message = findMessage(context, chat, 'delete');
  const age = world.now() - message.date * 1000;
  if (!isOwn(bot, message) || age > world.limits.deleteWindowMs) {
    throw badRequest("message can't be deleted for everyone");
  }
  message.deleted = true;
  world.tellMessage(chat, message);
  return true;
};

export const pinChatMessage: Method = (context) => {
  const chat = findChat(context);
  const message = findMessage(context, chat, 'pin');
  message.pinned = true;
  context.world.tellMessage(chat, message);
  return true;
};
