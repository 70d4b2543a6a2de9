/** Results of tasks that a real worker has left in a real Redis, and tasks that wait for their time. */
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resultsCollector, type Budget } from '../../exporter/collectors/celery/results.ts';
import type { TaskRecords } from '../../exporter/collectors/celery/task-records.ts';
import type { Collector } from '../../exporter/model/collector.ts';
import { outcome, watchCelery } from '../support/exporter/celery-collector.ts';
import {
  PRIVATE_ARGUMENT,
  PRIVATE_MESSAGE,
  publishTasks,
  startCeleryWorker,
} from '../support/servers/celery.ts';
import type { Server } from '../support/servers/process.ts';
import { startRedis } from '../support/servers/redis.ts';
import { until } from '../support/machine/until.ts';

const MINUTE = 60_000;
const opened: { close(): unknown }[] = [];
let redis: Server;
let client: Redis;

beforeEach(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
  opened.push(redis, { close: () => client.disconnect() });
});
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

/** As the exporter keeps it, over its restarts. */
function memory() {
  const kept = new Map<string, string>();
  return {
    load: (key: string): unknown => JSON.parse(kept.get(key) ?? 'null') ?? undefined,
    save: (key: string, value: unknown) => void kept.set(key, JSON.stringify(value)),
  };
}

interface Watched {
  readonly collector: Collector;
  records(): TaskRecords;
  /** One run, so long after now. */
  run(laterMs?: number): Promise<Readonly<Record<string, number>>>;
}

function watch(store = memory(), more: { url?: string; database?: number; budget?: Budget } = {}): Watched {
  const { url = redis.url, database, budget } = more;
  const timing = { intervalMs: 30_000, timeoutMs: 10_000, disabledReason: undefined };
  const options = {
    connection: { url },
    settings: 'CELERY_BROKER_URL',
    keyPrefix: 'celery-task-meta-',
    database,
  };
  let records: TaskRecords = new Map();
  const collector = resultsCollector(options, timing, store, (seen) => (records = seen), budget);
  opened.push({ close: () => collector.close?.() });
  return {
    collector,
    records: () => records,
    run: async (laterMs = MINUTE) => {
      const now = Date.now() + laterMs;
      const { samples } = await collector.collect({ now, signal: AbortSignal.timeout(30_000) });
      return Object.fromEntries(
        samples.map(({ family, labels, value }) => [
          [family.name.replace('expensebot_celery_', ''), ...Object.values(labels)].join(' '),
          value,
        ]),
      );
    },
  };
}

const work = async (isExtended: boolean, backend = redis.url): Promise<void> => {
  opened.push(await startCeleryWorker({ brokerUrl: redis.url, results: { backend, isExtended } }));
};
const publish = (...tasks: { fails?: boolean }[]): Promise<void> =>
  publishTasks(
    redis.url,
    tasks.map((task) => ({ queue: 'default', ...task })),
  );
const ended = (count: number, from = client): Promise<unknown> =>
  until(
    () => from.keys('celery-task-meta-*'),
    (keys) => keys.length === count,
  );

/** A result as Celery writes it. */
const put = (id: string, more: Readonly<Record<string, unknown>> = {}): Promise<unknown> =>
  client.set(
    `celery-task-meta-${id}`,
    JSON.stringify({ status: 'SUCCESS', result: null, traceback: null, date_done: iso(Date.now()), ...more }),
  );
const iso = (at: number): string => new Date(at).toISOString().replace('Z', '000');
const failure = (type: string) => ({
  status: 'FAILURE',
  result: { exc_type: type, exc_message: [PRIVATE_MESSAGE] },
});

describe('results of a real worker', () => {
  it('with names are counted by name, with the type of the last exception and nothing private', async () => {
    await work(true);
    await publish({}, {}, { fails: true });
    await ended(3);
    const watched = watch();
    const series = await watched.run();
    expect(series).toMatchObject({
      'tasks_total watched.noop': 2,
      'tasks_failed_total watched.noop': 0,
      'tasks_total watched.fail': 1,
      'tasks_failed_total watched.fail': 1,
    });
    const failedAt = series['task_last_failure_timestamp_seconds watched.fail ValueError'] ?? 0;
    expect(Math.abs(Date.now() / 1000 - failedAt)).toBeLessThan(600);
    expect(series).toHaveProperty('task_last_success_timestamp_seconds watched.noop');
    // It is there, in Redis.
    const values = await client.mget(await client.keys('celery-task-meta-*'));
    expect(values.join()).toContain(PRIVATE_ARGUMENT);
    expect(values.join()).toContain(PRIVATE_MESSAGE);
    expect(JSON.stringify([series, [...watched.records()]])).not.toContain('private');
  });

  it('without names are unknown, by the type of the exception', async () => {
    await work(false);
    await publish({}, { fails: true });
    await ended(2);
    expect(await watch().run()).toMatchObject({
      'tasks_total unknown': 2,
      'tasks_failed_total unknown': 1,
      'task_last_failure_timestamp_seconds unknown ValueError': expect.any(Number) as number,
    });
  });

  it('are found in another database than the broker', async () => {
    const address = `${redis.url.replace(/(?<=:\d+)\/.*$/, '')}/3`;
    const other = new Redis(address);
    opened.push({ close: () => other.disconnect() });
    await work(true, address);
    await publish({});
    await ended(1, other);
    expect(await watch(memory(), { database: 3 }).run()).toMatchObject({ 'tasks_total watched.noop': 1 });
    expect(await watch().run()).toEqual({});
  });
});

