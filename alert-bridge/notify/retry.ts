/** Whether a chat takes messages, why not, and how long what it did not take waits before it is tried again. */
import { backoffMs } from '../../common/time/backoff.ts';
import type { Clock } from '../../common/time/clock.ts';
import type { SendResult } from '../telegram/sender.ts';
import type { KeyValue } from '../outbox/outbox.ts';
import type { Downtime, LateCause } from '../model/incident.ts';

export interface ChatHealthDependencies {
  readonly chat: string;
  readonly state: KeyValue;
  readonly clock: Clock;
  /** When no bridge ran before this one; undefined when that was too short to make anything late. */
  readonly downtime: Downtime | undefined;
  /** From 0 to 1: spreads retries of several chats. */
  readonly random: () => number;
  /** The chat stopped or began to take messages; `reason` is undefined when it takes them. */
  readonly onChange: (reason: string | undefined) => void;
  /** The same, once for each refusal, over a restart too; `since`: Unix ms of its beginning. */
  readonly onRefusing: (reason: string | undefined, since: number) => void;
  readonly onRetry: (reason: string, delayMs: number, description: string | undefined) => void;
}

export interface ChatHealth {
  /** Why the chat takes no messages until the operator mends it; undefined while it does. */
  readonly refusal: string | undefined;
  /** Since when nothing was taken although something was sent, Unix ms; undefined while the chat works. */
  readonly failingSince: number | undefined;
  /** What has kept a message that waits since then, Unix ms. */
  lateCause(acceptedAt: number): LateCause;
  /** Telegram took the request or refused this message alone: the chat works. */
  answered(): void;
  /** Waits until it may be tried again. Rejects when `stopping` is aborted. */
  failed(result: Extract<SendResult, { status: 'retry' }>, stopping: AbortSignal): Promise<void>;
  /** Nothing waits any more: what comes next is not late. */
  caughtUp(): void;
}

const RETRY = { firstMs: 1_000, maxMs: 30_000 } as const;
const REFUSED_RETRY = { firstMs: 30_000, maxMs: 600_000 } as const;

export function createChatHealth(dependencies: ChatHealthDependencies): ChatHealth {
  const { chat, state, clock, random, downtime, onChange, onRefusing, onRetry } = dependencies;
  const refusedKey = `chat:${chat}:refused_since`;
  const causeKey = `chat:${chat}:late_cause`;
  const startedAt = clock.now();
  let refusal: string | undefined;
  let refusedSince = state.get(refusedKey) ?? '';
  let failuresInARow = 0;
  let failingSince: number | undefined;
  let saved = (state.get(causeKey) ?? '') as LateCause | '';
  // A restart that took seconds is not what has made late what an outage kept for hours.
  let cause = downtime === undefined && saved !== '' ? saved : undefined;

  const setCause = (next: LateCause | undefined): void => {
    cause = next;
    if ((next ?? '') === saved) return;
    saved = next ?? '';
    state.set(causeKey, saved);
  };
  const setRefusal = (reason: string | undefined): void => {
    if (reason !== refusal) onChange(reason);
    refusal = reason;
    const isRefused = refusedSince !== '';
    if ((reason !== undefined) === isRefused) return;
    const since = isRefused ? Number(refusedSince) : clock.now();
    refusedSince = isRefused ? '' : String(since);
    state.set(refusedKey, refusedSince);
    onRefusing(reason, since);
  };

  return {
    get refusal() {
      return refusal;
    },
    get failingSince() {
      return failingSince;
    },
    lateCause: (acceptedAt) =>
      cause ?? (downtime !== undefined && acceptedAt < startedAt ? 'bridge_down' : 'backlog'),
    answered: () => {
      failuresInARow = 0;
      failingSince = undefined;
      setRefusal(undefined);
    },
    failed: async (result, stopping) => {
      setCause(result.cause);
      failingSince ??= clock.now();
      // Silence, or a pause, does not say that the chat takes messages again.
      if (result.permanent) setRefusal(result.reason);
      // A rate limit says itself how long to wait: the budget keeps it.
      if (result.cause === 'telegram_rate_limit') return;
      const delayMs = backoffMs(failuresInARow, result.permanent ? REFUSED_RETRY : RETRY, random);
      failuresInARow += 1;
      onRetry(result.reason, delayMs, result.description);
      await clock.sleep(delayMs, stopping);
    },
    caughtUp: () => setCause(undefined),
  };
}
