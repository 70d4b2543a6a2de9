import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../../exporter/history/recent.ts';
import { stripOf, upRatioOf } from '../../../../exporter/pages/strip.ts';

const FOUR = { to: 400, cells: 4, cellMs: 100 };
const change = (at: number, status: Change['status']): Change => ({ at, status });

describe('a strip', () => {
  it.each<[string, Change[], string[], number | undefined]>([
    ['of nothing', [], ['unknown', 'unknown', 'unknown', 'unknown'], undefined],
    ['that began before', [change(-50, 'healthy')], ['up', 'up', 'up', 'up'], 1],
    ['that began within', [change(240, 'healthy')], ['unknown', 'unknown', 'up', 'up'], 1],
    [
      'with a short outage',
      [change(0, 'healthy'), change(110, 'unhealthy'), change(114, 'healthy')],
      ['up', 'down', 'up', 'up'],
      0.99,
    ],
    [
      'with an outage over an edge',
      [change(0, 'healthy'), change(190, 'unhealthy'), change(210, 'healthy')],
      ['up', 'down', 'down', 'up'],
      0.95,
    ],
    [
      'that is unknown at the end',
      [change(0, 'unhealthy'), change(200, 'unknown')],
      ['down', 'down', 'unknown', 'unknown'],
      0,
    ],
    [
      'of what was switched off',
      [change(0, 'disabled')],
      ['unknown', 'unknown', 'unknown', 'unknown'],
      undefined,
    ],
  ])('%s', (_what, changes, cells, ratio) => {
    const strip = stripOf(changes, FOUR);
    expect(strip.cells).toEqual(cells);
    expect(upRatioOf(strip)).toBe(ratio);
  });

  it('hides no outage, and has one cell down for each place that was', () => {
    const status = fc.constantFrom('healthy', 'unhealthy', 'unknown');
    const times = fc.uniqueArray(fc.integer({ min: -100, max: 399 }), { maxLength: 20 });
    fc.assert(
      fc.property(times, fc.array(status, { minLength: 20, maxLength: 20 }), (ats, statuses) => {
        const changes = ats
          .toSorted((a, b) => a - b)
          .map((at, index) => change(at, statuses[index] ?? 'unknown'));
        const strip = stripOf(changes, FOUR);
        const at = (time: number): string | undefined => changes.findLast((one) => one.at <= time)?.status;
        const every = Array.from({ length: 400 }, (_, time) => at(time));
        expect(strip.downMs).toBe(every.filter((one) => one === 'unhealthy').length);
        expect(strip.cells.map((cell) => cell === 'down')).toEqual(
          [0, 1, 2, 3].map((cell) => every.slice(cell * 100, cell * 100 + 100).includes('unhealthy')),
        );
      }),
    );
  });
});
