/** What the figures read of the application's tables: bounded at every refresh, and nothing twice at a first start. */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ROWS_AGAIN } from '../../exporter/kpi/open-rows.ts';
import { usersQuery } from '../../exporter/kpi/users.ts';
import { createAppDatabase } from '../support/app/database.ts';
import { recountNow } from '../support/app/recount.ts';
import { seed } from '../support/app/seed.ts';
import { explain } from '../support/bridge/explain.ts';
import { openFigures, type Figures } from '../support/exporter/figures.ts';
import { startPostgres, type PostgresServer } from '../support/servers/postgres.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const TIMEZONE = 'Europe/Moscow';
const NEW_ROWS = 600;
const ONCE_ACTIVE = 999;

let server: PostgresServer;
let client: pg.Client;
let figures: Figures;

beforeAll(async () => {
  server = await startPostgres();
  client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await createAppDatabase(client);
  await seed({ client, now: new Date(NOW), users: 150, days: 45 });
  // A row as long as a page, as where a vacuum has left a little room in many pages.
  await client.query('ALTER TABLE expenses_expense ALTER description SET STORAGE PLAIN');
  await client.query(
    `INSERT INTO expenses_expense (profile_id, amount, description, expense_date, expense_time, created_at, updated_at)
     SELECT 1 + n % 150, 5, repeat('x', 5000), current_date, localtime, $1::timestamptz - n * interval '1 second', now()
     FROM generate_series(${NEW_ROWS}, 1, -1) AS n`,
    [new Date(NOW)],
  );
  // The first of the day is the only entry of a person who has no other.
  await client.query(
    `INSERT INTO users_profile (id, telegram_id, created_at, updated_at) VALUES ($1, $1, '2026-01-01Z', now())`,
    [ONCE_ACTIVE],
  );
  await client.query(
    `UPDATE expenses_expense SET profile_id = $1 WHERE id =
       (SELECT id FROM expenses_expense WHERE created_at >= '2026-11-23T00:00+03' ORDER BY id LIMIT 1)`,
    [ONCE_ACTIVE],
  );
  await client.query('VACUUM ANALYZE');
});
afterEach(() => figures.close());
afterAll(async () => {
  await client.end();
  await server.close();
});

/** As it is some minutes after a start: nothing is left of it, and the rows of the day have settled. */
async function settled(): Promise<void> {
  figures = openFigures({ url: server.url, timezone: TIMEZONE });
  for (let n = 0; n < 4; n += 1) await figures.refresh(NOW);
  figures.asked();
}

/** The scan of users_profile is apart: it is one in five minutes. */
const ofRefresh = () => figures.asked().filter(({ text }) => text !== usersQuery.text);

describe('a refresh', () => {
  it('reads no more of the open days than a share, wherever their rows lie', async () => {
    await settled();
    await figures.refresh(NOW);
    // The first of a session reads the catalogue too.
    await explain(client, ofRefresh());
    const costs: number[] = [];
    for (let read = 0; read < NEW_ROWS + ROWS_AGAIN; read += ROWS_AGAIN) {
      await figures.refresh(NOW);
      costs.push((await explain(client, ofRefresh())).buffers);
    }
    expect(Math.max(...costs)).toBeLessThanOrEqual(300);
  });

  it.each([
    ['said to be recurring', 'UPDATE expenses_expense SET is_recurring = true WHERE profile_id = $1'],
    ['deleted', 'DELETE FROM expenses_expense WHERE profile_id = $1'],
  ])('finds within a turn that an entry of the day was %s, and a new one at once', async (_case, text) => {
    await settled();
    const active = async (): Promise<number> =>
      (await figures.refresh(NOW)).values['active_users 1d'] ?? Number.NaN;
    const before = await active();
    await client.query(text, [ONCE_ACTIVE]);
    let after = before;
    for (let read = 0; read < NEW_ROWS + 2 * ROWS_AGAIN; read += ROWS_AGAIN) after = await active();
    expect(after).toBe(before - 1);
    await client.query(
      `INSERT INTO expenses_expense (profile_id, amount, description, expense_date, expense_time, created_at, updated_at)
       VALUES ($1, 5, 'x', current_date, localtime, $2, $2)`,
      [ONCE_ACTIVE, new Date(NOW)],
    );
    expect(await active()).toBe(before);
    const { activeUsers } = await recountNow(client, { now: new Date(NOW) });
    expect(activeUsers['1d']).toBe(before);
  });
});

describe('a first start', () => {
  it('reads no whole table again once the closed days were counted', async () => {
    figures = openFigures({ url: server.url, timezone: TIMEZONE });
    await figures.refresh(NOW);
    const wholes = () =>
      figures
        .asked()
        .filter(({ isLong }) => isLong === true)
        .map(({ text }) => text);
    expect(wholes()).toContainEqual(expect.stringContaining('max('));
    // The closed days were counted at the end of the first refresh.
    const { values } = await figures.refresh(NOW + 60_000);
    expect(values).toHaveProperty('reconciliation_last_success_timestamp_seconds');
    expect(wholes()).toEqual([]);
  });
});
