/** What is sent to a chat, and the form in which the Bot API takes it. */
import type { InlineKeyboardButton } from 'telegraf/types';

export interface ChatRef {
  readonly id: number;
  /** `message_thread_id` of a forum topic. */
  readonly topicId?: number;
}

/** Telegram HTML, or text without markup. */
type Body = { readonly html: string } | { readonly text: string };

export type Button =
  | { readonly text: string; readonly url: string }
  /** At most 64 bytes. */
  | { readonly text: string; readonly callbackData: string };

/** Rows from top to bottom. */
export type Keyboard = readonly (readonly Button[])[];

interface WithButtons {
  readonly buttons?: Keyboard;
}

export type OutgoingMessage = Body &
  WithButtons & {
    readonly chat: ChatRef;
    readonly silent: boolean;
    /** Id of the message this one answers. */
    readonly replyTo?: number;
  };

export interface OutgoingPhoto {
  readonly chat: ChatRef;
  /** At most 10 MB; width and height together at most 10,000 px, one at most 20 times the other. */
  readonly png: Uint8Array;
  readonly silent: boolean;
  readonly replyTo?: number;
}

export type MessageEdit = Body & WithButtons & { readonly chat: ChatRef; readonly messageId: number };

/** Where a message goes, and how. */
export function envelopeOf({ chat, silent, replyTo }: Pick<OutgoingPhoto, 'chat' | 'silent' | 'replyTo'>) {
  const reply =
    replyTo === undefined ? undefined : { message_id: replyTo, allow_sending_without_reply: true };
  return {
    chat_id: chat.id,
    disable_notification: silent,
    ...(chat.topicId === undefined ? {} : { message_thread_id: chat.topicId }),
    ...(reply === undefined ? {} : { reply_parameters: reply }),
  };
}

/** What it says: text or HTML, and the buttons under it. */
export function bodyOf(message: Body & WithButtons) {
  const { buttons } = message;
  return {
    ...('html' in message ? { text: message.html, parse_mode: 'HTML' as const } : { text: message.text }),
    link_preview_options: { is_disabled: true },
    ...(buttons === undefined
      ? {}
      : { reply_markup: { inline_keyboard: buttons.map((row) => row.map(toKeyboardButton)) } }),
  };
}

const toKeyboardButton = (button: Button): InlineKeyboardButton =>
  'url' in button
    ? { text: button.text, url: button.url }
    : { text: button.text, callback_data: button.callbackData };
