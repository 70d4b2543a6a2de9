import { DateTime, IANAZone } from 'luxon';
import type { Moment, Phrases } from './locale/phrases.ts';

const SECOND_MS = 1_000;
const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;

/** Times and durations as a person reads them. All arguments are Unix ms or ms. */
export interface Times {
  moment(at: number): Moment;
  /** The moment as one text: `14:02`, or `21.09.2024 14:02` when it was not today. */
  show(at: number): string;
  /** The same to the second. */
  exact(at: number): string;
  /** `14:02–14:31`, `20.09.2024 23:50 – 14:02`; one moment when both read the same. */
  span(from: number, to: number): string;
  /** The two largest units: `12 с`, `8 мин 12 с`, `2 ч 5 мин`, `3 д 4 ч`. */
  duration(ms: number): string;
  /** A calendar day (YYYY-MM-DD) as the language writes it. */
  date(day: string): string;
  /** True when the calendar day is the one before that moment's. */
  isDayBefore(day: string, at: number): boolean;
}

/** A zone that is none counts as UTC; a time that is none is said to be unknown: neither may lose a message. */
export function createTimes(timezone: string, now: number, phrases: Phrases): Times {
  const zone = IANAZone.isValidZone(timezone) ? timezone : 'utc';
  const local = (at: number): DateTime | undefined => {
    if (!Number.isFinite(at)) return undefined;
    const found = DateTime.fromMillis(Math.trunc(at), { zone });
    return found.isValid ? found : undefined;
  };
  const today = local(now)?.toISODate();

  const moment = (at: number, format = 'HH:mm'): Moment => {
    const found = local(at);
    if (found === undefined) return { time: phrases.unknownTime };
    const time = found.toFormat(format);
    return found.toISODate() === today ? { time } : { date: found.toFormat(phrases.dateFormat), time };
  };
  const join = ({ date, time }: Moment): string => (date === undefined ? time : `${date} ${time}`);

  return {
    moment: (at) => moment(at),
    show: (at) => join(moment(at)),
    exact: (at) => join(moment(at, 'HH:mm:ss')),
    span: (from, to) => {
      const first = moment(from);
      const last = moment(to);
      if (first.date === last.date && first.time === last.time) return join(first);
      if (first.date === undefined && last.date === undefined) return `${first.time}–${last.time}`;
      return `${join(first)} – ${first.date === last.date ? last.time : join(last)}`;
    },
    duration: (ms) => duration(ms, phrases),
    date: (day) => {
      const found = DateTime.fromISO(day, { zone: 'utc' });
      return found.isValid ? found.toFormat(phrases.dateFormat) : phrases.unknownTime;
    },
    isDayBefore: (day, at) => local(at)?.minus({ days: 1 }).toISODate() === day,
  };
}

/** As `Times.duration`. */
export function duration(ms: number, { units, underOneSecond }: Phrases): string {
  const seconds = Number.isFinite(ms) ? Math.max(0, Math.floor(ms / SECOND_MS)) : 0;
  if (seconds === 0) return underOneSecond;
  const two = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
    small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
  const part = (unit: number, of: number): number => Math.floor((seconds % of) / unit);
  if (seconds >= DAY_S) return two(Math.floor(seconds / DAY_S), units.d, part(HOUR_S, DAY_S), units.h);
  if (seconds >= HOUR_S) return two(Math.floor(seconds / HOUR_S), units.h, part(MINUTE_S, HOUR_S), units.min);
  if (seconds >= MINUTE_S) return two(Math.floor(seconds / MINUTE_S), units.min, seconds % MINUTE_S, units.s);
  return `${seconds} ${units.s}`;
}
