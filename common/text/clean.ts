/** Makes foreign text harmless for a reader before it is escaped: pure string functions, no markup. */

/** Marks, embeddings, overrides and isolates (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters). */
const BIDI_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Characters with no width that hide text or make an empty line look full; U+200D stays: emoji are joined by it. */
const INVISIBLE = /[\u00ad\u200b\u2060-\u2064\ufeff]/g;
/** Letters that are written from right to left: Hebrew, Arabic and their neighbours. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

const FIRST_STRONG_ISOLATE = '\u2068';
const POP_DIRECTIONAL_ISOLATE = '\u2069';

/**
 * Strips control characters, NUL, lone surrogates, non-characters, bidi controls and invisible characters, shortens
 * piles of combining marks and runs of empty lines. Doing it twice changes nothing; the time is linear.
 */
export function clean(raw: string): string {
  return (
    raw
      .replaceAll(/\r\n?|[\u0085\u2028\u2029\v\f]/g, '\n')
      .replaceAll('\t', ' ')
      .replaceAll(/(?!\n)\p{Cc}|\p{Cs}|\p{Noncharacter_Code_Point}/gu, '')
      .replaceAll(BIDI_CONTROLS, '')
      .replaceAll(INVISIBLE, '')
      .replaceAll(/(\p{M}{4})\p{M}+/gu, '$1')
      .split('\n')
      // An expression for blanks before a line's end would begin anew at each of them: quadratic where there is no end.
      .map((line, index, { length }) => (index < length - 1 ? line.trimEnd() : line))
      .join('\n')
      .replaceAll(/\n{3,}/g, '\n\n')
  );
}

/** The same on one line: every run of white space is one space. */
export function oneLine(raw: string): string {
  return clean(raw).replaceAll(/\s+/g, ' ').trim();
}

/**
 * Wraps every line that holds right-to-left letters in an isolate, so that it cannot reorder what stands around it.
 * An isolate ends with its paragraph (UAX #9, BD2): hence line by line.
 */
export function isolate(cleaned: string): string {
  if (!RIGHT_TO_LEFT.test(cleaned)) return cleaned;
  return cleaned
    .split('\n')
    .map((line) => (RIGHT_TO_LEFT.test(line) ? FIRST_STRONG_ISOLATE + line + POP_DIRECTIONAL_ISOLATE : line))
    .join('\n');
}

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** At most `maxUnits` UTF-16 units of the text, cut between graphemes and ended with "…" when something is left out. */
export function clip(text: string, maxUnits: number): string {
  if (text.length <= maxUnits) return text;
  if (maxUnits < 1) return '';
  // One unit more than fits tells whether a grapheme ends there. Asked for one place: going through all segments costs
  // V8 a copy of the text for each.
  const end = graphemes.segment(text.slice(0, maxUnits + 1)).containing(maxUnits - 1)?.index ?? 0;
  return `${text.slice(0, end).trimEnd()}…`;
}

/** Shortened in the middle: of a stack trace the first and the last lines tell most. */
export function clipMiddle(text: string, maxUnits: number): string {
  if (text.length <= maxUnits) return text;
  const tailUnits = Math.floor(maxUnits / 3);
  const tail = text.slice(text.length - tailUnits);
  // The first grapheme may have lost its beginning.
  const [first] = graphemes.segment(tail);
  const whole = tail.slice(first?.segment.length ?? 0);
  const lineEnd = whole.indexOf('\n');
  const ending = lineEnd >= 0 && lineEnd < tailUnits / 2 ? whole.slice(lineEnd + 1) : whole;
  return `${clip(text, maxUnits - tailUnits - 1)}\n${ending}`.trimEnd();
}
