/** The exporter beside an application whose tables are not what they were: what is missing is told by name, the rest is served. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createAppDatabase } from '../support/app/database.ts';
import { seed } from '../support/app/seed.ts';
import { parseExposition } from '../support/exporter/exposition.ts';
import { startPostgres, withClient, type PostgresServer } from '../support/servers/postgres.ts';
import { startService } from '../support/servers/service.ts';

const CONFIG = `
probes: { celery_workers: { enabled: false } }
figures:
  current: { interval: 2s, timeout: 2s }
  users: { interval: 2s, timeout: 2s }
  daily: { interval: 2s, timeout: 2s }
`;

let postgres: PostgresServer;
const sql = (text: string) => withClient(postgres.url, (client) => client.query(text));

beforeAll(async () => {
  postgres = await startPostgres();
  await withClient(postgres.url, async (client) => {
    await createAppDatabase(client);
    await seed({ client, users: 200, days: 40, now: new Date() });
  });
});
afterAll(() => postgres.close());

it('with everything there, every figure is read', () => expectFailing([], []));

it.each([
  ['users_profile', ['daily_retention', 'daily_users', 'new_users', 'odd_rows', 'users']],
  [
    'expenses_expense',
    [
      'activity',
      'daily_active_users',
      'daily_categories',
      'daily_expenses',
      'daily_retention',
      'expenses',
      'odd_rows',
    ],
  ],
  [
    'incomes_income',
    ['activity', 'daily_active_users', 'daily_incomes', 'daily_retention', 'incomes', 'odd_rows'],
  ],
  ['expenses_category', ['daily_categories']],
  ['subscriptions', ['odd_rows', 'payments', 'subscriptions']],
  ['ai_service_metrics', ['ai_requests', 'odd_rows']],
])('without the table %s', async (table, failing) => {
  await sql(`ALTER TABLE ${table} RENAME TO away`);
  try {
    await expectFailing(failing, [`relation "${table}" does not exist`]);
  } finally {
    await sql(`ALTER TABLE away RENAME TO ${table}`);
  }
});

it.each([
  ['users_profile', 'bot_blocked', ['users']],
  ['expenses_expense', 'currency', ['daily_categories', 'daily_expenses', 'odd_rows']],
  ['incomes_income', 'amount', ['daily_incomes', 'odd_rows']],
  ['expenses_category', 'name', ['daily_categories']],
  ['subscriptions', 'end_date', ['subscriptions']],
  ['ai_service_metrics', 'estimated_cost', ['ai_requests', 'odd_rows']],
])('without the column %s.%s', async (table, column, failing) => {
  await sql(`ALTER TABLE ${table} RENAME ${column} TO away`);
  try {
    await expectFailing(failing, [`${column}"? does not exist`]);
  } finally {
    await sql(`ALTER TABLE ${table} RENAME away TO ${column}`);
  }
});

/** A new exporter: one that has read a closed day already reads it no more. */
async function expectFailing(failing: readonly string[], sentences: readonly string[]): Promise<void> {
  // What the one before has recorded of yesterday would be taken over.
  await sql('DROP SCHEMA IF EXISTS monitoring CASCADE');
  const exporter = await startService('exporter', { DATABASE_URL: postgres.url }, { config: CONFIG });
  try {
    const look = async () => {
      const { series } = parseExposition(await (await fetch(`${exporter.url}/metrics`)).text());
      return series;
    };
    await vi.waitFor(
      async () => {
        const series = await look();
        const results = series.filter(({ name }) => name === 'expensebot_query_success');
        expect(results.length).toBeGreaterThanOrEqual(14);
        const failed = results.flatMap(({ labels, value }) => (value === 1 ? [] : [labels['query']]));
        expect(failed.toSorted()).toEqual([...failing].toSorted());
        expect(series).toContainEqual(
          expect.objectContaining({
            name: 'expensebot_component_up',
            labels: { component: 'database' },
            value: 1,
          }),
        );
      },
      { timeout: 200_000, interval: 200 },
    );
    // Its log is JSON lines.
    const log = exporter.logs().replaceAll('\\"', '"');
    for (const sentence of sentences) expect(log).toMatch(new RegExp(sentence));
  } finally {
    await exporter.close();
  }
}
