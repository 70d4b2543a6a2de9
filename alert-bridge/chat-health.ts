/** Whether a chat takes messages, why not, and how long what it did not take waits before it is tried again. */
import type { Clock } from '../common/clock.ts';
import type { ChannelResult } from './channel.ts';
import type { LateCause } from './thread.ts';

export interface ChatHealthDependencies {
  readonly clock: Clock;
  /** From 0 to 1: spreads retries of several chats. */
  readonly random: () => number;
  /** The chat stopped or began to take messages; `reason` is undefined when it takes them. */
  readonly onChange: (reason: string | undefined) => void;
  readonly onRetry: (reason: string, delayMs: number) => void;
}

export interface ChatHealth {
  /** Why the chat takes no messages until the operator mends it; undefined while it does. */
  readonly refusal: string | undefined;
  /** Since when nothing was taken although something was sent, Unix ms; undefined while the chat works. */
  readonly failingSince: number | undefined;
  /** What has kept the messages that wait. */
  readonly cause: LateCause | undefined;
  /** Telegram took the request or refused this message alone: the chat works. */
  answered(): void;
  /** Waits until it may be tried again. Rejects when `stopping` is aborted. */
  failed(result: Extract<ChannelResult, { status: 'retry' }>, stopping: AbortSignal): Promise<void>;
  /** Nothing waits any more: what comes next is not late. */
  caughtUp(): void;
}

const RETRY = { firstMs: 1_000, maxMs: 30_000 } as const;
const REFUSED_RETRY = { firstMs: 30_000, maxMs: 600_000 } as const;

export function createChatHealth({ clock, random, onChange, onRetry }: ChatHealthDependencies): ChatHealth {
  let refusal: string | undefined;
  let failuresInARow = 0;
  let failingSince: number | undefined;
  let cause: LateCause | undefined;

  const setRefusal = (reason: string | undefined): void => {
    if (reason !== refusal) onChange(reason);
    refusal = reason;
  };

  return {
    get refusal() {
      return refusal;
    },
    get failingSince() {
      return failingSince;
    },
    get cause() {
      return cause;
    },
    answered: () => {
      failuresInARow = 0;
      failingSince = undefined;
      setRefusal(undefined);
    },
    failed: async (result, stopping) => {
      cause = result.cause;
      failingSince ??= clock.now();
      setRefusal(result.permanent ? result.reason : undefined);
      // A rate limit says itself how long to wait: the budget keeps it.
      if (result.cause === 'telegram_rate_limit') return;
      const { firstMs, maxMs } = result.permanent ? REFUSED_RETRY : RETRY;
      const delayMs = Math.round(Math.min(firstMs * 2 ** failuresInARow, maxMs) * (0.75 + random() / 4));
      failuresInARow += 1;
      onRetry(result.reason, delayMs);
      await clock.sleep(delayMs, stopping);
    },
    caughtUp: () => {
      cause = undefined;
    },
  };
}
