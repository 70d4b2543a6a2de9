import { renderHtml } from './html-render.ts';
import type {
  BotSetup,
  ChatSetup,
  ChatTrouble,
  ChatUser,
  ChatView,
  FormattedText,
  InlineKeyboard,
  Photo,
} from './types.ts';

export interface StoredMessage extends FormattedText {
  id: number;
  chatId: number;
  from: { bot: BotSetup } | { user: ChatUser };
  /** Unix seconds. */
  date: number;
  editDate: number | null;
  silent: boolean;
  replyTo: number | null;
  topicId: number | null;
  photo: Photo | null;
  buttons: InlineKeyboard;
  edits: { date: number; text: string; html: string }[];
  pinned: boolean;
  deleted: boolean;
}

export interface Chat extends ChatSetup {
  topics: Topics;
  blocked: boolean;
  missing: boolean;
  refusal: string | null;
  refusedWords: string | null;
  migratedTo: number | null;
  messages: StoredMessage[];
}
type Topics = NonNullable<ChatSetup['topics']>;

export type Content = FormattedText & Pick<StoredMessage, 'photo' | 'buttons'>;
export type Draft = Content & Pick<StoredMessage, 'from' | 'silent' | 'replyTo' | 'topicId'>;

/** What every chat holds. Knows nothing of HTTP, limits or time: the caller passes Unix seconds. */
export class ChatStore {
  readonly #chats = new Map<number, Chat>();

  constructor(chats: readonly ChatSetup[]) {
    for (const chat of chats) this.#add(chat);
  }

  #add(setup: ChatSetup): Chat {
    if (this.#chats.has(setup.id)) throw new Error(`chat ${setup.id} is given twice`);
    const fine = { blocked: false, missing: false, refusal: null, refusedWords: null, migratedTo: null };
    const chat: Chat = { ...setup, topics: [...(setup.topics ?? [])], ...fine, messages: [] };
    this.#chats.set(setup.id, chat);
    return chat;
  }

  chat(id: number): Chat | undefined {
    return this.#chats.get(id);
  }

  message(chat: Chat, id: number): StoredMessage | undefined {
    return chat.messages.find((message) => message.id === id && !message.deleted);
  }

  add(chat: Chat, draft: Draft, dateSeconds: number): StoredMessage {
    const id = (chat.messages.at(-1)?.id ?? 0) + 1;
    const fresh = { edits: [], pinned: false, deleted: false, editDate: null };
    const message: StoredMessage = { ...draft, ...fresh, id, chatId: chat.id, date: dateSeconds };
    chat.messages.push(message);
    return message;
  }

  /** False when nothing would change; else the old content goes to the history. */
  edit(message: StoredMessage, content: Content, dateSeconds: number): boolean {
    const { text, entities, photo, buttons } = content;
    const same =
      JSON.stringify([text, entities, photo?.fileId, buttons]) ===
      JSON.stringify([message.text, message.entities, message.photo?.fileId, message.buttons]);
    if (same) return false;
    message.edits.push({ date: dateSeconds, text: message.text, html: renderHtml(message) });
    Object.assign(message, { text, entities, photo, buttons, editDate: dateSeconds });
    return true;
  }

  /** A group that migrates gets its supergroup, with a history of its own. */
  setTrouble(chat: Chat, trouble: ChatTrouble): void {
    if (trouble.blocked !== undefined) chat.blocked = trouble.blocked;
    if (trouble.missing !== undefined) chat.missing = trouble.missing;
    if (trouble.refusal !== undefined) chat.refusal = trouble.refusal;
    if (trouble.refusedWords !== undefined) chat.refusedWords = trouble.refusedWords;
    const gone = trouble.missingTopics ?? [];
    chat.topics = chat.topics.filter(({ id }) => !gone.includes(id));
    const to = trouble.migratedTo;
    if (to === undefined) return;
    if (to !== null && !this.#chats.has(to)) this.#add({ id: to, kind: 'supergroup', title: chat.title });
    chat.migratedTo = to;
  }

  list(): ChatView[] {
    return [...this.#chats.values()].map((chat) => {
      const { id, kind, title, topics, blocked, missing, migratedTo } = chat;
      return { id, kind, title, topics: [...topics], blocked, missing, migratedTo };
    });
  }
}
