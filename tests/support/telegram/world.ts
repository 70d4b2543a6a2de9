import { Bots } from './bots.ts';
import { ChatStore } from './chat-store.ts';
import type { Chat, StoredMessage } from './chat-store.ts';
import { RateLimiter } from './limits.ts';
import type { Limits } from './limits.ts';
import { Outages } from './outages.ts';
import type { BotSetup, ChatSetup, FakeEvent, Photo, RequestEntry } from './types.ts';
import { messageView } from './views.ts';

const keptRequests = 5000;

/** Everything the fake knows, shared by the Bot API side and the control side. */
export class World {
  readonly bots: Bots;
  readonly chats: ChatStore;
  readonly limits: Limits;
  readonly limiter: RateLimiter;
  readonly outages = new Outages();
  readonly requests: RequestEntry[] = [];
  readonly photos = new Map<string, Photo>();
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly #listeners = new Set<(event: FakeEvent) => void>();

  constructor(bots: readonly BotSetup[], chats: readonly ChatSetup[], limits: Limits, now: () => number) {
    this.bots = new Bots(bots);
    this.chats = new ChatStore(chats);
    this.limits = limits;
    this.limiter = new RateLimiter(limits);
    this.now = now;
  }

  nowSeconds(): number {
    return Math.floor(this.now() / 1000);
  }

  /** Returns the function that ends the listening. */
  listen(listener: (event: FakeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(event: FakeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  tellMessage(chat: Chat, message: StoredMessage): void {
    this.tell({ type: 'message', chat_id: chat.id, message: messageView(message) });
  }

  log(entry: RequestEntry): void {
    this.requests.push(entry);
    if (this.requests.length > keptRequests) this.requests.shift();
  }
}
