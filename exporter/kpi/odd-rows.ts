/** Counts the rows that figures leave out. On its own, so that a column that is missing takes no other counter away. */
import { ProbeError, type Collector, type Sample } from '../model/collector.ts';
import { catalog } from '../metrics/catalog.ts';
import { isSound, type CheckedColumn } from './odd-values.ts';
import { integerOf, RETRY_MS } from './query.ts';
import { tableReader, type ReaderOptions, type Table } from './reader.ts';

const ALL_CHECKED: readonly (readonly [string, readonly CheckedColumn[]])[] = [
  ['users_profile', ['created_at']],
  ['expenses_expense', ['profile_id', 'created_at', 'amount', 'currency']],
  ['incomes_income', ['profile_id', 'created_at', 'amount', 'currency']],
  ['subscriptions', ['created_at', 'amount']],
  ['ai_service_metrics', ['timestamp', 'tokens_used', 'estimated_cost', 'response_time']],
];

const oddRowsOf = (table: string, columns: readonly CheckedColumn[]): Table<number> => ({
  name: `odd_rows:${table}`,
  table,
  columns: [`(NOT ${isSound(columns)})::int AS odd`],
  checked: [],
  totalsText: `SELECT count(*) AS odd FROM ${table} WHERE id <= $1 AND NOT ${isSound(columns)}`,
  totals: ([row]) => integerOf(row, 'odd'),
  add: (total, row) => total + integerOf(row, 'odd'),
  samples: (total) => [{ family: catalog.oddRows, labels: { table }, value: total }],
});

export function oddRowsCollector(options: ReaderOptions): Collector {
  const readers = ALL_CHECKED.map(([table, columns]) => tableReader(oddRowsOf(table, columns), options));
  return {
    ...options.timing,
    name: 'odd_rows',
    kind: 'query',
    retryMs: RETRY_MS,
    collect: async (context) => {
      const samples: Sample[] = [];
      let failure: ProbeError | undefined;
      for (const reader of readers) {
        try {
          samples.push(...(await reader.collect(context)).samples);
        } catch (error) {
          if (!(error instanceof ProbeError)) throw error;
          failure ??= error;
        }
      }
      if (failure === undefined) return { samples };
      throw new ProbeError(failure.reasons, { cause: failure.cause, observation: { samples } });
    },
  };
}
