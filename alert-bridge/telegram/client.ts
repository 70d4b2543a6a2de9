/**
 * Speaks the Bot API. Updates are asked for by `getUpdates` alone: telegraf's `launch()` would call deleteWebhook and take
 * down a bot that has one.
 */
import { Telegram } from 'telegraf';
import { z } from 'zod';
import type { Clock } from '../../common/time/clock.ts';
import { ConfigError } from '../../common/config/problem.ts';
import { createRedactor } from '../../common/redact/redact.ts';
import { linkAbort, unlessAborted } from '../../common/time/within.ts';
import { createAgent } from './agent.ts';
import { watchConnections, type ConnectionState } from './connection.ts';
import { classify, type FailureReason, type TelegramFailure } from './errors.ts';
import {
  bodyOf,
  envelopeOf,
  type MessageEdit,
  type OutgoingMessage,
  type OutgoingPhoto,
} from './messages.ts';

export interface TelegramClientOptions {
  readonly token: string;
  /** http or https, with or without a path: `https://api.telegram.org`, `http://10.0.0.5:8081/telegram/`. */
  readonly apiRoot: string;
  /** http, https, socks5 or socks5h, names resolved by the proxy; none by default. */
  readonly proxyUrl?: string | undefined;
  /** How long one call may take in all. 15,000 by default: longer than a slow way to Telegram, shorter than patience. */
  readonly timeoutMs?: number;
  readonly clock: Clock;
  /** A request goes out. */
  readonly onRequest?: (method: Method) => void;
  /** It was refused or not answered. */
  readonly onFailure?: (method: Method, reason: FailureReason) => void;
}

export type Method =
  | 'sendMessage'
  | 'sendPhoto'
  | 'editMessageText'
  | 'getMe'
  | 'getWebhookInfo'
  | 'getUpdates'
  | 'setMyCommands'
  | 'answerCallbackQuery';

export interface TelegramClient {
  /** A reply is sent even when the message it replies to is gone. */
  sendMessage(message: OutgoingMessage, options?: CallOptions): Promise<Result<MessageRef>>;
  /** A PNG; a reply like any other. */
  sendPhoto(photo: OutgoingPhoto, options?: CallOptions): Promise<Result<MessageRef>>;
  /** Replaces text and buttons: without `buttons` those of the message are taken away. */
  editMessage(edit: MessageEdit, options?: CallOptions): Promise<Result<MessageRef>>;
  getMe(options?: CallOptions): Promise<Result<BotIdentity>>;
  /** Ends every connection; calls under way fail. */
  close(): void;
}

/** What a bot needs to hear people and to answer them. */
export interface ListeningClient {
  getMe: TelegramClient['getMe'];
  /** Where the token's updates are posted; empty when nowhere, so that they may be asked for. */
  getWebhookUrl(options?: CallOptions): Promise<Result<{ readonly url: string }>>;
  /** Waits up to `waitSeconds` for messages and pressed buttons; whatever is older than `offset` is forgotten. */
  getUpdates(
    poll: { readonly offset: number | undefined; readonly waitSeconds: number },
    options?: CallOptions,
  ): Promise<Result<{ readonly updates: readonly unknown[] }>>;
  /** Without a language: for everybody whose language has no list of its own. */
  setCommands(
    commands: readonly BotCommand[],
    language: string | undefined,
    options?: CallOptions,
  ): Promise<Result<object>>;
  /** Ends the wait of whoever pressed a button; `text`, at most 200 characters, is shown to them for a moment. */
  answerPress(id: string, text: string | undefined, options?: CallOptions): Promise<Result<object>>;
}

/** https://core.telegram.org/bots/api#botcommand */
export interface BotCommand {
  readonly command: string;
  readonly description: string;
}

export interface CallOptions {
  /** Gives the call up. */
  readonly signal?: AbortSignal;
}

export type Result<T> =
  ({ readonly ok: true } & T) | { readonly ok: false; readonly failure: TelegramFailure };

