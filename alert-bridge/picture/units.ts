import type { Unit } from './figure.ts';

/** Writes a value short enough for an axis: `1,2 млн`, `95 %`, `1.5 GB`. */
export function formatValue(value: number, unit: Unit, language: string): string {
  switch (unit) {
    case 'ratio':
      return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(value);
    case 'bytes':
      return formatBytes(value, language);
    case 'number':
      return new Intl.NumberFormat(language, {
        ...(Math.abs(value) >= 10_000 ? { notation: 'compact' } : {}),
        maximumSignificantDigits: 4,
      }).format(value);
  }
}

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'];

function formatBytes(value: number, language: string): string {
  const magnitude = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)) / 3);
  const step = Math.min(BYTE_UNITS.length - 1, Math.max(0, magnitude));
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: BYTE_UNITS[step] ?? 'byte',
    unitDisplay: 'short',
    maximumSignificantDigits: 3,
  }).format(value / 1_000 ** step);
}
