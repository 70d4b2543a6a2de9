import { DateTime } from 'luxon';

/** A calendar day of the operator's time zone, half open: 23, 24 or 25 hours where clocks change. */
export interface Day {
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly start: Date;
  readonly end: Date;
}

/** The day that holds a moment (Unix ms). */
export function dayAt(ms: number, timezone: string): Day {
  return dayOf(DateTime.fromMillis(ms, { zone: timezone }));
}

/** The last day that is over at `now` (Unix ms). */
export function lastClosedDay(now: number, timezone: string): Day {
  return daysBefore(dayAt(now, timezone), 1, timezone);
}

/** Dates of moments (Unix ms). Rows come nearly in order, so the day of the one before is mostly the answer. */
export function createCalendar(timezone: string): { dateOf(ms: number): string } {
  let last: Day | undefined;
  return {
    dateOf: (ms) => {
      const isSame = last !== undefined && ms >= last.start.getTime() && ms < last.end.getTime();
      last = isSame && last !== undefined ? last : dayAt(ms, timezone);
      return last.date;
    },
  };
}

/** The calendar day of that date, YYYY-MM-DD. */
export function calendarDay(date: string, timezone: string): Day {
  return dayOf(DateTime.fromISO(date, { zone: timezone }));
}

/** The calendar day that many days before; never computed in hours, which clock changes would shift. */
export function daysBefore(day: Day, days: number, timezone: string): Day {
  return dayOf(DateTime.fromISO(day.date, { zone: timezone }).minus({ days }));
}

/** The calendar day after a date, YYYY-MM-DD. */
export function dayAfter(date: string, timezone: string): Day {
  return dayOf(DateTime.fromISO(date, { zone: timezone }).plus({ days: 1 }));
}

/** A transaction that began before midnight may commit after it; a minute-long one is a broken one. */
const SETTLED_AFTER_MS = 10 * 60_000;

/** Whether a day that is over will stay as it is, but for what people edit later. @param now Unix ms */
export const hasSettled = ({ end }: Day, now: number): boolean => now >= end.getTime() + SETTLED_AFTER_MS;

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
