/** Calendar days of a time zone. Pure. */
import { DateTime } from 'luxon';

/** First and last moment of a calendar day (YYYY-MM-DD), the last not included, Unix ms. */
export function boundsOfDay(date: string, timezone: string): { readonly from: number; readonly to: number } {
  const start = DateTime.fromISO(date, { zone: timezone }).startOf('day');
  return { from: start.toMillis(), to: start.plus({ days: 1 }).startOf('day').toMillis() };
}

/** The calendar day before that moment's, YYYY-MM-DD. */
export function dayBefore(at: number, timezone: string): string {
  return DateTime.fromMillis(at, { zone: timezone }).minus({ days: 1 }).toFormat('yyyy-MM-dd');
}
