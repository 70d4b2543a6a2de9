/**
 * Everything administrators are told, in both languages, against the files in `golden/`. After a wanted change:
 * `UPDATE_GOLDEN=1 npx vitest run --project unit tests/unit/alert-bridge/bot`, then read the difference.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { createScreen } from '../../../../alert-bridge/bot/screens/screen.ts';
import { unwelcomeInRussian } from '../../../support/documents/russian.ts';
import { parseHtml } from '../../../support/telegram/html-entities.ts';
import { NOW, SCENARIOS } from './scenarios.ts';

const folder = fileURLToPath(new URL('./golden/', import.meta.url));
const update = process.env['UPDATE_GOLDEN'] === '1';
const cases = Object.entries(SCENARIOS).flatMap(([name, draw]) =>
  (['ru', 'en'] as const).map((locale) => ({ name: `${name}.${locale}`, draw, locale })),
);

it.each(cases)('$name', async ({ name, draw, locale }) => {
  const screen = createScreen({
    locale,
    timezone: 'Europe/Moscow',
    now: NOW,
    links: {},
    redact: (text) => text,
  });
  const { html, plain } = await draw(screen);
  // What Telegram would show of the HTML is what the plain text says, and fits.
  expect(parseHtml(html ?? '').text).toBe(plain);
  expect(plain.length).toBeLessThanOrEqual(4_096);
  const drawn = `${html ?? ''}\n`;
  if (update) writeFileSync(`${folder}${name}.txt`, drawn);
  expect(drawn).toBe(readFileSync(`${folder}${name}.txt`, 'utf8'));
  if (locale === 'ru' && !name.startsWith('runbook')) expect(unwelcomeInRussian(drawn)).toEqual([]);
});

it('has no file that nothing draws', () => {
  expect(readdirSync(folder).toSorted()).toEqual(cases.map(({ name }) => `${name}.txt`).toSorted());
});
