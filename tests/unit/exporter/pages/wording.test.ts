import { describe, expect, it } from 'vitest';
import { en } from '../../../../exporter/pages/locale/en.ts';
import { ru } from '../../../../exporter/pages/locale/ru.ts';
import { createWording } from '../../../../exporter/pages/wording.ts';

const NOW = Date.parse('2026-11-23T11:02:10Z');
const russian = createWording(ru, NOW, 'Europe/Moscow');
const english = createWording(en, NOW, 'Europe/Moscow');
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Intl writes spaces that do not break. */
const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, ' ');

describe('durations', () => {
  it.each([
    [999, 'меньше секунды', 'less than a second'],
    [SECOND, '1 секунду', '1 second'],
    [22 * SECOND, '22 секунды', '22 seconds'],
    [MINUTE, '1 минуту', '1 minute'],
    [5 * MINUTE, '5 минут', '5 minutes'],
    [21 * MINUTE, '21 минуту', '21 minutes'],
    [2 * HOUR, '2 часа', '2 hours'],
    [24 * HOUR, '24 часа', '24 hours'],
    [47 * HOUR, '47 часов', '47 hours'],
    [48 * HOUR, '2 дня', '2 days'],
    [-5, 'меньше секунды', 'less than a second'],
  ])('%i ms', (ms, inRussian, inEnglish) => {
    expect([russian.duration(ms), english.duration(ms)]).toEqual([inRussian, inEnglish]);
    expect(russian.age(NOW - ms)).toBe(inRussian);
  });
});

describe('figures', () => {
  it('are in the words of the language', () => {
    expect(plain(russian.count(1_234))).toBe('1 234');
    expect(english.count(1_234)).toBe('1,234');
    expect(plain(russian.bytes(14.2e9))).toBe('14 ГБ');
    expect([english.bytes(0), english.bytes(1.26e6)]).toEqual(['0 byte', '1.3 MB']);
    expect([plain(russian.response(0.2)), plain(russian.response(1_250))]).toEqual(['1 мс', '1,3 с']);
    expect(english.share(0.634)).toBe('63%');
  });

  it('of availability are never rounded up', () => {
    expect([1, 0.99999, 0.57, 0.0001, 0].map((ratio) => english.percent(ratio))).toEqual([
      '100%',
      '99.99%',
      '57%',
      '0.01%',
      '0%',
    ]);
  });
});

it('times are those of the time zone, with a date when it was not today', () => {
  expect(russian.clock(NOW)).toBe('14:02:10');
  expect([russian.time(NOW), english.time(NOW - 15 * HOUR)]).toEqual(['14:02', '22 Nov, 23:02']);
});
