import { describe, expect, it } from 'vitest';
import { en } from '../../../../alert-bridge/render/locale/en.ts';
import { ru } from '../../../../alert-bridge/render/locale/ru.ts';
import {
  formatMoney,
  formatNumber,
  moneyIn,
  percentagesIn,
} from '../../../../alert-bridge/render/numbers.ts';
import { createTimes } from '../../../../alert-bridge/render/times.ts';

const now = Date.parse('2024-09-21T12:00:00Z');
const moscow = createTimes('Europe/Moscow', now, ru);

describe('percentages in a text', () => {
  it.each([
    ['0.6517%', '0,65 %', '0.65%'],
    ['1.935%', '1,94 %', '1.94%'],
    ['93.519% of 100 %', '93,52 % of 100 %', '93.52% of 100%'],
    ['99.95%', '99,95 %', '99.95%'],
    ['0.00421%', '0,0042 %', '0.0042%'],
    ['-12.50%, 0%', '-12,5 %, 0 %', '-12.5%, 0%'],
    ['(5%)', '(5 %)', '(5%)'],
    // What is no percentage, or is written in another way, stays.
    ['https://x.example/?q=10%20b&r=5%25', undefined, undefined],
    ['0,65 % и 1,234.5%', undefined, undefined],
    ['`awk "$5 > 90%"` 1.2.3% p95% %d 5%d', undefined, undefined],
  ])('%s', (text, ru = text, en = text) => {
    const plain = (shown: string): string => shown.replaceAll('\u00a0', ' ');
    expect([plain(percentagesIn(text, 'ru')), percentagesIn(text, 'en')]).toEqual([ru, en]);
  });
});

describe('durations', () => {
  it.each([
    [0, 'меньше секунды'],
    [-5_000, 'меньше секунды'],
    [NaN, 'меньше секунды'],
    [999, 'меньше секунды'],
    [12_000, '12 с'],
    [60_000, '1 мин'],
    [492_900, '8 мин 12 с'],
    [7_500_000, '2 ч 5 мин'],
    [3_600_000, '1 ч'],
    [273_600_000, '3 д 4 ч'],
  ])('%i ms → %s', (ms, shown) => expect(moscow.duration(ms)).toBe(shown));

  it('in English', () => expect(createTimes('UTC', now, en).duration(492_000)).toBe('8 min 12 s'));
});

describe('times', () => {
  it('shows the date of another day, the day being that of the zone', () => {
    const lateEvening = Date.parse('2024-09-20T21:30:00Z');
    expect(moscow.show(lateEvening)).toBe('00:30');
    expect(createTimes('UTC', now, ru).show(lateEvening)).toBe('20.09.2024 21:30');
    expect(createTimes('UTC', now, en).show(lateEvening)).toBe('2024-09-20 21:30');
  });

  it('shows a span with as few dates as it needs', () => {
    expect(moscow.span(now, now + 300_000)).toBe('15:00–15:05');
    expect(moscow.span(now, now)).toBe('15:00');
    expect(moscow.span(now - 86_400_000, now)).toBe('20.09.2024 15:00 – 15:00');
    expect(moscow.span(now - 86_400_000, now - 86_100_000)).toBe('20.09.2024 15:00 – 15:05');
  });

  it.each([NaN, Infinity, 9e15])('says that %d is no time', (at) =>
    expect(moscow.show(at)).toBe('время неизвестно'),
  );

  it('counts a zone that is none as UTC', () =>
    expect(createTimes('No/Where', now, ru).show(now)).toBe('12:00'));
});

describe('plural forms', () => {
  it.each([
    [1, 'Сразу 1 критический алерт'],
    [2, 'Сразу 2 критических алерта'],
    [5, 'Сразу 5 критических алертов'],
    [11, 'Сразу 11 критических алертов'],
    [21, 'Сразу 21 критический алерт'],
    [1_234, 'Сразу 1 234 критических алерта'],
  ])('%i', (count, shown) => expect(ru.digest('critical', count).replaceAll('\u00a0', ' ')).toBe(shown));

  it.each([
    [1, 'Активен 1'],
    [2, 'Активны 2'],
    [21, 'Активен 21'],
  ])('of what is active: %i', (count, shown) => expect(ru.members(count, 0)).toBe(shown));

  it('in English', () => {
    expect(en.members(1, 2)).toBe('Firing: 1, resolved: 2');
    expect(en.members(0, 1)).toBe('Resolved: 1 alert');
  });

  it('names the day of the last repeat', () =>
    expect(ru.repeats(5, { date: '20.09.2024', time: '14:31' })).toBe(
      'Повторов: 5, последний 20.09.2024 в 14:31',
    ));
});

describe('figures', () => {
  it.each([
    [1_234, 'RUB', '1,234₽'],
    [1_234_567, 'RUB', '1,234,567₽'],
    [150, 'XTR', '150 ⭐'],
    [12.5, 'USD', '12.50 USD'],
    [0.1 + 0.2, 'EUR', '0.30 EUR'],
    [0.000_123_4, 'TON', '0.000123 TON'],
    [-5, 'RUB', '-5₽'],
    [NaN, 'RUB', '—₽'],
    [1e300, 'RUB', '1E300₽'],
  ])('%d %s → %s', (amount, currency, shown) => expect(formatMoney(amount, currency)).toBe(shown));

  it.each([
    [22_221, 'RUB', '22 221 ₽', '22,221 ₽'],
    [1_050, 'XTR', '1 050 ⭐', '1,050 ⭐'],
    [12.5, 'USD', '12,5 USD', '12.5 USD'],
    [0.1 + 0.2, 'EUR', '0,3 EUR', '0.3 EUR'],
    [-5, 'RUB', '-5 ₽', '-5 ₽'],
    [NaN, 'RUB', '— ₽', '— ₽'],
  ])('%d %s is %s to its reader', (amount, currency, inRussian, inEnglish) => {
    expect(moneyIn(amount, currency, 'ru').replaceAll('\u00a0', ' ')).toBe(inRussian);
    expect(moneyIn(amount, currency, 'en')).toBe(inEnglish);
  });

  it('groups thousands', () => expect(formatNumber(456_789)).toBe('456,789'));
});
