/** The bot's client in Debian's Celery: a worker with processes, beat, a real Redis and a real bridge. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  CHAT_ID,
  QUIET,
  readMetrics,
  startBridge,
  startTelegram,
  WEBHOOK_TOKEN,
} from '../support/bridge/bridge.ts';
import { CLIENT_FOLDER } from '../support/clients/python-bot.ts';
import { startCeleryBeat, startCeleryWorker } from '../support/servers/celery.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../support/servers/folders.ts';
import type { Server } from '../support/servers/process.ts';
import { startRedis } from '../support/servers/redis.ts';
import type { TelegramFake } from '../support/telegram/index.ts';
import { until } from '../support/machine/until.ts';

const FAILURES = 25;
const SECRET = 'canary-argument';

const PROGRAM = `from celery import signals
from watched import app
from expensebot_monitoring import connect_celery

connect_celery(app, every=1)


@app.task(name="reports.send")
def send(*args):
    raise ValueError("canary-argument in the words of an exception")


@app.task(name="payments.charge", bind=True, max_retries=2, default_retry_delay=0)
def charge(self, *args):
    try:
        {}["canary-argument"]
    except KeyError as error:
        raise self.retry(exc=error)


@app.task(name="bot.works")
def works(*args):
    return None


@signals.worker_ready.connect
def publish(**kwargs):
    for _ in range(${FAILURES}):
        send.delay("${SECRET}")
    charge.delay("${SECRET}")
    works.delay("${SECRET}")
`;

const opened: { close(): Promise<void> }[] = [];
let telegram: TelegramFake;
let bridge: Server;
let worker: Server;
let programs: string;
beforeAll(async () => {
  programs = makeTemporaryFolder();
  const program = join(programs, 'tasks.py');
  writeFileSync(program, PROGRAM);
  telegram = await startTelegram();
  const redis = await startRedis();
  opened.push(telegram, redis);
  const config = `${QUIET}checkins: [{ name: celery-beat, period: 1h }]\n`;
  bridge = await startBridge(telegram, {}, { config });
  opened.push(bridge);
  const env = { PYTHONPATH: CLIENT_FOLDER, ALERT_BRIDGE_URL: bridge.url, WEBHOOK_TOKEN };
  worker = await startCeleryWorker({ brokerUrl: redis.url, program, processes: 2, env });
  opened.push(worker, await startCeleryBeat({ brokerUrl: redis.url, program, env }));
});
afterAll(async () => {
  for (const one of opened.reverse()) await one.close();
  removeTemporaryFolder(programs);
});

const texts = (): string[] => telegram.messages(CHAT_ID).map(({ text }) => text);
const about = (start: string): string[] => texts().filter((text) => text.includes(start));
const says = (start: string, rest = ''): Promise<string[]> =>
  until(
    () => about(start),
    (all) => all.length === 1 && (all[0] ?? '').includes(rest),
    { what: `one message: ${start} … ${rest}` },
  );

it('tells failed tasks as one message for each name, with their count, what failed and where', async () => {
  const [failed] = await says('Задача Celery reports.send завершилась ошибкой', `×${FAILURES}`);
  expect(failed).toMatch(/^⚠️ .*\nValueError, .*tasks\.py:10\b/s);
  const [retried] = await says('Задача Celery payments.charge повторяется', '×2');
  expect(retried).toMatch(/^ℹ️ .*KeyError, .*tasks\.py:16\b/s);
  await says('Задача Celery payments.charge завершилась ошибкой', 'KeyError');
});

it('tells neither arguments nor the words of exceptions, and nothing of what works', async () => {
  await says('Задача Celery payments.charge завершилась ошибкой');
  expect(texts().join('\n')).not.toContain('canary');
  expect(about('bot.works')).toEqual([]);
});

it('has beat check in through a worker', async () => {
  const seenAt = await until(
    async () => (await readMetrics(bridge))('alert_bridge_checkin_last_seen_timestamp_seconds'),
    (at) => at > 0,
    { what: 'a check-in' },
  );
  expect(seenAt).toBeLessThanOrEqual(Date.now() / 1_000);
});

it('tells that the worker starts and stops', async () => {
  expect(await says('Воркер Celery celery@test запущен')).toHaveLength(1);
  await worker.stop();
  expect(await says('Воркер Celery celery@test остановлен')).toHaveLength(1);
});
