import { logged, ProbeError, type Sample } from '../../model/collector.ts';
import type { TextTable } from '../../postgres/postgres.ts';
import { VALUE_LABEL, type CustomQuery } from './settings.ts';

/** What PostgreSQL writes for a number of any of its types. */
const NUMBER = /^(-?\d+(\.\d+)?(e[+-]\d+)?|-?Infinity|NaN)$/;

/**
 * Every row is a series per value column. NULL as a value is no series: absent is not zero. NULL as a label is the
 * empty text, which to Prometheus is no label.
 * @throws ProbeError by the name of the column, never with what is in it: that may be private
 */
export function samplesOf(table: TextTable, query: CustomQuery): readonly Sample[] {
  if (table.rows.length > query.rowLimit) {
    throw new ProbeError(
      logged(`the query has more than ${query.rowLimit} rows: write one with fewer, or raise its row_limit`),
    );
  }
  const labels = query.labels.map((name) => ({ name, at: indexOf(table, name) }));
  const values = query.values.map((name) => ({ name, at: indexOf(table, name) }));
  refuseTwins(table, labels);
  return table.rows.flatMap((row, index) => {
    const own = Object.fromEntries(labels.map(({ name, at }) => [name, row[at] ?? '']));
    return values.flatMap(({ name, at }) => {
      const text = row[at] ?? null;
      if (text === null) return [];
      if (!NUMBER.test(text)) {
        throw new ProbeError(
          logged(`${name} is no number in row ${index + 1}: cast it, as in ${name}::float8`),
        );
      }
      const told = values.length === 1 ? own : { ...own, [VALUE_LABEL]: name };
      return [{ family: query.family, labels: told, value: Number(text) }];
    });
  });
}

/** @throws ProbeError when the query has no such column, or two of that name. */
export function indexOf({ columns }: Pick<TextTable, 'columns'>, name: string): number {
  const index = columns.indexOf(name);
  if (index < 0)
    throw new ProbeError(logged(`the query has no column ${name}; it has ${columns.join(', ')}`));
  if (columns.lastIndexOf(name) !== index)
    throw new ProbeError(logged(`the query has two columns named ${name}`));
  return index;
}

function refuseTwins({ rows }: TextTable, labels: readonly { name: string; at: number }[]): void {
  const keys = new Set(rows.map((row) => JSON.stringify(labels.map(({ at }) => row[at] ?? ''))));
  if (keys.size === rows.length) return;
  const names = labels.length === 0 ? 'no labels' : `the same ${labels.map(({ name }) => name).join(', ')}`;
  throw new ProbeError(logged(`several rows have ${names}: the labels have to tell them apart`));
}
