import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  budgetSnapshotSchema,
  createBudget,
  defaultLimits,
  type Budget,
} from '../../../../alert-bridge/telegram/budget.ts';

const start = 1_790_000_000_000;
const chats = [1, 2, -100, -200];
const everyChat = [...chats, ...Array.from({ length: 40 }, (_, index) => 1_000 + index)];

interface Request {
  readonly chat: number;
  readonly at: number;
}

/** Telegram's own limits: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this */
function broken(requests: readonly Request[]): string[] {
  const over = (at: readonly number[], count: number, windowMs: number): boolean =>
    at.some((time, index) => (at[index + count] ?? Infinity) - time < windowMs);
  const times = (chat?: number): number[] =>
    requests
      .filter((request) => chat === undefined || request.chat === chat)
      .map(({ at }) => at)
      .sort((a, b) => a - b);
  return [
    ...(over(times(), 30, 1_000) ? ['30/s over all'] : []),
    ...everyChat.flatMap((chat) => [
      ...(over(times(chat), 1, 1_000) ? [`1/s in ${chat}`] : []),
      ...(chat < 0 && over(times(chat), 20, 60_000) ? [`20/min in ${chat}`] : []),
    ]),
  ];
}

/** Lets a sender that always asks first run over a schedule of wishes; idle gaps come between them. */
function play(budget: Budget, wishes: readonly (readonly [chat: number, gapMs: number])[]): Request[] {
  let now = start;
  return wishes.map(([chat, gapMs]) => {
    now = Math.max(now + gapMs, budget.readyAt(chat, now + gapMs));
    budget.spend(chat, now);
    return { chat, at: now };
  });
}

const wishes = (from: readonly number[]) =>
  fc.array(fc.tuple(fc.constantFrom(...from), fc.oneof(fc.constant(0), fc.nat(3_000))), {
    minLength: 30,
    maxLength: 150,
  });

