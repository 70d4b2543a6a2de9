/** The doctor's findings as a table and a list of what to do. Pure. */
import type { Finding, Result } from './check.ts';

const SIGNS: Readonly<Record<Finding['status'], string>> = {
  ok: '✓',
  wrong: '✗',
  warning: '!',
  'left out': '–',
};
/** https://en.wikipedia.org/wiki/ANSI_escape_code#SGR; the sign and the word say the same without it. */
const COLOURS: Readonly<Record<Finding['status'], string>> = {
  ok: '32',
  wrong: '31',
  warning: '33',
  'left out': '2',
};

export interface ReportStyle {
  readonly colour: boolean;
}

/** Sections in the order in which they first appear. */
export function reportOf(results: readonly Result[], { colour }: ReportStyle): string {
  const paint = (status: Finding['status'], text: string): string =>
    colour ? `\u001B[${COLOURS[status]}m${text}\u001B[0m` : text;
  const nameWidth = Math.max(...results.map(({ name }) => name.length));
  const line = ({ status, name, detail }: Result): string =>
    `  ${paint(status, `${SIGNS[status]} ${status.padEnd('left out'.length)}`)}  ${name.padEnd(nameWidth)}  ${detail}`;
  const sections = [...new Set(results.map(({ section }) => section))].map((section) =>
    [section, ...results.filter((result) => result.section === section).map(line)].join('\n'),
  );
  return [...sections, summaryOf(results)].join('\n\n') + '\n';
}

function summaryOf(results: readonly Result[]): string {
  const faults = results.flatMap((result) => (result.status === 'wrong' ? [result] : []));
  const warnings = count(results, 'warning');
  const counted = [
    `${count(results, 'ok')} ok`,
    `${faults.length} wrong`,
    ...(warnings === 0 ? [] : [`${warnings} with a warning`]),
    `${count(results, 'left out')} left out`,
  ].join(', ');
  if (faults.length === 0) return `Everything that was looked at works: ${counted}.`;
  const list = faults.map(({ section, name, todo }, index) => {
    const [first = '', ...rest] = todo;
    return [`  ${index + 1}. ${section}, ${name}: ${first}`, ...rest.map((one) => `     ${one}`)].join('\n');
  });
  return [`What to do (${counted}):`, ...list].join('\n');
}

const count = (results: readonly Result[], status: Finding['status']): number =>
  results.filter((result) => result.status === status).length;
