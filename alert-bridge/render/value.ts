import { annotationOf } from './annotation.ts';
import type { AlertBody } from '../signal.ts';
import type { Context } from './context.ts';
import { formatNumber } from './numbers.ts';

const MINUTE_S = 60;

/**
 * What an alert measured, with its unit. A rule writes it as it likes (`value: 95%`), or the bare figure and, in the
 * annotation `unit`, `bytes`, `seconds`, `days` or `tasks`: that is said in the reader's language.
 */
export function valueOf(alert: AlertBody | undefined, ctx: Context): string | undefined {
  const written = annotationOf(alert, 'value', ctx);
  const unit = annotationOf(alert, 'unit', ctx);
  if (written === undefined || written.trim() === '' || unit === undefined) return written;
  const figure = Number(written);
  return Number.isFinite(figure) ? inUnit(figure, unit, ctx) : written;
}

function inUnit(figure: number, unit: string, { locale, phrases, times }: Context): string {
  switch (unit) {
    case 'bytes':
      return formatBytes(figure, locale);
    case 'seconds':
      return Math.abs(figure) < MINUTE_S
        ? `${formatNumber(figure)} ${phrases.units.s}`
        : times.duration(figure * 1_000);
    case 'days':
    case 'tasks':
      return phrases.counted[unit](Math.floor(figure));
    default:
      return `${formatNumber(figure)} ${unit}`;
  }
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
