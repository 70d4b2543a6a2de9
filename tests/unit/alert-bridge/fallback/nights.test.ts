/** The goal of the escalation, counted over a hundred nights and over a day without Telegram. */
import { afterEach, expect, it } from 'vitest';
import { createRandom } from '../../../support/app/random.ts';
import { unreachable } from '../notify/scripted-chat.ts';
import { LADDER, LadderBench } from './ladder-bench.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const MIDNIGHT = Date.parse('2024-09-22T00:00:00Z');

let bench: LadderBench;
afterEach(async () => {
  await bench.stop();
  expect(bench.unexpected).toEqual([]);
});

const away = (chat: number, requests: number): void =>
  void bench.chats[chat]?.answers.push(...Array.from({ length: requests }, () => unreachable(false)));

it(
  'a hundred critical incidents at night',
  {
    meta: {
      tried:
        '100 critical incidents in the quiet hours: some are taken late or never, chats do not answer, channels fail, the bridge restarts',
      held: '100 of 100 are taken or on three channels within 10 minutes',
    },
  },
  async () => {
    const random = createRandom(14);
    let reached = 0;
    let taken = 0;
    let rings = 0;
    for (let night = 0; night < 100; night += 1) {
      bench = new LadderBench(LADDER, MIDNIGHT);
      const name = `Down${night}`;
      await bench.post('firing', name);
      // One of three is taken, at any time; of the channels one at most fails; a chat may be deaf for some tries.
      const takenAt = random() < 1 / 3 ? random() * 12 * MINUTE : Infinity;
      if (random() < 0.3)
        bench.broken.add((['e-mail', 'ntfy', 'webhook'] as const)[Math.floor(random() * 3)] ?? 'ntfy');
      if (random() < 0.3) away(Math.floor(random() * 2), Math.floor(random() * 12));
      const restartAt = random() < 0.5 ? random() * 10 * MINUTE : Infinity;
      for (const at of [takenAt, restartAt].filter((time) => time < 10 * MINUTE).sort((a, b) => a - b)) {
        await bench.clock.advance(MIDNIGHT + at - bench.clock.now());
        if (at === takenAt) bench.take(name);
        else await bench.restart();
      }
      await bench.clock.advance(MIDNIGHT + 10 * MINUTE - bench.clock.now());
      const chats = bench.chats.filter(({ requests }) => requests.some(({ text }) => text.includes(name)));
      const channels = chats.length + new Set(bench.notices.map(({ channel }) => channel)).size;
      const isTaken = takenAt < 10 * MINUTE;
      if (isTaken || channels >= 3) reached += 1;
      if (isTaken) taken += 1;
      rings += bench.rang.length;
      await bench.stop();
    }
    console.log(`${reached} of 100 reached, ${taken} taken in time, ${rings} rings after the first`);
    expect(reached).toBe(100);
    expect(taken).toBeGreaterThan(10);
    expect(taken).toBeLessThan(60);
  },
);

it(
  'Telegram is blocked for a day',
  {
    meta: {
      tried: 'Telegram blocked for 24 hours, with a critical alert every hour',
      held: 'none unseen; each goes by mail, ntfy and the webhook within 60 s',
    },
  },
  async () => {
    bench = new LadderBench(LADDER, MIDNIGHT);
    away(0, 100_000);
    away(1, 100_000);
    const delays: number[] = [];
    for (let nth = 0; nth < 24; nth += 1) {
      const at = bench.clock.now();
      await bench.post('firing', `Down${nth}`);
      await bench.clock.advance(60 * MINUTE);
      const seen = bench.notices.filter(({ text }) => text.includes(`alert:Down${nth}:`));
      delays.push(...seen.map((notice) => (notice.at - at) / SECOND));
    }
    console.log(
      `${delays.length / 3} of 24 seen, the slowest after ${Math.max(...delays)} s, the first after ${delays[0]} s`,
    );
    expect(delays).toHaveLength(3 * 24);
    expect(Math.max(...delays)).toBeLessThanOrEqual(60);
  },
);
