/** One cause, one component that is down: with a real Redis, a real Celery worker, and a name that nobody knows. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import {
  cleanUpExporters,
  DEAD,
  health,
  launch,
  metrics,
  type Health,
  type RunningExporter,
} from '../support/exporter/exporter-process.ts';
import { startCeleryWorker } from '../support/servers/celery.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../support/servers/folders.ts';
import { startRedis } from '../support/servers/redis.ts';

const opened: { close(): unknown }[] = [];

afterEach(async () => {
  await cleanUpExporters();
  for (const one of opened.splice(0).reverse()) await one.close();
});

const WAIT = { timeout: 200_000, interval: 20 };

/** With a config.yml of its own instead of the fast one. */
async function exporter(config: string, env: Readonly<Record<string, string>>): Promise<RunningExporter> {
  const folder = makeTemporaryFolder();
  opened.push({ close: () => removeTemporaryFolder(folder) });
  const path = join(folder, 'config.yml');
  writeFileSync(path, config);
  return launch({ ...DEAD, EXPORTER_CONFIG: path, ...env });
}

const componentsOf = async (running: RunningExporter): Promise<Health['components']> =>
  (await health(running)).components;

it.each(['frozen', 'stopped'] as const)(
  'a Redis that is %s is down, and Celery unknown: never down, although Celery is asked ten times as often',
  {
    meta: {
      tried: 'A real Redis under a real Celery worker is frozen or stopped',
      held: 'Redis is down, celery_workers unknown with blocked_by redis; the worker is healthy when Redis is back',
    },
  },
  async (how) => {
    const redis = await startRedis();
    opened.push(redis);
    opened.push(await startCeleryWorker({ brokerUrl: redis.url, name: 'celery@test', queues: ['default'] }));
    const running = await exporter(
      'probes: { redis: { interval: 20s, timeout: 2s }, celery_workers: { interval: 2s, timeout: 2s } }',
      { REDIS_URL: redis.url },
    );
    await vi.waitFor(async () => {
      expect((await componentsOf(running))['celery_workers']?.status).toBe('healthy');
    }, WAIT);

    if (how === 'frozen') redis.freeze();
    else await redis.stop();
    const seen = new Set<string | undefined>();
    await vi.waitFor(async () => {
      const { redis: its, celery_workers: celery } = await componentsOf(running);
      seen.add(celery?.status);
      expect(its?.status).toBe('unhealthy');
      expect(celery).toMatchObject({ status: 'unknown', blocked_by: 'redis' });
    }, WAIT);
    expect(seen).not.toContain('unhealthy');
    const text = await metrics(running);
    expect(text).toContain(
      'expensebot_component_dependency_down{component="celery_workers",dependency="redis"} 1\n',
    );
    expect(text).not.toContain('expensebot_component_up{component="celery_workers"}');

    if (how === 'frozen') redis.thaw();
    else await redis.restart();
    await vi.waitFor(async () => {
      const components = await componentsOf(running);
      expect(components['redis']?.status).toBe('healthy');
      expect(components['celery_workers']?.status).toBe('healthy');
    }, WAIT);
  },
);

it(
  'a name that nobody knows is told as DNS, and what needs the name is unknown',
  {
    meta: {
      tried: 'DNS finds none of the names that checks connect to',
      held: 'dns is down; telegram_api, the webhook and the public address are unknown with blocked_by dns',
    },
  },
  async () => {
    const fast = '{ interval: 500ms, timeout: 500ms }';
    const web = '{ interval: 1s, timeout: 300ms }';
    const running = await exporter(
      `probes: { dns: ${fast}, telegram_api: ${fast}, telegram_webhook: ${fast}, public_endpoint: ${web} }`,
      { PUBLIC_HEALTHCHECK_URL: 'https://nope.invalid/health' },
    );
    await vi.waitFor(async () => {
      const components = await componentsOf(running);
      // The words depend on whether a DNS server answers here at all.
      expect(components['dns']).toMatchObject({
        status: 'unhealthy',
        error: expect.stringMatching(/DNS/) as string,
      });
      for (const name of ['telegram_api', 'telegram_webhook', 'public_endpoint']) {
        expect(components[name], name).toMatchObject({ status: 'unknown', blocked_by: 'dns' });
      }
    }, WAIT);
  },
);
