/**
 * The closed days: counted anew once a night, and on demand where one is missing. What is recorded here is what
 * /metrics, the daily API, the report and PostgreSQL tell.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Clock } from '../../common/time/clock.ts';
import {
  dailyFiguresSchema,
  sumOfKnown,
  type DailyFigures,
  type DailyPoint,
} from '../../common/daily-figures.ts';
import { CLOCK_STEP_MS, isAhead } from '../../common/time/elapsed.ts';
import type { Logger } from '../../common/log/record.ts';
import { ProbeError, type Sample } from '../model/collector.ts';
import type { Session } from '../postgres/postgres.ts';
import type { Archive } from '../history/archive.ts';
import type { RecordedDay } from '../history/day-rows.ts';
import { uptimeOf } from '../history/recorder.ts';
import type { HistoryStore } from '../history/sqlite.ts';
import { dailyFigures } from './queries.ts';
import { calendarDay, calendarDays, daysBefore, hasSettled, type Day } from '../model/day.ts';
import { catalog } from '../metrics/catalog.ts';
import { recountDays, type CountedDay } from './recount.ts';

export interface DailyAnalyticsOptions {
  readonly store: HistoryStore;
  readonly archive: Pick<Archive, 'readDays'>;
  readonly figures: Session;
  /** IANA name. */
  readonly timezone: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Told when days were recorded. */
  readonly onRecorded: () => void;
  readonly log: Logger;
}

export interface DailyAnalytics {
  /**
   * Counts the 35 days that end with `day` anew, which is closed: edits, deletions and rows dated back are found here.
   * What another exporter has counted since is taken over.
   * @param since Unix ms
   * @throws ProbeError
   */
  recount(day: Day, since: number, signal: AbortSignal): Promise<void>;
  /**
   * Records what is missing of the thirty days that end with `day`, which is closed. Days that another replica has
   * recorded are taken over; those with unreadable sections are counted again.
   * @throws ProbeError
   */
  record(day: Day, signal: AbortSignal): Promise<void>;
  /** What is recorded of a day; undefined when nothing is. */
  figures(date: string): DailyFigures | undefined;
  readonly closed: ClosedDays;
  /** How the last recount went. */
  samples(): readonly Sample[];
}

/** What the figures of the application's tables know of closed days. */
export interface ClosedDays {
  /** As recorded once it had settled; undefined before. */
  day(date: string): CountedDay | undefined;
  /** Unix ms of the last recount; what else is kept of closed days is to be read anew after it. */
  recountedAt(): number | undefined;
}

const PICTURE_DAYS = 30;
/** Four weeks before the last closed day, which its baseline needs, and some to spare. */
const RECOUNT_DAYS = 35;
const KEY = 'recount';

