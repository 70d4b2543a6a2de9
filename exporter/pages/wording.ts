/** Figures, times and durations as a reader of the pages reads them. Pure: `now` is given. */
import type { Phrases, Unit } from './locale/phrases.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** All times are Unix milliseconds. */
export interface Wording {
  readonly phrases: Phrases;
  readonly now: number;
  readonly timezone: string;
  count(figure: number): string;
  /** To a hundredth, and never rounded up: 100 % is all of it. */
  percent(ratio: number): string;
  /** To a whole per cent. */
  share(ratio: number): string;
  bytes(figure: number): string;
  /** How long a check took. */
  response(ms: number): string;
  /** In its largest unit: `5 minutes`, `3 hours`, `2 days`. */
  duration(ms: number): string;
  /** Since a time, in the same way. */
  age(since: number): string;
  /** The same as `duration` where there is little room: `5 min`. */
  brief(ms: number): string;
  /** `14:02`, or `21 Sept, 14:02` when it was not today. */
  time(at: number): string;
  /** `14:02:10`. */
  clock(at: number): string;
}

const UNITS: readonly (readonly [Unit, number])[] = [
  ['day', DAY_MS],
  ['hour', HOUR_MS],
  ['minute', MINUTE_MS],
  ['second', SECOND_MS],
];
/** The next larger unit from here on: "26 hours" says less than "1 day" only before so many. */
const UNITS_BEFORE_NEXT: Readonly<Record<Unit, number>> = { second: 1, minute: 1, hour: 1, day: 2 };

/** 0.57 × 10,000 is 5,699.999… */
const ROUNDING = 1e-6;

const BYTES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

export function createWording(phrases: Phrases, now: number, timezone: string): Wording {
  const { intl } = phrases;
  const numbers = (options: Intl.NumberFormatOptions): Intl.NumberFormat =>
    new Intl.NumberFormat(intl, options);
  const whole = numbers({ maximumFractionDigits: 0 });
  const percents = numbers({ style: 'percent', maximumFractionDigits: 2 });
  const shares = numbers({ style: 'percent', maximumFractionDigits: 0 });
  const dates = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(intl, { timeZone: timezone, hourCycle: 'h23', ...options });
  const day = dates({ year: 'numeric', month: 'numeric', day: 'numeric' });
  const short = dates({ hour: '2-digit', minute: '2-digit' });
  const long = dates({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
  const exact = dates({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const unitOf = (figure: number, unit: string, digits: number): string =>
    numbers({ style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: digits }).format(figure);

  const unitIn = (ms: number): readonly [count: number, unit: Unit] | undefined => {
    const found = UNITS.find(([unit, length]) => ms >= length * UNITS_BEFORE_NEXT[unit]);
    return found && [Math.floor(ms / found[1]), found[0]];
  };
  const duration = (ms: number): string => {
    const found = unitIn(ms);
    return found === undefined ? phrases.underOneSecond : phrases.lasting(...found);
  };

  return {
    phrases,
    now,
    timezone,
    count: (figure) => whole.format(figure),
    percent: (ratio) => percents.format(Math.floor(ratio * 10_000 + ROUNDING) / 10_000),
    share: (ratio) => shares.format(ratio),
    bytes: (figure) => {
      const power = Math.min(BYTES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, figure)) / 3)));
      const scaled = figure / 1000 ** power;
      return unitOf(scaled, BYTES[power] ?? 'byte', scaled < 10 ? 1 : 0);
    },
    response: (ms) =>
      ms < SECOND_MS
        ? unitOf(Math.max(1, Math.round(ms)), 'millisecond', 0)
        : unitOf(ms / SECOND_MS, 'second', 1),
    duration,
    age: (since) => duration(now - since),
    brief: (ms) => {
      const [count, unit] = unitIn(ms) ?? [0, 'second'];
      return unitOf(count, unit, 0);
    },
    time: (at) => (day.format(at) === day.format(now) ? short : long).format(at),
    clock: (at) => exact.format(at),
  };
}
