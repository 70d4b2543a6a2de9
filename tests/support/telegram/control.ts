import type {
  CallbackAnswer,
  ChatTrouble,
  BotTrouble,
  ChatView,
  MessageView,
  OutageRule,
  RequestEntry,
} from './types.ts';
import type { ActiveOutage } from './outages.ts';
import { chatOf, ControlError, press, say } from './visitor.ts';
import type { PressOptions, SayOptions } from './visitor.ts';
import { messageView } from './views.ts';
import type { World } from './world.ts';

export interface RequestFilter {
  method?: string | undefined;
  bot?: string | undefined;
}

/** What tests and the control API over HTTP may ask and do. Throws ControlError for what does not exist. */
export class Control {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  chats(): ChatView[] {
    return this.#world.chats.list();
  }

  bots(): { username: string; name: string; webhookUrl: string; revoked: boolean }[] {
    return this.#world.bots.all().map(({ setup, webhookUrl, revoked }) => {
      const { username, name = username } = setup;
      return { username, name, webhookUrl, revoked };
    });
  }

  /** What the chat shows now, oldest first; deleted messages stay in the list, marked. */
  messages(chatId: number): MessageView[] {
    return chatOf(this.#world, chatId).messages.map(messageView);
  }

  /** Oldest first; the last 5000. */
  requests({ method, bot }: RequestFilter = {}): RequestEntry[] {
    return this.#world.requests
      .filter((entry) => method === undefined || entry.method.toLowerCase() === method.toLowerCase())
      .filter((entry) => bot === undefined || entry.bot === bot)
      .map((entry) => ({ ...entry }));
  }

  /** Returns the id by which the outage can be cleared. */
  addOutage(rule: OutageRule): number {
    return this.#world.outages.add(rule);
  }

  /** Without an id, all of them. */
  clearOutages(id?: number): void {
    this.#world.outages.clear(id);
  }

  outages(): ActiveOutage[] {
    return this.#world.outages.list();
  }

  /** Returns the id of the callback query; the answer, once there is one: callbackAnswer(id). */
  press(chatId: number, options: PressOptions): string {
    return press(this.#world, chatId, options);
  }

  callbackAnswer(queryId: string): CallbackAnswer | undefined {
    const queries = this.#world.bots.all().map((bot) => bot.queries.get(queryId));
    return queries.find((query) => query !== undefined)?.answer;
  }

  say(chatId: number, options: SayOptions): MessageView {
    return messageView(say(this.#world, chatId, options));
  }

  setChatState(chatId: number, trouble: ChatTrouble): void {
    this.#world.chats.setTrouble(chatOf(this.#world, chatId), trouble);
    this.#world.tell({ type: 'chats' });
  }

  setBotState(username: string, trouble: BotTrouble): void {
    const bot = this.#world.bots.byUsername(username);
    if (!bot) throw new ControlError(`no bot ${username}`);
    this.#world.bots.setTrouble(bot, trouble);
  }

  /** Command lists by the scope and language they were set for. */
  commands(username: string): Record<string, { command: string; description: string }[]> {
    const bot = this.#world.bots.byUsername(username);
    if (!bot) throw new ControlError(`no bot ${username}`);
    return Object.fromEntries(bot.commands);
  }

  /**
   * The newest message the chat shows (deleted ones excepted) that the predicate accepts; waits for it to be sent or
   * edited so. Rejects at the deadline with what the chat shows instead. Default 10 s.
   */
  waitForMessage(
    chatId: number,
    predicate: (message: MessageView) => boolean,
    { timeoutMs = 200_000 }: { timeoutMs?: number } = {},
  ): Promise<MessageView> {
    const find = (): MessageView | undefined =>
      this.messages(chatId).findLast((message) => !message.deleted && predicate(message));
    const present = find();
    if (present) return Promise.resolve(present);
    return new Promise((resolve, reject) => {
      const stop = this.#world.listen((event) => {
        if (event.type !== 'message' || event.chat_id !== chatId) return;
        const message = find();
        if (message) finish(() => resolve(message));
      });
      const timer = setTimeout(() => finish(() => reject(this.#nothing(chatId, timeoutMs))), timeoutMs);
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        stop();
        settle();
      };
    });
  }

  #nothing(chatId: number, timeoutMs: number): Error {
    const shown = this.messages(chatId).map(({ message_id, html }) => `#${message_id} ${html}`);
    const what = shown.length === 0 ? 'nothing' : `\n${shown.join('\n')}`;
    return new Error(`no such message in chat ${chatId} within ${timeoutMs} ms; it shows: ${what}`);
  }
}
