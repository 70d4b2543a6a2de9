import { annotationOf } from './annotation.ts';
import type { AlertBody } from '../model/signal.ts';
import type { Context } from './context.ts';
import { percentIn } from './numbers.ts';

type Told = Pick<AlertBody, 'annotations'>;
type Reader = Pick<Context, 'locale' | 'phrases' | 'times'>;

const MINUTE_S = 60;

/** What an alert measured as its rule writes it (`value: 95%`), with the annotation `unit` where there is one. */
export function valueOf(alert: Told | undefined, reader: Reader): string | undefined {
  const written = annotationOf(alert, 'value', reader);
  const unit = annotationOf(alert, 'unit', reader);
  if (written === undefined || written.trim() === '' || unit === undefined) return written;
  const figure = Number(written);
  return Number.isFinite(figure) ? inUnit(figure, unit, reader) : written;
}

/**
 * The value of a rule that gives a bare figure and its unit: its summary leaves room for the value behind it.
 * Undefined where the rule writes both into its texts.
 */
export const measuredOf = (alert: Told | undefined, reader: Reader): string | undefined =>
  annotationOf(alert, 'unit', reader) === undefined ? undefined : valueOf(alert, reader);

/** In words of the reader's language; a unit that is not known stands behind the figure as it is. */
function inUnit(figure: number, unit: string, { locale, phrases, times }: Reader): string {
  switch (unit) {
    case 'bytes':
      return formatBytes(figure, locale);
    case 'ratio':
      return percentIn(figure, locale);
    case 'ratio_below_usual':
      return phrases.belowUsual(percentIn(figure, locale));
    case 'seconds':
      return formatSeconds(figure, { phrases, times });
    case 'days':
      return figure < 1 ? phrases.underOneDay : phrases.counted.days(Math.floor(figure));
    case 'tasks':
      return phrases.counted.tasks(Math.floor(figure));
    default:
      return `${phrases.number(figure)} ${unit}`;
  }
}

function formatSeconds(seconds: number, { phrases, times }: Pick<Context, 'phrases' | 'times'>): string {
  if (seconds >= MINUTE_S) return times.duration(seconds * 1_000);
  return Math.abs(seconds) < 1
    ? `${phrases.number(Math.round(seconds * 1_000))} ${phrases.units.ms}`
    : `${phrases.number(seconds)} ${phrases.units.s}`;
}

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'];

/** `912 MB`, `912 МБ` */
export function formatBytes(value: number, language: string): string {
  const magnitude = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)) / 3);
  const step = Math.min(BYTE_UNITS.length - 1, Math.max(0, magnitude));
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: BYTE_UNITS[step] ?? 'byte',
    unitDisplay: 'short',
    maximumSignificantDigits: 3,
  }).format(value / 1_000 ** step);
}
