import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { catalog } from '../../exporter/metrics/catalog.ts';
import { createAppDatabase, OWN_CATEGORY_CANARY, PRIVATE_CANARIES } from '../support/app/database.ts';
import { recountNow } from '../support/app/recount.ts';
import { seed } from '../support/app/seed.ts';
import {
  cleanUpExporters,
  DEAD,
  health,
  launch,
  metrics,
  promtool,
  ready,
  valueOf,
  type RunningExporter,
} from '../support/exporter/exporter-process.ts';
import { freePort } from '../support/servers/ports.ts';
import { startPostgres, withClient, type PostgresServer } from '../support/servers/postgres.ts';
import type { Server } from '../support/servers/process.ts';
import { startRedis } from '../support/servers/redis.ts';
import { UNKNOWN_HOST } from '../support/machine/unknown-host.ts';

afterEach(cleanUpExporters);

describe('with everything it watches down, DNS included', () => {
  it('starts, says so, lives on, and stops cleanly', async () => {
    const running = await ready(await launch(DEAD));
    const first = await health(running);
    expect(['degraded', 'unhealthy']).toContain(first.status);
    const { components } = await vi.waitFor(async () => {
      const report = await health(running);
      expect(report).toMatchObject({ status: 'unhealthy', code: 503 });
      // A run of a busy machine may end at its deadline: the next one has the cause.
      expect(report.components).toMatchObject({
        database: {
          status: 'unhealthy',
          response_time_ms: null,
          error: `the name of ${UNKNOWN_HOST}:5432 is not known to DNS`,
        },
        redis: {
          status: 'unhealthy',
          error: 'nothing listens at 127.0.0.1:1 (connection refused)',
          reasons: [{ code: 'connection_refused', target: '127.0.0.1:1' }],
        },
      });
      return report;
    }, 200_000);
    expect(components).toMatchObject({
      openai_api: { status: 'disabled', response_time_ms: null, reason: 'OPENAI_API_KEY is not set' },
      memory: { status: 'healthy' },
    });
    const text = await vi.waitFor(async () => {
      const served = await metrics(running);
      expect(valueOf(served, 'expensebot_component_up{component="database"}')).toBe(0);
      expect(valueOf(served, 'expensebot_query_success{query="users"}')).toBe(0);
      return served;
    }, 200_000);
    expect(text).not.toMatch(/^expensebot_users |openai_api/m);
    expect(await promtool(text)).toEqual({ code: 0, output: '' });
    expect(running.output()).not.toContain('AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw');

    running.child.kill('SIGTERM');
    expect(await running.ended).toBe(0);
  });
});

describe('HTTP', () => {
  it('serves what the contract names, HEAD too, and JSON errors for the rest', async () => {
    const { url } = await ready(await launch(DEAD));
    const paths = ['/', '/celery', '/metrics', '/-/healthy', '/-/ready'];
    for (const path of paths) {
      for (const method of ['GET', 'HEAD']) {
        expect([path, method, (await fetch(url + path, { method })).status]).toEqual([path, method, 200]);
      }
    }
    const content = (await fetch(`${url}/metrics`)).headers.get('content-type');
    expect(content).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect([200, 503]).toContain((await fetch(`${url}/health/`, { redirect: 'error' })).status);
    const missing = await fetch(`${url}/nothing`);
    expect([missing.status, await missing.json()]).toEqual([
      404,
      { error: { code: 'not_found', message: 'Nothing is served at /nothing.' } },
    ]);
    const posted = await fetch(`${url}/metrics`, { method: 'POST' });
    expect([posted.status, await posted.json()]).toEqual([
      405,
      { error: { code: 'method_not_allowed', message: 'POST is not served here; use GET or HEAD.' } },
    ]);
  });

  it('refuses every path to addresses outside ALLOWED_NETWORKS, and believes forwarded headers of trusted proxies only', async () => {
    const running = await launch({ ...DEAD, ALLOWED_NETWORKS: '10.0.0.0/8' });
    const { url } = running;
    await vi.waitFor(async () => expect((await fetch(`${url}/health`)).status).toBe(403), 200_000);
    for (const path of [
      '/metrics',
      '/health',
      '/health/',
      '/-/healthy',
      '/-/ready',
      '/',
      '/celery',
      '/nothing',
    ]) {
      const refused = await fetch(url + path, { headers: { 'x-forwarded-for': '10.0.0.1' } });
      expect([path, refused.status]).toEqual([path, 403]);
      expect(await refused.json()).toMatchObject({ error: { code: 'forbidden' } });
    }
    const trusting = await launch({ ...DEAD, ALLOWED_NETWORKS: '10.0.0.0/8', TRUSTED_PROXIES: '127.0.0.1' });
    const ask = async (address: string): Promise<number> =>
      (await fetch(`${trusting.url}/-/healthy`, { headers: { 'x-forwarded-for': address } })).status;
    await vi.waitFor(async () => expect(await ask('10.0.0.1')).toBe(200), 200_000);
    expect(await ask('192.0.2.1')).toBe(403);
  });
});

