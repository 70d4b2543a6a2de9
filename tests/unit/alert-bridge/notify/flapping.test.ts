import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { POLICY, routeAll } from '../../../support/bridge/routing.ts';
import { DeliveryBench } from './pipeline-bench.ts';
import { alert, type Shown } from './scripted-chat.ts';

const MINUTE = 60_000;
const COOLDOWN = POLICY.cooldownMs;
let bench: DeliveryBench;
beforeEach(() => {
  bench = new DeliveryBench(routeAll(['1']));
});
afterEach(async () => {
  await bench.delivery.stop(0);
  expect(bench.unexpected).toEqual([]);
});

const last = (): string | undefined => [...bench.sender.messages.values()].at(-1);
const rings = (): number => bench.sender.requests.filter(({ silent }) => silent === false).length;
/** In turn firing and resolved, and so often. */
async function flap(changes: number, everyMs = MINUTE): Promise<void> {
  for (let change = 0; change < changes; change += 1) {
    await bench.accept(alert(change % 2 === 0 ? 'firing' : 'resolved'));
    await bench.clock.advance(everyMs);
  }
}

describe('a critical alert', () => {
  it(
    'rings though its end came first',
    { meta: { tried: 'Only the end of a critical alert arrives; 2.5 s later it fires', held: 'it rings' } },
    async () => {
      await bench.accept(alert('resolved'));
      await bench.clock.advance(2_500);
      await bench.accept(alert('firing'));
      expect(bench.sender.requests).toMatchObject([
        { method: 'send', silent: true },
        { method: 'send', silent: false },
      ]);
    },
  );

  it('rings again for the second outage within the cooldown, below the end of the first', async () => {
    await flap(3);
    expect(rings()).toBe(2);
    expect(last()).toBe('incident alert:Down firing 1 count 1');
  });

  it(
    'that flaps has one message from the third time on, which rings once and then is edited',
    { meta: { tried: 'An alert fires and ends every minute', held: 'one message says so and is edited' } },
    async () => {
      await flap(10);
      expect(rings()).toBe(3);
      const messages = [...bench.sender.messages.values()];
      expect(messages).toHaveLength(5);
      expect(messages.at(-1)).toBe('incident alert:Down firing 0 count 8 flaps 5');
    },
  );

  it('that burns when the cooldown of the flapping is over is told again, over a restart', async () => {
    await flap(9);
    await bench.restart();
    await bench.clock.advance(COOLDOWN);
    expect(bench.sender.requests.filter(({ method }) => method === 'send')).toEqual([
      { method: 'send', text: 'incident alert:Down firing 1 count 1', silent: false },
    ]);
    await bench.accept(alert('resolved'));
    await bench.clock.advance(MINUTE);
    expect(last()).toBe('resolution alert:Down firing 0 count 2');
  });

  it('that is over then is said to be over, silently, and the next time is told as the first', async () => {
    await flap(8);
    await bench.clock.advance(COOLDOWN);
    expect(last()).toMatch(/^resolution alert:Down firing 0/);
    expect(bench.outbox.firing('1')).toEqual([]);
    await bench.clock.advance(COOLDOWN);
    await flap(1);
    expect(rings()).toBe(4);
    expect(last()).toBe('incident alert:Down firing 1 count 1');
  });

  it('that flaps beside one that burns is told in the same way', async () => {
    await bench.accept(alert('firing', 'steady'));
    await flap(12);
    expect(rings()).toBeLessThanOrEqual(4);
    expect(last()).toMatch(/firing 1 .* flaps/);
  });

  it('whose flapping somebody has muted is told no more', async () => {
    await flap(9);
    bench.muted = new Set(['f']);
    await bench.clock.advance(3 * COOLDOWN);
    expect(rings()).toBe(3);
  });
});

