/**
 * The limits of the Bot API (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).
 * Every one can be overridden: a test of something else raises the rates.
 */
export interface Limits {
  /** Messages and edits per second in one chat, after the burst is spent. */
  perChatPerSecond: number;
  /** How many pass at once in a chat that was quiet. */
  chatBurst: number;
  perGroupPerMinute: number;
  overallPerSecond: number;
  /** UTF-16 units after parsing. */
  textUnits: number;
  captionUnits: number;
  /** UTF-8 bytes before parsing. */
  rawTextBytes: number;
  callbackDataBytes: number;
  photoBytes: number;
  /** How long a pressed button may wait for its answer. */
  callbackQueryAgeMs: number;
  /** How long a bot may delete its message. */
  deleteWindowMs: number;
}

export const realLimits: Readonly<Limits> = Object.freeze({
  perChatPerSecond: 1,
  chatBurst: 3,
  perGroupPerMinute: 20,
  overallPerSecond: 30,
  textUnits: 4096,
  captionUnits: 1024,
  rawTextBytes: 32_768,
  callbackDataBytes: 64,
  photoBytes: 10 * 1024 * 1024,
  callbackQueryAgeMs: 60_000,
  deleteWindowMs: 48 * 3_600_000,
});

interface Bucket {
  tokens: number;
  atMs: number;
  /** Refused until then: whoever comes back before retry_after has passed is refused again. */
  closedUntilMs: number;
}

interface Rate {
  key: string;
  capacity: number;
  perMs: number;
}

/** Token buckets per bot, per chat and per group. Time comes in with every call. */
export class RateLimiter {
  readonly #limits: Limits;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Spends one message. Returns the seconds to wait when there is none left; a refusal spends nothing. */
  spend(bot: string, chatId: number, isGroup: boolean, nowMs: number): number | undefined {
    const { chatBurst, perChatPerSecond, perGroupPerMinute, overallPerSecond } = this.#limits;
    const rates: Rate[] = [
      { key: bot, capacity: overallPerSecond, perMs: overallPerSecond / 1000 },
      { key: `${bot} chat ${chatId}`, capacity: chatBurst, perMs: perChatPerSecond / 1000 },
    ];
    if (isGroup) {
      const perMs = perGroupPerMinute / 60_000;
      rates.push({ key: `${bot} group ${chatId}`, capacity: perGroupPerMinute, perMs });
    }
    const buckets = rates.map((rate) => this.#filled(rate, nowMs));
    const waits = buckets.map((bucket, index) => waitMs(bucket, rates[index]?.perMs ?? 1, nowMs));
    const longest = Math.max(...waits);
    if (longest <= 0) {
      for (const bucket of buckets) bucket.tokens -= 1;
      return undefined;
    }
    const seconds = Math.ceil(longest / 1000);
    const tightest = buckets[waits.indexOf(longest)];
    // Coming back early does not lengthen the wait.
    if (tightest && nowMs >= tightest.closedUntilMs) tightest.closedUntilMs = nowMs + seconds * 1000;
    return seconds;
  }

  #filled(rate: Rate, nowMs: number): Bucket {
    const bucket = this.#buckets.get(rate.key) ?? { tokens: rate.capacity, atMs: nowMs, closedUntilMs: 0 };
    bucket.tokens = Math.min(rate.capacity, bucket.tokens + Math.max(0, nowMs - bucket.atMs) * rate.perMs);
    bucket.atMs = nowMs;
    this.#buckets.set(rate.key, bucket);
    return bucket;
  }
}

function waitMs(bucket: Bucket, perMs: number, nowMs: number): number {
  if (nowMs < bucket.closedUntilMs) return bucket.closedUntilMs - nowMs;
  // A hair below one token is a rounding error, not a message too many.
  return bucket.tokens > 1 - 1e-9 ? 0 : (1 - bucket.tokens) / perMs;
}
