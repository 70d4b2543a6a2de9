import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import { latestSlot, nextSlot, type JobRule } from '../../../../common/jobs/slots.ts';

const BERLIN = 'Europe/Berlin';
const at = (text: string): number => Date.parse(text);
const iso = (ms: number): string => new Date(ms).toISOString();

/** Every slot from one moment to another, in order. */
function slots(rule: JobRule, timezone: string, from: string, to: string): string[] {
  const found: string[] = [];
  for (let now = nextSlot(rule, timezone, at(from)); now < at(to); now = nextSlot(rule, timezone, now))
    found.push(iso(now));
  return found;
}

describe('a daily slot', () => {
  it('comes once on the day that has no 02:00, when the clocks resume', () => {
    expect(slots({ dailyAt: '02:00' }, BERLIN, '2026-03-28T00:00:00Z', '2026-03-31T00:00:00Z')).toEqual([
      '2026-03-28T01:00:00.000Z',
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:00:00.000Z',
    ]);
  });

  it('comes once on the day that has 02:00 twice, the first time', () => {
    expect(slots({ dailyAt: '02:00' }, BERLIN, '2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z')).toEqual([
      '2026-10-25T00:00:00.000Z',
      '2026-10-26T01:00:00.000Z',
    ]);
    const second = at('2026-10-25T01:00:00Z');
    expect(iso(latestSlot({ dailyAt: '02:00' }, BERLIN, second))).toBe('2026-10-25T00:00:00.000Z');
  });

  it('includes its very moment', () => {
    const two = at('2026-11-22T23:00:00Z');
    expect(latestSlot({ dailyAt: '02:00' }, 'Europe/Moscow', two)).toBe(two);
    expect(iso(latestSlot({ dailyAt: '02:00' }, 'Europe/Moscow', two - 1))).toBe('2026-11-21T23:00:00.000Z');
    expect(iso(nextSlot({ dailyAt: '02:00' }, 'Europe/Moscow', two))).toBe('2026-11-23T23:00:00.000Z');
  });

  it('comes exactly once each calendar day, in any zone and at any time of day', () => {
    const zones = [
      BERLIN,
      'Europe/Moscow',
      'America/Sao_Paulo',
      'Africa/Cairo',
      'Australia/Lord_Howe',
      'UTC',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        fc.integer({ min: 0, max: 1600 }),
        (timezone, hour, minute, week) => {
          const from = at('2000-01-05T00:00:00Z') + week * 7 * 86_400_000;
          const time = [hour, minute].map((n) => String(n).padStart(2, '0')).join(':');
          const found = slots({ dailyAt: time }, timezone, iso(from), iso(from + 20 * 86_400_000));
          const days = found.map((slot) => DateTime.fromISO(slot, { zone: timezone }).toFormat('yyyy-MM-dd'));
          expect(new Set(days).size).toBe(days.length);
          const gaps = days.slice(1).map((day, n) => at(day) - at(days[n] ?? ''));
          expect(new Set(gaps)).toEqual(new Set([86_400_000]));
          for (const slot of found) expect(latestSlot({ dailyAt: time }, timezone, at(slot))).toBe(at(slot));
        },
      ),
      { numRuns: 100 },
    );
  });
});

it('a slot every quarter of an hour begins at the full hour', () => {
  expect(slots({ everyMinutes: 15 }, BERLIN, '2026-10-25T00:40:00Z', '2026-10-25T01:20:00Z')).toEqual([
    '2026-10-25T00:45:00.000Z',
    '2026-10-25T01:00:00.000Z',
    '2026-10-25T01:15:00.000Z',
  ]);
  expect(iso(latestSlot({ everyMinutes: 15 }, BERLIN, at('2026-10-25T00:59:59.999Z')))).toBe(
    '2026-10-25T00:45:00.000Z',
  );
});
