/** README.md and README.ru.md are one page in two languages. */
import { describe, expect, it } from 'vitest';
import { unwelcomeInRussian } from '../../support/documents/russian.ts';
import { linksOf, read, withoutFences } from './documents.ts';

const english = read('README.md');
const russian = read('README.ru.md');

/** Quotes speak to the reader of the other language. */
const withoutQuotes = (markdown: string): string => markdown.replaceAll(/^> .*$/gm, '');

/** Levels of the headings, in their order. */
const headings = (markdown: string): readonly string[] =>
  [...withoutFences(markdown).matchAll(/^(#+) /gm)].map(([, level = '']) => level);

/** Lines of the blocks as they are typed, without what a person is told about them. */
const commands = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^( *)```bash\n([^]*?)^\1```/gm)].flatMap(([, , block = '']) =>
    block.split('\n').map((line) => line.replace(/(?:^|\s+)#\s.*$/, '').trim()),
  );

/** Names, values and commands within sentences; in no order, since the languages have each their own. */
const code = (markdown: string): readonly string[] =>
  (
    withoutQuotes(markdown)
      .replaceAll(/^( *)```[^]*?^\1```/gm, '')
      .match(/`[^`\n]+`/g) ?? []
  ).toSorted();

/** Where it leads to and what it shows. A heading of the page itself has a name of its own in each language. */
const links = (markdown: string): readonly string[] =>
  linksOf(withoutQuotes(markdown))
    .map((target) => target.replace(/^#.*/, '#'))
    .toSorted();

/** Rows of tables and points of lists. */
const rows = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^ *(\||- |\d+\. )/gm)].map(([, sign = '']) => sign);

describe('the two READMEs have the same', () => {
  it.each([
    ['headings', headings, 6],
    ['commands', commands, 4],
    ['names, values and commands in sentences', code, 80],
    ['links and pictures', links, 30],
    ['lists and tables', rows, 30],
  ] as const)('%s', (_, partsOf, atLeast) => {
    expect(partsOf(english).length).toBeGreaterThanOrEqual(atLeast);
    expect(partsOf(russian)).toEqual(partsOf(english));
  });
});

it('each leads to the other', () => {
  expect(linksOf(russian)).toContain('README.md');
  expect(linksOf(english)).toContain('README.ru.md');
});

it('README.ru.md has the words of the product', () => {
  // A quote is English.
  expect(unwelcomeInRussian(withoutQuotes(russian))).toEqual([]);
});
