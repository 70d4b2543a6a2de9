/** A runbook's Markdown as a message: the part of it that docs/runbooks uses. Pure. */
import { MESSAGE_UNITS } from '../render/context.ts';
import { bold, code, line, lines, size, text, type Fragment, type Inline } from '../render/html.ts';

const TOO_LONG = '…';

/** As many of its lines as a message holds. */
export function renderRunbook(markdown: string): Fragment {
  const shown: Fragment[] = [];
  let used = TOO_LONG.length + 1;
  for (const row of rowsOf(markdown)) {
    used += size(row) + 1;
    if (used > MESSAGE_UNITS) return lines(...shown, TOO_LONG);
    shown.push(row);
  }
  return lines(...shown);
}

function rowsOf(markdown: string): readonly Fragment[] {
  let isCode = false;
  return markdown
    .split('\n')
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
