import type { Incident } from './incidents.ts';

export const BEGIN =
  '<!-- begin: outages, written by UPDATE_ALERTS=1 npx vitest run tests/contract/alert-simulation.test.ts -->\n';
const END = '\n<!-- end: outages -->';

/** What the chat sees of one outage. */
export interface Row {
  readonly name: string;
  /** When it begins, in seconds of the simulation. */
  readonly from: number;
  readonly incidents: readonly Incident[];
}

/**
 * A Markdown text with the table of the outages between its two marks.
 * @throws Error when it has no such marks
 */
export function withOutages(text: string, rows: readonly Row[]): string {
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from === -1 || to === -1) throw new Error(`There is no place for the table: ${BEGIN}`);
  return `${text.slice(0, from)}${BEGIN}\n${table(rows)}${text.slice(to)}`;
}

/** As prettier lays it out. */
function table(rows: readonly Row[]): string {
  const all = [['outage', 'messages', 'first told after', 'names'], ...rows.map(cells)];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = all;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line), ''].join('\n');
}

function cells({ name, from, incidents }: Row): string[] {
  const starts = incidents.flatMap((incident) => incident.starts);
  const first = starts.length === 0 ? '' : duration(Math.min(...starts) - from);
  const names = incidents.map(
    ({ alertname, component, severity }) => `\`${alertname}\` of ${component}, ${severity}`,
  );
  return [name, starts.length === 0 ? 'none' : String(starts.length), first, names.join('; ')];
}

/** To the next quarter of a minute, so that no second of a delay is a change of the page. */
export function duration(seconds: number): string {
  const rounded = Math.ceil(seconds / 15) * 15;
  const [hours, minutes, rest] = [
    Math.floor(rounded / 3600),
    Math.floor((rounded % 3600) / 60),
    rounded % 60,
  ];
  const parts = [
    hours > 0 ? `${hours} h` : '',
    minutes > 0 ? `${minutes} min` : '',
    rest > 0 ? `${rest} s` : '',
  ];
  return parts.filter((part) => part !== '').join(' ') || '0 s';
}
