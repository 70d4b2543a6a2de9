/** Text that others send, at its worst. */
import fc from 'fast-check';

/** Halves of surrogate pairs, characters that are none, that end texts elsewhere, or that mean something to a parser. */
const UNITS = [
  '\ud800',
  '\udbff',
  '\udc00',
  '\udce9',
  '\0',
  '\uffff',
  '\ufffe',
  '\ufffd',
  '\ufeff',
  '\u200b',
  '\u202e',
  '\u2028',
  '\u05d0',
  '\u0301',
  '\x1b',
  '\x7f',
  '😀',
  ' ',
  '\t',
  '\r',
  '\n',
  '<',
  '&',
  '"',
  '`',
  '\\',
  ':',
  '/',
  '{',
  "'",
  'e',
  '7',
];

const OVERLONG = ['x', ' ', '\ud800', '\0', '<', '\u0301', '\n', 'é', '😀'];

/** Any text that JSON can say. */
export const foreignText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: fc.constantFrom(...UNITS), maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '__proto__',
      'constructor',
      'toString',
      'null',
      '0001-01-01T00:00:00Z',
      '1e999',
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(...OVERLONG).map((unit) => unit.repeat(70_000)) },
);

/** As JSON carries it: a text or, of a sender that takes types lightly, anything else. */
export const foreignValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 9, arbitrary: foreignText },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
);
