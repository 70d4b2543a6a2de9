/** Rows of a table that a custom query makes series of. */
import type pg from 'pg';

export const ROWS_METRIC = 'bench_amount';

/** Labels as long as those of the other benches. */
export async function fillRows(client: pg.Client, rows: number): Promise<void> {
  await client.query(
    `CREATE TABLE bench_rows AS
       SELECT n, '🛒 Продукты ' || n / 4 AS category, (ARRAY['RUB', 'USD', 'EUR', 'KZT'])[n % 4 + 1] AS currency,
              (n * 12.75 + 0.5)::float8 AS amount
       FROM generate_series(0, ${rows - 1}) AS n`,
  );
}

export const rowsQuery = (rows: number): string =>
  `SELECT category, currency, amount FROM bench_rows WHERE n < ${rows}`;

/** config.yml of the exporter with nothing but that query. */
export const queriesConfig = (rows: number): string =>
  JSON.stringify({
    queries: [
      {
        name: ROWS_METRIC,
        help: 'Rows.',
        labels: ['category', 'currency'],
        values: ['amount'],
        query: rowsQuery(rows),
        interval: '1h',
        row_limit: rows,
      },
    ],
  });
