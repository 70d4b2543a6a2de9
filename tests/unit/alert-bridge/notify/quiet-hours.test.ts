import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quietUntil, type QuietHours } from '../../../../alert-bridge/notify/quiet-hours.ts';

const hours = (from: string, to: string, timezone: string): QuietHours => {
  const minutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  return { from: minutes(from), to: minutes(to), timezone };
};
const until = (quiet: QuietHours, now: string): string | undefined => {
  const end = quietUntil(quiet, Date.parse(now));
  return end === undefined ? undefined : new Date(end).toISOString();
};

describe('quiet hours', () => {
  const night = hours('23:00', '08:00', 'Europe/Moscow');
  it.each([
    ['2024-09-21T22:59:59+03:00', undefined],
    ['2024-09-21T23:00:00+03:00', '2024-09-22T05:00:00.000Z'],
    ['2024-09-22T00:30:00+03:00', '2024-09-22T05:00:00.000Z'],
    ['2024-09-22T07:59:59+03:00', '2024-09-22T05:00:00.000Z'],
    ['2024-09-22T08:00:00+03:00', undefined],
  ])('over midnight, at %s', (now, end) => expect(until(night, now)).toBe(end));

  it('within a day', () => {
    const siesta = hours('13:00', '15:00', 'UTC');
    expect(until(siesta, '2024-09-21T12:59:00Z')).toBeUndefined();
    expect(until(siesta, '2024-09-21T14:00:00Z')).toBe('2024-09-21T15:00:00.000Z');
    expect(until(siesta, '2024-09-22T00:00:00Z')).toBeUndefined();
  });

  // Berlin: 2024-03-31 02:00 becomes 03:00, 2024-10-27 03:00 becomes 02:00.
  it('follow the clock on the wall when it is set', () => {
    const berlin = hours('23:00', '08:00', 'Europe/Berlin');
    expect(until(berlin, '2024-03-30T23:00:00Z')).toBe('2024-03-31T06:00:00.000Z');
    expect(until(berlin, '2024-10-26T23:00:00Z')).toBe('2024-10-27T07:00:00.000Z');
  });

  it('take the hour after a time that is skipped, and the first of two that are alike', () => {
    const spring = hours('23:00', '02:30', 'Europe/Berlin');
    expect(until(spring, '2024-03-31T00:59:00Z')).toBe('2024-03-31T01:30:00.000Z');
    const autumn = hours('23:00', '02:30', 'Europe/Berlin');
    expect(until(autumn, '2024-10-27T00:00:00Z')).toBe('2024-10-27T00:30:00.000Z');
    expect(until(autumn, '2024-10-27T01:10:00Z')).toBeUndefined();
  });

  it('always end, within a day and an hour, and are over then', () => {
    const minute = fc.integer({ min: 0, max: 1_439 });
    const zone = fc.constantFrom(
      'Europe/Berlin',
      'Europe/Moscow',
      'America/New_York',
      'Asia/Kathmandu',
      'UTC',
    );
    const now = fc.integer({ min: Date.parse('2024-01-01'), max: Date.parse('2026-12-31') });
    fc.assert(
      fc.property(minute, minute, zone, now, (from, to, timezone, at) => {
        fc.pre(from !== to);
        const quiet = { from, to, timezone };
        const end = quietUntil(quiet, at);
        if (end === undefined) return;
        expect(end).toBeGreaterThan(at);
        expect(end - at).toBeLessThanOrEqual(25 * 3_600_000);
        expect(quietUntil(quiet, end)).toBeUndefined();
      }),
    );
  });
});
