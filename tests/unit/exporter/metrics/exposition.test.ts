import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MetricFamily } from '../../../../common/metrics/family.ts';
import type { Sample } from '../../../../exporter/model/collector.ts';
import { assemble, createOwners } from '../../../../exporter/metrics/assemble.ts';
import { catalog } from '../../../../exporter/metrics/catalog.ts';
import { formatValue, type Format } from '../../../../exporter/metrics/exposition.ts';
import { renderFragment } from '../../../../exporter/metrics/fragment.ts';
import { parseExposition } from '../../../support/exporter/exposition.ts';

const amount = (category: string, value = 1, currency = 'RUB'): Sample => ({
  family: catalog.dailyCategoryAmount,
  labels: { category, currency },
  value,
});
const one = (family: MetricFamily, value = 1): Sample => ({ family, labels: {}, value });
const gauge: MetricFamily = {
  name: 'own_gauge',
  kind: 'gauge',
  help: 'A "gauge"\nwith \\ in it.',
  labels: [],
};
const counter: MetricFamily = { name: 'own_counter_total', kind: 'counter', help: 'A counter.', labels: [] };
const histogram: MetricFamily = { name: 'own_seconds', kind: 'histogram', help: 'Time.', labels: ['at'] };
const never = (): undefined => undefined;

/** Every group is a collector of its own. */
async function render(format: Format, ...groups: readonly (readonly Sample[])[]): Promise<string> {
  const fragments = await Promise.all(groups.map((samples) => renderFragment(samples, never)));
  const owners = createOwners();
  await owners.update(fragments, never);
  return assemble(await owners.withoutDuplicates(never), format).toString();
}
const seriesOf = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('families', () => {
  it('come once each in the order of the catalogue, then those it does not have', async () => {
    const text = await render('text', [one(gauge), amount('b'), one(catalog.users, 3)], [amount('a')]);
    expect(text).toBe(
      `# HELP expensebot_users ${catalog.users.help}\n# TYPE expensebot_users gauge\nexpensebot_users 3\n` +
        `# HELP expensebot_daily_category_amount ${catalog.dailyCategoryAmount.help}\n` +
        '# TYPE expensebot_daily_category_amount gauge\n' +
        'expensebot_daily_category_amount{category="b",currency="RUB"} 1\n' +
        'expensebot_daily_category_amount{category="a",currency="RUB"} 1\n' +
        '# HELP own_gauge A "gauge"\\nwith \\\\ in it.\n# TYPE own_gauge gauge\nown_gauge 1\n',
    );
  });

  it('of counters lose _total in OpenMetrics, where quotes in a help are escaped and the end is told', async () => {
    expect(await render('openMetrics', [one(gauge), one(counter)])).toBe(
      '# HELP own_gauge A \\"gauge\\"\\nwith \\\\ in it.\n# TYPE own_gauge gauge\nown_gauge 1\n' +
        '# HELP own_counter A counter.\n# TYPE own_counter counter\nown_counter_total 1\n# EOF\n',
    );
    expect(await render('text', [one(counter)])).toContain('# TYPE own_counter_total counter\n');
  });

  it('never share a name: a counter whose stem is taken, or that is no …_total, says no kind', async () => {
    const stem: MetricFamily = { ...gauge, name: 'own_counter' };
    const unnamed: MetricFamily = { ...counter, name: 'own_count' };
    const { types } = parseExposition(await render('openMetrics', [one(stem), one(counter), one(unnamed)]));
    expect(Object.fromEntries(types)).toEqual({
      own_counter: 'gauge',
      own_counter_total: 'unknown',
      own_count: 'unknown',
    });
  });

  it('write bounds and values alike in both formats, and exemplars in OpenMetrics', async () => {
    const bucket = (le: string, value: number): Sample => ({
      family: histogram,
      labels: { le, at: 'x' },
      value,
      part: 'bucket',
    });
    const exemplar = { labels: { run_at: '2026-11-23T00:00:00.000Z' }, value: 0.7, timestampSeconds: 1.5 };
    const samples: Sample[] = [
      bucket('0.5', 0),
      { ...bucket('1', 2), exemplar },
      bucket('+Inf', 2),
      { family: histogram, labels: { at: 'x' }, value: 1.4, part: 'sum' },
      { family: histogram, labels: { at: 'x' }, value: 2, part: 'count' },
    ];
    const text = seriesOf(await render('text', samples));
    expect(text).toEqual([
      'own_seconds_bucket{le="0.5",at="x"} 0',
      'own_seconds_bucket{le="1.0",at="x"} 2',
      'own_seconds_bucket{le="+Inf",at="x"} 2',
      'own_seconds_sum{at="x"} 1.4',
      'own_seconds_count{at="x"} 2',
    ]);
    const open = seriesOf(await render('openMetrics', samples));
    expect(open[1]).toBe(
      'own_seconds_bucket{le="1.0",at="x"} 2 # {run_at="2026-11-23T00:00:00.000Z"} 0.7 1.5',
    );
    expect(open.map((line) => line.split(' # ')[0])).toEqual(text);
  });

  it('show special values as the formats do', () => {
    const values = [NaN, Infinity, -Infinity, 0, -0, -1.5, 1e21];
    expect(values.map(formatValue)).toEqual(['NaN', '+Inf', '-Inf', '0', '0', '-1.5', '1e+21']);
  });
});