describe('no window ever exceeds its limit', () => {
  test.each([
    ['few chats', chats],
    ['a group alone', [-100]],
    ['many chats', everyChat],
  ])('%s', (_name, from) => {
    fc.assert(
      fc.property(wishes(from), (list) => {
        expect(broken(play(createBudget(), list))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test('not when Telegram sees requests up to 50 ms late, nor over a restart between any two of them', () => {
    const delays = fc.array(fc.nat(50), { minLength: 150, maxLength: 150 });
    fc.assert(
      fc.property(wishes(chats), delays, fc.nat(150), (list, late, restartAt) => {
        let current = createBudget();
        let calls = 0;
        const restarting: Budget = {
          ...createBudget(),
          readyAt: (chat, now) => current.readyAt(chat, now),
          spend: (chat, now) => {
            current.spend(chat, now);
            if (calls++ !== restartAt) return;
            const saved: unknown = JSON.parse(JSON.stringify(current.snapshot(now)));
            current = createBudget();
            current.restore(budgetSnapshotSchema.parse(saved));
          },
        };
        const seen = play(restarting, list).map(({ chat, at }, index) => ({
          chat,
          at: at + (late[index] ?? 0),
        }));
        expect(broken(seen)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test.each<[string, readonly number[], Partial<typeof defaultLimits>, RegExp]>([
    ['of a chat', [1], { perChat: { count: 2, windowMs: 1_050 } }, /1\/s in 1/],
    ['of a group', [-100], { perGroup: { count: 21, windowMs: 60_000 } }, /20\/min in -100/],
    ['over all', everyChat, { overall: { count: 40, windowMs: 1_050 } }, /30\/s over all/],
  ])('negative control: a wrong limit %s is noticed', (_name, from, limits, expected) => {
    const list = Array.from({ length: 90 }, (_, index) => [from[index % from.length] ?? 1, 0] as const);
    expect(broken(play(createBudget({ ...defaultLimits, ...limits }), list)).join()).toMatch(expected);
  });
});

describe('no longer than needed', () => {
  test('a quiet chat may be written to at once, the next message follows after a second', () => {
    const budget = createBudget();
    expect(budget.readyAt(1, start)).toBe(start);
    budget.spend(1, start);
    expect(budget.readyAt(1, start)).toBe(start + 1_050);
    expect(budget.readyAt(2, start)).toBe(start);
  });

  test('a person gets 58 messages in a minute, a group 20', () => {
    const count = (chat: number): number => {
      const list = Array.from({ length: 60 }, () => [chat, 0] as const);
      return play(createBudget(), list).filter(({ at }) => at < start + 60_000).length;
    };
    expect([count(1), count(-100)]).toEqual([58, 20]);
  });

  test('a clock that was set back by an hour stops nothing', () => {
    const budget = createBudget();
    for (let sent = 0; sent < 20; sent++) budget.spend(-100, start);
    const earlier = start - 3_600_000;
    expect(budget.readyAt(-100, earlier)).toBe(earlier + 61_000);
    expect(budget.readyAt(-100, earlier + 61_000)).toBe(earlier + 61_000);
  });
});

describe('pauses', () => {
  test('a paused chat stops no other, and ends by itself', () => {
    const budget = createBudget();
    budget.pause(1, start + 35_000);
    expect([budget.readyAt(1, start), budget.readyAt(2, start)]).toEqual([start + 35_000, start]);
    expect(budget.readyAt(1, start + 35_000)).toBe(start + 35_000);
  });

  test('a pause of all stops all', () => {
    const budget = createBudget();
    budget.pause('all', start + 5_000);
    expect(everyChat.map((chat) => budget.readyAt(chat, start))).toEqual(everyChat.map(() => start + 5_000));
  });

  test('a shorter one that comes later does not shorten it', () => {
    const budget = createBudget();
    budget.pause(1, start + 9_000);
    budget.pause(1, start + 2_000);
    expect(budget.readyAt(1, start)).toBe(start + 9_000);
  });

  test('the latest end is told while there is one', () => {
    const budget = createBudget();
    expect(budget.pausedUntil(start)).toBeUndefined();
    budget.pause(1, start + 9_000);
    budget.pause(-100, start + 7_000);
    expect(budget.pausedUntil(start)).toBe(start + 9_000);
    expect(budget.pausedUntil(start + 8_999)).toBe(start + 9_000);
    expect(budget.pausedUntil(start + 9_000)).toBeUndefined();
  });

  test('hours of waiting survive a restart; what is over is not carried', () => {
    const budget = createBudget();
    budget.pause(1, start + 7_200_000);
    budget.pause(2, start + 10);
    budget.pause('all', start + 60_000);
    budget.spend(3, start);
    const saved = budget.snapshot(start + 1_000);
    expect(budgetSnapshotSchema.parse(JSON.parse(JSON.stringify(saved)))).toEqual({
      spent: [[3, [start]]],
      pausedUntil: [
        [1, start + 7_200_000],
        ['all', start + 60_000],
      ],
      pausedSince: [
        [1, start],
        ['all', start],
      ],
    });
    const next = createBudget();
    next.restore(saved);
    expect(next.readyAt(1, start + 2_000)).toBe(start + 7_200_000);
    expect(next.readyAt(2, start + 2_000)).toBe(start + 60_000);
  });

  test('a pause does not become longer by a clock that is set back, over a restart neither', () => {
    const days = 10 * 24 * 3_600_000;
    const budget = createBudget();
    budget.pause(1, start + days + 7_200_000);
    const saved = budget.snapshot(start + days);
    for (const one of [budget, createBudget()]) {
      one.restore(saved);
      expect(one.readyAt(1, start)).toBe(start + 7_200_000);
      expect(one.readyAt(1, start + 7_200_000)).toBe(start + 7_200_000);
    }
  });

  test.each([null, {}, { spent: [['x', []]], pausedUntil: [] }, { spent: [], pausedUntil: [[1, 'soon']] }])(
    'a snapshot that is none is refused: %j',
    (value) => {
      expect(budgetSnapshotSchema.safeParse(value).success).toBe(false);
    },
  );
});

test('foresees how long so many requests would take: what a sender that always asks first then needs', () => {
  fc.assert(
    fc.property(fc.constantFrom(1, -100), fc.nat(40), fc.nat(40), (chat, before, requests) => {
      const budget = createBudget();
      const spent = play(
        budget,
        Array.from({ length: before }, () => [chat, 0] as const),
      );
      const now = spent.at(-1)?.at ?? start;
      const foreseen = budget.drainMs(chat, requests, now);
      const times: number[] = [];
      for (let i = 0, at = now; i < requests; i += 1) {
        at = budget.readyAt(chat, at);
        budget.spend(chat, at);
        times.push(at);
      }
      expect(foreseen).toBe((times.at(-1) ?? 0) - (times[0] ?? 0));
    }),
  );
});

test('what no window reaches any more is forgotten: the memory of a year is that of a minute', () => {
  const budget = createBudget();
  for (let hour = 0; hour < 100; hour += 1) budget.spend(1, start + hour * 3_600_000);
  const kept = JSON.stringify(budget.snapshot(start + 100 * 3_600_000));
  const fresh = JSON.stringify(createBudget().snapshot(start + 100 * 3_600_000));
  expect(kept).toBe(fresh);
});
