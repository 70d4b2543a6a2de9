import { describe, expect, it } from 'vitest';
import { alertChart, type AlertData } from '../../../../alert-bridge/charts/alert-chart.ts';
import { draw } from '../../../../alert-bridge/charts/draw.ts';
import { toOption } from '../../../../alert-bridge/charts/echarts.ts';
import type { RangeSeries } from '../../../../alert-bridge/charts/prometheus.ts';
import { reportChart } from '../../../../alert-bridge/charts/report-chart.ts';
import { formatValue } from '../../../../alert-bridge/charts/units.ts';
import type { AlertBody, DailyReportBody } from '../../../../alert-bridge/model/signal.ts';
import { dailyFigures } from '../../../support/exporter/daily-figures.ts';
import { readImage } from '../../../support/telegram/image.ts';

const range = { from: 0, to: 60_000, stepMs: 15_000 };
const series = (
  labels: Record<string, string>,
  values: readonly (number | null)[] = [1, 2, null, 3, 4],
): RangeSeries => ({
  labels,
  points: values.map((value, i) => [i * 15_000, value]),
});
const firing = (labels: Record<string, string>): AlertBody => ({
  kind: 'alert',
  status: 'firing',
  fingerprint: 'f',
  labels,
  annotations: {},
  startsAt: 0,
});
const data = (more: Partial<AlertData> = {}): AlertData => ({
  title: 'Очередь растёт',
  query: { unit: 'number', firesWhenEqual: false },
  series: [series({})],
  threshold: [series({}, [5, 5, 5, 5, 5])],
  phrases: { threshold: 'порог', began: 'начало', fine: 'норма', failing: 'сбой' },
  firing: [],
  range,
  language: 'ru',
  timezone: 'Europe/Moscow',
  tidy: (text) => text,
  ...more,
});

