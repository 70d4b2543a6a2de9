import { expect, it } from 'vitest';
import { createContext } from '../../../../alert-bridge/render/context.ts';
import type { Locale } from '../../../../alert-bridge/render/message.ts';
import { valueOf } from '../../../../alert-bridge/render/value.ts';
import { databaseDown, NOW } from './contents.ts';

const said = (annotations: Record<string, string>, locale: Locale): string | undefined => {
  const ctx = createContext({ locale, timezone: 'UTC', now: NOW, links: {}, redact: (text) => text });
  return valueOf({ ...databaseDown, annotations }, ctx)?.replaceAll('\u00a0', ' ');
};

it.each([
  ['912000000', 'bytes', '912 МБ', '912 MB'],
  ['1.5e+09', 'bytes', '1,5 ГБ', '1.5 GB'],
  ['1001', 'tasks', '1 001 задача', '1,001 tasks'],
  ['1523', 'tasks', '1 523 задачи', '1,523 tasks'],
  ['1', 'tasks', '1 задача', '1 task'],
  ['13', 'days', '13 дней', '13 days'],
  ['0', 'days', 'меньше суток', 'less than a day'],
  ['0.5417', 'seconds', '542 мс', '542 ms'],
  ['1.25', 'seconds', '1,25 с', '1.25 s'],
  ['750', 'seconds', '12 мин 30 с', '12 min 30 s'],
  ['0.006517', 'ratio', '0,65 %', '0.65%'],
  ['0.25', 'ratio_below_usual', 'на 25 % меньше обычного', '25% fewer than usual'],
  ['7', 'rps', '7 rps', '7 rps'],
  ['+Inf', 'seconds', '+Inf', '+Inf'],
  ['', 'bytes', '', ''],
])('%s %s is %s, in English %s', (value, unit, ru, en) => {
  expect([said({ value, unit }, 'ru'), said({ value, unit }, 'en')]).toEqual([ru, en]);
});

it('is what a rule has written where it names no unit, in the language it has', () => {
  expect(said({ value: '95%' }, 'ru')).toBe('95%');
  expect(said({ value: '5 шт.', value_en: '5 pcs' }, 'en')).toBe('5 pcs');
  expect(said({ unit: 'bytes' }, 'ru')).toBeUndefined();
});
