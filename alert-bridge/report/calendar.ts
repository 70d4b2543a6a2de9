/** When a daily report is due and which day it tells of. Pure; a day of 23 or 25 hours has one report like any other. */
import { DateTime } from 'luxon';
import type { TimeOfDay } from '../../common/config/time-of-day.ts';

export interface ReportTimes {
  /** IANA name of the zone of the days and of the times below. */
  readonly timezone: string;
  readonly at: TimeOfDay;
  /** When a report goes out with what is known by then; later on the same day. */
  readonly giveUpAt: TimeOfDay;
}

/** One report: that of the day before. Times are Unix ms. */
export interface Slot {
  /** The day it tells of, YYYY-MM-DD. */
  readonly date: string;
  readonly at: number;
  readonly giveUpAt: number;
}

/** The newest report that is due at that moment. */
export function latestSlot(now: number, times: ReportTimes): Slot {
  const local = DateTime.fromMillis(now, { zone: times.timezone });
  const today = slotOn(local, times);
  return today.at <= now ? today : slotOn(local.minus({ days: 1 }), times);
}

/** When the one after it is due, Unix ms. */
export function nextSlotAt(now: number, times: ReportTimes): number {
  const local = DateTime.fromMillis(now, { zone: times.timezone });
  const today = slotOn(local, times);
  return today.at > now ? today.at : slotOn(local.plus({ days: 1 }), times).at;
}

/** First and last moment of a calendar day, the last not included, Unix ms. */
export function boundsOfDay(date: string, timezone: string): { readonly from: number; readonly to: number } {
  const start = DateTime.fromISO(date, { zone: timezone }).startOf('day');
  return { from: start.toMillis(), to: start.plus({ days: 1 }).startOf('day').toMillis() };
}

function slotOn(day: DateTime, { at, giveUpAt }: ReportTimes): Slot {
  // From the day's beginning: a time that the day has twice is then always the first.
  const moment = (time: TimeOfDay): number => day.startOf('day').set(time).toMillis();
  return {
    date: day.minus({ days: 1 }).toFormat('yyyy-MM-dd'),
    at: moment(at),
    giveUpAt: moment(giveUpAt),
  };
}