describe("an alert's figure", () => {
  it('shows six series at most, those that fire first, named by what tells them apart', () => {
    const all = Array.from({ length: 9 }, (_, i) => series({ __name__: 'm', job: 'j', queue: `q${i}` }));
    const labels = { alertname: 'Queue', job: 'j', queue: 'q8' };
    const [panel] = alertChart(data({ series: all, firing: [firing(labels)] }))?.panels ?? [];
    expect(panel?.series.map(({ name }) => name)).toEqual(['q8', 'q0', 'q1', 'q2', 'q3', 'q4']);
  });

  it('does not name one that is alone, and draws 0 and 1 as steps', () => {
    const [panel] =
      alertChart(data({ series: [series({ component: 'redis' }, [1, 0, 1, 0, null])] }))?.panels ?? [];
    expect(panel?.series).toMatchObject([{ name: '', shape: 'step' }]);
    expect(alertChart(data())?.panels[0]?.series).toMatchObject([{ shape: 'line' }]);
  });

  it('says in labels what it is of, never in the words of a query', () => {
    const of = (...labels: Record<string, string>[]) =>
      alertChart(data({ series: labels.map((one) => series(one)) }))?.panels[0];
    const scraped = { __name__: 'queue_messages', instance: 'exporter:9847', job: 'exporter' };
    expect(of({ ...scraped, component: 'redis' })?.title).toBe('redis');
    expect(of(scraped)?.title).toBe('');
    const two = of({ ...scraped, queue: 'a' }, { ...scraped, __name__: 'other', queue: 'b' });
    expect([two?.title, two?.series.map(({ name }) => name)]).toEqual(['', ['a', 'b']]);
    expect(of({ job: 'a' }, { job: 'b' })?.series.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('says of what either works or does not which is which', () => {
    const panel = (fires: number, firesWhenEqual = true, values = [1, 0, 1, 0, null]) =>
      alertChart(
        data({
          query: { unit: 'number', firesWhenEqual },
          series: [series({}, values)],
          threshold: [series({}, [fires, fires, fires])],
        }),
      )?.panels[0];
    expect(panel(0)?.states).toEqual(['сбой', 'норма']);
    expect(panel(0)).not.toHaveProperty('threshold');
    expect(panel(1)?.states).toEqual(['норма', 'сбой']);
    for (const other of [panel(0, false), panel(2), panel(0, true, [0, 1, 2])]) {
      expect(other).not.toHaveProperty('states');
      expect(other?.threshold?.label).toBe('порог');
    }
  });

  it('begins with what is known', () => {
    const hour = { from: 0, to: 3_600_000, stepMs: 60_000 };
    const knownFrom = (minute: number) => {
      const values = Array.from({ length: 61 }, (_, i): [number, number | null] => [
        i * 60_000,
        i < minute ? null : i,
      ]);
      const threshold = [{ labels: {}, points: values.map(([at]): [number, number] => [at, 5]) }];
      const chart = alertChart(data({ range: hour, series: [{ labels: {}, points: values }], threshold }));
      const [panel] = chart?.panels ?? [];
      return [chart?.axis.from, panel?.series[0]?.points[0]?.[0], panel?.threshold?.points[0]?.[0]];
    };
    expect(knownFrom(0)).toEqual([0, 0, 0]);
    expect(knownFrom(20)).toEqual([1_200_000, 1_200_000, 1_200_000]);
    expect(knownFrom(58)).toEqual([3_480_000, 3_480_000, 3_480_000]);
  });

  it('has a threshold only when it is one', () => {
    expect(alertChart(data())?.panels[0]?.threshold?.label).toBe('порог');
    const two = [series({ a: '1' }), series({ a: '2' })];
    expect(alertChart(data({ threshold: two }))?.panels[0]).not.toHaveProperty('threshold');
    expect(alertChart(data({ threshold: [] }))?.panels[0]).not.toHaveProperty('threshold');
  });

  it('is none when there is nothing to see', () => {
    expect(alertChart(data({ series: [] }))).toBeUndefined();
    expect(alertChart(data({ series: [series({}, [null, null])] }))).toBeUndefined();
    expect(alertChart(data({ series: [series({}, [null, null, null, 7, 8])] }))).toBeUndefined();
  });

  it('is none of what works or does not, unless it failed again: the message says the rest', () => {
    const of = (...values: number[]) => alertChart(data({ series: [series({}, values)] }));
    expect([of(1, 1, 1, 0, 0), of(0, 0, 0, 0, 0)]).toEqual([undefined, undefined]);
    expect(of(1, 0, 1, 0, 0)?.panels).toHaveLength(1);
  });

  it('marks when the first of what fires began, where that is within the picture', () => {
    const markOf = (...startsAt: number[]) =>
      alertChart(data({ firing: startsAt.map((at) => ({ ...firing({}), startsAt: at })) }))?.mark;
    expect(markOf(45_000, 30_000)).toEqual({ at: 30_000, label: 'начало' });
    expect([markOf(-1), markOf(60_001), markOf()]).toEqual([undefined, undefined, undefined]);
  });

  it('tidies every foreign text', () => {
    const spoiled = JSON.stringify(
      alertChart(
        data({
          series: [series({ a: 'x', component: 'c' }), series({ a: 'y', component: 'c' })],
          tidy: () => '[tidy]',
        }),
      ),
    );
    for (const text of ['"x"', '"y"', 'Очередь', 'component']) expect(spoiled).not.toContain(text);
  });
});

describe("a report's figure", () => {
  const report = (figures: DailyReportBody['figures']): DailyReportBody => ({
    kind: 'daily_report',
    date: '2024-09-21',
    formedAt: 0,
    errors: 0,
    figures,
  });

  it('has thirty days of users and of roubles, with gaps where nothing is known', () => {
    const chart = reportChart(report(dailyFigures('2024-09-21')), 'ru', 'Europe/Moscow');
    expect(chart?.panels.map(({ series: all }) => all.map(({ points }) => points.length))).toEqual([
      [30, 30],
      [30, 30],
    ]);
    expect(chart?.panels[0]?.series[0]?.points[11]).toEqual([Date.parse('2024-09-03'), null]);
    expect(chart?.panels[1]?.series[0]?.points[29]?.[1]).toBeGreaterThan(1_000_000);
  });

  it('is none without figures', () => {
    expect(reportChart(report(null), 'ru', 'Europe/Moscow')).toBeUndefined();
  });

  it.each(['ru', 'en'] as const)('is a picture that Telegram takes (%s)', (locale) => {
    const chart = reportChart(report(dailyFigures('2024-09-21')), locale, 'Europe/Moscow');
    if (chart === undefined) throw new Error('there is no figure');
    const png = draw(chart);
    expect(readImage(png)).toMatchObject({ mime: 'image/png', width: 1_280 });
    expect(png.byteLength).toBeLessThan(500_000);
  });
});

describe('a drawing', () => {
  it('has no axis beyond 100 %, unless what it shows is beyond it', () => {
    const topOf = (values: readonly number[]): unknown => {
      const query = { unit: 'ratio', firesWhenEqual: false } as const;
      const chart = alertChart(data({ query, series: [series({}, values)], threshold: [] }));
      return chart === undefined ? undefined : [toOption(chart).yAxis].flat()[0]?.max;
    };
    expect(topOf([0.2, 0.99, 1])).toBe(1);
    expect(topOf([0.2, 1.2, 3])).toBeUndefined();
  });

  it('bears hostile names, huge values and a single point', () => {
    const hostile = ['</text><script>alert(1)</script>', '"\'&<>]]>', '\u202eשלום', 'x'.repeat(500), '', '—'];
    const chart = alertChart(
      data({
        title: hostile.join(' '),
        series: hostile.map((name, i) => series({ a: name }, [1e300, -1e300, null, 10 ** (i * 10), i])),
        threshold: [series({}, [null, 1e-9, null])],
      }),
    );
    if (chart === undefined) throw new Error('there is no figure');
    expect(readImage(draw(chart)).width).toBe(1_280);
  });
});

it.each([
  [0.953, 'ratio', 'en', '95.3%'],
  [912e6, 'bytes', 'en', '912 MB'],
  [0, 'bytes', 'en', '0 byte'],
  [1_234_567, 'number', 'en', '1.235M'],
  [1_234, 'number', 'en', '1,234'],
  [1_500_000, 'number', 'ru', '1,5 млн'],
] as const)('%d as %s in %s is %s', (value, unit, language, text) => {
  expect(formatValue(value, unit, language).replaceAll('\u00a0', ' ')).toBe(text);
});
