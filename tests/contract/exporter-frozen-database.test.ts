/** PostgreSQL stopped by SIGSTOP: it takes connections and never answers. With TEST_LONG=1 for five minutes. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createAppDatabase } from '../support/app/database.ts';
import { recountNow } from '../support/app/recount.ts';
import { seed } from '../support/app/seed.ts';
import { connectionsOf } from '../support/exporter/exporter-process.ts';
import { parseExposition } from '../support/exporter/exposition.ts';
import type { Moment } from '../support/exporter/scrape-clock.ts';
import { startPostgres, withClient, type PostgresServer } from '../support/servers/postgres.ts';
import type { Server } from '../support/servers/process.ts';
import { PROJECT_ROOT, startService } from '../support/servers/service.ts';

const FROZEN_MS = process.env['TEST_LONG'] === '1' ? 300_000 : 30_000;
const INTERVAL_MS = 2_000;
/** A scrape never waits for what is watched. */
const SCRAPE_LIMIT_MS = 50;
/** As long as a busy machine takes for an answer without content, so many times that for a scrape. */
const PEER_FACTOR = 3;
/** Of a check: whoever waits for the database waits so long. */
const TIMEOUT_MS = 1_000;
const LOOK_EVERY_MS = 100;

const CONFIG = `
probes:
  database: { interval: ${INTERVAL_MS}ms, timeout: ${TIMEOUT_MS}ms }
  celery_workers: { enabled: false }
figures:
  current: { interval: ${INTERVAL_MS}ms, timeout: ${TIMEOUT_MS}ms }
  users: { interval: ${INTERVAL_MS}ms, timeout: ${TIMEOUT_MS}ms }
  daily: { interval: ${INTERVAL_MS}ms, timeout: ${TIMEOUT_MS}ms }
`;
const FIGURES = ['users', 'activity', 'subscriptions', 'expenses', 'payments'];

let postgres: PostgresServer;
let exporter: Server;

beforeAll(async () => {
  postgres = await startPostgres();
  await withClient(postgres.url, async (client) => {
    await createAppDatabase(client);
    await seed({ client, users: 300, days: 40, now: new Date() });
  });
  exporter = await startService('exporter', { DATABASE_URL: postgres.url }, { config: CONFIG });
});
afterAll(async () => {
  await exporter.close();
  await postgres.close();
});

// A second try begins with a database that answers.
beforeEach(() => postgres.thaw());

it(
  'costs two connections at most and no scrape, and is over with the next look',
  async () => {
    await vi.waitFor(async () => expect(await successes()).toEqual(allSucceeded), { timeout: 200_000 });
    const clock = await startScrapeClock();
    postgres.freeze();
    const endMs = performance.now() + FROZEN_MS;
    let most = 0;
    while (performance.now() < endMs) {
      most = Math.max(most, connectionsOf(exporter.pid, postgres.port));
      await delay(LOOK_EVERY_MS);
    }
    // It does know: nothing of this is the silence of somebody who does not look.
    expect((await scrape()).value('expensebot_component_up', 'component', 'database')).toBe(0);
    const health = await fetch(`${exporter.url}/health`);
    expect([health.status, await health.json()]).toMatchObject([
      503,
      {
        components: {
          database: { status: 'unhealthy', error: expect.stringMatching(/^no answer for/) as string },
        },
      },
    ]);
    const moments = await clock.stop();
    expect([most, most > 0]).toEqual([Math.min(most, 2), true]);

    const thawedAt = Date.now();
    postgres.thaw();
    // As the exporter's own clock tells: how late this test looks is left out.
    const probedAt = await vi.waitFor(
      async () => {
        const name = 'expensebot_probe_last_success_timestamp_seconds';
        const at = ((await scrape()).value(name, 'component', 'database') ?? 0) * 1000;
        expect(at).toBeGreaterThan(thawedAt);
        return at;
      },
      { timeout: 200_000, interval: 20 },
    );
    // The next look, and as long again for a machine that is busy: a pause that grew would be longer.
    expect(probedAt - thawedAt).toBeLessThan(2 * INTERVAL_MS);
    await vi.waitFor(async () => expect(await successes()).toEqual(allSucceeded), { timeout: 200_000 });
    const after = await scrape();
    expect(after.value('expensebot_component_up', 'component', 'database')).toBe(1);
    const figures = await withClient(postgres.url, (client) => recountNow(client, { now: new Date() }));
    expect(after.value('expensebot_users')).toBe(figures.users);
    expect(after.value('expensebot_expenses_total')).toBe(figures.totals.expenses);

    expect(moments.length).toBeGreaterThan(20);
    const scrapes = moments.map(({ subjectMs }) => subjectMs);
    const peers = moments.map(({ peerMs }) => peerMs);
    const limitMs = Math.max(SCRAPE_LIMIT_MS, PEER_FACTOR * quantile(peers, 0.99));
    expect(quantile(scrapes, 0.99)).toBeLessThanOrEqual(limitMs);
    expect(Math.max(...scrapes)).toBeLessThan(TIMEOUT_MS + Math.max(...peers));
  },
  FROZEN_MS + 60_000,
);

const allSucceeded = Object.fromEntries(['database', ...FIGURES].map((name) => [name, 1]));

/** Of the last runs. */
async function successes(): Promise<Record<string, number | undefined>> {
  const { value } = await scrape();
  return {
    database: value('expensebot_probe_success', 'component', 'database'),
    ...Object.fromEntries(FIGURES.map((name) => [name, value('expensebot_query_success', 'query', name)])),
  };
}

async function scrape() {
  const { series } = parseExposition(await (await fetch(`${exporter.url}/metrics`)).text());
  return {
    value: (name: string, label?: string, labelled?: string): number | undefined =>
      series.find((one) => one.name === name && (label === undefined || one.labels[label] === labelled))
        ?.value,
  };
}

async function startScrapeClock(): Promise<{ stop(): Promise<readonly Moment[]> }> {
  const script = join(PROJECT_ROOT, 'tests/support/exporter/scrape-clock.ts');
  const args = ['--import', 'tsx', script, `${exporter.url}/metrics`, `${exporter.url}/-/healthy`];
  const child = spawn(process.execPath, args, { cwd: PROJECT_ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => void (output += chunk.toString()));
  const ended = new Promise((resolve) => child.once('close', resolve));
  await vi.waitFor(() => expect(output).toContain('ready'), { timeout: 200_000 });
  return {
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      return JSON.parse(output.slice(output.indexOf('['))) as Moment[];
    },
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
