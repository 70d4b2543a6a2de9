/** Results as a person reads them, one line each: they are printed as they come. Pure. */
import type { Figure, Result } from './harness.ts';

/** A longer cell moves the rest of its own line. */
const COLUMNS = [
  ['name', 33],
  ['value', 30],
  ['peer', 35],
  ['peer value', 11],
  ['ratio', 13],
  ['goal', 14],
  ['', 0],
] as const;

const line = (cells: readonly string[]): string =>
  cells
    .map((cell, column) => cell.padEnd(COLUMNS[column]?.[1] ?? 0))
    .join('  ')
    .trimEnd();

export const HEADINGS = line(COLUMNS.map(([heading]) => heading));

export const toLine = ({ name, unit, value, peerName, peer, ratio, goal, met }: Result): string =>
  line([
    name,
    `${withSpread(value)} ${unit}`,
    peerName,
    withSpread(peer),
    withSpread(ratio),
    'ratio' in goal ? `>= ${goal.ratio}` : `<= ${goal.atMost} ${unit}`,
    met ? 'met' : 'missed',
  ]);

const withSpread = ({ median, spread }: Figure): string =>
  `${toDigits(median)} ±${Math.round(spread * 100)} %`;

/** Three significant digits: more of them would be noise. */
const toDigits = (value: number): string =>
  Number(value.toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 3, useGrouping: false });
