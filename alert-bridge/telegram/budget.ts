/**
 * When the next request to a chat may go: Telegram's limits
 * (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this) and the pauses it asked for. Pure.
 *
 * State: when requests went within the longest window, per chat and over all, and until when a chat is paused.
 * True at every instant while `spend` is called no earlier than `readyAt`: no window holds more than its limit.
 */
import { z } from 'zod';
import { isAhead } from '../../common/time/elapsed.ts';

/** At most `count` requests in any `windowMs`. */
export interface Rate {
  readonly count: number;
  readonly windowMs: number;
}

export interface Limits {
  readonly perChat: Rate;
  readonly perGroup: Rate;
  readonly overall: Rate;
}

/**
 * Telegram counts when requests arrive, we when they leave. Every window is therefore wider than Telegram's by what the
 * way may differ from one request to the next, instead of a smaller number: a burst of 20 into a quiet group stays possible.
 */
export const defaultLimits: Limits = {
  perChat: { count: 1, windowMs: 1_050 },
  perGroup: { count: 20, windowMs: 61_000 },
  /** Telegram allows about 30 a second; getMe and answers to buttons are not counted here and need room. */
  overall: { count: 25, windowMs: 1_050 },
};

const pauseTarget = z.union([z.int(), z.literal('all')]);

/**
 * Telegram asks for hours at times. Whoever asks for more is asked again after a day: one request then is no offence, and
 * a figure that nobody can have meant does not keep a chat silent for years.
 */
export const LONGEST_PAUSE_MS = 24 * 60 * 60_000;

export const budgetSnapshotSchema = z.object({
  /** Unix ms of requests, by chat id. */
  spent: z.array(z.tuple([z.int(), z.array(z.number())])),
  /** Unix ms, by chat id or `all`. */
  pausedUntil: z.array(z.tuple([pauseTarget, z.number()])),
  /** When each pause was known of, Unix ms: no pause becomes longer by a clock that is set back. */
  pausedSince: z.array(z.tuple([pauseTarget, z.number()])).optional(),
});

/** JSON that carries the budget over a restart. */
export type BudgetSnapshot = z.infer<typeof budgetSnapshotSchema>;

export type PauseTarget = number | 'all';

export interface Budget {
  /**
   * Unix ms at which the next request to that chat may go; never before `now`. Edits count as sends do.
   * @param share from 0 to 1: how much of every limit may be used up. What can wait leaves the rest to alerts.
   */
  readyAt(chatId: number, now: number, share?: number): number;
  /** How long after the first of so many requests to that chat the last could go, ms; other chats are left aside. */
  drainMs(chatId: number, requests: number, now: number): number;
  /** Counts a request that goes now. */
  spend(chatId: number, now: number): void;
  /** Keeps a chat, or all, from sending until then. An earlier time never shortens a pause: answers can overtake. */
  pause(target: PauseTarget, untilMs: number): void;
  /** The latest end of a pause over all chats, Unix ms; undefined when nothing is paused. */
  pausedUntil(now: number): number | undefined;
  snapshot(now: number): BudgetSnapshot;
  /** Adds what a former process knew. */
  restore(snapshot: BudgetSnapshot): void;
}

export function createBudget(limits: Limits = defaultLimits): Budget {
  const spent = new Map<number, number[]>();
  const pauses = new Map<PauseTarget, number>();
  const pausedSince = new Map<PauseTarget, number>();
  const longestMs = Math.max(limits.perChat.windowMs, limits.perGroup.windowMs, limits.overall.windowMs);

  /**
   * Forgets what no window reaches any more, and brings what lies in the future (the clock was set back) to the
   * present: otherwise nothing could be sent until the clock has caught up.
   */
  const settle = (now: number): void => {
    for (const [chatId, times] of spent) {
      const kept = times.filter((time) => time > now - longestMs).map((time) => Math.min(time, now));
      if (kept.length === 0) spent.delete(chatId);
      else spent.set(chatId, kept);
    }
    for (const [target, untilMs] of pauses) {
      const since = pausedSince.get(target) ?? now;
      const endsAt = isAhead(since, now) ? now + untilMs - since : untilMs;
      pauses.set(target, endsAt);
      pausedSince.set(target, Math.min(since, now));
      if (endsAt > now) continue;
      pauses.delete(target);
      pausedSince.delete(target);
    }
  };

  const pause = (target: PauseTarget, untilMs: number): void => {
    pauses.set(target, Math.max(untilMs, pauses.get(target) ?? 0));
  };

  return {
    readyAt: (chatId, now, share = 1) => {
      settle(now);
      const part = ({ count, windowMs }: Rate): Rate => ({
        count: Math.max(1, Math.floor(count * share)),
        windowMs,
      });
      const own = spent.get(chatId) ?? [];
      const all = [...spent.values()].flat().sort((a, b) => a - b);
      return Math.max(
        now,
        pauses.get('all') ?? 0,
        pauses.get(chatId) ?? 0,
        freeAt(own, part(limits.perChat)),
        isGroup(chatId) ? freeAt(own, part(limits.perGroup)) : 0,
        freeAt(all, part(limits.overall)),
      );
    },
    drainMs: (chatId, requests, now) => {
      settle(now);
      const times = [...(spent.get(chatId) ?? [])];
      const before = times.length;
      for (let request = 0; request < requests; request += 1) {
        const group = isGroup(chatId) ? freeAt(times, limits.perGroup) : 0;
        times.push(Math.max(now, times.at(-1) ?? 0, freeAt(times, limits.perChat), group));
      }
      return requests === 0 ? 0 : (times.at(-1) ?? now) - (times[before] ?? now);
    },
    spend: (chatId, now) => {
      settle(now);
      spent.set(chatId, [...(spent.get(chatId) ?? []), now]);
    },
    pause,
    pausedUntil: (now) => {
      settle(now);
      return pauses.size === 0 ? undefined : Math.max(...pauses.values());
    },
    snapshot: (now) => {
      settle(now);
      return {
        spent: [...spent].map(([chatId, times]) => [chatId, [...times]]),
        pausedUntil: [...pauses],
        pausedSince: [...pausedSince],
      };
    },
    restore: (snapshot) => {
      for (const [chatId, times] of snapshot.spent) {
        spent.set(
          chatId,
          [...(spent.get(chatId) ?? []), ...times].sort((a, b) => a - b),
        );
      }
      for (const [target, untilMs] of snapshot.pausedUntil) pause(target, untilMs);
      for (const [target, since] of snapshot.pausedSince ?? []) pausedSince.set(target, since);
    },
  };
}

/** Groups and channels have negative ids. */
export const isGroup = (chatId: number): boolean => chatId < 0;

/** When one more fits: `times` is in ascending order. */
function freeAt(times: readonly number[], { count, windowMs }: Rate): number {
  const oldest = times[times.length - count];
  return oldest === undefined ? 0 : oldest + windowMs;
}
