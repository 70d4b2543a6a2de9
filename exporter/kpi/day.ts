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

/** The calendar days from `from` up to `to` (YYYY-MM-DD), which is not one of them. */
export function calendarDays(from: string, to: string, timezone: string): readonly Day[] {
  const days: Day[] = [];
  for (let next = DateTime.fromISO(from, { zone: timezone }); next.toFormat('yyyy-MM-dd') < to;) {
    days.push(dayOf(next));
    next = next.plus({ days: 1 });
  }
  return days;
}

function dayOf(start: DateTime): Day {
  // startOf again: in zones that skip midnight the first moment of the day is 01:00.
  const first = start.startOf('day');
  const next = first.plus({ days: 1 }).startOf('day');
  return { date: first.toFormat('yyyy-MM-dd'), start: first.toJSDate(), end: next.toJSDate() };
}
