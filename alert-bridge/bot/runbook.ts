/** A runbook's Markdown as a message: the part of it that docs/runbooks uses. Pure. */
import { MESSAGE_UNITS, type Context } from '../render/context.ts';
import { bold, code, line, lines, size, text, type Fragment, type Inline } from '../render/html.ts';
import type { Locale } from '../render/message.ts';

const TOO_LONG = '…';

/** The section for those who read no Russian. */
const ENGLISH = /^## In English\n+([^]*)$/m;

/**
 * As many of its lines as a message holds. In English the section for that; else all the others. Of the blocks that are
 * about components, see {@link ofComponent}.
 * @param component the one of the alert; empty when it names none.
 */
export function renderRunbook(
  markdown: string,
  { locale, component }: Pick<Context, 'locale'> & { readonly component: string },
): Fragment {
  const shown: Fragment[] = [];
  let used = TOO_LONG.length + 1;
  for (const row of rowsOf(ofComponent(inLanguage(markdown, locale), component))) {
    used += size(row) + 1;
    if (used > MESSAGE_UNITS) return lines(...shown, TOO_LONG);
    shown.push(row);
  }
  return lines(...shown);
}

function inLanguage(markdown: string, locale: Locale): string {
  const [section, english] = ENGLISH.exec(markdown) ?? [];
  if (section === undefined || english === undefined) return markdown;
  return locale === 'en' ? english : markdown.replace(section, () => '');
}

/** A heading of names in code: what is below it, down to the next heading of its level, is about these components. */
const BLOCK = /^#+ (`[^`\n]+`(?:, `[^`\n]+`)*)$/;

/**
 * Of all blocks the first that is about the component, without its heading: the message answers an alert that names it.
 * `<…>` stands for any text: "## `public_endpoint`, `http:<name>`", and at the end "## `<name>`" for what has no block.
 * Where none fits, all are shown.
 */
function ofComponent(markdown: string, component: string): string {
  const kept: string[] = [];
  let found = false;
  let block = { level: 0, isShown: true };
  // A single # may be a comment in a command.
  for (const part of markdown.split(/^(?=##)/m)) {
    const level = /^#*/.exec(part)?.[0].length ?? 0;
    const [heading = ''] = part.split('\n', 1);
    const [, names] = BLOCK.exec(heading) ?? [];
    if (names !== undefined) {
      block = { level, isShown: !found && names.split(', ').some((name) => fits(name, component)) };
      found ||= block.isShown;
    } else if (level <= block.level) block = { level: 0, isShown: true };
    if (block.isShown) kept.push(names === undefined ? part : part.slice(heading.length));
  }
  return found ? kept.join('') : markdown;
}

function fits(name: string, component: string): boolean {
  const [start = '', isOpen] = name.replaceAll('`', '').split(/<[^>]*>/);
  return isOpen === undefined ? start === component : component.startsWith(start);
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

/** A quotation is for who reads the file: the chat has the commands of its installation. */
function rowsOf(markdown: string): readonly Fragment[] {
  let isCode = false;
  return unwrapped(markdown.split('\n'))
    .filter((raw) => !/^\|[\s|:-]+\|$|^> /.test(raw))
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