describe('equal series', () => {
  it('are shown once, the first of them, within a collector and between two', async () => {
    const lines = ['expensebot_daily_category_amount{category="a",currency="RUB"} 1'];
    expect(seriesOf(await render('text', [amount('a', 1), amount('a', 2)]))).toEqual(lines);
    expect(seriesOf(await render('text', [amount('a', 1)], [amount('a', 2)], [amount('a', 3)]))).toEqual(
      lines,
    );
  });

  it('take nothing else away, and come back when the first one goes', async () => {
    const owners = createOwners();
    const first = await renderFragment([amount('a', 1), amount('b', 1)], never);
    const second = await renderFragment([amount('a', 2), amount('c', 2)], never);
    const shown = async (): Promise<number[]> => {
      const text = assemble(await owners.withoutDuplicates(never), 'text').toString();
      return parseExposition(text).series.map(({ value }) => value);
    };
    await owners.update([first, second], never);
    expect(await shown()).toEqual([1, 1, 2]);
    await owners.update([second], never);
    expect(await shown()).toEqual([2, 2]);
  });

  it('are not those that only look alike once joined', async () => {
    const samples = [amount('x,currency:y', 1, 'z'), amount('x', 2, 'y,currency:z')];
    expect(seriesOf(await render('text', samples))).toHaveLength(2);
  });
});

describe('label values', () => {
  const hostile = fc.string({
    unit: fc.oneof(
      fc.constantFrom('"', '\\', '\n', '\r', ',', '=', '{', '}', ' ', '#', 'n', 'le="1"', '\u2028', '💥'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 12,
  });

  it.each<Format>(['text', 'openMetrics'])(
    'come back whatever they hold, and break no line (%s)',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(fc.tuple(hostile, hostile), {
            maxLength: 6,
            selector: (pair) => JSON.stringify(pair),
          }),
          async (pairs) => {
            const clean = pairs.filter((pair) => !pair.join('').includes('\0'));
            const groups = clean.map(([category, currency]) => [amount(category, 1, currency)]);
            const { series } = parseExposition(await render(format, ...groups));
            expect(series.map(({ labels }) => [labels['category'], labels['currency']])).toEqual(clean);
          },
        ),
      );
    },
  );

  it('that cannot be written stay apart', async () => {
    const names = ['a\0', 'a\uD800', 'a\uDC00', 'a', 'a\uFFFD', 'a💥'];
    const { series } = parseExposition(
      await render(
        'text',
        names.map((name) => amount(name)),
      ),
    );
    const shown = series.map(({ labels }) => labels['category']);
    expect(shown).toEqual(['a\\x00', 'a\\ud800', 'a\\udc00', 'a', 'a\uFFFD', 'a💥']);
  });

  it('are read by a parser that can say no', () => {
    for (const line of [
      'a{b="c\nd"} 1\n',
      'a{b="c"d"} 1\n',
      'a{b="\\x"} 1\n',
      'a{b="c",b="d"} 1\n',
      'a{b="c"} 1',
    ]) {
      expect(() => parseExposition(line)).toThrow();
    }
  });
});
