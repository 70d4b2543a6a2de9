import { describe, expect, it } from 'vitest';
import { en } from '../../../common/reasons/en.ts';
import { mapTexts, placesIn, readReasons, say, type ReasonCode } from '../../../common/reasons/reason.ts';
import { ru } from '../../../common/reasons/ru.ts';
import { EVERY_REASON, withoutQuotations } from '../../support/documents/reasons.ts';
import { unwelcomeInRussian } from '../../support/documents/russian.ts';

const codes = Object.keys(en) as ReasonCode[];
const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, ' ');

/** Names, and words that are typed as they are. */
const NAMES = new Set(
  'Redis Telegram Celery Bot API getWebhookInfo prefetch maxmemory maxmemory-policy replicaof http https probes celery_workers min-replicas-to-write pool_mode statement transaction'.split(
    ' ',
  ),
);

describe('every reason', () => {
  it.each(codes)('%s says the same in both languages', (code) => {
    expect(placesIn(ru[code]).toSorted()).toEqual(placesIn(en[code]).toSorted());
    expect(en[code]).not.toMatch(/[а-яё]/i);
    expect(ru[code]).toMatch(/[а-яё]/i);
  });

  it.each(codes)('%s has no English words in Russian but names and quotations', (code) => {
    const prose = withoutQuotations(ru[code]).replaceAll(/\{\w+\}/g, ' ');
    const words = prose.match(/[a-z][\w-]*/gi) ?? [];
    expect(words.filter((word) => !NAMES.has(word) && !/^[A-Z_]+$/.test(word))).toEqual([]);
    expect(ru[code]).not.toMatch(/(?<!")\{(?:words|sentence)\}/);
  });

  it.each(EVERY_REASON.map((reason) => [reason.code, reason] as const))(
    '%s is good Russian',
    (_code, reason) => {
      const sentence = say([reason], 'ru');
      expect(sentence).not.toMatch(/[{}]|undefined|\.$/);
      expect(unwelcomeInRussian(withoutQuotations(sentence))).toEqual([]);
    },
  );
});

describe('figures, dates and lists', () => {
  it('are written as the reader writes them', () => {
    const said = (locale: 'ru' | 'en'): string =>
      plain(
        say(
          [
            { code: 'memory', usage: 98.46, limit: 90 },
            { code: 'webhook_backlog', pending: 1_234, limit: 100 },
            { code: 'certificate_expired_on', target: 'bot.example', day: '2026-11-02' },
            { code: 'redis_password', variables: ['REDIS_URL', 'REDIS_PASSWORD'] },
          ],
          locale,
        ),
      );
    expect(said('ru')).toBe(
      'память занята на 98,5 %, порог 90 %; у Telegram ждут доставки сообщения: 1 234 (предел 100); ' +
        'сертификат TLS у bot.example истёк 02.11.2026; Redis не принял пароль (WRONGPASS): проверьте REDIS_URL или REDIS_PASSWORD',
    );
    expect(said('en')).toBe(
      'memory is 98.5 % in use, limit 90 %; 1,234 updates wait at Telegram, limit 100; ' +
        'the TLS certificate of bot.example expired on 2026-11-02; Redis refuses the password (WRONGPASS): check REDIS_URL or REDIS_PASSWORD',
    );
  });
});

it('has every text of a reason changed, and neither its code nor its figures', () => {
  const hide = (text: string): string => text.replaceAll('bot', '[secret]');
  expect(mapTexts({ code: 'webhook_failing', words: 'at bot1:2', pending: 3 }, hide)).toEqual({
    ...{ code: 'webhook_failing', words: 'at [secret]1:2', pending: 3 },
  });
  expect(mapTexts({ code: 'dns_silent', target: ['bot.example', 'a'] }, hide)).toEqual({
    ...{ code: 'dns_silent', target: ['[secret].example', 'a'] },
  });
});

describe('reasons of another release', () => {
  it('are read as they were written', () => {
    expect(readReasons(JSON.parse(JSON.stringify(EVERY_REASON)))).toEqual(EVERY_REASON);
    expect(readReasons([{ code: 'celery_nobody', since: { release: 2 } }])).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ['none', undefined],
    ['an empty list', []],
    ['no list', { code: 'celery_nobody' }],
    ['a code from the future', [{ code: 'celery_nobody' }, { code: 'moon_phase' }]],
    ['a code that every object has', [{ code: 'constructor' }]],
    ['a parameter that is missing', [{ code: 'connection_refused' }]],
    ['a parameter that is no text', [{ code: 'connection_refused', target: { host: 'a' } }]],
    ['null', [null]],
  ])('are not said when they are %s', (_what, received) => {
    expect(readReasons(received)).toBeUndefined();
  });
});
