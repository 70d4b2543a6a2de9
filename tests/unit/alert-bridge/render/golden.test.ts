/**
 * Every kind of message in both languages against the files in `golden/`.
 * After a wanted change: `UPDATE_GOLDEN=1 npx vitest run --project unit tests/unit/alert-bridge/render`, then read the
 * difference as the person who gets the message at night.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { renderMessage, type Locale } from '../../../../alert-bridge/render/message.ts';
import { unwelcomeInRussian } from '../../../support/documents/russian.ts';
import { parseHtml } from '../../../support/telegram/html-entities.ts';
import { NOW } from './contents.ts';
import { SCENARIOS } from './scenarios.ts';
import { parseTelegramHtml } from './telegram-html.ts';

const folder = fileURLToPath(new URL('./golden/', import.meta.url));
const update = process.env['UPDATE_GOLDEN'] === '1';
const locales: readonly Locale[] = ['ru', 'en'];
const cases = Object.entries(SCENARIOS).flatMap(([name, content]) =>
  locales.map((locale) => ({ name: `${name}.${locale}`, content, locale })),
);

/** What senders have written in their own words, and the report, whose form is that of the specification. */
const FOREIGN_WORDS =
  /^(?:alert-of-|alert-with-message|critical-error|custom|digest-warning|metric-alert|report)/;

function draw(content: (typeof cases)[number]['content'], locale: Locale): string {
  const { html, plain, length, shownEntries } = renderMessage(content, {
    locale,
    timezone: 'Europe/Moscow',
    now: NOW,
    links: {
      grafana: 'https://grafana.example.com',
      status: 'http://127.0.0.1:9847/',
      runbooks: 'https://wiki.example.com/runbooks',
    },
    redact: (text) => text,
  });
  expect(parseTelegramHtml(html).text).toHaveLength(length);
  // The local Telegram of the acceptance tests must read the same.
  expect(parseHtml(html).text).toBe(parseTelegramHtml(html).text);
  const shown = shownEntries === undefined ? '' : `, ${shownEntries} entries`;
  return `${html}\n\n=== plain (${length} units${shown}) ===\n${plain}\n`;
}

describe('messages', () => {
  it.each(cases)('$name', ({ name, content, locale }) => {
    const drawn = draw(content, locale);
    if (update) writeFileSync(`${folder}${name}.txt`, drawn);
    expect(drawn).toBe(readFileSync(`${folder}${name}.txt`, 'utf8'));
  });

  it.each(cases.filter(({ name, locale }) => locale === 'ru' && !FOREIGN_WORDS.test(name)))(
    '$name is Russian as people write it',
    ({ content, locale }) => {
      expect(unwelcomeInRussian(draw(content, locale).split('=== plain')[0] ?? '')).toEqual([]);
    },
  );

  it('has no file that nothing draws', () => {
    expect(readdirSync(folder).sort()).toEqual(cases.map(({ name }) => `${name}.txt`).sort());
  });

  it('would see a changed word', () => {
    const [first] = cases;
    if (first === undefined) throw new Error('there are no scenarios');
    const golden = readFileSync(`${folder}${first.name}.txt`, 'utf8');
    expect(draw(first.content, first.locale === 'ru' ? 'en' : 'ru')).not.toBe(golden);
  });
});
