/**
 * Shapes of the fake. What Telegram itself names (messages, entities, buttons) keeps Telegram's snake_case;
 * what only the fake knows (outages, states, set-up) is camelCase.
 */

/** https://core.telegram.org/bots/api#messageentity — offset and length in UTF-16 units. */
export interface MessageEntity {
  type: string;
  offset: number;
  length: number;
  url?: string;
  language?: string;
  custom_emoji_id?: string;
}

export interface FormattedText {
  text: string;
  entities: MessageEntity[];
}

export interface InlineButton {
  text: string;
  callback_data?: string;
  url?: string;
}
export type InlineKeyboard = InlineButton[][];

export interface BotSetup {
  token: string;
  username: string;
  id: number;
  /** Name above the bubbles; by default the username. */
  name?: string;
  /** Where a webhook points: such a bot may not be polled. The fake never calls it. */
  webhookUrl?: string;
}

export interface Topic {
  id: number;
  name: string;
}

export type ChatKind = 'private' | 'group' | 'supergroup';

export interface ChatSetup {
  id: number;
  kind: ChatKind;
  title: string;
  /** Topics of a forum (supergroups only). */
  topics?: Topic[];
}

export interface ChatUser {
  id: number;
  name: string;
  username?: string;
}

export interface Photo {
  fileId: string;
  mime: string;
  width: number;
  height: number;
  bytes: Uint8Array;
}

/** What is wrong with a chat. An absent key is left as it is; null takes a trouble away. */
export interface ChatTrouble {
  /** The person blocked the bot (private) or the bot was kicked (groups): 403. */
  blocked?: boolean | undefined;
  /** 400 chat not found. */
  missing?: boolean | undefined;
  /** 400 with these words for every new message: `TOPIC_CLOSED`, say. Edits pass. */
  refusal?: string | null | undefined;
  /** Only messages with these words, edits too, are refused so. */
  refusedWords?: string | null | undefined;
  /** The group became this supergroup: 400 with migrate_to_chat_id. */
  migratedTo?: number | null | undefined;
  /** Topics that were deleted: 400 message thread not found. */
  missingTopics?: number[] | undefined;
}

export interface BotTrouble {
  /** The token was taken back: 401. */
  revoked?: boolean | undefined;
  /** What getWebhookInfo shows. Empty url: no webhook. */
  webhookUrl?: string | undefined;
  pendingUpdates?: number | undefined;
  /** Unix seconds; null: no error. */
  lastErrorDate?: number | null | undefined;
  lastErrorMessage?: string | null | undefined;
}

export interface MessageView {
  message_id: number;
  chat_id: number;
  from: { id: number; name: string; username?: string; is_bot: boolean };
  /** Unix seconds. */
  date: number;
  edit_date: number | null;
  /** Plain text, or the caption of a photo. */
  text: string;
  entities: MessageEntity[];
  /** The text with its entities as Telegram HTML, written one canonical way. */
  html: string;
  silent: boolean;
  /** Earlier contents, oldest first; date is when each was replaced (Unix seconds). */
  edits: { date: number; text: string; html: string }[];
  buttons: InlineKeyboard;
  reply_to: number | null;
  thread_id: number | null;
  /** Path of the picture on this server. */
  photo: { url: string; width: number; height: number } | null;
  pinned: boolean;
  deleted: boolean;
}

export interface ChatView {
  id: number;
  kind: ChatKind;
  title: string;
  topics: Topic[];
  blocked: boolean;
  missing: boolean;
  migratedTo: number | null;
}

export type Answer =
  | '429'
  | '500'
  | '502'
  | 'hang'
  | 'reset'
  | 'slow'
  | 'accept_then_hang'
  | 'accept_then_reset'
  | 'accept_then_502';

/** A scripted outage. A request is hit by the first rule it matches; an absent filter matches everything. */
export interface OutageRule {
  answer: Answer;
  /** How many requests it hits; absent: until cleared. */
  times?: number | undefined;
  method?: string | undefined;
  chatId?: number | undefined;
  /** Username of the bot. */
  bot?: string | undefined;
  /** For 429; seconds, 5 by default. */
  retryAfterSeconds?: number | undefined;
  /** For slow; 1000 by default. */
  delayMs?: number | undefined;
}

export interface RequestEntry {
  /** Unix milliseconds by the fake's clock. */
  at: number;
  /** Username, or null when the token is nobody's. A token is never logged. */
  bot: string | null;
  method: string;
  params: Record<string, unknown>;
  /** pending while no answer has left; ok; error; or the outage that answered in Telegram's place. */
  outcome: 'pending' | 'ok' | 'error' | Answer;
  /** HTTP status; null when nothing was answered. */
  status: number | null;
  description?: string;
}

export interface CallbackAnswer {
  query_id: string;
  text: string;
  show_alert: boolean;
}

/** What the page is told as it happens. */
export type FakeEvent =
  | { type: 'message'; chat_id: number; message: MessageView }
  | { type: 'action'; chat_id: number; action: string; bot: string }
  | { type: 'answer'; chat_id: number; answer: CallbackAnswer }
  | { type: 'chats' };
