import { afterEach, expect, it } from 'vitest';
import { outcome, replyKeys, watchCelery, type WatchedCelery } from '../support/exporter/celery-collector.ts';
import { PRIVATE_ARGUMENT, publishTasks, startCeleryWorker } from '../support/servers/celery.ts';
import { startRedis } from '../support/servers/redis.ts';
import { until } from '../support/machine/until.ts';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});
const opening = async <T extends { close(): unknown }>(starting: Promise<T>): Promise<T> => {
  const one = await starting;
  opened.push(one);
  return one;
};
const watching = (url: string, timeoutMs: number): WatchedCelery => {
  const collector = watchCelery(url, { timeoutMs });
  opened.push(collector);
  return collector;
};

it('what workers do is told by name and age, never by argument, and a worker that hangs does not hold it up', async () => {
  const redis = await opening(startRedis());
  const [, second] = await Promise.all([
    opening(startCeleryWorker({ brokerUrl: redis.url, name: 'celery@a', processes: 2 })),
    opening(startCeleryWorker({ brokerUrl: redis.url, name: 'celery@b', queues: ['other'] })),
  ]);
  const beforeMs = Date.now();
  const long = Array.from({ length: 7 }, () => ({ queue: 'default', sleepSeconds: 60 }));
  await publishTasks(redis.url, [{ queue: 'default' }, ...long]);
  const collector = watching(redis.url, 20_000);
  const workerA = () => collector.view()?.workers.find(({ name }) => name === 'celery@a');
  await until(
    () => outcome(collector),
    () => workerA()?.inspected?.told.active?.total === 2,
  );
  const told = workerA()?.inspected?.told;
  expect(told).toMatchObject({
    active: { rows: [{ task: 'watched.sleep' }, { task: 'watched.sleep' }] },
    stats: { concurrency: 2, prefetch: 8 },
  });
  // The worker's own clock, in Unix time: not that of its uptime.
  const startedAt = told?.active?.rows[0]?.startedAt ?? 0;
  expect(startedAt).toBeGreaterThan(beforeMs);
  expect(startedAt).toBeLessThan(Date.now());
  const { series } = await outcome(collector);
  expect(series['oldest_active_task_timestamp_seconds watched.sleep']).toBe(startedAt / 1000);
  expect(series).not.toHaveProperty(['oldest_active_task_timestamp_seconds watched.noop']);
  await until(
    () => outcome(collector),
    () => workerA()?.inspected?.told.reserved?.rows[0]?.count === 5,
  );
  expect(workerA()?.inspected?.told.stats?.processed.rows).toEqual([
    { task: 'watched.sleep', count: 2 },
    { task: 'watched.noop', count: 1 },
  ]);
  expect(JSON.stringify([collector.view(), await outcome(collector)])).not.toContain(PRIVATE_ARGUMENT);

  second.freeze();
  const hurried = watching(redis.url, 4_000);
  expect((await outcome(hurried)).error).toContain('do not reply: 1 of 2');
  expect(hurried.view()).toMatchObject({
    hung: 1,
    // Known by its binding alone.
    workers: [{ inspected: { told: { active: { total: 2 } } } }, { name: 'celery@b', standing: 'silent' }],
  });
  expect(await replyKeys(redis)).toEqual([]);
});
