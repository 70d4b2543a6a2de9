import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Locale } from '../../../alert-bridge/render/message.ts';
import { renderRunbook } from '../../../alert-bridge/bot/runbook.ts';
import { unwelcomeInRussian } from '../../support/documents/russian.ts';
import { read, ROOT } from './documents.ts';

const SECTIONS: Readonly<Record<Locale, readonly string[]>> = {
  ru: ['Что проверить сначала', 'Как исправить', 'Как заглушить', 'Что это значит'],
  en: ['Check first', 'How to fix', 'How to mute', 'What it means'],
};
const USERS: Readonly<Record<Locale, string>> = { ru: 'Что видят пользователи:', en: 'What users see:' };
/** What a phone shows without scrolling, about: the fix must have begun. */
const FIRST_SCREEN = 600;

const names = readdirSync(join(ROOT, 'docs/runbooks')).map((file) => file.replace('.md', ''));
const markdownOf = (name: string): string => read(`docs/runbooks/${name}.md`);
const ENGLISH = '\n## In English\n';

/** Names in the headings of blocks, each once; '' for what no block is about. */
const blocksOf = (markdown: string): readonly string[] => [
  ...new Set([
    '',
    ...[...markdown.matchAll(/^#+ (`.+`)$/gm)].flatMap(([, title = '']) =>
      [...title.matchAll(/`([^`]+)`/g)].map(([, found = '']) => found.replace(/<.+>/, 'peer')),
    ),
  ]),
];

const shown: readonly (readonly [string, string, Locale])[] = names.flatMap((name) =>
  blocksOf(markdownOf(name)).flatMap((component) =>
    (['ru', 'en'] as const).map((locale) => [name, component, locale] as const),
  ),
);

const fencedIn = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^```bash\n([^]*?)^```/gm)].map(([, commands = '']) =>
    commands.replaceAll(/ --comment="[^"]*"/g, ''),
  );

describe.each(shown)('%s for "%s" in %s', (name, component, locale) => {
  const { plain } = renderRunbook(markdownOf(name), { locale, component });
  const at = (words: string): number => plain.split('\n').findIndex((row) => row.startsWith(words));

  it('says what users see, then what to check, to fix and to mute, then what it means', () => {
    const rows = [USERS[locale], ...SECTIONS[locale]].map(at);
    expect(rows).toEqual(rows.toSorted((a, b) => a - b));
    expect(rows[0]).toBeGreaterThan(0);
    for (const words of [USERS[locale], ...SECTIONS[locale]]) expect(plain.split(words)).toHaveLength(2);
  });

  it('has the fix on the first screen', () => {
    expect(plain.indexOf(SECTIONS[locale][1] ?? '')).toBeLessThan(FIRST_SCREEN);
  });

  it('ends with all its words', () => {
    expect(plain.endsWith('…')).toBe(false);
  });

  it('names buttons and /mute before amtool, unless it cannot be muted', () => {
    const mute = plain.slice(plain.indexOf(SECTIONS[locale][2] ?? ''));
    const places = ['🔕', `/mute ${locale === 'ru' ? '4ч' : '4h'} ${name}`, 'amtool silence add'].map(
      (words) => mute.indexOf(words),
    );
    if (['Watchdog', 'CauseKnown'].includes(name)) expect(places).toEqual([-1, -1, -1]);
    else {
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      expect(places[0]).toBeGreaterThan(0);
    }
  });
});

describe.each(names)('%s', (name) => {
  const markdown = markdownOf(name);
  const [russian = '', english = ''] = markdown.split(ENGLISH);

  it('is titled by its alert in both languages', () => {
    expect(russian).toMatch(new RegExp(`^# ${name} — \\p{L}`, 'u'));
    expect(english).toMatch(new RegExp(`^\n### ${name} — [a-z]`));
  });
  it('is in the Russian of the product', () => {
    expect(unwelcomeInRussian(russian)).toEqual([]);
  });
  it('has no Russian in its English part, but for what is quoted', () => {
    expect(
      english.replaceAll(/```[^]*?```|`[^`]*`|"[^"]*"|«[^»]*»/g, '').match(/\p{Script=Cyrillic}+/gu) ?? [],
    ).toEqual([]);
  });
  it('gives the same commands in both languages', () => {
    expect(fencedIn(english)).toEqual(fencedIn(russian));
  });
  it('runs its commands wherever they are pasted', () => {
    expect(markdown.match(/docker compose(?! -p expensebot-monitoring ).*/g) ?? []).toEqual([]);
  });
  // A tap on a phone copies one line, without a comment: each is a command of its own.
  it.each(fencedIn(russian).flatMap((commands) => commands.replaceAll(/\\\n/g, '').trim().split('\n')))(
    'has a line that a shell understands: %s',
    (command) => {
      execFileSync('bash', ['-n'], { input: command });
      expect(command).not.toMatch(/(?:^|\s)#/);
    },
  );
});

it('ComponentDown has a block for every component that is watched, and one for the others', () => {
  const { probes } = parse(read('exporter/config.yml')) as { probes: Record<string, unknown> };
  const blocks = blocksOf(markdownOf('ComponentDown'));
  expect([...Object.keys(probes), 'http:peer', 'peer'].filter((found) => !blocks.includes(found))).toEqual(
    [],
  );
});
