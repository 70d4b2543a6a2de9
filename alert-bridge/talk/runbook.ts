/** A runbook's Markdown as a message: the part of it that docs/runbooks uses. Pure. */
import { MESSAGE_UNITS, type Context } from '../render/context.ts';
import { bold, code, line, lines, size, text, type Fragment, type Inline } from '../render/html.ts';
import type { Locale } from '../render/message.ts';

const TOO_LONG = '…';

/** The section that is for those who read no Russian. */
const ENGLISH = /^## In English\n+([^]*)$/m;

/** As many of its lines as a message holds; in English that section first, for the commands are in the others. */
export function renderRunbook(markdown: string, { locale }: Pick<Context, 'locale'>): Fragment {
  const shown: Fragment[] = [];
  let used = TOO_LONG.length + 1;
  for (const row of rowsOf(inLanguage(markdown, locale))) {
    used += size(row) + 1;
    if (used > MESSAGE_UNITS) return lines(...shown, TOO_LONG);
    shown.push(row);
  }
  return lines(...shown);
}

function inLanguage(markdown: string, locale: Locale): string {
  const [section, english] = ENGLISH.exec(markdown) ?? [];
  if (section === undefined || english === undefined) return markdown;
  const others = markdown.replace(section, '');
  return locale === 'en' ? others.replace('\n', () => `\n\n${english.trim()}\n`) : others;
}

/** Does not go on with the line before: nothing, a heading, a row, a fence, an item. */
const BEGINS = /^\s*(?:$|#|\||```|- |\d+\. )/;
const ENDS = /^(?:$|#|\||```)/;

/** What is wrapped in the file is one line on a phone, and one command to copy. */
function unwrapped(rows: readonly string[]): readonly string[] {
  const joined: string[] = [];
  let isCode = false;
  for (const row of rows) {
    if (row.startsWith('```')) isCode = !isCode;
    const before = joined.at(-1) ?? '';
    const goesOn = isCode ? before.endsWith('\\') : !BEGINS.test(row) && !ENDS.test(before);
    if (goesOn) joined[joined.length - 1] = `${before.replace(/\s*\\$/, '')} ${row.trim()}`;
    else joined.push(row);
  }
  return joined;
}

function rowsOf(markdown: string): readonly Fragment[] {
  let isCode = false;
  return unwrapped(markdown.split('\n'))
    .filter((raw) => !/^\|[\s|:-]+\|$/.test(raw))
    .flatMap((raw) => {
      if (raw.startsWith('```')) {
        isCode = !isCode;
        return [];
      }
      if (isCode) return raw.trim() === '' ? [] : [code(raw)];
      const [, title] = /^#+ (.+)$/.exec(raw) ?? [];
      if (title !== undefined) return [line('\n', bold(plain(title)))];
      return [marked(raw.startsWith('|') ? tableRow(raw) : raw.replace(/^- /, '• '))];
    });
}

const tableRow = (raw: string): string =>
  `• ${raw
    .split('|')
    .map((cell) => cell.trim())
    .filter((cell) => cell !== '')
    .join(' — ')}`;

/** Links lead to files that a phone does not have: their words stay. */
const plain = (raw: string): string =>
  raw.replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1').replaceAll(/\*\*([^*]+)\*\*/g, '$1');

function marked(raw: string): Inline {
  const pieces = plain(raw).split(/`([^`]+)`/);
  return line(...pieces.map((piece, index) => (index % 2 === 1 ? code(piece) : text(piece))));
}
