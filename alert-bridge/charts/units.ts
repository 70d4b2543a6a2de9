import { formatBytes } from '../render/value.ts';
import type { Unit } from './chart.ts';

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