describe('start', () => {
  it('says in one sentence that its port is taken', async () => {
    const other = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    const running = await launch({ ...DEAD, EXPORTER_LISTEN: `127.0.0.1:${port}` });
    expect(await running.ended).toBe(1);
    // A log line about the dead database may come before it.
    expect(running.output().trim().split('\n').at(-1)).toBe(
      `127.0.0.1:${port} is in use by another program: stop it, or set EXPORTER_LISTEN to another port.`,
    );
    await new Promise((resolve) => other.close(resolve));
  });

  it('tells every problem of the configuration and ends with 2', async () => {
    const running = await launch({ TIMEZONE: 'Moscow', REDIS_URL: 'http://:secret-word@x' });
    expect(await running.ended).toBe(2);
    expect(running.output()).toContain('The configuration of the exporter has 2 problems:');
    expect(running.output()).not.toContain('secret-word');
  });

  it('only checks the configuration when asked to', async () => {
    const good = await launch({}, ['--check-config']);
    expect(await good.ended).toBe(0);
    expect(good.output()).toBe('exporter: the configuration is valid.\n');
    const bad = await launch({ DB_PORT: 'x' }, ['--check-config']);
    expect(await bad.ended).toBe(2);
    expect(bad.output()).toContain('DB_PORT: received a text of 1 character; Write a port, 1 to 65535.');
  });
});

