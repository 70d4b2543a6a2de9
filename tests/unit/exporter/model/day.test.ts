import { describe, expect, it } from 'vitest';
import { daysBefore, lastClosedDay } from '../../../../exporter/model/day.ts';

const hours = ({ start, end }: { start: Date; end: Date }): number =>
  (end.getTime() - start.getTime()) / 3_600_000;
const dayAt = (iso: string, timezone: string) => lastClosedDay(Date.parse(iso), timezone);

describe('last closed day', () => {
  it('is the calendar day before, in the zone of the operator', () => {
    expect(dayAt('2026-03-10T20:59:59.999Z', 'Europe/Moscow')).toEqual({
      date: '2026-03-09',
      start: new Date('2026-03-08T21:00:00Z'),
      end: new Date('2026-03-09T21:00:00Z'),
    });
    expect(dayAt('2026-03-10T21:00:00Z', 'Europe/Moscow').date).toBe('2026-03-10');
    expect(dayAt('2026-03-10T21:00:00Z', 'UTC').date).toBe('2026-03-09');
  });

  it('has 23 or 25 hours where clocks change', () => {
    expect(hours(dayAt('2026-03-30T12:00:00Z', 'Europe/Berlin'))).toBe(23);
    expect(hours(dayAt('2026-10-26T12:00:00Z', 'Europe/Berlin'))).toBe(25);
    expect(hours(dayAt('2026-10-26T12:00:00Z', 'Europe/Moscow'))).toBe(24);
  });

  it('begins at 01:00 where clocks skip midnight', () => {
    // Beirut springs forward at midnight on the last Sunday of March.
    const day = dayAt('2026-03-30T12:00:00Z', 'Asia/Beirut');
    expect(day).toMatchObject({ date: '2026-03-29', start: new Date('2026-03-28T22:00:00Z') });
    expect(hours(day)).toBe(23);
    // Seen from that day, the day before began at 00:00 all the same.
    const before = dayAt('2026-03-29T12:00:00Z', 'Asia/Beirut');
    expect(before).toMatchObject({ date: '2026-03-28', start: new Date('2026-03-27T22:00:00Z') });
    expect(hours(before)).toBe(24);
  });
});

describe('days before', () => {
  it('count calendar days, not hours', () => {
    const day = dayAt('2026-04-02T12:00:00Z', 'Europe/Berlin');
    const week = daysBefore(day, 7, 'Europe/Berlin');
    expect(week).toEqual({
      date: '2026-03-25',
      start: new Date('2026-03-24T23:00:00Z'),
      end: new Date('2026-03-25T23:00:00Z'),
    });
    expect(day.start.getTime() - week.start.getTime()).not.toBe(7 * 24 * 3_600_000);
  });
});
