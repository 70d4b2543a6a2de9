/** Days from the tables of the application to `GET /api/v1/daily/…`, against a plain recount. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import ipaddr from 'ipaddr.js';
import { dailyFiguresSchema, type DailyFigures } from '../../common/daily-figures.ts';
import { listen } from '../../common/http/listen.ts';
import { startJobs } from '../../common/jobs/jobs.ts';
import { createDailyAnalytics } from '../../exporter/daily/analytics.ts';
import { createDailyApi } from '../../exporter/daily/api.ts';
import { openDatabase } from '../../exporter/postgres/postgres.ts';
import { openArchive } from '../../exporter/history/archive.ts';
import type { RecordedDay } from '../../exporter/history/day-rows.ts';
import { openHistoryStore } from '../../exporter/history/sqlite.ts';
import { exporterJobs } from '../../exporter/scheduler/jobs.ts';
import { lastClosedDay } from '../../exporter/model/day.ts';
import { createServer } from '../../exporter/server.ts';
import { createAppDatabase } from '../support/app/database.ts';
import { plainly } from '../support/app/plainly.ts';
import { recountDay } from '../support/app/recount.ts';
import { seed } from '../support/app/seed.ts';
import { FakeClock } from '../support/machine/fake-clock.ts';
import { startPostgres, withClient, type PostgresServer } from '../support/servers/postgres.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const ZONE = 'Europe/Moscow';
const YESTERDAY = '2026-11-22';

let server: PostgresServer;
let folder: string;
const cleanups: (() => Promise<void> | void)[] = [];
beforeAll(async () => {
  server = await startPostgres();
  await withClient(server.url, async (client) => {
    await createAppDatabase(client);
    await seed({ client, now: new Date(NOW), users: 150, days: 50 });
    await client.query(
      `UPDATE ai_service_metrics SET estimated_cost = NULL, tokens_used = NULL WHERE service <> 'openai'`,
    );
  });
});
afterAll(() => server.close());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'daily-'));
  await withClient(server.url, (client) => client.query('DROP SCHEMA IF EXISTS monitoring CASCADE'));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  rmSync(folder, { recursive: true });
});

const signal = (): AbortSignal => AbortSignal.timeout(60_000);

interface Place {
  readonly name?: string;
  readonly clock?: { now(): number };
}

/** The days of one exporter, its file named `name`. */
async function exporter({ name = 'one', clock = new FakeClock(NOW) }: Place = {}) {
  const told: string[] = [];
  const tell = (message: string): void => void told.push(message);
  const log = { debug: tell, info: tell, warn: tell, error: tell };
  const database = openDatabase({ connectionString: server.url });
  const store = openHistoryStore(join(folder, `${name}.sqlite`), clock.now(), log);
  const archive = openArchive(database.history, { connectionString: server.url });
  const analytics = createDailyAnalytics({
    ...{ store, archive, clock, log, timezone: ZONE, figures: database.figures },
    onRecorded: () => undefined,
  });
  const app = createServer({
    snapshot: () => ({ collectors: [] }),
    isPolling: () => true,
    self: () => Promise.resolve([]),
    daily: createDailyApi({ analytics, timezone: ZONE, now: () => clock.now() }),
    clock: new FakeClock(NOW),
    mountPages: () => undefined,
    reload: () => expect.fail('nobody reloads here'),
    allowedNetworks: [ipaddr.parseCIDR('127.0.0.0/8')],
    trustedProxies: [],
    onUnexpected: (error) => expect.fail(String(error)),
    onSlow: () => undefined,
    onRefused: () => undefined,
  });
  const http = await listen(app, { host: '127.0.0.1', port: 0 }, 'EXPORTER_LISTEN');
  cleanups.push(async () => {
    await http.close(0);
    database.close();
    store.close();
  });
  const get = async (date: string) => {
    const response = await fetch(`http://127.0.0.1:${http.port}/api/v1/daily/${date}`);
    return { status: response.status, body: await response.json() };
  };
  return { analytics, store, archive, told, get, log };
}

const plain = (day: string) =>
  withClient(server.url, (client) => recountDay(client, { day, timezone: ZONE }));
const scalar = async (sql: string, values: readonly unknown[]): Promise<number> =>
  withClient(server.url, async (client) =>
    Number((await client.query<{ n: string }>(sql, [...values])).rows[0]?.n),
  );

