import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CeleryCollector } from '../../exporter/collectors/celery/collector.ts';
import { redisCollector } from '../../exporter/collectors/redis.ts';
import { catalog } from '../../exporter/metrics/catalog.ts';
import {
  outcome,
  replyKeys,
  watchCelery,
  type Outcome,
  type WatchOptions,
} from '../support/exporter/celery-collector.ts';
import { cleanUpExporters, DEAD, health, launch, metrics } from '../support/exporter/exporter-process.ts';
import { seen } from '../support/pages/seen.ts';
import { PRIVATE_ARGUMENT, publishTasks, startCeleryWorker } from '../support/servers/celery.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../support/servers/folders.ts';
import type { Server } from '../support/servers/process.ts';
import { startRedis, withRedis } from '../support/servers/redis.ts';
import { until } from '../support/machine/until.ts';

const opened: { close(): unknown }[] = [];

afterEach(async () => {
  await cleanUpExporters();
  for (const one of opened.splice(0).reverse()) await one.close();
});

const opening = async <T extends { close(): unknown }>(starting: Promise<T>): Promise<T> => {
  const one = await starting;
  opened.push(one);
  return one;
};

const start = (password?: string): Promise<Server> =>
  opening(startRedis(password === undefined ? {} : { password }));
const work = (redis: Server, name = 'celery@test', queues = ['default', 'reports']): Promise<Server> =>
  opening(startCeleryWorker({ brokerUrl: redis.url, name, queues }));

const watch = (url: string, options: WatchOptions = {}): CeleryCollector => {
  const collector = watchCelery(url, options);
  opened.push(collector);
  return collector;
};

describe('workers', () => {
  it('reply, are named, and are waited for no longer than they take', async () => {
    const redis = await start('pass-word');
    await Promise.all([work(redis, 'celery@a'), work(redis, 'celery@b')]);
    // Ten seconds for replies, were one missing.
    const collector = watch(redis.url, { timeoutMs: 20_000 });
    const startedMs = performance.now();
    const first = await outcome(collector);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(first).toMatchObject({
      error: undefined,
      details: { workers: 'celery@a, celery@b', replying: 2, hung: 0, queued: 0, unacked: 0 },
      series: {
        'workers replying': 2,
        'workers hung': 0,
        'queue_messages reports 9': 0,
        unacked_messages: 0,
      },
    });
    expect(first.series).not.toHaveProperty('redelivery_timestamp_seconds');
    expect(await replyKeys(redis)).toEqual([]);
    // Two exporters at once: each gets its own replies.
    const other = watch(redis.url);
    const both = await Promise.all([outcome(collector), outcome(other)]);
    expect(both.map(({ series }) => series['workers replying'])).toEqual([2, 2]);
    expect(await replyKeys(redis)).toEqual([]);
  });

  it('that hang are counted and named, and are well again when they reply', async () => {
    const redis = await start();
    const [, second] = await Promise.all([work(redis, 'celery@a'), work(redis, 'celery@b')]);
    const collector = watch(redis.url);
    expect((await outcome(collector)).error).toBeUndefined();
    second.freeze();
    expect(await outcome(collector)).toMatchObject({
      error: 'workers that are connected and do not reply: 1 of 2; silent: celery@b',
      details: { workers: 'celery@a', silent: 'celery@b' },
      series: { 'workers replying': 1, 'workers hung': 1, 'queue_messages default 0': 0 },
    });
    expect(await replyKeys(redis)).toEqual([]);
    second.thaw();
    await until(
      () => outcome(collector),
      ({ error }) => error === undefined,
    );
    // What it says late to earlier questions is removed as well.
    expect((await outcome(collector)).series).toMatchObject({ 'workers replying': 2, 'workers hung': 0 });
    expect(await replyKeys(redis)).toEqual([]);
  });

  it('are not taken for the subscriptions of others', async () => {
    const redis = await start();
    const listener = new Redis(redis.url);
    opened.push({ close: () => listener.disconnect() });
    await listener.psubscribe('*');
    const collector = watch(redis.url, { timeoutMs: 1_000 });
    expect((await outcome(collector)).error).toMatch(/^no worker is connected to the broker/);
    const [first, second] = await Promise.all([work(redis, 'celery@a'), work(redis, 'celery@b')]);
    const well = { error: undefined, series: { 'workers replying': 2, 'workers hung': 0 } };
    expect(await outcome(collector)).toMatchObject(well);
    // One that knows nothing yet.
    expect(await outcome(watch(redis.url, { timeoutMs: 1_000 }))).toMatchObject(well);
    second.freeze();
    const hung = 'workers that are connected and do not reply: 1 of 2; silent: celery@b';
    expect((await outcome(collector)).error).toBe(hung);
    expect((await outcome(watch(redis.url, { timeoutMs: 1_000 }))).error).toBe(hung);
    second.thaw();
    await until(
      () => outcome(collector),
      ({ error }) => error === undefined,
    );
    // In order: it takes its binding along.
    await first.stop();
    expect(await outcome(watch(redis.url, { timeoutMs: 1_000 }))).toMatchObject({
      error: undefined,
      series: { 'workers replying': 1, 'workers hung': 0 },
    });
  });

  it('of the pool solo that run a task are busy, and do not hang', async () => {
    const redis = await start();
    const worker = await work(redis);
    const collector = watch(redis.url, { timeoutMs: 1_000 });
    expect((await outcome(collector)).error).toBeUndefined();
    await publishTasks(redis.url, [{ queue: 'default', sleepSeconds: 600 }]);
    const busy = await until(
      () => outcome(collector),
      ({ series }) => series['workers busy'] === 1,
    );
    expect(busy).toMatchObject({
      error: undefined,
      details: { busy: 'celery@test' },
      series: { 'workers replying': 0, 'workers hung': 0 },
    });
    expect(await replyKeys(redis)).toEqual([]);
    await worker.kill();
    await until(
      () => outcome(collector),
      ({ error }) => error?.startsWith('no worker is connected') === true,
    );
  });

  it('that are killed are gone, and are found again', async () => {
    const redis = await start();
    const collector = watch(redis.url);
    expect((await outcome(collector)).error).toBe(
      'no worker is connected to the broker; if there is no Celery, switch probes.celery_workers off',
    );
    const worker = await work(redis);
    await until(
      () => outcome(collector),
      ({ error }) => error === undefined,
    );
    await worker.kill();
    expect(
      await until(
        () => outcome(collector),
        ({ series }) => series['workers hung'] === 0,
      ),
    ).toMatchObject({
      error: expect.stringMatching(/^no worker is connected to the broker; .*silent: celery@test/) as string,
      series: { 'workers replying': 0, 'workers hung': 0 },
    });
    expect(await replyKeys(redis)).toEqual([]);
    await worker.restart();
    expect((await outcome(collector)).error).toBeUndefined();
  });
});

