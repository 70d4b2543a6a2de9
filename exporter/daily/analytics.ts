/** Counts closed days that are not recorded yet, and tells what the daily API prints. */
import type { Clock } from '../../common/clock.ts';
import {
  dailyFiguresSchema,
  sumOfKnown,
  type DailyFigures,
  type DailyPoint,
} from '../../common/daily-figures.ts';
import { CLOCK_STEP_MS, isAhead } from '../../common/elapsed.ts';
import type { Logger } from '../../common/log/record.ts';
import { ProbeError } from '../collectors/collector.ts';
import type { Lane } from '../database.ts';
import type { Archive } from '../history/archive.ts';
import type { RecordedDay } from '../history/day-rows.ts';
import { uptimeOf } from '../history/recorder.ts';
import type { HistoryStore } from '../history/store.ts';
import { calendarDay, calendarDays, daysBefore, type Day } from '../kpi/day.ts';
import { recountDays } from './recount.ts';

export interface DailyAnalyticsOptions {
  readonly store: HistoryStore;
  readonly archive: Pick<Archive, 'readDays'>;
  readonly figures: Lane;
  /** IANA name. */
  readonly timezone: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Told when days were recorded. */
  readonly onRecorded: () => void;
  readonly log: Logger;
}

export interface DailyAnalytics {
  /**
   * Records what is missing of the thirty days that end with `day`, which is closed. Days that another replica has
   * recorded are taken over; those with unreadable sections are counted again.
   * @throws ProbeError
   */
  record(day: Day, signal: AbortSignal): Promise<void>;
  /** What is recorded of a day; undefined when nothing is. */
  figures(date: string): DailyFigures | undefined;
}

const PICTURE_DAYS = 30;
/** A transaction that began before midnight may commit after it. */
const SETTLED_AFTER_MS = 10 * 60_000;

export function createDailyAnalytics(options: DailyAnalyticsOptions): DailyAnalytics {
  const { store, timezone, clock, log } = options;

  /** A day that was counted in the future was not over: the clock was ahead. */
  const isCounted = ({ countedAt }: RecordedDay): boolean => !isAhead(countedAt, clock.now());
  const latest = (): number => clock.now() + CLOCK_STEP_MS;

  /** Recorded in this zone; a zone that has been changed makes days of other hours. */
  const recorded = (from: string, to: string): ReadonlyMap<string, RecordedDay> =>
    new Map(
      store
        .days(from, to)
        .filter((day) => day.timezone === timezone && isCounted(day))
        .map((day) => [day.date, day]),
    );
  const missing = (days: readonly Day[], isGood: (day: RecordedDay, its: Day) => boolean): readonly Day[] => {
    const known = recorded(days[0]?.date ?? '', days.at(-1)?.date ?? '');
    return days.filter((its) => {
      const day = known.get(its.date);
      return day === undefined || !isGood(day, its);
    });
  };

  const takeOver = async (wanted: readonly Day[], signal: AbortSignal): Promise<void> => {
    const [first, last] = [wanted[0], wanted.at(-1)];
    if (first === undefined || last === undefined) return;
    try {
      for (const day of await options.archive.readDays(first.date, last.date, signal)) {
        if (day.timezone === timezone && isCounted(day) && wanted.some(({ date }) => date === day.date))
          store.saveDay(day, true, latest());
      }
    } catch (error) {
      // No history in PostgreSQL: then it is counted here.
      if (!(error instanceof ProbeError)) throw error;
    }
  };

  const count = async (wanted: readonly Day[], signal: AbortSignal): Promise<void> => {
    const [first, last] = [wanted[0], wanted.at(-1)];
    if (first === undefined || last === undefined) return;
    const now = clock.now();
    const to = daysBefore(last, -1, timezone).date;
    const recount = await recountDays(options.figures, { from: first.date, to, timezone, now }, signal);
    for (const { section, error } of recount.unreadable)
      log.warn('A part of the daily figures cannot be read.', { section, error });
    for (const counted of recount.days) {
      const day = wanted.find(({ date }) => date === counted.date);
      if (day !== undefined)
        store.saveDay({ ...counted, timezone, countedAt: now, uptime: uptime(day) }, false, latest());
    }
    log.info('Days were counted.', { from: first.date, to: last.date, days: wanted.length });
    options.onRecorded();
  };
  const uptime = (day: Day): Record<string, number> =>
    uptimeOf(store.healthSince(day.start.getTime()).filter(({ timestamp }) => timestamp < day.end.getTime()));

  return {
    record: async (day, signal) => {
      const picture = pictureOf(day, timezone);
      await takeOver(missing(picture, isSettled), signal);
      await count(
        missing(picture, (known, its) => isSettled(known, its) && isWhole(known)),
        signal,
      );
    },
    figures: (date) => {
      const picture = pictureOf(calendarDay(date, timezone), timezone);
      const known = recorded(picture[0]?.date ?? date, date);
      const day = known.get(date);
      if (day === undefined) return undefined;
      const { countedAt, uptime: _, ...sections } = day;
      return dailyFiguresSchema.parse({
        ...sections,
        counted_at: new Date(countedAt).toISOString(),
        last_30_days: picture.map((its) => pointOf(its.date, known.get(its.date))),
      });
    },
  };
}

const pictureOf = (day: Day, timezone: string): readonly Day[] =>
  calendarDays(
    daysBefore(day, PICTURE_DAYS - 1, timezone).date,
    daysBefore(day, -1, timezone).date,
    timezone,
  );

const isSettled = (known: RecordedDay, day: Day): boolean =>
  known.countedAt >= day.end.getTime() + SETTLED_AFTER_MS;

const isWhole = ({
  users,
  expenses,
  incomes,
  subscriptions,
  ai,
  top_categories: categories,
}: RecordedDay): boolean =>
  [users, expenses, incomes, subscriptions, ai, categories].every((section) => section !== null);

const pointOf = (date: string, day: RecordedDay | undefined): DailyPoint => ({
  date,
  active_users: day?.users?.active ?? null,
  new_users: day?.users?.new ?? null,
  expenses: day?.expenses ?? null,
  incomes: day?.incomes ?? null,
  ai_requests: day?.ai?.reduce((sum, { requests }) => sum + requests, 0) ?? null,
  ai_cost_usd: day?.ai ? sumOfKnown(day.ai.map(({ cost_usd: cost }) => cost)) : null,
});
