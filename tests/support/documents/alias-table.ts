import { describeAliases } from '../../../common/env/aliases.ts';
import { ENV_NAMES } from '../../../common/env/variables.ts';

const BEGIN = '<!-- begin: aliases, written by npm run generate -->\n';
const END = '\n<!-- end: aliases -->';

/**
 * A Markdown text with the table of the application's names between its two marks.
 * @throws Error when it has no such marks
 */
export function withAliasTable(text: string): string {
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from === -1 || to === -1) throw new Error(`There is no place for the table: ${BEGIN}`);
  return `${text.slice(0, from)}${BEGIN}\n${table()}${text.slice(to)}`;
}

/** As prettier lays it out. */
function table(): string {
  const rows = ENV_NAMES.flatMap((name) => {
    const aliases = describeAliases(name);
    return aliases === undefined ? [] : [[`\`${name}\``, aliases] as const];
  });
  const all = [['setting', "also read from the application's"] as const, ...rows];
  const widths = [0, 1].map((column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = ['', ''], ...body] = all;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line), ''].join('\n');
}
