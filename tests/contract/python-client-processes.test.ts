/** The bot's client where processes fork, end and are many, before a real bridge that is frozen and killed. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  CHAT_ID,
  readLedger,
  settled,
  startBridge,
  startTelegram,
  WEBHOOK_TOKEN,
} from '../support/bridge/bridge.ts';
import { startPythonBot, type PythonBot } from '../support/clients/python-bot.ts';
import { startScriptedBridge, type ScriptedBridge } from '../support/clients/scripted-bridge.ts';
import { until } from '../support/machine/until.ts';

let scripted: ScriptedBridge;
let bot: PythonBot | undefined;
beforeEach(async () => {
  scripted = await startScriptedBridge();
});
afterEach(async () => {
  bot?.kill();
  await scripted[Symbol.asyncDispose]();
});

const startBot = (prelude = '', url = scripted.url): PythonBot =>
  (bot = startPythonBot({ ALERT_BRIDGE_URL: url, WEBHOOK_TOKEN }, prelude));
const users = (): string[] =>
  scripted.received
    .map(({ body }) => String(body['user_id']))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
const everyUser = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n));
const arrives = (count: number): Promise<unknown> =>
  until(users, (all) => all.length === count, { what: `${count} events` });

it('what is told last is sent before the interpreter ends', async () => {
  const python = startBot(
    'import atexit\nimport expensebot_monitoring as m\natexit.register(lambda: m.notify_new_user(3))',
  );
  await python.ask('[bool(notify_new_user(n)) for n in range(3)]');
  expect(await python.end()).toBe(0);
  expect(users()).toEqual(everyUser(4));
});

it('also where no thread can be started any more, as at the end of newer interpreters', async () => {
  const python = startBot(
    'import threading\ndef refuse(self): raise RuntimeError\nthreading.Thread.start = refuse',
  );
  expect(await python.ask('[bool(notify_new_user(n)) for n in range(3)]')).toEqual([true, true, true]);
  expect(await python.ask('monitoring_state()')).toMatchObject({ waiting: 3 });
  expect(await python.end()).toBe(0);
  expect(users()).toEqual(everyUser(3));
});

it('an interpreter ends although the bridge hangs, and says how many events it takes along', async () => {
  scripted.reply = () => undefined;
  const python = startBot();
  await python.ask('[bool(notify_new_user(n)) for n in range(3)]');
  expect(await python.end()).toBe(0);
  expect(python.log()).toContain('3 events did not reach the alert-bridge before the end.');
});

it('a forked process sends its own events and leaves those of its parent to the parent', async () => {
  scripted.reply = () => undefined;
  // A thread of the parent holds the queue while it forks.
  const python = startBot(`import os, sys, threading
import expensebot_monitoring as m
def fork():
    held, done = threading.Event(), threading.Event()
    def hold():
        with m._client._changed:
            held.set()
            done.wait()
    threading.Thread(target=hold).start()
    held.wait()
    pid = os.fork()
    if pid == 0:
        empty = m.monitoring_state()["waiting"] == 0
        m.notify_new_user(2 if empty else "the parent's queue")
        os._exit(0 if m.flush(60) else 1)
    done.set()
    return pid`);
  await python.ask('[bool(notify_new_user(n)) for n in range(2)]');
  const pid = await python.ask<number>('fork()');
  scripted.reply = () => ({ status: 202 });
  expect(await python.ask(`os.waitpid(${pid}, 0)[1]`)).toBe(0);
  // The one on its way is sent again, with its id: nobody knows whether the bridge had it.
  await until(
    () => new Set(users()).size,
    (size) => size === 3,
  );
  expect([...new Set(users())]).toEqual(everyUser(3));
});

it.each([
  ['threads', 'concurrent.futures.ThreadPoolExecutor(8)'],
  ['processes', 'concurrent.futures.ProcessPoolExecutor(4, multiprocessing.get_context("fork"))'],
])('every event of a pool of %s arrives once', async (_name, executor) => {
  const python = startBot(
    `import concurrent.futures, multiprocessing
import expensebot_monitoring as m
def tell(n): return bool(m.notify_new_user(n))
def pool():
    with ${executor} as pool: return sum(pool.map(tell, range(200)))`,
  );
  await python.ask('bool(notify_bot_started()) and flush(60)');
  expect(await python.ask('pool()')).toBe(200);
  await arrives(201);
  expect(users().slice(0, 200)).toEqual(everyUser(200));
});

it('a handler of the log or of a signal may call it, whatever it was doing', async () => {
  const python = startBot(`import logging, os, signal
import expensebot_monitoring as m
class Telling(logging.Handler):
    def emit(self, record): m.notify_critical_error(record.name, record.getMessage())
logging.getLogger().addHandler(Telling())
signal.signal(signal.SIGALRM, lambda *_: m.notify_bot_stopped("SIGALRM"))
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)`);
  scripted.reply = () => ({ status: scripted.received.length > 3 ? 202 : 503 });
  await python.ask('[bool(notify_new_user(n)) for n in range(800)]');
  await python.ask('signal.setitimer(signal.ITIMER_REAL, 0) is None');
  await until(
    () => python.ask<{ waiting: number }>('monitoring_state()'),
    ({ waiting }) => waiting === 0,
  );
  // What the client itself logs is an event like another.
  expect(scripted.received.some(({ body }) => body['error_type'] === 'expensebot_monitoring')).toBe(true);
  expect(scripted.received.some(({ body }) => body['reason'] === 'SIGALRM')).toBe(true);
});

it('a real bridge that is frozen, killed and started again has each event once', async () => {
  const telegram = await startTelegram();
  const bridge = await startBridge(telegram);
  try {
    const python = startBot('', bridge.url);
    const waiting = async (): Promise<number> =>
      (await python.ask<{ waiting: number }>('monitoring_state()')).waiting;
    await python.ask("[bool(notify_critical_error('DB', str(n))) for n in range(100)]");
    bridge.freeze();
    await python.ask("[bool(notify_payment_received(n, 1, 'month')) for n in range(100)]");
    expect(await waiting()).toBeGreaterThan(99);
    // The request that it answers no more is given up and sent again.
    await until(
      () => python.log(),
      (log) => log.includes('cannot be reached'),
    );
    bridge.thaw();
    await until(waiting, (left) => left < 60);
    await bridge.kill('SIGKILL');
    await python.ask('[bool(notify_new_user(n)) for n in range(100)]');
    await bridge.restart();
    await until(waiting, (left) => left === 0);
    const { sent } = await python.ask<{ sent: number }>('monitoring_state()');
    expect((await readLedger(bridge)).accepted).toBe(sent);
    await settled(bridge);
    const chat = telegram
      .messages(CHAT_ID)
      .map(({ text }) => text)
      .join('\n');
    expect(chat).toMatch(/Критическая ошибка: DB ×100/);
  } finally {
    await bridge.close();
    await telegram.close();
  }
});