it('a storm that comes back after its end is a new message, and one that flaps is edited', async () => {
  const storm = (status: 'firing' | 'resolved') =>
    Array.from({ length: 20 }, (_, i) => alert(status, `c${i}`, 'critical', `C${i}`));
  for (let change = 0; change < 10; change += 1) {
    await bench.accept(...storm(change % 2 === 0 ? 'firing' : 'resolved'));
    await bench.clock.advance(MINUTE);
  }
  expect(rings()).toBe(3);
  expect([...bench.sender.messages.values()]).toHaveLength(5);
  expect(last()).toBe('digest critical 20/20 of 20 flaps 5');
  await bench.clock.advance(COOLDOWN);
  expect(last()).toBe('digest_resolution critical 20/20 of 20');
});

it('an alert that a digest has shown as over rings when it fires again', async () => {
  const storm = Array.from({ length: 20 }, (_, i) => alert('firing', `c${i}`, 'critical', `C${i}`));
  await bench.accept(...storm);
  await bench.clock.advance(MINUTE);
  await bench.accept(alert('resolved', 'c3', 'critical', 'C3'));
  await bench.clock.advance(MINUTE);
  await bench.accept(alert('firing', 'c3', 'critical', 'C3'));
  await bench.clock.advance(MINUTE);
  expect(rings()).toBe(2);
  expect(last()).toBe('incident alert:C3 firing 1 count 1');
});

const change = fc.record({
  fingerprint: fc.constantFrom('f', 'f', 'f', 'g'),
  status: fc.constantFrom('firing' as const, 'resolved' as const),
  /** Until the next one; telling takes no more than four seconds. */
  afterMs: fc.oneof(
    fc.constantFrom(5_000, MINUTE, 10 * MINUTE, COOLDOWN - 5_000, COOLDOWN, COOLDOWN + 5_000),
    fc.integer({ min: 5_000, max: 2 * COOLDOWN }),
  ),
});

it('whatever comes and goes, the last message is true, rings are few, and nothing begins unseen', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 25 }), async (changes) => {
      const one = new DeliveryBench(routeAll(['1']));
      const burning = new Set<string>();
      let begunAt = 0;
      const newest = () => [...one.sender.messages].at(-1) ?? [0, ''];
      const timesOf = (isMeant: (shown: Shown) => boolean) =>
        one.sender.times.filter((_, index) => {
          const shown = one.sender.requests[index];
          return shown !== undefined && isMeant(shown);
        });
      try {
        for (const { fingerprint, status, afterMs } of changes) {
          const begins = status === 'firing' && burning.size === 0;
          const [before] = newest();
          if (status === 'resolved') burning.delete(fingerprint);
          else if (!burning.has(fingerprint)) begunAt = one.clock.now();
          if (status === 'firing') burning.add(fingerprint);
          await one.accept(alert(status, fingerprint));
          await one.clock.advance(4_000);
          const [id, text] = newest();
          expect(text).toContain(`firing ${burning.size} `);
          if (begins) expect(id > before || text.includes(' flaps ')).toBe(true);
          await one.clock.advance(afterMs - 4_000);
          expect(newest()[1]).toContain(`firing ${burning.size} `);
          // Nothing else has begun since the newest: no more than one ring within a cooldown.
          const own = timesOf(({ silent }) => silent === false).filter((at) => at >= begunAt);
          for (const at of own)
            expect(own.filter((other) => other > at && other < at + COOLDOWN)).toEqual([]);
        }
        await one.clock.advance(COOLDOWN + MINUTE);
        expect(newest()[1]).toContain(`firing ${burning.size} `);
        expect(newest()[1]).not.toContain(' flaps ');
        const sent = timesOf(({ method }) => method !== 'edit');
        // Two beginnings and their ends, two names that are new, the flapping, and what it was before and is after.
        for (const from of sent)
          expect(sent.filter((at) => at >= from && at < from + COOLDOWN).length).toBeLessThan(10);
        expect(one.ledger().pending).toBe(0);
      } finally {
        await one.delivery.stop(0);
      }
      expect(one.unexpected).toEqual([]);
    }),
    { numRuns: 60 },
  );
}, 120_000);
