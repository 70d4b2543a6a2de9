import { describe, expect, it } from 'vitest';
import { covers, daysOf, EVERYTHING, learn, rangeFrom, rangeOf } from '../../../../exporter/kpi/day-ids.ts';

const every = (step: number, from: number, to: number) =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
const on = (date: string, ...ids: number[]) => ids.map((id) => ({ id, date }));

describe('a range', () => {
  it('leaves a few far-away ids out and names them', () => {
    const own = every(10, 90_000, 100_000);
    expect(rangeOf([3, 7, ...own], 100_000)).toEqual({ from: 90_000, others: [3, 7] });
  });
  it('takes ids in that are cheaper to read along', () => {
    const own = every(10, 90_000, 100_000);
    expect(rangeOf([89_950, ...own], 100_000)).toEqual({ from: 89_950, others: [] });
  });
  it('begins a little before the end when nothing is in it, for what is under way', () => {
    expect(rangeOf([], 100_000)).toEqual({ from: 99_500, others: [] });
    expect(rangeOf([], 20)).toEqual({ from: 0, others: [] });
  });
  it('is read as a whole when too much would be left out', () => {
    const many = Array.from({ length: 2_000 }, (_, index) => index * 50_000);
    expect(rangeOf(many, 200_000_000).others.length).toBeLessThanOrEqual(1_000);
  });
});

describe('days', () => {
  const known = daysOf(
    [...on('2026-03-09', ...every(100, 5_000, 8_900)), ...on('2026-03-10', 9_000)],
    ['2026-03-09', '2026-03-10'],
    9_400,
  );

  it('are found from the first of their rows on', () => {
    expect(rangeFrom(known, '2026-03-09')).toEqual({ from: 5_000, others: [] });
    expect(rangeFrom(known, '2026-03-12')).toEqual({ from: 8_900, others: [] });
    expect(rangeFrom(known, '2026-03-08')).toBe(EVERYTHING);
  });

  it('begin at the fence, for all that is smaller had its time before', () => {
    const next = learn(known, on('2026-03-11', 20_100), {
      today: '2026-03-11',
      watermark: 20_000,
      top: 20_100,
    });
    expect(rangeFrom(next, '2026-03-11').from).toBe(20_000);
  });

  it('begin near their first row after a time in which nobody looked', () => {
    const next = learn(known, on('2026-03-20', 90_000), {
      today: '2026-03-20',
      watermark: 9_400,
      top: 90_000,
    });
    expect(rangeFrom(next, '2026-03-20').from).toBe(89_500);
    expect(rangeFrom(next, '2026-03-15').from).toBe(8_900);
  });

  it('begin earlier when a smaller id comes late', () => {
    const next = learn(known, on('2026-03-10', 8_000), { today: '2026-03-10', watermark: 7_000, top: 9_400 });
    expect(rangeFrom(next, '2026-03-10').from).toBe(8_000);
  });

  it('find rows that were dated ahead of their time', () => {
    const ahead = learn(known, on('2026-03-12', 9_300), {
      today: '2026-03-10',
      watermark: 9_000,
      top: 9_400,
    });
    const later = learn(ahead, on('2026-03-12', 50_000), {
      today: '2026-03-12',
      watermark: 49_000,
      top: 50_000,
    });
    expect(rangeFrom(later, '2026-03-12')).toEqual({ from: 49_500, others: [9_300] });
    expect(rangeFrom(later, '2026-03-10')).toEqual({ from: 8_900, others: [] });
  });

  it('are read from the first row on when thousands were dated ahead', () => {
    const ids = Array.from({ length: 1_500 }, (_, index) => 9_500 + index);
    const next = learn(known, on('2026-03-12', ...ids), {
      today: '2026-03-10',
      watermark: 9_000,
      top: 11_000,
    });
    expect(rangeFrom(next, '2026-03-12').from).toBe(9_500);
  });

  it('are not known before the first, nor for a clock that came back to a day it had passed over', () => {
    expect(covers(known, '2026-03-09', '2026-03-10')).toBe(true);
    expect(covers(known, '2026-03-10', '2026-03-15')).toBe(true);
    expect(covers(known, '2026-03-08', '2026-03-09')).toBe(false);
    const jumped = learn(known, [], { today: '2026-03-20', watermark: 9_000, top: 9_400 });
    expect(covers(jumped, '2026-03-10', '2026-03-11')).toBe(false);
  });
});
