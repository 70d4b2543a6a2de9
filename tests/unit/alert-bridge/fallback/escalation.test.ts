import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unreachable } from '../notify/scripted-chat.ts';
import { LADDER, LadderBench } from './ladder-bench.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** A quiet night has begun. */
const MIDNIGHT = Date.parse('2024-09-22T00:00:00Z');
const FIRST = '0 send: incident alert:Down:bot firing 1 count 1';
const RING = 'reply: ring alert:Down:bot firing 1 count 1';

let bench: LadderBench;
beforeEach(() => {
  bench = new LadderBench(LADDER, MIDNIGHT);
});
afterEach(async () => {
  await bench.stop();
  expect(bench.unexpected).toEqual([]);
});

describe('a critical incident that nobody takes', () => {
  it('rings again, is passed on, then goes past Telegram, each step once', async () => {
    await bench.post('firing', 'Down');
    await bench.clock.advance(40 * MINUTE);
    expect(bench.sent(0, MIDNIGHT)).toEqual([FIRST, `1 ${RING}`, `3 ${RING}`, `10 ${RING}`]);
    expect(
      bench.chats[0]?.requests.filter(({ method }) => method === 'reply').map(({ silent }) => silent),
    ).toEqual([false, false, false]);
    expect(bench.sent(1, MIDNIGHT).slice(0, 2)).toEqual([
      '5 send: incident alert:Down:bot firing 1 count 1 passed on',
      `6 ${RING} passed on`,
    ]);
    expect(bench.sent(1, MIDNIGHT)).toHaveLength(4);
    expect(bench.noticed(MIDNIGHT)).toEqual(['7 e-mail', '7 ntfy', '9 webhook']);
    expect(bench.notices.map(({ title, reason }) => `${title} ${reason}`)).toEqual(
      Array.from(
        { length: 3 },
        () => 'incident alert:Down:bot firing 1 count 1 (nobody has taken it) nobody_took_it',
      ),
    );
    expect(bench.rang.toSorted()).toEqual([
      'fallback',
      'passed_on',
      ...Array.from({ length: 6 }, () => 'untaken'),
      'webhook',
    ]);
  });

  it('that another chat was told of too is told to be over there', async () => {
    await bench.post('firing', 'Down');
    await bench.clock.advance(5.5 * MINUTE);
    await bench.post('resolved', 'Down');
    await bench.clock.advance(15 * MINUTE);
    expect(bench.sent(1, MIDNIGHT)).toEqual([
      '5 send: incident alert:Down:bot firing 1 count 1 passed on',
      '5 reply: resolution alert:Down:bot firing 0 count 2 passed on',
    ]);
    expect(bench.notices).toEqual([]);

    // Another incident of the type begins anew.
    const again = bench.clock.now();
    await bench.post('firing', 'Down');
    await bench.clock.advance(12 * MINUTE);
    expect(bench.noticed(again)).toEqual(['7 e-mail', '7 ntfy', '9 webhook']);
    expect(bench.sent(1, again).at(-1)).toMatch(/^8 reply: ring/);
  });

  it.each([
    [
      'is taken',
      () => {
        bench.take('Down');
        return Promise.resolve();
      },
    ],
    ['ends', () => bench.post('resolved', 'Down')],
    [
      'is silenced in Alertmanager, or over there',
      () => {
        bench.learns = new Set(['Down']);
        return Promise.resolve();
      },
    ],
  ])('rings no more once it %s', async (_, stop) => {
    for (const [wait, rings] of [
      [0.5, 0],
      [2.5, 1],
      [9.5, 2],
    ] as const) {
      await bench.stop();
      bench = new LadderBench(LADDER, MIDNIGHT);
      await bench.post('firing', 'Down');
      await bench.clock.advance(wait * MINUTE);
      await stop();
      const notices = bench.notices.length;
      const there = bench.sent(1, MIDNIGHT).filter((text) => text.includes('reply: ring')).length;
      await bench.clock.advance(15 * MINUTE);
      expect(bench.sent(0, MIDNIGHT).filter((text) => text.includes('reply: ring'))).toHaveLength(rings);
      expect(bench.sent(1, MIDNIGHT).filter((text) => text.includes('reply: ring'))).toHaveLength(there);
      expect(bench.notices).toHaveLength(notices);
    }
  });

  it('rings once when it is over within two minutes of that', async () => {
    await bench.post('firing', 'Down');
    await bench.clock.advance(2.9 * MINUTE);
    await bench.post('resolved', 'Down');
    await bench.clock.advance(15 * MINUTE);
    expect(bench.sent(0, MIDNIGHT).slice(0, -1)).toEqual([FIRST, `1 ${RING}`]);
    expect(bench.chats[0]?.requests.findLast(({ method }) => method === 'reply')?.silent).toBe(true);
  });

  it('neither skips nor repeats a step over restarts, and rings once for what has piled up', async () => {
    await bench.post('firing', 'Down');
    for (let restart = 0; restart < 24; restart += 1) {
      await bench.clock.advance(29 * SECOND);
      await bench.restart();
    }
    expect(bench.sent(0, MIDNIGHT)).toEqual([FIRST, `1 ${RING}`, `3 ${RING}`, `10 ${RING}`]);
    expect(bench.noticed(MIDNIGHT)).toEqual(['7 e-mail', '7 ntfy', '9 webhook']);

    await bench.post('firing', 'Other');
    await bench.stop();
    const began = bench.clock.now();
    await bench.clock.advance(4 * MINUTE);
    bench.start();
    await bench.clock.advance(MINUTE);
    expect(bench.sent(0, began).filter((text) => text.includes('reply: ring alert:Other:'))).toEqual([
      '4 reply: ring alert:Other:bot firing 1 count 1',
    ]);
  });

  it('is brought to a channel that fails until it takes it, with the same id', async () => {
    bench.broken.add('webhook');
    await bench.post('firing', 'Down');
    await bench.clock.advance(20 * MINUTE);
    expect(bench.noticed(MIDNIGHT)).toEqual(['7 e-mail', '7 ntfy']);
    bench.broken.clear();
    await bench.clock.advance(6 * MINUTE);
    expect(bench.noticed(MIDNIGHT).slice(2)).toHaveLength(1);
    expect(new Set(bench.notices.map(({ id }) => id)).size).toBe(2);
  });

  it('whose ring Telegram refuses is not asked again at once', async () => {
    await bench.post('firing', 'Down');
    const refused = { status: 'refused', reason: 'bad_request' } as const;
    bench.chats[0]?.answers.push(...Array.from({ length: 100 }, () => refused));
    await bench.clock.advance(9 * MINUTE);
    expect(bench.sent(0, MIDNIGHT).filter((text) => text.includes('reply: ring'))).toHaveLength(1);
  });

  it('goes past Telegram while Telegram is away, once for all of it', async () => {
    bench.chats.forEach(({ answers }) =>
      answers.push(...Array.from({ length: 5_000 }, () => unreachable(false))),
    );
    await bench.post('firing', 'Down');
    await bench.clock.advance(30 * MINUTE);
    expect(bench.noticed(MIDNIGHT)).toEqual(['0 e-mail', '0 ntfy', '0 webhook']);
  });
});

it('nothing escalates by itself: neither without an escalation, nor what is not critical', async () => {
  await bench.post('firing', 'Disk', { severity: 'warning' });
  await bench.clock.advance(30 * MINUTE);
  expect(bench.rang).toEqual([]);
  await bench.stop();
  bench = new LadderBench(undefined, MIDNIGHT);
  await bench.post('firing', 'Down');
  await bench.clock.advance(30 * MINUTE);
  expect(bench.sent(0, MIDNIGHT)).toEqual([FIRST]);
  expect(bench.notices).toEqual([]);
});
