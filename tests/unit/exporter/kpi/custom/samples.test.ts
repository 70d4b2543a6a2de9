import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logged, ProbeError } from '../../../../../exporter/model/collector.ts';
import type { TextTable } from '../../../../../exporter/postgres/postgres.ts';
import { samplesOf } from '../../../../../exporter/kpi/custom/samples.ts';
import type { CustomQuery } from '../../../../../exporter/kpi/custom/settings.ts';
import { seriesOf } from '../../../../../exporter/metrics/exposition.ts';
import { parseExposition } from '../../../../support/exporter/exposition.ts';

const queryOf = (labels: readonly string[], values: readonly string[]): CustomQuery => ({
  family: {
    name: 'app_things',
    kind: 'gauge',
    help: 'Things.',
    labels: values.length === 1 ? labels : [...labels, 'col'],
  },
  labels,
  values,
  query: '',
  intervalMs: 60_000,
  timeoutMs: 5_000,
  rowLimit: 3,
  disabledReason: undefined,
});
const table = (columns: readonly string[], ...rows: (string | null)[][]): TextTable => ({ columns, rows });
const seriesFrom = (answer: TextTable, query: CustomQuery): string[] =>
  samplesOf(answer, query).map((sample) => `${seriesOf(sample)} ${sample.value}`);

describe('the series of a custom query', () => {
  it('are one per row and value column', () => {
    const answer = table(['n', 'status', 'total'], ['1', 'paid', '2.50'], ['-3', null, '1e+22']);
    expect(seriesFrom(answer, queryOf(['status'], ['n']))).toEqual([
      'app_things{status="paid"} 1',
      'app_things{status=""} -3',
    ]);
    expect(seriesFrom(answer, queryOf(['status'], ['n', 'total']))).toEqual([
      'app_things{status="paid",col="n"} 1',
      'app_things{status="paid",col="total"} 2.5',
      'app_things{status="",col="n"} -3',
      'app_things{status="",col="total"} 1e+22',
    ]);
    expect(seriesFrom(table(['n']), queryOf([], ['n']))).toEqual([]);
  });

  it('leave out what is NULL, and know what is no finite number', () => {
    const answer = table(['k', 'n'], ['a', null], ['b', 'NaN'], ['c', '-Infinity']);
    expect(seriesFrom(answer, queryOf(['k'], ['n']))).toEqual([
      'app_things{k="b"} NaN',
      'app_things{k="c"} -Infinity',
    ]);
  });

  it.each([
    ['a word', table(['n'], ['secret']), [], ['n'], 'n is no number in row 1: cast it, as in n::float8'],
    ['an empty text', table(['n'], ['']), [], ['n'], 'n is no number in row 1: cast it, as in n::float8'],
    ['a truth value', table(['n'], ['t']), [], ['n'], 'n is no number in row 1: cast it, as in n::float8'],
    ['no such column', table(['n', 'm']), ['k'], ['n'], 'the query has no column k; it has n, m'],
    ['two columns of one name', table(['n', 'n']), [], ['n'], 'the query has two columns named n'],
    [
      'two rows without labels',
      table(['n'], ['1'], ['2']),
      [],
      ['n'],
      'several rows have no labels: the labels have to tell them apart',
    ],
    [
      'NULL beside an empty label',
      table(['k', 'n'], [null, '1'], ['', '2']),
      ['k'],
      ['n'],
      'several rows have the same k: the labels have to tell them apart',
    ],
    [
      'a row too many',
      table(['k', 'n'], ['a', '1'], ['b', '1'], ['c', '1'], ['d', '1']),
      ['k'],
      ['n'],
      'the query has more than 3 rows: write one with fewer, or raise its row_limit',
    ],
  ])('are refused for %s, and what is in it stays unsaid', (_what, answer, labels, values, sentence) => {
    expect(() => samplesOf(answer, queryOf(labels, values))).toThrow(new ProbeError(logged(sentence)));
  });

  it('never merge and never break a line, whatever is in a label', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '"', '\\', '\n', ',', '=', '{', '}', ' ', '💥', '\0'),
    });
    const rows = fc.uniqueArray(fc.tuple(text, text), {
      selector: (row) => JSON.stringify(row),
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(rows, (labels) => {
        const answer = table(['a', 'b', 'n'], ...labels.map(([a, b], n) => [a, b, String(n)]));
        const written = seriesFrom(answer, queryOf(['a', 'b'], ['n'])).map((line) => `${line}\n`);
        const { series } = parseExposition(written.join(''));
        expect(series.map(({ value }) => value)).toEqual(labels.map((_, n) => n));
        expect(new Set(series.map((one) => JSON.stringify(one.labels))).size).toBe(labels.length);
      }),
    );
  });
});
