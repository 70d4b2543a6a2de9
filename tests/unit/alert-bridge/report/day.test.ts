import { describe, expect, it } from 'vitest';
import { boundsOfDay, dayBefore } from '../../../../alert-bridge/report/day.ts';

const HOUR = 3_600_000;

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

it.each([
  ['2024-09-22T10:00:00+03:00', 'Europe/Moscow', '2024-09-21'],
  ['2025-01-01T00:00:00+03:00', 'Europe/Moscow', '2024-12-31'],
  ['2024-04-01T00:30:00+02:00', 'Europe/Berlin', '2024-03-31'],
  ['2024-10-28T00:30:00+01:00', 'Europe/Berlin', '2024-10-27'],
])('the day before %s in %s is %s', (at, zone, date) => {
  expect(dayBefore(Date.parse(at), zone)).toBe(date);
});