describe('queues', () => {
  it('count all priorities, and are found by their bindings', async () => {
    const redis = await start();
    const tasks = [2, 3, 4, 5, 6, 7, 8, 10].map((priority) => ({ queue: 'surprise', priority }));
    await publishTasks(redis.url, [...tasks, { queue: 'default' }]);
    const { series, details, error } = await outcome(watch(redis.url));
    expect(error).toBe('no worker is connected to the broker');
    expect(series).toMatchObject({
      'queue_messages default 0': 1,
      'queue_messages reports 0': 0,
      'queue_messages surprise 0': 1,
      'queue_messages surprise 3': 3,
      'queue_messages surprise 6': 3,
      'queue_messages surprise 9': 1,
    });
    expect(details).toMatchObject({ queued: 9 });
    // Negative control: the bare name holds the least of it.
    expect(await withRedis(redis, (client) => client.llen('surprise'))).toBe(1);
    expect(JSON.stringify([series, details])).not.toContain(PRIVATE_ARGUMENT);
  });

  it('of 10,000 messages are measured, and their oldest is remembered until it is taken', async () => {
    const redis = await start();
    await publishTasks(redis.url, [{ queue: 'reports' }]);
    await withRedis(redis, async (client) => {
      const message = JSON.parse((await client.lindex('reports', 0)) ?? '') as { properties: object };
      const copies = Array.from({ length: 9_999 }, (_, index) =>
        JSON.stringify({ ...message, properties: { ...message.properties, delivery_tag: `copy-${index}` } }),
      );
      await client.lpush('reports', ...copies);
    });
    const collector = watch(redis.url);
    const first = await outcome(collector, { now: 1_000_000 });
    const oldest = 'queue_oldest_message_timestamp_seconds reports';
    expect(first.series).toMatchObject({ 'queue_messages reports 0': 10_000, [oldest]: 1_000 });
    expect((await outcome(collector, { now: 2_000_000 })).series).toMatchObject({ [oldest]: 1_000 });
    await withRedis(redis, (client) => client.rpop('reports'));
    expect((await outcome(collector, { now: 3_000_000 })).series).toMatchObject({ [oldest]: 3_000 });
    await work(redis);
    const drained = await until(
      () => outcome(collector),
      ({ series }) => series['queue_messages reports 0'] === 0 && series['unacked_messages'] === 0,
      { timeoutMs: 200_000, everyMs: 200 },
    );
    expect(drained.series).not.toHaveProperty(oldest);
  });

  it('are left out beyond 200, which is said', async () => {
    const redis = await start();
    const bindings = Array.from({ length: 250 }, (_, index) => `q\x06\x16\x06\x16q${index}`);
    await withRedis(redis, (client) => client.sadd('_kombu.binding.default', ...bindings));
    // The last in the order of names, and the only one in use.
    await withRedis(redis, (client) => client.lpush('q99', '{}'));
    const { series, details } = await outcome(watch(redis.url));
    expect(Object.keys(series).filter((name) => name.startsWith('queue_messages'))).toHaveLength(800);
    expect(series).toMatchObject({ 'queue_messages reports 0': 0, 'queue_messages q99 0': 1 });
    expect(details).toMatchObject({ queues_left_out: 52 });
  });

  it('tell what is unacknowledged, and when that is delivered again', async () => {
    const redis = await start();
    await work(redis);
    const beforeSeconds = Date.now() / 1000;
    await publishTasks(redis.url, [{ queue: 'default', countdown: 600 }]);
    const { series, error } = await until(
      () => outcome(watch(redis.url)),
      (one) => one.series['unacked_messages'] === 1,
    );
    expect(error).toBeUndefined();
    const delivery = (series['redelivery_timestamp_seconds'] ?? 0) - 3_600;
    expect(delivery).toBeGreaterThan(beforeSeconds);
    expect(delivery).toBeLessThanOrEqual(Date.now() / 1000);
  });
});

