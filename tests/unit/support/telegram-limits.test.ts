import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RateLimiter, realLimits } from '../../support/telegram/limits.ts';

const start = 1_790_000_000_000;

describe('rates', () => {
  test('a chat takes a short burst, then one message a second', () => {
    const limiter = new RateLimiter(realLimits);
    const answers = [0, 0, 0, 0, 1000, 1001, 2001].map((ms) => limiter.spend('bot', 1, false, start + ms));
    expect(answers).toEqual([undefined, undefined, undefined, 1, undefined, 1, undefined]);
  });

  test('who comes back too early is refused with what is left, not with more', () => {
    const limiter = new RateLimiter({ ...realLimits, perChatPerSecond: 0.1, chatBurst: 1 });
    const answers = [0, 0, 9100, 9999, 10_000].map((ms) => limiter.spend('bot', 1, false, start + ms));
    expect(answers).toEqual([undefined, 10, 1, 1, undefined]);
  });

  test('a group takes 20 in a minute, a private chat more', () => {
    const count = (isGroup: boolean): number => {
      const limiter = new RateLimiter(realLimits);
      const every = Array.from({ length: 59 }, (_, s) => limiter.spend('bot', 1, isGroup, start + s * 1000));
      return every.filter((wait) => wait === undefined).length;
    };
    expect(count(false)).toBe(59);
    expect(count(true)).toBeLessThan(45);
    expect(count(true)).toBeGreaterThanOrEqual(20);
  });

  test('30 messages a second over all chats; another bot has its own allowance', () => {
    const limiter = new RateLimiter(realLimits);
    const waits = Array.from({ length: 31 }, (_, chat) => limiter.spend('bot', chat, false, start));
    expect(waits.slice(0, 30).every((wait) => wait === undefined)).toBe(true);
    expect(waits[30]).toBe(1);
    expect(limiter.spend('other', 30, false, start)).toBeUndefined();
  });

  test('whoever waits as told is always served, and never faster than the rate', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 60 }), (gapsMs) => {
        const limiter = new RateLimiter(realLimits);
        let now = start;
        let served = 0;
        for (const gap of gapsMs) {
          now += gap;
          const wait = limiter.spend('bot', 1, false, now);
          if (wait !== undefined) {
            now += wait * 1000;
            expect(limiter.spend('bot', 1, false, now)).toBeUndefined();
          }
          served += 1;
        }
        expect(served).toBeLessThanOrEqual((now - start) / 1000 + realLimits.chatBurst);
      }),
    );
  });
});
