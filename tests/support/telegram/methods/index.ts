import * as about from './about.ts';
import type { Method } from './context.ts';
import * as edit from './edit.ts';
import * as receive from './receive.ts';
import * as send from './send.ts';

/** Every method the fake has, by its lower-case name: Telegram does not mind the case. */
export const methods: ReadonlyMap<string, Method> = new Map(
  Object.entries({
    getMe: about.getMe,
    getChat: about.getChat,
    setMyCommands: about.setMyCommands,
    getMyCommands: about.getMyCommands,
    sendMessage: send.sendMessage,
    sendPhoto: send.sendPhoto,
    sendChatAction: send.sendChatAction,
    editMessageText: edit.editMessageText,
    editMessageCaption: edit.editMessageCaption,
    editMessageMedia: edit.editMessageMedia,
    editMessageReplyMarkup: edit.editMessageReplyMarkup,
    deleteMessage: edit.deleteMessage,
    pinChatMessage: edit.pinChatMessage,
    answerCallbackQuery: receive.answerCallbackQuery,
    getUpdates: receive.getUpdates,
    setWebhook: receive.setWebhook,
    deleteWebhook: receive.deleteWebhook,
    getWebhookInfo: receive.getWebhookInfo,
  }).map(([name, method]) => [name.toLowerCase(), method]),
);