describe('GET /api/v1/daily', () => {
  it('answers the day, and the thirty up to it, as a plain recount has them', async () => {
    const { status, body } = await (await exporter()).get(YESTERDAY);
    expect(status).toBe(200);
    const figures: DailyFigures = dailyFiguresSchema.parse(body);
    expect(plainly(figures)).toEqual(await plain(YESTERDAY));
    expect(figures).toMatchObject({
      date: YESTERDAY,
      timezone: ZONE,
      counted_at: '2026-11-23T12:00:00.000Z',
      users: {
        total: await scalar('SELECT count(*) AS n FROM users_profile WHERE created_at < $1', [
          '2026-11-23T00:00+03',
        ]),
      },
    });
    expect(figures.last_30_days[0]?.date).toBe('2026-10-24');
    for (const point of figures.last_30_days) {
      const day = await plain(point.date);
      expect(point, point.date).toMatchObject({ active_users: day.activeUsers, new_users: day.newUsers });
      expect([point.expenses?.count, point.incomes?.count], point.date).toEqual([day.expenses, day.incomes]);
      const providers = Object.values(day.ai);
      expect(point.ai_requests, point.date).toBe(providers.reduce((sum, { requests }) => sum + requests, 0));
      expect(point.ai_cost_usd, point.date).toBeCloseTo(
        providers.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0),
        6,
      );
    }
  });

  it('counts once however many ask at the same time', async () => {
    const one = await exporter();
    const answers = await Promise.all(Array.from({ length: 8 }, () => one.get(YESTERDAY)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(one.told.filter((message) => message === 'Days were counted.')).toHaveLength(1);
  });

  it.each([
    ['2026-02-30', 400, 'invalid_date'],
    ['yesterday', 400, 'invalid_date'],
    ['2026-11-23', 404, 'day_not_over'],
    ['2024-11-22', 404, 'day_too_old'],
  ])('answers %s with %i %s', async (date, status, code) => {
    expect(await (await exporter()).get(date)).toMatchObject({ status, body: { error: { code } } });
  });

  it('answers a recorded day while the database is away, and 503 for one that is not', async () => {
    const counted = await exporter();
    const { body } = await counted.get(YESTERDAY);
    await server.stop();
    expect(await counted.get(YESTERDAY)).toEqual({ status: 200, body });
    const empty = await exporter({ name: 'empty' });
    expect(await empty.get(YESTERDAY)).toMatchObject({
      status: 503,
      body: { error: { code: 'not_counted' } },
    });
    await server.restart();
  });
});

describe('recorded days', () => {
  /** numeric(10, 4), by the specification. */
  const inArchive = (day: RecordedDay): RecordedDay => ({
    ...day,
    ai:
      day.ai?.map((one) => ({
        ...one,
        cost_usd: one.cost_usd === null ? null : Math.round(one.cost_usd * 10_000) / 10_000,
      })) ?? null,
  });

  it('are the last thirty on the first start, and go to PostgreSQL and back as they are', async () => {
    const one = await exporter();
    await one.analytics.record(lastClosedDay(NOW, ZONE), signal());
    const days = one.store.days('0000', '9999');
    expect([days.length, days[0]?.date, days.at(-1)?.date]).toEqual([30, '2026-10-24', YESTERDAY]);
    const [first, second, ...others] = days;
    if (first === undefined || second === undefined) throw new Error('no day was recorded');
    // The application notes no tokens and no cost; and a day may cost more than the specification's column holds.
    const ai = [
      { provider: 'deepseek', requests: 2, failed: 1, tokens: null, cost_usd: null },
      { provider: 'openai', requests: 1, failed: 0, tokens: 5, cost_usd: 5_000_000.5 },
    ];
    const rest = [{ ...second, ai }, ...others];
    const torn: RecordedDay = {
      ...first,
      users: null,
      expenses: null,
      subscriptions: null,
      ai: null,
      top_categories: null,
    };
    const marked: RecordedDay = { ...torn, uptime: { database: 0.75, 'http:shop': 1 } };
    for (const day of [marked, ...rest]) await one.archive.writeDay(day, signal());
    const back = await one.archive.readDays('2026-10-24', YESTERDAY, signal());
    expect(back).toEqual([marked, ...rest].map(inArchive));
    // Again, with nothing doubled.
    await one.archive.writeDay(marked, signal());
    expect(await one.archive.readDays('2026-10-24', '2026-10-24', signal())).toEqual([marked]);
  });

  it('are the only truth: a deletion shows everywhere after the night, also to a new state folder', async () => {
    const clock = new FakeClock(NOW);
    const one = await exporter({ clock });
    await one.analytics.recount(lastClosedDay(NOW, ZONE), NOW, signal());
    const before = await plain(YESTERDAY);
    const health = { 'http:shop': 0.5 };
    const marked = one.store.days(YESTERDAY, YESTERDAY).map((day) => ({ ...day, uptime: health }));
    one.store.saveDays(marked);
    const sql = (text: string) => withClient(server.url, (client) => client.query(text));
    await sql(`CREATE TABLE deleted AS SELECT * FROM expenses_expense
      WHERE id = (SELECT max(id) FROM expenses_expense WHERE created_at < '2026-11-22T20:00Z')`);
    await sql('DELETE FROM expenses_expense USING deleted WHERE expenses_expense.id = deleted.id');
    // The role may not read one table this night: what was known of it stays.
    await sql('ALTER TABLE subscriptions RENAME TO away');
    const subscriptions = marked[0]?.subscriptions;
    const night = NOW + 14 * 3_600_000;
    await clock.advance(night - NOW);
    await one.analytics.recount(lastClosedDay(night, ZONE), night, signal());
    await sql('ALTER TABLE away RENAME TO subscriptions');
    const after = await plain(YESTERDAY);
    expect(after.expenses).toBe(before.expenses - 1);
    expect(one.analytics.closed.day(YESTERDAY)?.expenses?.count).toBe(after.expenses);
    expect((await one.get(YESTERDAY)).body).toMatchObject({
      expenses: { count: after.expenses },
      subscriptions,
    });
    expect(one.store.days(YESTERDAY, YESTERDAY)[0]?.uptime).toEqual(health);
    const drift = one.analytics.samples().filter(({ value }) => value === 1);
    expect(drift.map(({ labels }) => labels['query'])).toContain('daily_expenses');
    // The writer brings it to PostgreSQL, where another exporter finds it instead of counting again.
    for (const day of one.store.days('0000', '9999')) await one.archive.writeDay(day, signal());
    const heir = await exporter({ name: 'heir', clock });
    await heir.analytics.recount(lastClosedDay(night, ZONE), night, signal());
    expect(heir.analytics.closed.day(YESTERDAY)?.expenses?.count).toBe(after.expenses);
    await sql('INSERT INTO expenses_expense SELECT * FROM deleted');
    await sql('DROP TABLE deleted');
  });

  it('are taken over by another exporter instead of being counted again', async () => {
    const one = await exporter();
    await one.analytics.record(lastClosedDay(NOW, ZONE), signal());
    for (const day of one.store.days('0000', '9999')) await one.archive.writeDay(day, signal());
    const heir = await exporter({ name: 'heir' });
    await heir.analytics.record(lastClosedDay(NOW, ZONE), signal());
    expect(heir.store.days('0000', '9999')).toHaveLength(30);
    expect([heir.told, heir.store.pending()]).toEqual([[], 0]);
  });
});

it('the day that is over is counted at 02:00 in TIMEZONE, and not before', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  cleanups.push(() => void vi.useRealTimers());
  vi.setSystemTime('2026-11-23T22:55:00Z');
  const one = await exporter({ clock: { now: () => Date.now() } });
  one.store.memory.set(
    'job:collect_daily_analytics',
    JSON.stringify({ slot: Date.parse('2026-11-22T23:00:00Z') }),
  );
  const jobs = startJobs({
    jobs: exporterJobs({
      ...one,
      recorder: { onSlot: () => undefined },
      stateFolder: folder,
      secrets: [],
      clock: { now: () => Date.now() },
      timezone: ZONE,
    }),
    timezone: ZONE,
    clock: { now: () => Date.now() },
    elapsedMs: () => performance.now(),
    memory: one.store.memory,
    log: one.log,
  });
  cleanups.push(() => jobs.stop());
  await vi.advanceTimersByTimeAsync(4 * 60_000);
  expect(one.store.days('2026-11-23', '2026-11-23')).toEqual([]);
  await vi.advanceTimersByTimeAsync(60_000);
  const succeeded = (): number | undefined =>
    jobs.status().find(({ name }) => name === 'collect_daily_analytics')?.lastSuccessAt;
  await vi.waitFor(() => expect(succeeded()).toBeDefined(), { timeout: 200_000 });
  expect(JSON.parse(one.store.memory.get('job:collect_daily_analytics') ?? '')).toMatchObject({
    slot: Date.parse('2026-11-23T23:00:00Z'),
  });
  const [day] = one.store.days('2026-11-23', '2026-11-23');
  expect(plainly(day ?? expect.fail('nothing was recorded'))).toEqual(await plain('2026-11-23'));
});
