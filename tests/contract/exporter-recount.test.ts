import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Session, type Database } from '../../exporter/postgres/postgres.ts';
import { CREATE_READER, READER } from '../support/app/reader.ts';
import { recountDays } from '../../exporter/daily/recount.ts';
import { createAppDatabase } from '../support/app/database.ts';
import { plainly } from '../support/app/plainly.ts';
import { recountDay, recountNow } from '../support/app/recount.ts';
import { seed } from '../support/app/seed.ts';
import { startPostgres, withClient, type PostgresServer } from '../support/servers/postgres.ts';

const NOW = new Date('2026-11-23T12:00:00Z');

let server: PostgresServer;
let database: Database;
const signal = (): AbortSignal => AbortSignal.timeout(30_000);

beforeAll(async () => {
  server = await startPostgres();
  await withClient(server.url, async (client) => {
    await createAppDatabase(client);
    await seed({ client, now: NOW, users: 200, days: 60 });
    await client.query(CREATE_READER);
  });
  database = openDatabase({ connectionString: server.urlFor(READER) });
});
afterAll(async () => {
  database.close();
  await server.close();
});

const recount = (from: string, to: string, timezone = 'Europe/Moscow', now = NOW.getTime()) =>
  recountDays(database.figures, { from, to, timezone, now }, signal());

describe('a recount of closed days', () => {
  it.each([
    ['a month', '2026-10-24', '2026-11-23', 'Europe/Moscow', 30],
    ['a single day', '2026-11-22', '2026-11-23', 'Europe/Moscow', 1],
    ['days around one of 25 hours', '2026-10-24', '2026-10-27', 'Europe/Berlin', 3],
    ['days without anything before the first user', '2025-01-01', '2025-01-03', 'UTC', 2],
  ])('over %s equals a plain recount day by day', async (_case, from, to, timezone, length) => {
    const { days, unreadable } = await recount(from, to, timezone);
    expect(unreadable).toEqual([]);
    expect(days).toHaveLength(length);
    for (const day of days) {
      const expected = await withClient(server.url, (client) =>
        recountDay(client, { day: day.date, timezone }),
      );
      expect(plainly(day), day.date).toEqual(expected);
    }
  });

  it('asks for a month as often as for a day', async () => {
    let asked = 0;
    const counting: Session = {
      query: (statement, abort) => {
        asked += 1;
        return database.figures.query(statement, abort);
      },
    };
    const range = { timezone: 'Europe/Moscow', now: NOW.getTime(), to: '2026-11-23' };
    await recountDays(counting, { ...range, from: '2026-11-22' }, signal());
    const once = asked;
    await recountDays(counting, { ...range, from: '2026-10-24' }, signal());
    expect(asked).toBe(2 * once);
  });

  it('knows users and active subscriptions at the end of the day', async () => {
    // The day ends this very moment: a plain count of now is one of its end.
    const midnight = new Date('2026-11-22T21:00:00Z');
    const [day] = (await recount('2026-11-22', '2026-11-23', 'Europe/Moscow', midnight.getTime())).days;
    const [plain, total] = await withClient(server.url, async (client) => {
      const { rows } = await client.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM users_profile WHERE created_at < $1',
        [midnight],
      );
      return [await recountNow(client, { now: midnight }), rows[0]?.n] as const;
    });
    expect(day?.users?.total).toBe(total);
    const later = await withClient(server.url, async (client) => {
      const { rows } = await client.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM subscriptions WHERE is_active AND created_at >= $1',
        [midnight],
      );
      return rows[0]?.n ?? 0;
    });
    expect(day?.subscriptions?.active).toBe(plain.subscriptionsActive - later);
    expect(plain.subscriptionsActive).toBeGreaterThan(5);
  });

  it('takes a subscription that has ended since for active until then', async () => {
    const active = async (): Promise<number | undefined> =>
      (await recount('2026-11-10', '2026-11-11')).days[0]?.subscriptions?.active;
    const before = await active();
    await withClient(server.url, (client) =>
      client.query(`
        INSERT INTO subscriptions (profile_id, type, payment_method, amount, start_date, end_date, is_active, created_at, updated_at)
        SELECT 1, 'month', 'promo', 0, '2026-10-20Z', ends, false, '2026-10-20Z', '2026-10-20Z'
        FROM unnest('{2026-11-20Z, 2026-11-09Z, 2027-01-01Z}'::timestamptz[]) AS ends`),
    );
    expect(await active()).toBe((before ?? -1) + 1);
  });

  it('leaves out by name what cannot be read, and counts the rest', async () => {
    await withClient(server.url, (client) =>
      client.query(
        'REVOKE SELECT (tokens_used) ON ai_service_metrics FROM monitoring_reader; ALTER TABLE expenses_category RENAME TO away',
      ),
    );
    const { days, unreadable } = await recount('2026-11-22', '2026-11-23');
    expect(unreadable).toEqual([
      {
        section: 'ai',
        error:
          'this role may not read that: permission denied for table ai_service_metrics; GRANT SELECT on it',
      },
      {
        section: 'top_categories',
        error: 'a table is missing: relation "expenses_category" does not exist',
      },
    ]);
    expect(days[0]).toMatchObject({ ai: null, top_categories: null });
    expect(days[0]?.expenses?.count).toBeGreaterThan(0);
  });

  it('fails as a whole when the database does not answer', async () => {
    const nowhere = openDatabase({ connectionString: 'postgresql://u:p@127.0.0.1:1/x' });
    await expect(
      recountDays(
        nowhere.figures,
        { from: '2026-11-22', to: '2026-11-23', timezone: 'UTC', now: NOW.getTime() },
        signal(),
      ),
    ).rejects.toThrow('nothing listens at 127.0.0.1:1 (connection refused)');
    nowhere.close();
  });
});
