import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDotenv } from '../../../common/env/dotenv.ts';
import { DOTENV_LINES, DOTENV_PROCESS } from '../../support/documents/dotenv-lines.ts';

const parse = (text: string) =>
  parseDotenv(text, (name) => (DOTENV_PROCESS as Readonly<Record<string, string>>)[name]);
const valuesOf = (text: string) => Object.fromEntries(parse(text).values);
const trapsOf = (text: string) => parse(text).traps.map(({ kind, line }) => `${kind}, line ${line}`);
const errorsOf = (text: string) => parse(text).errors.map(({ kind, line }) => `${kind}, line ${line}`);

describe('a .env file', () => {
  // tests/compose/dotenv.test.ts asks Compose itself.
  it.each(DOTENV_LINES.map(({ text, values }) => [JSON.stringify(text), text, values] as const))(
    'is read as Compose reads it: %s',
    (_shown, text, values) => {
      if (values === undefined) expect(parse(text).errors).not.toEqual([]);
      else expect({ values: valuesOf(text), errors: parse(text).errors }).toEqual({ values, errors: [] });
    },
  );

  it.each([
    ['\uFEFFA=x', 'byte order mark, line 1'],
    ['# c\n\nA\nB=x\n', 'no value, line 3'],
    ['A=x\nB=abc#def', 'hash, line 2'],
    ['A=\nB= # comment', 'hash, line 2'],
    ['A=x\n\nB=abc #def', 'comment, line 3'],
    ['A=1\nB=p$A', 'variable, line 2'],
    ['A="one\ntwo"\nB=p$NOWHERE', 'unset, line 3'],
    ['A="x"y=z', 'rest, line 1'],
  ])('tells of the trap in %j', (text, trap) => {
    expect(trapsOf(text)).toEqual([trap]);
  });

  it.each([
    'SET_OUTSIDE\n',
    '# x#y $z',
    "A='a#b $NOWHERE' # comment",
    'A="a#b $$NOWHERE"',
    'A=${NOWHERE:-}\nB=$$',
  ])('tells of no trap in %j', (text) => {
    expect(trapsOf(text).filter((trap) => !trap.startsWith('variable'))).toEqual([]);
  });

  it('names the line of what Compose refuses, and reads on behind it', () => {
    const text = "A=1\nnot a name\nB='open\nC=3\nD=${\nE=5\n";
    expect(errorsOf(text)).toEqual(['bad name, line 2', 'open quote, line 3', 'bad reference, line 5']);
    expect(valuesOf(text)).toMatchObject({ A: '1', B: 'open', C: '3', E: '5' });
  });

  it('gives back every value that was quoted', () => {
    const quotes = {
      single: (value: string) => `'${value.replaceAll("'", "\\'")}'`,
      double: (value: string) =>
        `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '$$$$')}"`,
    };
    const unit = fc.constantFrom(...Array.from('aя😀0n #$="\'{}:-?+\t\r\n\u00A0\uFEFF'));
    // Between single quotes a backslash escapes the quote only, so that no value can end in one.
    const single = fc.string({ unit });
    const double = fc.string({ unit: fc.oneof(unit, fc.constant('\\')) });
    fc.assert(
      fc.property(single, double, (one, two) => {
        const text = `A=${quotes.single(one)} # c\nexport B=${quotes.double(two)}\nC=last\n`;
        expect(valuesOf(text)).toEqual({ A: one, B: two, C: 'last' });
      }),
    );
  });

  it('never throws, and no line without a quote hides the next', () => {
    const unit = fc.constantFrom(...Array.from('A=:#$ {}\\?-+x\t\r\n\uFEFF"\''), '${');
    fc.assert(
      fc.property(fc.string({ unit }), fc.string({ unit }), (text, other) => {
        parse(text);
        const line = other.replaceAll(/["'\n]/g, '');
        expect(parse(`${line}\nZ=1`).values.get('Z')).toBe('1');
      }),
      { numRuns: 2_000 },
    );
  });
});
