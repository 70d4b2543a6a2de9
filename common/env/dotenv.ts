/**
 * The text of a `.env` file, read as Docker Compose reads it, because Compose reads the same file: quotes, comments,
 * `export`, variables, escapes. Pure. https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/
 *
 * A line that Compose refuses is an error here, and reading goes on behind it: what follows may be a secret, which the
 * redactor has to know.
 */
import { interpolate, InterpolationError } from './interpolate.ts';

export type DotenvError = 'bad name' | 'open quote' | InterpolationError['kind'];
/** What is read, but perhaps not as it was meant. */
export type DotenvTrap = 'byte order mark' | 'no value' | 'hash' | 'comment' | 'variable' | 'unset' | 'rest';

export interface DotenvNote<Kind> {
  readonly kind: Kind;
  /** The first is 1. */
  readonly line: number;
  /** The variable that is set there; undefined where that text may be anything, also a piece of a secret. */
  readonly name?: string | undefined;
}

export interface Dotenv {
  readonly values: ReadonlyMap<string, string>;
  readonly errors: readonly DotenvNote<DotenvError>[];
  readonly traps: readonly DotenvNote<DotenvTrap>[];
}

/** White space of a line, and with the ends of lines, as Go's `unicode.IsSpace` has it. */
const BLANKS = /[\t\v\f\r \u0085\u00A0]*/y;
const SPACE = String.raw`[\t\n\v\f\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]`;
const SPACES = new RegExp(`${SPACE}*`, 'y');
const SPACES_AT_END = new RegExp(`${SPACE}+$`);
const EXPORT = /export[\t\f\r ]+/y;
const NAME_END = /[=:\n]/g;
const NAME = /^[\p{L}\p{N}_.\-[\]\t\v\f\r\u0085\u00A0]*$/u;
const COMMENT_OR_END = /[\t\v\f\r \u0085\u00A0]*(?:#|\n|$)/y;
const BYTE_ORDER_MARK = '\uFEFF';

/** @param lookup what a variable of the process is set to; it comes before those of the file */
export function parseDotenv(text: string, lookup: (name: string) => string | undefined): Dotenv {
  return new DotenvParser(text, lookup).parse();
}

class DotenvParser {
  readonly #text: string;
  readonly #lookup: (name: string) => string | undefined;
  readonly #values = new Map<string, string>();
  readonly #errors: DotenvNote<DotenvError>[] = [];
  readonly #traps: DotenvNote<DotenvTrap>[] = [];
  #at = 0;

  constructor(text: string, lookup: (name: string) => string | undefined) {
    this.#text = text;
    this.#lookup = (name) => lookup(name) ?? this.#values.get(name);
  }

  parse(): Dotenv {
    if (this.#text.startsWith(BYTE_ORDER_MARK)) {
      this.#traps.push({ kind: 'byte order mark', line: 1 });
      this.#at = 1;
    }
    for (;;) {
      this.#skip(SPACES);
      if (this.#at >= this.#text.length) break;
      if (this.#text[this.#at] === '#') this.#at = this.#lineEnd();
      else this.#statement();
    }
    return { values: this.#values, errors: this.#errors, traps: this.#traps };
  }

  #statement(): void {
    this.#skip(EXPORT);
    const start = this.#at;
    NAME_END.lastIndex = start;
    const end = NAME_END.exec(this.#text)?.index ?? this.#text.length;
    const name = this.#text.slice(start, end).replace(SPACES_AT_END, '');
    if (!NAME.test(name)) {
      this.#errors.push({ kind: 'bad name', line: this.#line(start) });
      this.#at = this.#lineEnd();
      return;
    }
    this.#at = end + 1;
    if (this.#text[end] !== '=' && this.#text[end] !== ':') {
      // Compose passes a variable of the process on, by its name alone.
      if (this.#lookup(name) === undefined) this.#traps.push({ kind: 'no value', line: this.#line(start) });
      return;
    }
    this.#skip(BLANKS);
    const note = { line: this.#line(start), name };
    const quote = this.#text[this.#at];
    if (quote === '"' || quote === "'") this.#quoted(quote, note);
    else this.#unquoted(note);
  }

  #unquoted(note: { line: number; name: string }): void {
    const end = this.#lineEnd();
    const [value = '', ...comment] = this.#text.slice(this.#at, end).split(' #');
    this.#at = end;
    if (comment.length > 0) this.#traps.push({ kind: 'comment', ...note });
    if (value.includes('#')) this.#traps.push({ kind: 'hash', ...note });
    this.#set(value.replace(SPACES_AT_END, ''), note);
  }

  #quoted(quote: '"' | "'", note: { line: number; name: string }): void {
    const start = this.#at + 1;
    let end = start;
    while (end < this.#text.length && this.#text[end] !== quote) end += this.#text[end] === '\\' ? 2 : 1;
    if (end >= this.#text.length) {
      this.#errors.push({ kind: 'open quote', ...note });
      this.#at = this.#lineEnd();
      this.#values.set(note.name, this.#text.slice(start, this.#at));
      return;
    }
    const raw = this.#text.slice(start, end).replaceAll(`\\${quote}`, () => quote);
    this.#at = end + 1;
    COMMENT_OR_END.lastIndex = this.#at;
    if (!COMMENT_OR_END.test(this.#text)) this.#traps.push({ kind: 'rest', ...note });
    if (quote === "'") this.#values.set(note.name, raw);
    else this.#set(unescape(raw), note);
  }

  #set(value: string, note: { line: number; name: string }): void {
    try {
      const { text, replaced, unset } = interpolate(value, this.#lookup);
      if (replaced) this.#traps.push({ kind: unset ? 'unset' : 'variable', ...note });
      this.#values.set(note.name, text);
    } catch (error) {
      if (!(error instanceof InterpolationError)) throw error;
      this.#errors.push({ kind: error.kind, ...note });
      this.#values.set(note.name, value);
    }
  }

  #skip(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    this.#at += pattern.exec(this.#text)?.[0].length ?? 0;
  }

  #lineEnd(): number {
    const end = this.#text.indexOf('\n', this.#at);
    return end === -1 ? this.#text.length : end;
  }

  #line(index: number): number {
    return this.#text.slice(0, index).split('\n').length;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '"': '"',
  '\\': '\\',
  // The interpolation that follows makes one of them.
  $: '$$',
};

/** Escapes between double quotes; an unknown one stays as it is. */
function unescape(text: string): string {
  return text.replaceAll(/\\([abcfnrtv$"\\]|0\d{0,3})/g, (whole, escape: string) => {
    if (!escape.startsWith('0')) return ESCAPES[escape] ?? whole;
    const octal = escape.slice(1);
    return /^[0-3][0-7]{2}$/.test(octal) ? String.fromCharCode(Number.parseInt(octal, 8)) : `\\${octal}`;
  });
}
