import { ApiError } from './api-error.ts';
import type { BotSetup, BotTrouble, CallbackAnswer } from './types.ts';
import { UpdateQueue } from './updates.ts';

export interface BotCommand {
  command: string;
  description: string;
}

export interface CallbackQuery {
  chatId: number;
  /** Unix milliseconds. */
  pressedAtMs: number;
  answer: CallbackAnswer | undefined;
}

export interface Bot {
  setup: BotSetup;
  revoked: boolean;
  webhookUrl: string;
  pendingUpdates: number;
  lastErrorDate: number | null;
  lastErrorMessage: string | null;
  /** By scope and language, as they were given. */
  commands: Map<string, BotCommand[]>;
  queries: Map<string, CallbackQuery>;
  updates: UpdateQueue;
}

const tokenShape = /^\d+:[\w-]+$/;

export class Bots {
  readonly #byToken = new Map<string, Bot>();

  /** Throws when two bots share a token, or a token is one Telegram could not have given. */
  constructor(setups: readonly BotSetup[]) {
    for (const setup of setups) {
      if (!tokenShape.test(setup.token)) {
        throw new Error(`the token of bot ${setup.username} must look like 123456:letters`);
      }
      if (this.#byToken.has(setup.token)) throw new Error(`bot ${setup.username} has another bot's token`);
      this.#byToken.set(setup.token, {
        setup,
        revoked: false,
        webhookUrl: setup.webhookUrl ?? '',
        pendingUpdates: 0,
        lastErrorDate: null,
        lastErrorMessage: null,
        commands: new Map(),
        queries: new Map(),
        updates: new UpdateQueue(),
      });
    }
  }

  /** 404 for what is no token at all, 401 for one that is nobody's or was taken back. */
  byToken(token: string): Bot {
    if (!tokenShape.test(token)) throw new ApiError(404, 'Not Found');
    const bot = this.#byToken.get(token);
    if (!bot || bot.revoked) throw new ApiError(401, 'Unauthorized');
    return bot;
  }

  byUsername(username: string): Bot | undefined {
    return this.all().find(({ setup }) => setup.username === username);
  }

  all(): Bot[] {
    return [...this.#byToken.values()];
  }

  setTrouble(bot: Bot, trouble: BotTrouble): void {
    const { revoked, webhookUrl, pendingUpdates, lastErrorDate, lastErrorMessage } = trouble;
    if (revoked !== undefined) bot.revoked = revoked;
    if (webhookUrl !== undefined) bot.webhookUrl = webhookUrl;
    if (pendingUpdates !== undefined) bot.pendingUpdates = pendingUpdates;
    if (lastErrorDate !== undefined) bot.lastErrorDate = lastErrorDate;
    if (lastErrorMessage !== undefined) bot.lastErrorMessage = lastErrorMessage;
  }
}