describe('names of its own', () => {
  it('are followed: prefix, separator, priority steps, keys and channels', async () => {
    const redis = await start();
    const transportOptions = {
      global_keyprefix: 'app:',
      sep: '|',
      priority_steps: [0, 5],
      unacked_key: 'held',
      unacked_index_key: 'held_index',
      fanout_prefix: '/casts{db}.',
    };
    const naming = {
      globalKeyprefix: 'app:',
      sep: '|',
      prioritySteps: [0, 5],
      unackedKey: 'held',
      unackedIndexKey: 'held_index',
      fanoutPrefix: '/casts{db}.',
    };
    await opening(startCeleryWorker({ brokerUrl: redis.url, transportOptions }));
    await publishTasks(
      redis.url,
      [
        { queue: 'default', countdown: 600 },
        { queue: 'surprise', priority: 6 },
      ],
      transportOptions,
    );
    const collector = watch(redis.url, { naming });
    const { error } = await until(
      () => outcome(collector),
      ({ series }) => series['unacked_messages'] === 1,
    );
    expect(error).toBeUndefined();
    expect((await outcome(collector)).series).toMatchObject({
      'workers replying': 1,
      'queue_messages surprise 5': 1,
      'queue_messages default 0': 0,
    });
    expect(await replyKeys(redis)).toEqual([]);
    // Negative control: kombu's own names find nothing.
    expect((await outcome(watch(redis.url))).error).toMatch(/^no worker is connected to the broker/);
  });
});

describe('what is left behind', () => {
  it.each(['its time is over', 'it is closed'])('is nothing when %s while it waits', async (what) => {
    const redis = await start();
    const worker = await work(redis);
    worker.freeze();
    const collector = watch(redis.url, { timeoutMs: 20_000 });
    const ending = new AbortController();
    const asked = outcome(collector, { signal: ending.signal });
    await until(
      () => replyKeys(redis),
      (keys) => keys.length === 1,
    );
    if (what === 'it is closed') collector.close();
    else ending.abort();
    expect((await asked).error).toBeTypeOf('string');
    expect(await replyKeys(redis)).toEqual([]);
  });
});