/** Kept as JSON. */
const recountedSchema = z.object({
  /** Unix ms. */
  at: z.number(),
  /** How many days had another value, by figure. */
  drift: z.record(z.string(), z.number()),
  /** By what share of them the rows or people of all these days changed, by figure. */
  ratio: z.record(z.string(), z.number()).default({}),
});
type Recounted = z.infer<typeof recountedSchema>;

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

  const takeOver = async (wanted: readonly Day[], since: number, signal: AbortSignal): Promise<void> => {
    const [first, last] = [wanted[0], wanted.at(-1)];
    if (first === undefined || last === undefined) return;
    try {
      const days = await options.archive.readDays(first.date, last.date, signal);
      const isWanted = (day: RecordedDay): boolean =>
        day.timezone === timezone &&
        day.countedAt >= since &&
        isCounted(day) &&
        wanted.some(({ date }) => date === day.date);
      store.saveDays(days.filter(isWanted), true, latest());
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
    const before = recorded(first.date, last.date);
    const days = recount.days.flatMap((counted): RecordedDay[] => {
      const day = wanted.find(({ date }) => date === counted.date);
      const known = before.get(counted.date);
      if (day === undefined) return [];
      // Health checks are kept for fewer days than are counted.
      const its = { timezone, countedAt: now, uptime: known?.uptime ?? uptime(day) };
      return [{ ...withoutLoss(counted, known), ...its }];
    });
    store.saveDays(days, false, latest());
    log.info('Days were counted.', { from: first.date, to: last.date, days: wanted.length });
    options.onRecorded();
  };
  const uptime = (day: Day): Record<string, number> =>
    uptimeOf(store.healthSince(day.start.getTime()).filter(({ timestamp }) => timestamp < day.end.getTime()));

  let last = recountedIn(store.memory.get(KEY) ?? '');
  /** What a clock that was ahead has remembered says nothing. */
  const recounted = (): Recounted | undefined =>
    last !== undefined && isAhead(last.at, clock.now()) ? undefined : last;

  return {
    recount: async (day, since, signal) => {
      const days = lastDays(RECOUNT_DAYS, day, timezone);
      const range = [days[0]?.date ?? '', day.date] as const;
      const before = recorded(...range);
      const isNew = ({ countedAt }: RecordedDay): boolean => countedAt >= since;
      await takeOver(missing(days, isNew), since, signal);
      await count(
        missing(days, (known) => isNew(known) && isWhole(known)),
        signal,
      );
      last = { at: clock.now(), ...driftOf(before, recorded(...range), timezone) };
      store.memory.set(KEY, JSON.stringify(last));
      const wrong = Object.entries(last.drift).filter(([, wrongDays]) => wrongDays > 0);
      if (wrong.length > 0) log.warn('Figures of closed days were corrected.', Object.fromEntries(wrong));
    },
    closed: {
      day: (date) => {
        const known = recorded(date, date).get(date);
        return known !== undefined && isSettled(known, calendarDay(date, timezone)) ? known : undefined;
      },
      recountedAt: () => recounted()?.at,
    },
    samples: () => {
      const known = recounted();
      if (known === undefined) return [];
      return [
        { family: catalog.reconciliationTimestamp, labels: {}, value: known.at / 1000 },
        ...Object.entries(known.drift).map(([query, days]) => ({
          family: catalog.reconciliationDrift,
          labels: { query },
          value: days,
        })),
        ...Object.entries(known.ratio).map(([query, value]) => ({
          family: catalog.reconciliationRatio,
          labels: { query },
          value,
        })),
      ];
    },
    record: async (day, signal) => {
      const picture = lastDays(PICTURE_DAYS, day, timezone);
      await takeOver(missing(picture, isSettled), 0, signal);
      await count(
        missing(picture, (known, its) => isSettled(known, its) && isWhole(known)),
        signal,
      );
    },
    figures: (date) => {
      const picture = lastDays(PICTURE_DAYS, calendarDay(date, timezone), timezone);
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

/** So many days that end with `day`. */
const lastDays = (count: number, day: Day, timezone: string): readonly Day[] =>
  calendarDays(daysBefore(day, count - 1, timezone).date, daysBefore(day, -1, timezone).date, timezone);

const isSettled = (known: RecordedDay, day: Day): boolean => hasSettled(day, known.countedAt);

/** A section that cannot be read now stays what it was. */
function withoutLoss(counted: CountedDay, known: RecordedDay | undefined): CountedDay {
  const { users, expenses, incomes, subscriptions, ai, top_categories: categories } = counted;
  return {
    date: counted.date,
    users: users ?? known?.users ?? null,
    expenses: expenses ?? known?.expenses ?? null,
    incomes: incomes ?? known?.incomes ?? null,
    subscriptions: subscriptions ?? known?.subscriptions ?? null,
    ai: ai ?? known?.ai ?? null,
    top_categories: categories ?? known?.top_categories ?? null,
  };
}

/** Undefined for what is no memory of a recount. */
function recountedIn(text: string): Recounted | undefined {
  try {
    return recountedSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

type Days = ReadonlyMap<string, CountedDay>;

/** How far what is told of the days differs from before, by figure. */
function driftOf(before: Days, after: Days, timezone: string): Pick<Recounted, 'drift' | 'ratio'> {
  const drift: Record<string, number> = {};
  const ratio: Record<string, number> = {};
  for (const { name, recounted, samples, size } of dailyFigures) {
    let [days, sizeBefore, changed] = [0, 0, 0];
    for (const [date, day] of before) {
      const [was, is] = [recounted(day), recounted(after.get(date) ?? day)];
      if (was === undefined || is === undefined) continue;
      const told = (value: unknown) => samples(value, calendarDay(date, timezone), () => undefined);
      if (!isDeepStrictEqual(told(was), told(is))) days += 1;
      sizeBefore += size?.(was) ?? 0;
      changed += Math.abs((size?.(is) ?? 0) - (size?.(was) ?? 0));
    }
    drift[name] = days;
    if (size !== undefined) ratio[name] = changed / Math.max(1, sizeBefore);
  }
  return { drift, ratio };
}

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
