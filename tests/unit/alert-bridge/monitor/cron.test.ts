import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import { dueAfter, isCron } from '../../../../alert-bridge/monitor/cron.ts';

const BERLIN = 'Europe/Berlin';

/** The times at which it is due, as that zone's clocks show them, with their offsets. */
function due(expression: string, from: string, count: number, timezone = BERLIN): (string | null)[] {
  let at = DateTime.fromISO(from, { zone: timezone }).toMillis();
  return Array.from({ length: count }, () => {
    at = dueAfter({ expression, timezone }, at) ?? NaN;
    return DateTime.fromMillis(at, { zone: timezone }).toISO({
      suppressMilliseconds: true,
      suppressSeconds: true,
    });
  });
}

describe('a cron expression', () => {
  it('is due by the clock of its zone, in summer and in winter', () => {
    expect(due('30 3 * * *', '2026-03-27T12:00', 3)).toEqual([
      '2026-03-28T03:30+01:00',
      '2026-03-29T03:30+02:00',
      '2026-03-30T03:30+02:00',
    ]);
    expect(due('0 4 * * mon-fri', '2026-10-23T12:00', 2)).toEqual([
      '2026-10-26T04:00+01:00',
      '2026-10-27T04:00+01:00',
    ]);
    expect(due('@daily', '2026-10-24T12:00', 2)).toEqual([
      '2026-10-25T00:00+02:00',
      '2026-10-26T00:00+01:00',
    ]);
  });

  it.each(['30 2 * * *', '0 2 * * *', '* 2 * * *'])(
    'expects nobody in the hour that is skipped: %s',
    (expression) => {
      const [first, second] = due(expression, '2026-03-28T02:59', 2);
      expect(first).toMatch(/^2026-03-30T02:/);
      expect(second).toMatch(/^2026-03-3[01]T02:/);
    },
  );

  it('goes on by the hour where one is skipped', () => {
    expect(due('30 * * * *', '2026-03-29T00:45', 3)).toEqual([
      '2026-03-29T01:30+01:00',
      '2026-03-29T03:30+02:00',
      '2026-03-29T04:30+02:00',
    ]);
  });

  it('waits for the second of two hours with one name, and expects nobody twice', () => {
    expect(due('30 2 * * *', '2026-10-24T12:00', 2)).toEqual([
      '2026-10-25T02:30+01:00',
      '2026-10-26T02:30+01:00',
    ]);
    // Whoever came in the first of them has come.
    const first = DateTime.fromISO('2026-10-25T02:30:20+02:00').toMillis();
    expect(dueAfter({ expression: '30 2 * * *', timezone: BERLIN }, first)).toBe(
      DateTime.fromISO('2026-10-26T02:30:00+01:00').toMillis(),
    );
  });

  it('knows half hours and midnights that are skipped', () => {
    expect(due('15 2 * * *', '2026-10-03T12:00', 1, 'Australia/Lord_Howe')).toEqual([
      '2026-10-05T02:15+11:00',
    ]);
    expect(due('30 0 * * *', '2026-09-05T12:00', 1, 'America/Santiago')).toEqual(['2026-09-07T00:30-03:00']);
  });

  it.each(['30 3 * * *', '*/5 * * * *', '@hourly', '0 0 29 2 *', '0 3 1,15 * mon-fri'])(
    'may be %s',
    (expression) => {
      expect(isCron(expression)).toBe(true);
    },
  );

  it.each([
    '',
    'daily',
    '* * * *',
    '* * * * * *',
    '60 * * * *',
    '0 0 30 2 *',
    '0 0 * * 8',
    '@reboot',
    '@often',
  ])('may not be %j', (expression) => {
    expect(isCron(expression)).toBe(false);
  });
});