describe('a broker', () => {
  it('that is away or refuses is told in one sentence, without a figure', async () => {
    const redis = await start('pass-word');
    const withoutPassword = `redis://127.0.0.1:${redis.port}/0`;
    expect(await outcome(watch(withoutPassword))).toEqual({
      error: 'Redis asks for a password (NOAUTH): set CELERY_BROKER_URL',
      details: undefined,
      series: {},
    });
    const collector = watch(redis.url);
    await redis.stop();
    expect((await outcome(collector)).error).toBe(
      `nothing listens at 127.0.0.1:${redis.port} (connection refused)`,
    );
  });

  it('is watched by a user who may do no more than configuration.md says', async () => {
    const redis = await start();
    await work(redis);
    await publishTasks(redis.url, [
      { queue: 'default', countdown: 600 },
      { queue: 'nobody', priority: 5 },
    ]);
    const shown = /ACL SETUSER (.+?)\n```/s.exec(readFileSync('docs/configuration.md', 'utf8'))?.[1] ?? '';
    const rules = shown.split(/[\s\\]+/);
    const url = `redis://monitoring:a-long-password@127.0.0.1:${redis.port}/0`;
    const outcomeWith = async (allowed: readonly string[]): Promise<Outcome> => {
      await withRedis(redis, (client) => client.call('ACL', 'SETUSER', ...allowed));
      return outcome(watch(url));
    };
    const { error, series } = await outcomeWith(rules);
    expect(error).toBeUndefined();
    expect(series).toMatchObject({
      'workers replying': 1,
      'queue_messages default 0': 0,
      scheduled_tasks: 1,
    });
    expect(await replyKeys(redis)).toEqual([]);
    const probe = redisCollector({ url }, { intervalMs: 1, timeoutMs: 1, disabledReason: undefined });
    opened.push(probe);
    expect((await probe.collect({ signal: AbortSignal.timeout(60_000), now: 0 })).details).toEqual({
      takes_writes: true,
    });
    // Every command of it is needed; with MULTI and EXEC `redis` asks whether writes are taken, by scripts less is known.
    for (const command of rules.filter((rule) =>
      /^\+(?!ping|info|client|select|multi|exec|eval_ro|get|strlen|hget)/.test(rule),
    )) {
      const refused = await outcomeWith(['monitoring', command.replace('+', '-')]);
      const sentence = 'this user of Redis may not watch the broker of Celery (NOPERM)';
      expect([command, refused.error]).toEqual([command, sentence]);
      await withRedis(redis, (client) => client.call('ACL', 'SETUSER', 'monitoring', command));
    }
  });

  it('that takes no writes says so by name, and nothing is left in it', async () => {
    const redis = await start();
    const collector = watch(redis.url);
    await withRedis(redis, (client) => client.call('REPLICAOF', '127.0.0.1', '1'));
    expect((await outcome(collector)).error).toMatch(/READONLY/);
    await withRedis(redis, async (client) => {
      await client.call('REPLICAOF', 'NO', 'ONE');
      await client.config('SET', 'maxmemory', '1kb');
    });
    expect((await outcome(collector)).error).toMatch(/OOM/);
    await withRedis(redis, (client) => client.config('SET', 'maxmemory', '0'));
    expect((await outcome(collector)).error).toMatch(/^no worker is connected/);
    expect(await withRedis(redis, (client) => client.keys('*'))).toEqual([]);
  });

  it('that is frozen ends the check at its deadline, and is asked anew once it is thawed', async () => {
    const redis = await start();
    await work(redis);
    const collector = watch(redis.url);
    expect((await outcome(collector)).error).toBeUndefined();
    redis.freeze();
    expect((await outcome(collector, { signal: AbortSignal.timeout(200) })).error).toBeTypeOf('string');
    expect((await outcome(collector, { signal: AbortSignal.timeout(200) })).error).toBeTypeOf('string');
    redis.thaw();
    await until(
      () => outcome(collector),
      ({ error }) => error === undefined,
    );
    expect(await replyKeys(redis)).toEqual([]);
  });
});

it('the exporter serves all of it, from a broker of its own', async () => {
  const redis = await start();
  await work(redis);
  await publishTasks(redis.url, [{ queue: 'default', countdown: 600 }, { queue: 'nobody-takes-it' }]);
  const folder = makeTemporaryFolder();
  opened.push({ close: () => removeTemporaryFolder(folder) });
  const config = join(folder, 'config.yml');
  writeFileSync(config, 'probes: { celery_workers: { interval: 1s, timeout: 1s } }');
  const running = await launch({ ...DEAD, EXPORTER_CONFIG: config, CELERY_BROKER_URL: redis.url });
  // No task runs here, none leaves a result, and the schedule is elsewhere.
  const families = Object.values(catalog).filter(
    ({ name }) =>
      name.startsWith('expensebot_celery_') &&
      !/_active_task_|_tasks?_(?:total|failed|last)|_beat_/.test(name),
  );
  expect(families).toHaveLength(6);
  await vi.waitFor(
    async () => {
      const text = await metrics(running);
      expect(families.filter(({ name }) => !text.includes(`# TYPE ${name} gauge\n`))).toEqual([]);
      expect(text).toContain('expensebot_celery_workers{state="replying"} 1\n');
      expect(text).toContain('expensebot_celery_queue_messages{queue="nobody-takes-it",priority="0"} 1\n');
    },
    { timeout: 200_000, interval: 100 },
  );
  expect((await health(running)).components['celery_workers']).toMatchObject({
    status: 'healthy',
    details: { workers: 'celery@test' },
  });
  const pages = await Promise.all(
    ['/', '/celery', '/health', '/metrics'].map(async (path) => (await fetch(running.url + path)).text()),
  );
  const [status = '', celery = ''] = pages;
  expect(status).toMatch(/aria-label="100\s% за /);
  expect(seen(celery)).toMatch(/celery@test отвечает.* nobody-takes-it 1 0 0 0 1 ≥ /);
  expect([...pages, running.output()].join('')).not.toContain(PRIVATE_ARGUMENT);
  running.child.kill('SIGTERM');
  expect(await running.ended).toBe(0);
  expect(await replyKeys(redis)).toEqual([]);
});
