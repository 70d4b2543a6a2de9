/**
 * `$NAME`, `${NAME}`, `${NAME:-word}` and their kin, as Docker Compose replaces them in `.env`. Pure.
 * https://docs.docker.com/reference/compose-file/interpolation/
 */

/** What a value that Compose refuses says is wrong with it, without the value. */
export class InterpolationError extends Error {
  override readonly name = 'InterpolationError';
  readonly kind: 'bad reference' | 'required';

  constructor(kind: 'bad reference' | 'required') {
    super(kind);
    this.kind = kind;
  }
}

export interface Interpolated {
  readonly text: string;
  /** Whether a variable was replaced, with whatever. */
  readonly replaced: boolean;
  /** Whether one of them has no value: nothing stands in its place. */
  readonly unset: boolean;
}

type Lookup = (name: string) => string | undefined;

const NAME = /[_a-z][_a-z0-9]*/iy;
const OPERATOR = /:?[-+?]/y;

/**
 * `$$` becomes `$`; a `$` that begins neither a name nor a brace stays.
 * @throws InterpolationError
 */
export function interpolate(text: string, lookup: Lookup): Interpolated {
  let out = '';
  let replaced = false;
  let unset = false;
  let at = 0;
  for (let dollar = text.indexOf('$'); dollar !== -1; dollar = text.indexOf('$', at)) {
    out += text.slice(at, dollar);
    const braced = text[dollar + 1] === '{';
    const name = match(NAME, text, dollar + (braced ? 2 : 1));
    if (text[dollar + 1] === '$') {
      out += '$';
      at = dollar + 2;
    } else if (!braced && name === undefined) {
      out += '$';
      at = dollar + 1;
    } else {
      const reference = braced ? readBraces(text, dollar, name) : { name: name ?? '', end: NAME.lastIndex };
      const found = valueOf(reference, lookup);
      out += found.text;
      replaced = true;
      unset ||= found.unset;
      at = reference.end;
    }
  }
  return { text: out + text.slice(at), replaced, unset };
}

interface Reference {
  readonly name: string;
  readonly operator?: string;
  readonly word?: string;
  /** Where the text goes on. */
  readonly end: number;
}

/** @throws InterpolationError */
function readBraces(text: string, dollar: number, name: string | undefined): Reference {
  if (name === undefined) throw new InterpolationError('bad reference');
  const afterName = dollar + 2 + name.length;
  if (text[afterName] === '}') return { name, end: afterName + 1 };
  const operator = match(OPERATOR, text, afterName);
  const close = operator === undefined ? -1 : closingBrace(text, dollar);
  if (operator === undefined || close === -1) throw new InterpolationError('bad reference');
  return { name, operator, word: text.slice(afterName + operator.length, close), end: close + 1 };
}

/**
 * The brace that closes the one behind `dollar`, on the same line: the one that makes them even, else the last. What
 * follows an opening brace is passed over, as Compose does. -1: there is none.
 */
function closingBrace(text: string, dollar: number): number {
  const lineEnd = text.indexOf('\n', dollar);
  const line = text.slice(0, lineEnd === -1 ? text.length : lineEnd);
  let open = 0;
  for (let i = dollar; i < line.length; i++) {
    if (line[i] === '}' && --open === 0) return i;
    if (line[i] === '{') {
      open++;
      i++;
    }
  }
  const last = line.lastIndexOf('}');
  return last > dollar ? last : -1;
}

/** @throws InterpolationError */
function valueOf({ name, operator, word = '' }: Reference, lookup: Lookup): Interpolated {
  const value = lookup(name);
  const result = (text: string): Interpolated => ({ text, replaced: true, unset: false });
  if (operator === undefined) return { ...result(value ?? ''), unset: value === undefined };
  // With a colon, an empty value counts as none.
  const isThere = value !== undefined && !(operator.startsWith(':') && value === '');
  if (operator.endsWith('+')) return isThere ? interpolate(word, lookup) : result('');
  if (isThere) return result(value);
  if (operator.endsWith('?')) throw new InterpolationError('required');
  return interpolate(word, lookup);
}

/** What the sticky `pattern` matches at `from`; its `lastIndex` is then where that ends. */
function match(pattern: RegExp, text: string, from: number): string | undefined {
  pattern.lastIndex = from;
  return pattern.exec(text)?.[0];
}
