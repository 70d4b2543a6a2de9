import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundsOfDay,
  latestSlot,
  nextSlotAt,
  type ReportTimes,
} from '../../../../alert-bridge/report/calendar.ts';

const times = (timezone: string, hour = 10, minute = 0): ReportTimes => ({
  timezone,
  at: { hour, minute },
  giveUpAt: { hour: 23, minute: 59 },
});
const moscow = times('Europe/Moscow');
const HOUR = 3_600_000;

describe('the report that is due', () => {
  it.each([
    ['2024-09-22T09:59:59.999+03:00', '2024-09-20'],
    ['2024-09-22T10:00:00+03:00', '2024-09-21'],
    ['2024-09-22T23:59:59+03:00', '2024-09-21'],
    ['2024-09-23T00:00:00+03:00', '2024-09-21'],
    ['2025-01-01T10:00:00+03:00', '2024-12-31'],
  ])('at %s is that of %s', (now, date) => {
    expect(latestSlot(Date.parse(now), moscow).date).toBe(date);
  });

  it('is followed by the one at the same time of the next day', () => {
    const now = Date.parse('2024-09-22T10:00:00+03:00');
    expect(nextSlotAt(now, moscow)).toBe(now + 24 * HOUR);
    expect(nextSlotAt(now - 1, moscow)).toBe(now);
  });

  // Each changes its clocks within the ten days: forward and back, by an hour and by half of one.
  it.each([
    ['Europe/Berlin', '2024-03-26'],
    ['Europe/Berlin', '2024-10-22'],
    ['America/New_York', '2024-11-01'],
    ['Australia/Lord_Howe', '2024-04-03'],
    ['Australia/Lord_Howe', '2024-10-02'],
  ])('comes once for every day in %s from %s on', (timezone, from) => {
    const start = Date.parse(from);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }), (hour, minute) => {
        const at = times(timezone, hour, minute);
        const dates: string[] = [];
        for (let now = start; now < start + 10 * 24 * HOUR; now += HOUR / 2) {
          const slot = latestSlot(now, at);
          expect(slot.at).toBeLessThanOrEqual(now);
          expect(nextSlotAt(now, at)).toBeGreaterThan(now);
          if (slot.date !== dates.at(-1)) dates.push(slot.date);
        }
        const days = dates.map((date) => Date.parse(date) / (24 * HOUR));
        expect(days).toEqual(days.map((_, i) => (days[0] ?? 0) + i));
        expect(days.length).toBeGreaterThanOrEqual(10);
      }),
      { numRuns: 5, examples: [[2, 30]] },
    );
  });
});

describe('the bounds of a day', () => {
  it.each([
    ['2024-09-21', 'Europe/Moscow', 24],
    ['2024-03-31', 'Europe/Berlin', 23],
    ['2024-10-27', 'Europe/Berlin', 25],
  ])('%s in %s: %i hours', (date, zone, hours) => {
    const { from, to } = boundsOfDay(date, zone);
    expect(to - from).toBe(hours * HOUR);
    expect(new Date(from).toLocaleDateString('sv', { timeZone: zone })).toBe(date);
    expect(new Date(from - 1).toLocaleDateString('sv', { timeZone: zone })).not.toBe(date);
  });

  it.each(['Europe/Moscow', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Asia/Kolkata'])(
    'are whole quarters of an hour in %s',
    (zone) => {
      for (const date of ['2024-01-01', '2024-07-01']) {
        expect(boundsOfDay(date, zone).from % (HOUR / 4)).toBe(0);
      }
    },
  );
});
