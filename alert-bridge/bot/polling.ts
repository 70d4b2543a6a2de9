import { backoffMs } from '../../common/time/backoff.ts';
import type { Clock } from '../../common/time/clock.ts';
import { isAhead } from '../../common/time/elapsed.ts';
import type { KeyValue } from '../outbox/outbox.ts';
import type { BotCommand, ListeningClient } from '../telegram/client.ts';
import type { TelegramFailure } from '../telegram/errors.ts';
import { parseUpdate, type Incoming } from './updates.ts';

export interface PollingDependencies {
  readonly client: ListeningClient;
  readonly clock: Clock;
  /** From 0 to 1: spreads retries. */
  readonly random: () => number;
  /** Keeps which updates were handled, and whether the bot listens. */
  readonly state: KeyValue;
  /** False while another bridge listens for all. */
  readonly leads: () => boolean;
  readonly handle: (incoming: Incoming, signal: AbortSignal) => Promise<void>;
  /** By language code; undefined: for every other language. */
  readonly commands: ReadonlyMap<string | undefined, readonly BotCommand[]>;
  readonly observer: PollingObserver;
}

export interface PollingObserver {
  /** Told on every change: listening (`undefined`), or why not. */
  changed(reason: TelegramFailure['reason'] | 'webhook' | undefined): void;
  /** An answer to getUpdates arrived. */
  polled(): void;
  unexpected(error: unknown): void;
}

export interface Polling {
  /** Whether people are heard: buttons make sense only then. Known across restarts. */
  readonly isListening: boolean;
  stop(): Promise<void>;
}

/** Short enough for middleboxes that cut idle connections after half a minute. */
const WAIT_SECONDS = 25;
const RETRY = { firstMs: 1_000, maxMs: 30_000 } as const;
/** The token is wrong, or another program polls it: asking often mends nothing. */
const REFUSED_RETRY = { firstMs: 5_000, maxMs: 300_000 } as const;
const LEADER_CHECK_MS = 1_000;
const WEBHOOK_CHECK_MS = 10 * 60_000;
/**
 * A bot that heard nothing for a week is given new numbers, which may be lower: an older offset would confirm every new
 * update unseen (https://core.telegram.org/bots/api#update).
 */
const OFFSET_VALID_MS = 5 * 24 * 60 * 60_000;

const LISTENING_KEY = 'talk:listening';

/**
 * Hears what people tell the bot, for as long as the process runs: no failure ends it, and nothing else waits for it.
 * A bot whose updates are posted to a webhook is left alone, and asked again now and then.
 */
export function startPolling({
  client,
  clock,
  random,
  state,
  leads,
  handle,
  commands,
  observer,
}: PollingDependencies): Polling {
  const stopping = new AbortController();
  const { signal } = stopping;
  const isStopping = (): boolean => signal.aborted;
  let isListening = state.get(LISTENING_KEY) === 'true';
  let told: string | undefined = 'not asked yet';
  let failuresInARow = 0;
  let areCommandsSet = false;

  const tell = (reason: Parameters<PollingObserver['changed']>[0]): void => {
    if (reason !== told) observer.changed(reason);
    told = reason;
  };

  const setListening = (value: boolean): void => {
    if (value === isListening) return;
    isListening = value;
    state.set(LISTENING_KEY, String(value));
  };

  const setCommands = async (): Promise<void> => {
    for (const [language, list] of commands) {
      const result = await client.setCommands(list, language, { signal });
      if (!result.ok) return;
    }
    areCommandsSet = true;
  };

  /** @returns whether any of them will not come again: what brings nothing new is not asked for at once. */
  const handleAll = async (bot: Bot, updates: readonly unknown[]): Promise<boolean> => {
    let isAnyNew = false;
    for (const raw of updates) {
      if (isStopping()) return isAnyNew;
      const update = parseUpdate(raw, bot.username);
      const next = readOffset(state, bot.id, clock.now());
      if (update === undefined || (next !== undefined && update.id < next)) continue;
      try {
        await handle(update.incoming, signal);
      } catch (error) {
        if (isStopping()) return isAnyNew;
        observer.unexpected(error);
      }
      state.set(offsetKey(bot.id), JSON.stringify({ next: update.id + 1, at: clock.now() }));
      isAnyNew = true;
    }
    return isAnyNew;
  };

  /** Listens until something fails; the failure, or why the bot must not be polled. */
  const session = async (): Promise<TelegramFailure | 'webhook'> => {
    const me = await client.getMe({ signal });
    if (!me.ok) return me.failure;
    const webhook = await client.getWebhookUrl({ signal });
    if (!webhook.ok) return webhook.failure;
    if (webhook.url !== '') return 'webhook';
    // The first answer is wanted at once: until it is here no message has buttons.
    for (let waitSeconds = 0; ; waitSeconds = WAIT_SECONDS) {
      if (!leads()) {
        setListening(true);
        tell(undefined);
        await clock.sleep(LEADER_CHECK_MS, signal);
        continue;
      }
      if (!areCommandsSet) await setCommands();
      const offset = readOffset(state, me.id, clock.now());
      const askedAt = clock.now();
      const answer = await client.getUpdates({ offset, waitSeconds }, { signal });
      if (!answer.ok) return answer.failure;
      failuresInARow = 0;
      setListening(true);
      tell(undefined);
      observer.polled();
      const isAnyNew = await handleAll(me, answer.updates);
      const tookMs = clock.now() - askedAt;
      // A server that does not wait, or repeats what was handled, must not be asked without a pause.
      if (!isAnyNew && waitSeconds > 0 && tookMs < RETRY.firstMs)
        await clock.sleep(RETRY.firstMs - Math.max(0, tookMs), signal);
    }
  };

  const waitMs = (failure: TelegramFailure | 'webhook'): number => {
    if (failure === 'webhook') return WEBHOOK_CHECK_MS;
    if (failure.reason === 'rate_limited') return failure.retryAfterMs;
    const backoff = failure.outcome === 'unreachable' ? RETRY : REFUSED_RETRY;
    const delayMs = backoffMs(failuresInARow, backoff, random);
    failuresInARow += 1;
    return delayMs;
  };

  const run = async (): Promise<void> => {
    while (!isStopping()) {
      try {
        const failure = await session();
        if (isStopping()) return;
        if (failure === 'webhook') setListening(false);
        tell(failure === 'webhook' ? failure : failure.reason);
        await clock.sleep(waitMs(failure), signal);
      } catch (error) {
        if (isStopping()) return;
        observer.unexpected(error);
        await clock.sleep(RETRY.maxMs, signal).catch(() => undefined);
      }
    }
  };

  const running = run();
  return {
    get isListening() {
      return isListening;
    },
    stop: async () => {
      stopping.abort(new Error('The bridge is stopping.'));
      await running;
    },
  };
}

interface Bot {
  readonly id: number;
  readonly username: string;
}

const offsetKey = (botId: number): string => `talk:offset:${botId}`;

function readOffset(state: KeyValue, botId: number, now: number): number | undefined {
  const saved = state.get(offsetKey(botId));
  if (saved === undefined) return undefined;
  const { next, at } = JSON.parse(saved) as { next: number; at: number };
  // Noted by a clock that was ahead: valid from now on for as long as any other, and no longer.
  if (isAhead(at, now)) state.set(offsetKey(botId), JSON.stringify({ next, at: now }));
  return now - at > OFFSET_VALID_MS ? undefined : next;
}
