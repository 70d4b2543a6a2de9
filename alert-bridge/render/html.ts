/**
 * Pieces of a Telegram message in HTML (https://core.telegram.org/bots/api#html-style) that know how long they are
 * once Telegram has parsed them. They are valid by construction: text is cleaned and escaped where it enters, tags
 * are closed where they are opened, and text is shortened before it becomes a piece, never after.
 */
import { clean, clip, isolate } from '../../common/text/clean.ts';
import { publicUrl } from './public-url.ts';

export interface Fragment {
  readonly html: string;
  /** The same for a message without markup: links are written out. */
  readonly plain: string;
  /** UTF-16 units of the text after Telegram's parsing. */
  readonly length: number;
  /** What it may stand in: `code` takes text alone, a quotation no other quotation. */
  readonly level: 'text' | 'inline' | 'block';
}
export type Text = Fragment & { readonly level: 'text' };
export type Inline = Fragment & { readonly level: 'text' | 'inline' };
/** A bare string is text: safe without a thought. */
export type Part = string | Inline;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (raw: string): string => raw.replaceAll(/[&<>"]/g, (found) => ESCAPES[found] ?? '');

/** What a message takes of Telegram's limit in either form, in UTF-16 units. */
export function size(fragment: Fragment): number {
  return Math.max(fragment.length, fragment.plain.length);
}

export function text(raw: string): Text {
  const shown = isolate(clean(raw));
  return { html: escape(shown), plain: shown, length: shown.length, level: 'text' };
}

/** Text that takes at most `maxUnits`, the characters that isolate right-to-left lines included. */
export function textWithin(
  raw: string,
  maxUnits: number,
  shorten: (text: string, maxUnits: number) => string = clip,
): Text {
  const cleaned = clean(raw).trim();
  let budget = maxUnits;
  for (;;) {
    const piece = text(shorten(cleaned, budget));
    if (piece.length <= maxUnits) return piece;
    budget -= piece.length - maxUnits;
  }
}

const toInline = (part: Part): Inline => (typeof part === 'string' ? text(part) : part);

function tagged(tag: string, inner: Fragment, attributes = ''): Inline {
  if (inner.length === 0) return text('');
  const html = `<${tag}${attributes}>${inner.html}</${tag}>`;
  return { html, plain: inner.plain, length: inner.length, level: 'inline' };
}

export function bold(part: Part): Inline {
  return tagged('b', toInline(part));
}

export function struck(part: Part): Inline {
  return tagged('s', toInline(part));
}

/** Tapping it copies it; it holds no other markup. */
export function code(part: string | Text): Inline {
  return tagged('code', typeof part === 'string' ? text(part) : part);
}

/**
 * Text whose `commands` between backticks become code, which a phone copies with a tap.
 * Takes at most `maxUnits`, like {@link textWithin}.
 */
export function markedTextWithin(raw: string, maxUnits: number): Inline {
  const shown = textWithin(raw, maxUnits);
  const pieces = shown.plain.split(/`([^`\n]+)`/);
  return pieces.length === 1
    ? shown
    : line(...pieces.map((piece, index) => (index % 2 === 1 ? code(piece) : verbatim(piece))));
}

/** Text that is clean already: its spaces at the ends belong to the sentence around it. */
const verbatim = (cleaned: string): Text => ({
  html: escape(cleaned),
  plain: cleaned,
  length: cleaned.length,
  level: 'text',
});

/** A link when a phone can open the address, else the label alone. */
export function link(href: string, label: Part): Inline {
  const url = publicUrl(href);
  const inner = toInline(label);
  if (url === undefined) return inner;
  return { ...tagged('a', inner, ` href="${escape(url)}"`), plain: `${inner.plain}: ${url}` };
}

/** A block quotation; an expandable one shows its first lines until it is tapped. */
export function quote(part: Part, options: { readonly expandable: boolean }): Fragment {
  const attributes = options.expandable ? ' expandable' : '';
  return { ...tagged('blockquote', toInline(part), attributes), level: 'block' };
}

function concat<L extends Fragment['level']>(pieces: readonly Fragment[], separator: string, level: L) {
  return {
    html: pieces.map((piece) => piece.html).join(separator),
    plain: pieces.map((piece) => piece.plain).join(separator),
    length:
      pieces.reduce((sum, piece) => sum + piece.length, 0) +
      separator.length * Math.max(0, pieces.length - 1),
    level,
  };
}

/** The pieces in a row, with ordinary text between them. */
export function join(separator: ', ' | ' · ' | '\n', parts: readonly Part[]): Inline {
  return concat(parts.map(toInline), separator, 'inline');
}

export function line(...parts: readonly Part[]): Inline {
  return concat(parts.map(toInline), '', 'inline');
}

type Row = Part | Fragment | undefined;

const rowsOf = (rows: readonly Row[]): Fragment[] =>
  rows
    .filter((row) => row !== undefined)
    .map((row) => (typeof row === 'string' ? text(row) : row))
    .filter((row) => row.length > 0);

/** One under the other; what is absent or empty leaves no gap. */
export function lines(...rows: readonly Row[]): Fragment {
  return concat(rowsOf(rows), '\n', 'block');
}

/** The same with an empty line between. */
export function paragraphs(...rows: readonly Row[]): Fragment {
  return concat(rowsOf(rows), '\n\n', 'block');
}