export interface MessageRef {
  readonly messageId: number;
  readonly chatId: number;
}

export interface BotIdentity {
  readonly id: number;
  readonly username: string;
}

/** telegraf names the type of a polyfill; at run time it takes any AbortSignal, Node's own too. */
type TelegrafSignal = NonNullable<NonNullable<Parameters<Telegram['callApi']>[2]>['signal']>;

const DEFAULT_TIMEOUT_MS = 15_000;

/** What is read of the results: anything else was answered by something that is not the Bot API. */
const MESSAGE = z.object({ message_id: z.int().positive(), chat: z.object({ id: z.int() }) });
const BOT = z.object({ id: z.int().positive(), username: z.string() });
const WEBHOOK = z.object({ url: z.string().optional() });
const UPDATES = z.array(z.unknown());
const DONE = z.literal(true);

/** @throws ConfigError when the API root or the proxy cannot be used */
export function createTelegramClient(options: TelegramClientOptions): TelegramClient & ListeningClient {
  const { token, timeoutMs = DEFAULT_TIMEOUT_MS, clock, onRequest, onFailure } = options;
  const apiRoot = parseRoot(options.apiRoot);
  const secure = apiRoot.protocol === 'https:';
  const agent = createAgent({ secure, proxyUrl: options.proxyUrl, timeoutMs });
  const telegram = new Telegram(token, { agent, apiRoot: apiRoot.href });
  // telegraf drops the agent of an http:// root without a word, and the proxy with it.
  telegram.options.agent = agent;
  const watch = watchConnections(agent, { secure });
  const redactor = createRedactor({ secrets: secretsOf(token, apiRoot.href, options.proxyUrl) });

  /**
   * Telegraf gives up after 500 s, retries nothing and believes whatever it is answered: all three are decided here and
   * above.
   */
  const call = async <T>(
    method: Method,
    { signal: caller }: CallOptions,
    shape: z.ZodType<T>,
    request: (signal: TelegrafSignal) => Promise<unknown>,
    waitMs = 0,
  ): Promise<{ ok: true; value: T } | { ok: false; failure: TelegramFailure }> => {
    const done = new AbortController();
    const deadline = new AbortController();
    const tooLong = new AbortController();
    const over = new AbortController();
    const limit = new AbortController();
    // AbortSignal.any() would leave something behind on the caller's signal, every time.
    const unlink = [deadline.signal, tooLong.signal, over.signal, caller].map((one) => linkAbort(one, limit));
    const signal: unknown = limit.signal;
    const state: ConnectionState = { connected: false, onTooLong: () => tooLong.abort() };
    clock.sleep(waitMs + timeoutMs, done.signal).then(
      () => deadline.abort(),
      () => undefined,
    );
    onRequest?.(method);
    try {
      const result = await unlessAborted(limit.signal, () =>
        watch.run(() => request(signal as TelegrafSignal), state),
      );
      const { data, success } = shape.safeParse(result);
      if (!success) throw new TypeError('The result is not one of this method.');
      return { ok: true, value: data };
    } catch (error) {
      const endedBy = tooLong.signal.aborted
        ? 'length'
        : deadline.signal.aborted
          ? 'deadline'
          : caller?.aborted
            ? 'caller'
            : undefined;
      // Telegraf leaves the page of a gateway unread, and its connection open.
      over.abort();
      const failure = classify(error, {
        connected: state.connected,
        redact: (text) => redactor.text(text),
        ...(endedBy === undefined ? {} : { endedBy }),
      });
      onFailure?.(method, failure.reason);
      return { ok: false, failure };
    } finally {
      done.abort();
      for (const end of unlink) end();
    }
  };

  return {
    sendMessage: async (message, callOptions = {}) => {
      const payload = { ...envelopeOf(message), ...bodyOf(message) };
      const result = await call('sendMessage', callOptions, MESSAGE, (signal) =>
        telegram.callApi('sendMessage', payload, { signal }),
      );
      if (!result.ok) return result;
      return { ok: true, messageId: result.value.message_id, chatId: result.value.chat.id };
    },
    sendPhoto: async (photo, callOptions = {}) => {
      const { reply_parameters: reply, ...envelope } = envelopeOf(photo);
      const payload = {
        ...envelope,
        photo: { source: Buffer.from(photo.png), filename: 'chart.png' },
        // Of a form telegraf leaves out objects it does not know; the Bot API takes them as JSON text.
        ...(reply === undefined
          ? {}
          : { reply_parameters: JSON.stringify(reply) as unknown as typeof reply }),
      };
      const result = await call('sendPhoto', callOptions, MESSAGE, (signal) =>
        telegram.callApi('sendPhoto', payload, { signal }),
      );
      if (!result.ok) return result;
      return { ok: true, messageId: result.value.message_id, chatId: result.value.chat.id };
    },
    editMessage: async (edit, callOptions = {}) => {
      const payload = { chat_id: edit.chat.id, message_id: edit.messageId, ...bodyOf(edit) };
      const result = await call('editMessageText', callOptions, MESSAGE, (signal) =>
        telegram.callApi('editMessageText', payload, { signal }),
      );
      return result.ok ? { ok: true, messageId: edit.messageId, chatId: edit.chat.id } : result;
    },
    getMe: async (callOptions = {}) => {
      const result = await call('getMe', callOptions, BOT, (signal) =>
        telegram.callApi('getMe', {}, { signal }),
      );
      return result.ok ? { ok: true, id: result.value.id, username: result.value.username } : result;
    },
    getWebhookUrl: async (callOptions = {}) => {
      const result = await call('getWebhookInfo', callOptions, WEBHOOK, (signal) =>
        telegram.callApi('getWebhookInfo', {}, { signal }),
      );
      return result.ok ? { ok: true, url: result.value.url ?? '' } : result;
    },
    getUpdates: async ({ offset, waitSeconds }, callOptions = {}) => {
      const payload = {
        timeout: waitSeconds,
        allowed_updates: ['message', 'callback_query'] as const,
        ...(offset === undefined ? {} : { offset }),
      };
      const result = await call(
        'getUpdates',
        callOptions,
        UPDATES,
        (signal) => telegram.callApi('getUpdates', payload, { signal }),
        waitSeconds * 1_000,
      );
      return result.ok ? { ok: true, updates: result.value } : result;
    },
    setCommands: (commands, language, callOptions = {}) => {
      const payload = { commands, ...(language === undefined ? {} : { language_code: language }) };
      return call('setMyCommands', callOptions, DONE, (signal) =>
        telegram.callApi('setMyCommands', payload, { signal }),
      );
    },
    answerPress: (id, text, callOptions = {}) => {
      const payload = { callback_query_id: id, ...(text === undefined ? {} : { text }) };
      return call('answerCallbackQuery', callOptions, DONE, (signal) =>
        telegram.callApi('answerCallbackQuery', payload, { signal }),
      );
    },
    close: () => agent.destroy(),
  };
}

/** telegraf resolves `./bot<token>/…` against the root: without the last slash the last part of a path is lost. */
function parseRoot(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    const fix = 'Write a URL that starts with https:// or http://, such as https://api.telegram.org.';
    throw new ConfigError('alert-bridge', [{ name: 'TELEGRAM_API_ROOT', fix }]);
  }
  url.search = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** The token, its secret half (logs of others may cut it) and the passwords of URLs. */
function secretsOf(token: string, ...urls: readonly (string | undefined)[]): string[] {
  const passwords = urls.flatMap((url) =>
    url !== undefined && URL.canParse(url) ? [new URL(url).password] : [],
  );
  return [token, token.split(':')[1] ?? '', ...passwords].filter((secret) => secret !== '');
}
