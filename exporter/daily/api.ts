/** Answers `GET /api/v1/daily/YYYY-MM-DD` from what is recorded; a closed day that is not is counted on demand. */
import { DateTime } from 'luxon';
import type { DailyFigures } from '../../common/daily-figures.ts';
import { HttpError } from '../../common/http/errors.ts';
import { ProbeError } from '../model/collector.ts';
import { calendarDay, lastClosedDay } from '../model/day.ts';
import type { DailyAnalytics } from './analytics.ts';

export interface DailyApiOptions {
  readonly analytics: Pick<DailyAnalytics, 'record' | 'figures'>;
  readonly timezone: string;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** @throws HttpError */
export type DailyApi = (date: string) => Promise<DailyFigures>;

/** A reader waits no longer; the figures are there when it asks again. */
const DEADLINE_MS = 60_000;
/** Older days are not counted for whoever asks: every count scans whole tables. */
const OLDEST_DAYS = 400;

export function createDailyApi({ analytics, timezone, now }: DailyApiOptions): DailyApi {
  const counting = new Map<string, Promise<void>>();

  /** However many ask for it, a day is counted once. */
  const count = (date: string): Promise<void> => {
    const under = counting.get(date);
    if (under !== undefined) return under;
    const work = analytics
      .record(calendarDay(date, timezone), AbortSignal.timeout(DEADLINE_MS))
      .finally(() => counting.delete(date));
    counting.set(date, work);
    return work;
  };

  return async (date) => {
    const day = DateTime.fromISO(date, { zone: timezone });
    if (!/^\d{4}-\d\d-\d\d$/.test(date) || !day.isValid)
      throw new HttpError(400, 'invalid_date', 'Write a calendar day as YYYY-MM-DD.');
    const newest = lastClosedDay(now(), timezone).date;
    if (date > newest)
      throw new HttpError(
        404,
        'day_not_over',
        `${date} is not over in ${timezone}; the newest day is ${newest}.`,
      );
    const known = analytics.figures(date);
    if (known !== undefined) return known;
    if (day < DateTime.fromISO(newest, { zone: timezone }).minus({ days: OLDEST_DAYS }))
      throw new HttpError(404, 'day_too_old', `${date} is not recorded, and too long ago to be counted now.`);
    try {
      await count(date);
    } catch (error) {
      if (!(error instanceof ProbeError)) throw error;
      throw new HttpError(
        503,
        'not_counted',
        `${date} is not recorded and cannot be counted now: ${error.message}.`,
      );
    }
    const counted = analytics.figures(date);
    if (counted === undefined) throw new HttpError(503, 'not_counted', `${date} could not be counted.`);
    return counted;
  };
}
