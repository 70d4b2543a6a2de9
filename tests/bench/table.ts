/** Results as a person reads them. Pure. */
import type { Figure, Result } from './harness.ts';

const HEADINGS = ['name', 'value', 'peer', 'peer value', 'ratio', 'goal', ''] as const;

/** One line per result under a line of headings, in columns. */
export function toTable(results: readonly Result[]): string {
  const rows = [HEADINGS, ...results.map(toRow)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const toRow = ({ name, unit, value, peerName, peer, ratio, goal, met }: Result): readonly string[] => [
  name,
  `${withSpread(value)} ${unit}`,
  peerName,
  withSpread(peer),
  withSpread(ratio),
  'ratio' in goal ? `>= ${goal.ratio}` : `<= ${goal.atMost} ${unit}`,
  met ? 'met' : 'missed',
];

const withSpread = ({ median, spread }: Figure): string =>
  `${toDigits(median)} ±${Math.round(spread * 100)} %`;

/** Three significant digits: more of them would be noise. */
const toDigits = (value: number): string =>
  Number(value.toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 3, useGrouping: false });