describe('a result', () => {
  it('counts once, over many runs and a restart, and those of meanwhile are not missed', async () => {
    const store = memory();
    const first = watch(store);
    await put('a', { name: 'one' });
    expect(await first.run()).toMatchObject({ 'tasks_total one': 1 });
    expect(await first.run(2 * MINUTE)).toMatchObject({ 'tasks_total one': 1 });
    // Not settled yet: its time is too near.
    await put('b', { name: 'one', date_done: iso(Date.now() + 2 * MINUTE) });
    expect(await first.run(2 * MINUTE)).toMatchObject({ 'tasks_total one': 1 });
    await put('c', { name: 'one', date_done: iso(Date.now() + 2.5 * MINUTE), ...failure('KeyError') });
    const second = watch(store);
    const series = await second.run(4 * MINUTE);
    expect(series).toMatchObject({ 'tasks_total one': 3, 'tasks_failed_total one': 1 });
    expect(await second.run(5 * MINUTE)).toEqual(series);
  });

  it('that changes is counted when it has ended, and one that is revoked or odd is not', async () => {
    await put('a', { name: 'one', status: 'RETRY', date_done: null, ...{ result: { exc_type: 'X' } } });
    await put('b', { name: 'one', status: 'REVOKED' });
    await put('c', { name: 'one', date_done: 'never' });
    await client.set('celery-task-meta-d', 'no JSON');
    await client.lpush('celery-task-meta-e', 'no text');
    await client.set('celery-task-meta-f', `[${'['.repeat(5_000)}`);
    await put('g', { name: ['no text'], result: 'x'.repeat(1_500_000) });
    const watched = watch();
    expect(await watched.run()).toEqual({});
    await put('a', { name: 'one', date_done: iso(Date.now() + MINUTE) });
    expect(await watched.run(2 * MINUTE)).toMatchObject({ 'tasks_total one': 1 });
  });

  it('is found in passes, among however many keys there are', async () => {
    const many = Array.from({ length: 2_500 }, (_, n) => n);
    const done = iso(Date.now());
    await client.mset(...many.flatMap((n) => [`cache:${n}`, 'x']));
    await client.mset(
      ...many.flatMap((n) => [
        `celery-task-meta-${n}`,
        JSON.stringify({ status: 'SUCCESS', name: 'one', date_done: done }),
      ]),
    );
    const watched = watch(memory(), { budget: { keys: 2_000, results: 700 } });
    let runs = 0;
    const series = await until(
      () => {
        runs += 1;
        return watched.run(MINUTE);
      },
      (found) => 'tasks_total one' in found,
    );
    expect(series['tasks_total one']).toBe(2_500);
    expect(runs).toBeGreaterThan(2);
    await watched.run(2 * MINUTE);
    expect((await watched.run(2 * MINUTE))['tasks_total one']).toBe(2_500);
  });

  it('is asked for by SCAN and two cheap commands, and never by KEYS', async () => {
    await put('a', { name: 'one' });
    await client.config('RESETSTAT');
    const watched = watch();
    await watched.run();
    await watched.run(2 * MINUTE);
    const used = [...(await client.info('commandstats')).matchAll(/cmdstat_([a-z_|]+):calls=(\d+)/g)];
    const calls = Object.fromEntries(used.map(([, name = '', count]) => [name, Number(count)]));
    expect(calls).toMatchObject({ scan: 2, eval_ro: 1, get: 1, strlen: 1 });
    expect(calls).not.toHaveProperty('keys');
  });
});

describe('without the right to look', () => {
  it('the results say so, and queues and workers are watched all the same', async () => {
    await client.call('ACL', 'SETUSER', 'half', 'on', '>half', '~*', '&*', '+@all', '-eval_ro');
    await client.call('ACL', 'SETUSER', 'blind', 'on', '>blind', '~*', '&*', '+@all', '-get', '-strlen');
    await put('a');
    const urlOf = (user: string): string => redis.url.replace('redis://', `redis://${user}:${user}@`);
    for (const user of ['half', 'blind'])
      await expect(watch(memory(), { url: urlOf(user) }).run()).rejects.toThrow(
        'may not look into the results',
      );
    const collector = watchCelery(urlOf('half'), { timeoutMs: 1_000 });
    opened.push(collector);
    expect((await outcome(collector)).series).toMatchObject({ unacked_messages: 0 });
    expect(collector.view()).toMatchObject({ held: undefined });
  });
});

describe('tasks that wait for their time', () => {
  it('are counted, with their names and times, and without their arguments', async () => {
    opened.push(await startCeleryWorker({ brokerUrl: redis.url, queues: ['default'] }));
    const collector = watchCelery(redis.url);
    opened.push(collector);
    await publishTasks(redis.url, [
      { queue: 'default', countdown: 3_000 },
      { queue: 'default', countdown: 9_000 },
    ]);
    const { series } = await until(
      () => outcome(collector),
      (found) => found.series['scheduled_tasks'] === 2,
    );
    expect(series['unacked_messages']).toBe(2);
    const held = collector.view()?.held ?? [];
    expect(held.map(({ task }) => task)).toEqual(['watched.noop', 'watched.noop']);
    const [first = 0] = held
      .map(({ eta = 0 }) => Math.round((eta - Date.now()) / 1000))
      .toSorted((a, b) => a - b);
    expect(first).toBeGreaterThan(2_000);
    expect(first).toBeLessThanOrEqual(3_000);
    expect(JSON.stringify(collector.view())).not.toContain(PRIVATE_ARGUMENT);
  });
});
