import { DateTime } from 'luxon';

/** A calendar day of the operator's time zone, half open: 23, 24 or 25 hours where clocks change. */
export interface Day {
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly start: Date;
  readonly end: Date;
}

/** The last day that is over at `now` (Unix ms). */
export function lastClosedDay(now: number, timezone: string): Day {
  return dayOf(DateTime.fromMillis(now, { zone: timezone }).startOf('day').minus({ days: 1 }));
}

/** The calendar day that many days before; never computed in hours, which clock changes would shift. */
export function daysBefore(day: Day, days: number, timezone: string): Day {
  return dayOf(DateTime.fromISO(day.date, { zone: timezone }).minus({ days }));
}

function dayOf(start: DateTime): Day {
  // startOf again: in zones that skip midnight the first moment of the day is 01:00.
  const first = start.startOf('day');
  const next = first.plus({ days: 1 }).startOf('day');
  return { date: first.toFormat('yyyy-MM-dd'), start: first.toJSDate(), end: next.toJSDate() };
}
