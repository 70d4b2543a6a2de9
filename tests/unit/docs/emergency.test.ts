import { expect, it } from 'vitest';
import { unwelcomeInRussian } from '../../support/documents/russian.ts';
import { linksOf, read } from './documents.ts';

const pages = ['docs/emergency.md', 'docs/emergency.ru.md'] as const;
const PHONE_CHARS = 45;

/** As a person sees it: without the signs of Markdown and the targets of links. */
const shown = (markdown: string): readonly string[] =>
  markdown
    .replaceAll(/^```.*\n/gm, '')
    .replaceAll(/\]\([^)]*\)|[[*`]/g, '')
    .split('\n')
    .filter((line) => line !== '');

it.each(pages)('%s fits on the screen of a phone', (page) => {
  const lines = shown(read(page)).map((line) => Math.ceil(line.length / PHONE_CHARS));
  expect(lines.length).toBeGreaterThan(20);
  expect(lines.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(48);
});

it('says the same in both languages', () => {
  const [english, russian] = pages.map((page) => ({
    commands: (read(page).match(/```bash\n[^]*?```/g) ?? []).map((block) =>
      block.replaceAll(/<[^>]*>/g, '<>'),
    ),
    links: linksOf(read(page)).filter((link) => !link.startsWith('emergency')),
  }));
  expect(english?.commands.length).toBeGreaterThan(3);
  expect(russian).toEqual(english);
  expect(linksOf(read(pages[0]))).toContain('emergency.ru.md');
  expect(linksOf(read(pages[1]))).toContain('emergency.md');
});

it('has the words of the product in Russian', () => {
  expect(unwelcomeInRussian(read(pages[1]).replace('[In English]', ''))).toEqual([]);
});