describe('with a real database and a real Redis', () => {
  let postgres: PostgresServer;
  let redis: Server;
  const HOSTILE = 'a,b:c"\\\n💥';

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startRedis({ password: 'redis-secret-word' })]);
    await withClient(postgres.url, async (client) => {
      await createAppDatabase(client);
      await seed({ client, now: new Date(), users: 300, days: 40 });
      await client.query(
        `UPDATE expenses_category SET name = $1 WHERE name = (
        SELECT name FROM expenses_category GROUP BY name ORDER BY count(*) DESC LIMIT 1)`,
        [HOSTILE],
      );
    });
  });
  afterAll(async () => {
    await postgres.close();
    await redis.close();
  });

  const watched = () => ({ DATABASE_URL: postgres.url, REDIS_URL: redis.url });
  const figuresRead = async (running: RunningExporter): Promise<string> =>
    vi.waitFor(
      async () => {
        const text = await metrics(running);
        expect(text.match(/^expensebot_query_success.* 1$/gm)).toHaveLength(15);
        // The exporter's own metrics may be a second older than what it watches.
        expect(text).toContain('expensebot_probe_response_seconds_count{component="database"}');
        // Of the count of the closed days, a job that begins with the first start.
        expect(text).toContain(`\n${catalog.reconciliationTimestamp.name} `);
        return text;
      },
      { timeout: 200_000, interval: 100 },
    );

  it('is healthy with real figures, and shows nothing private anywhere', async () => {
    const running = await ready(await launch(watched()));
    const text = await figuresRead(running);
    await vi.waitFor(
      async () => expect((await health(running)).components['redis']?.status).toBe('healthy'),
      60_000,
    );
    const report = await health(running);
    const expected = await withClient(postgres.url, (client) => recountNow(client, { now: new Date() }));
    expect(report.code).toBe(200);
    expect(report.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(report.components['database']).toMatchObject({
      status: 'healthy',
      response_time_ms: expect.any(Number) as number,
    });
    expect(report.metrics['active_users_24h']).toBeGreaterThan(0);
    expect(report.metrics).toMatchObject({ requests_per_minute: null, error_rate: null });
    expect(valueOf(text, 'expensebot_users')).toBe(expected.users);
    const unserved = Object.values(catalog).filter(
      ({ name, kind }) => !text.includes(`# TYPE ${name} ${kind}\n`),
    );
    // CPU is switched off above; on some days nobody registered a week before; Celery has its own tests.
    const mayBeAbsent: readonly string[] = [
      catalog.hostCpuUsage.name,
      catalog.dailyRetention7d.name,
      ...Object.values(catalog).flatMap(({ name }) => (name.startsWith('expensebot_celery_') ? [name] : [])),
      // Nothing of these is configured here.
      ...[catalog.webhookPendingUpdates.name, catalog.webhookLastError.name, catalog.webhookUrlMatches.name],
      ...[catalog.httpTargetPhase.name, catalog.tlsCertificateExpiry.name],
      // The first run of a job may still be under way.
      ...[catalog.jobLastSuccess.name, catalog.jobLastRun.name, catalog.jobDuration.name],
      ...[catalog.httpRequests.name, catalog.httpRequestDuration.name, catalog.accessLogUnparsedLines.name],
      // Known a minute after the first recount of the days before.
      catalog.dailyActiveUsersBaseline.name,
      catalog.dependencyDown.name,
    ];
    expect(unserved.map(({ name }) => name).filter((name) => !mayBeAbsent.includes(name))).toEqual([]);
    expect(text).toContain('category="a,b:c\\"\\\\\\n💥"');
    expect(text).toMatch(
      /^expensebot_probe_response_seconds_bucket\{le="0\.0025",component="database"\} \d+$/m,
    );
    expect(text).toMatch(
      /^expensebot_exporter_build_info\{version="[^"]+",revision="[^"]+",node_version="v/m,
    );
    expect(await promtool(text)).toEqual({ code: 0, output: '' });

    running.child.kill('SIGTERM');
    expect(await running.ended).toBe(0);
    const logs = readdirSync(join(running.folder, 'log'), {
      recursive: true,
      encoding: 'utf8',
      withFileTypes: true,
    })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    expect(logs.join('')).toContain('The exporter is stopping');
    const seen = [text, JSON.stringify(report), running.output(), ...logs].join('\n');
    // Digits alone could be part of a figure; an id is a number of its own.
    const { telegramIdPrefix, ...texts } = PRIVATE_CANARIES;
    expect(seen).not.toMatch(new RegExp(`\\b${telegramIdPrefix}\\d{6}\\b`));
    for (const canary of [
      ...Object.values(texts),
      OWN_CATEGORY_CANARY,
      'test-password',
      'redis-secret-word',
    ]) {
      expect(seen).not.toContain(canary);
    }
  });

  it('notices that Redis is gone and back', async () => {
    // Checks that are given up after 0.4 s may fail some times on a busy machine: it is waited for, not timed.
    const PATIENCE = { timeout: 200_000, interval: 50 };
    const running = await ready(await launch(watched()));
    const status = async (): Promise<string | undefined> =>
      (await health(running)).components['redis']?.status;
    await vi.waitFor(async () => expect(await status()).toBe('healthy'), PATIENCE);
    await redis.stop();
    await vi.waitFor(
      async () => expect(await health(running)).toMatchObject({ code: 503, status: 'unhealthy' }),
      PATIENCE,
    );
    await redis.restart();
    await vi.waitFor(async () => expect(await status()).toBe('healthy'), PATIENCE);
  });
});
