/** Tables whose new rows are counted, and nothing else of them. */
import type { MetricFamily } from '../../common/metrics/family.ts';
import { catalog } from '../metrics/catalog.ts';
import { isSound, type CheckedColumn } from './odd-values.ts';
import { integerOf } from './query.ts';
import type { Table } from './reader.ts';

const checked: readonly CheckedColumn[] = ['created_at'];

const rowsOf = (name: string, table: string, family: MetricFamily, daysBack: number): Table<number> => ({
  name,
  table,
  columns: [],
  checked,
  totalsText: `SELECT count(*) AS n FROM ${table} WHERE id <= $1 AND ${isSound(checked)}`,
  totals: ([row]) => integerOf(row, 'n'),
  add: (total) => total + 1,
  samples: (total) => [{ family, labels: {}, value: total }],
  daysBack,
});

export const expenses = rowsOf('expenses', 'expenses_expense', catalog.expensesTotal, 1);
export const incomes = rowsOf('incomes', 'incomes_income', catalog.incomesTotal, 1);

/** Who came back on a day is asked of those who registered seven days before it. */
export const newUsers = rowsOf('new_users', 'users_profile', catalog.newUsersTotal, 8);

export const payments: Table<number> = {
  name: 'payments',
  table: 'subscriptions',
  checked: ['created_at', 'amount'],
  columns: [`CASE payment_method WHEN 'stars' THEN amount ELSE 0 END AS stars`],
  totalsText: `
    SELECT coalesce(sum(amount) FILTER (WHERE payment_method = 'stars'), 0) AS stars
    FROM subscriptions WHERE id <= $1 AND ${isSound(['created_at', 'amount'])}`,
  totals: ([row]) => integerOf(row, 'stars'),
  add: (total, row) => total + integerOf(row, 'stars'),
  samples: (total) => [{ family: catalog.paymentsStars, labels: {}, value: total }],
};
