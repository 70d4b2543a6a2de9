/**
 * Schedules as Celery reads them: unlike those of cron, a day must fit its week, its month and its year.
 * https://docs.celeryq.dev/en/stable/reference/celery.schedules.html#celery.schedules.crontab. Pure.
 */
import { DateTime, IANAZone } from 'luxon';

/** As django_celery_beat keeps it. */
export interface CrontabFields {
  readonly minute: string;
  readonly hour: string;
  readonly dayOfWeek: string;
  readonly dayOfMonth: string;
  readonly monthOfYear: string;
  /** IANA name. */
  readonly timezone: string;
}

interface Field {
  readonly from: number;
  readonly count: number;
  /** What stands for the numbers, by its first three letters. */
  readonly names?: readonly string[];
}

const MINUTE: Field = { from: 0, count: 60 };
const HOUR: Field = { from: 0, count: 24 };
const WEEK: Field = { from: 0, count: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] };
const MONTH: Field = { from: 1, count: 31 };
const YEAR: Field = {
  from: 1,
  count: 12,
  names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
};

const DAY_MS = 86_400_000;
/** From one 29 February to the next over the turn of a century. */
const MAX_DAYS = 8 * 366;

/** Unix milliseconds of the first moment after `after`; undefined for a schedule that cannot be read, or never comes. */
export function nextAfter(fields: CrontabFields, after: number): number | undefined {
  const zone = fields.timezone;
  const minutes = expand(fields.minute, MINUTE);
  const hours = expand(fields.hour, HOUR);
  const weekdays = expand(fields.dayOfWeek, WEEK);
  const days = expand(fields.dayOfMonth, MONTH);
  const months = expand(fields.monthOfYear, YEAR);
  if (!minutes || !hours || !weekdays || !days || !months || !IANAZone.isValidZone(zone)) return undefined;
  // As a clock on the wall shows it: an hour that the change of clocks repeats runs once.
  const wall = after + DateTime.fromMillis(after, { zone }).offset * 60_000;
  const today = Math.floor(wall / DAY_MS) * DAY_MS;
  for (let day = today; day < today + MAX_DAYS * DAY_MS; day += DAY_MS) {
    const date = new Date(day);
    const isDay =
      weekdays.includes(date.getUTCDay()) &&
      days.includes(date.getUTCDate()) &&
      months.includes(date.getUTCMonth() + 1);
    if (!isDay) continue;
    for (const hour of hours) {
      const minute = minutes.find((one) => day + (hour * 60 + one) * 60_000 > wall);
      if (minute === undefined) continue;
      const [year, month, dayOfMonth] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
      return DateTime.fromObject({ year, month, day: dayOfMonth, hour, minute }, { zone }).toMillis();
    }
  }
  return undefined;
}

/** The numbers of a field, ascending; undefined for what Celery would refuse. */
function expand(text: string, field: Field): readonly number[] | undefined {
  const { from, count } = field;
  const all = Array.from({ length: count }, (_, index) => from + index);
  const numbers = text
    .replaceAll(/\s/g, '')
    .split(',')
    .flatMap((part) => {
      const parsed = /^(?:\*|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part);
      if (parsed === null) return NaN;
      const [, start, end, step] = parsed;
      const every = step === undefined ? 1 : Number(step);
      if (start === undefined) return all.filter((_, index) => index % every === 0);
      if (end === undefined) return step === undefined ? numberIn(start, field) : NaN;
      const [low, high] = [numberIn(start, field), numberIn(end, field)];
      if (Number.isNaN(low + high)) return NaN;
      // A range may go over the end.
      const length = ((high - low + count) % count) + 1;
      return Array.from({ length }, (_, index) => from + ((low - from + index) % count)).filter(
        (_, index) => index % every === 0,
      );
    });
  return numbers.length === 0 || numbers.some(Number.isNaN)
    ? undefined
    : [...new Set(numbers)].toSorted((a, b) => a - b);
}

function numberIn(text: string, { from, count, names }: Field): number {
  const named = names?.indexOf(text.slice(0, 3).toLowerCase()) ?? -1;
  const number = named === -1 ? Number(text) : from + named;
  return Number.isInteger(number) && number >= from && number < from + count ? number : NaN;
}
