/** The bot's client, run by Python, before a bridge that is away, hangs, refuses, and tells less than the truth. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CLIENT_FOLDER, startPythonBot, type PythonBot } from '../support/clients/python-bot.ts';
import {
  ACCEPTED,
  startScriptedBridge,
  type Received,
  type ScriptedBridge,
} from '../support/clients/scripted-bridge.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../support/servers/folders.ts';
import { freePort } from '../support/servers/ports.ts';
import { runTool } from '../support/machine/run-tool.ts';
import { until } from '../support/machine/until.ts';

const TOKEN = 'canary-token-of-the-bot';
const QUEUE_LIMIT = 1_000;
const KEPT_FOR_CRITICAL = 200;

interface State {
  readonly waiting: number;
  readonly sent: number;
  readonly dropped: number;
  readonly refused: number;
}

const opened: AsyncDisposable[] = [];
let bot: PythonBot | undefined;
afterEach(async () => {
  // Whatever went wrong, nothing of it was told.
  expect(bot?.log() ?? '').not.toContain(TOKEN);
  bot?.kill();
  bot = undefined;
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

async function startBridge(port?: number): Promise<ScriptedBridge> {
  const bridge = await startScriptedBridge(port);
  opened.push(bridge);
  return bridge;
}
const startBot = (url: string, env: Readonly<Record<string, string>> = {}, prelude = ''): PythonBot =>
  (bot = startPythonBot({ ALERT_BRIDGE_URL: url, WEBHOOK_TOKEN: TOKEN, ...env }, prelude));
const state = (of = bot): Promise<State> =>
  of?.ask<State>('monitoring_state()') ?? Promise.reject(new Error());
const reaches = (expected: Partial<State>): Promise<State> =>
  until(
    state,
    (now) => Object.entries(expected).every(([name, value]) => now[name as keyof State] === value),
    {
      what: JSON.stringify(expected),
    },
  );
const idsOf = (received: readonly Received[]): unknown[] => received.map(({ body }) => body['id']);
const burst = (call: string): string => `[bool(${call}) for n in range(10_000)].count(True)`;

describe('every function', () => {
  it('tells the bridge what the old one told the chat, awaited or not, as a task or run', async () => {
    const bridge = await startBridge();
    const python = startBot(bridge.url, { RELEASE: '2.4.1', ENVIRONMENT: 'production' });
    const told = async (expression: string): Promise<Received['body'] | undefined> => {
      const before = bridge.received.length;
      expect(await python.ask<boolean>(expression)).toBe(true);
      await until(
        () => bridge.received.length,
        (length) => length > before,
      );
      const { body, authorization } = bridge.received.at(-1) ?? {};
      expect(authorization).toBe(`Bearer ${TOKEN}`);
      expect(body).toMatchObject({
        id: expect.any(String) as string,
        occurred_at: expect.any(String) as string,
      });
      return body;
    };
    expect(
      await told("asyncio.run(notify_critical_error(error_type='DB', details='gone', user_id=123456))"),
    ).toMatchObject({ type: 'critical_error', error_type: 'DB', details: 'gone', user_id: '123456' });
    const user = await told("bool(notify_new_user(7, 'canary', 'canary', source='ads'))");
    expect(user).toMatchObject({ type: 'new_user', user_id: '7', source: 'ads' });
    expect(JSON.stringify(user)).not.toContain('canary');
    expect(
      await told("asyncio.new_event_loop().run_until_complete(notify_payment_received(7, 150, 'month'))"),
    ).toMatchObject({ type: 'payment_received', user_id: '7', amount: 150, payment_type: 'month' });
    expect(await told('asyncio.run(notify_bot_started())')).toMatchObject({
      type: 'bot_started',
      version: '2.4.1',
      environment: 'production',
    });
    expect(await told("bool(notify_bot_stopped('SIGTERM'))")).toMatchObject({
      type: 'bot_stopped',
      reason: 'SIGTERM',
    });
    const task = "(lambda run: asyncio.run(run()))(type('', (), {'run': staticmethod(ASYNC)}).run)";
    expect(
      await told(
        task.replace('ASYNC', "lambda: asyncio.wait_for(send_admin_alert('⚠️ Slow PDF\\nUser: 7'), 60)"),
      ),
    ).toMatchObject({ type: 'custom', title: 'Slow PDF', text: 'User: 7', severity: 'warning' });
    expect(await told("bool(send_admin_alert('Отчёт', disable_notification=True))")).toMatchObject({
      severity: 'info',
    });
    expect(
      await told(
        String.raw`bool(send_admin_alert('🚨 *\\[Coins\\] Ошибки*\n' + escape_markdown_v2('a.b') + '\\!'))`,
      ),
    ).toMatchObject({ title: '[Coins] Ошибки', text: 'a.b!', severity: 'critical' });
    expect(
      await told("bool(send_admin_alert('<b>a &amp; b</b>', parse_mode='HTML', allow_html_tags=True))"),
    ).toMatchObject({ title: 'a & b', text: '' });
    expect(await told("bool(check_in('nightly backup'))").catch(() => bridge.received.at(-1)?.path)).toBe(
      '/api/v1/checkins/nightly%20backup',
    );
  });

  it('can be made a task, and leaves the daily report to the bridge', async () => {
    const bridge = await startBridge();
    const python = startBot(
      bridge.url,
      {},
      `async def as_task():
    import asyncio, expensebot_monitoring as monitoring
    task = asyncio.create_task(monitoring.send_admin_alert("a"))
    cancelled = asyncio.create_task(monitoring.send_admin_alert("b"))
    cancelled.cancel()
    return [await task, *await asyncio.gather(cancelled, return_exceptions=True)]`,
    );
    expect(await python.ask('[type(one).__name__ for one in asyncio.run(as_task())]')).toEqual([
      'bool',
      'CancelledError',
    ]);
    await reaches({ waiting: 0, sent: 2 });
    expect(await python.ask('asyncio.run(send_daily_report())')).toBe(true);
    expect(await state()).toMatchObject({ waiting: 0, sent: 2 });
  });

  it('drops what cannot be told, counts it and raises nothing', async () => {
    const python = startBot(
      'http://127.0.0.1:1',
      {},
      'class Odd:\n    def __str__(self): raise ValueError("odd")',
    );
    for (const call of ["notify_critical_error(Odd(), '')", "notify_payment_received(1, 'much', 'month')"])
      expect(await python.ask(`bool(${call})`)).toBe(false);
    expect(await python.ask("bool(notify_critical_error('', None, Odd))")).toBe(true);
    expect(await state()).toMatchObject({ dropped: 2 });
  });
});

describe('10,000 events at once', () => {
  it('find a bounded queue while the bridge hangs; what was dropped is counted and told afterwards', async () => {
    const bridge = await startBridge();
    bridge.reply = () => undefined;
    const python = startBot(bridge.url, {}, 'import tracemalloc; tracemalloc.start()');
    const room = QUEUE_LIMIT - KEPT_FOR_CRITICAL;
    await python.ask('tracemalloc.clear_traces()');
    const taken = await python.ask<number>(burst("notify_payment_received(n, 1, 'm' * 5_000)"));
    // All of it returned although nothing has ever been answered: no call waits for the bridge. One may be on its way.
    expect(await state()).toMatchObject({ sent: 0, dropped: 10_000 - taken });
    expect([room, room + 1]).toContain(taken);
    // 300 characters each; without a bound these events would take more than 10 MB.
    expect(await python.ask<number>('tracemalloc.get_traced_memory()[1]')).toBeLessThan(4_000_000);
    expect(await python.ask("bool(notify_critical_error('DB', 'gone'))")).toBe(true);
    bridge.reply = () => ACCEPTED;
    await reaches({ waiting: 0 });
    expect(new Set(idsOf(bridge.received)).size).toBe(taken + 2);
    const notice = bridge.received.find(({ body }) => body['type'] === 'custom')?.body;
    expect(notice).toMatchObject({
      title: `Потеряны события бота: ${10_000 - taken}`,
      text: `Очередь в боте была полна: ${10_000 - taken}. alert-bridge отклонил: 0.`,
      severity: 'warning',
    });
    expect(bridge.received.at(-1)?.body).toMatchObject({ type: 'critical_error' });
  });

  it('of one kind of error are counted together while the bridge is away', async () => {
    const port = await freePort();
    const python = startBot(`http://127.0.0.1:${port}`);
    expect(await python.ask(burst("notify_critical_error('DB', str(n))"))).toBe(10_000);
    expect((await state()).waiting).toBeLessThanOrEqual(4);
    const bridge = await startBridge(port);
    await reaches({ waiting: 0 });
    const counts = bridge.received.map(({ body }) => (body['count'] as number | undefined) ?? 1);
    expect(counts.reduce((sum, count) => sum + count)).toBe(10_000);
    expect(bridge.received.at(-1)?.body).toMatchObject({ details: '9999' });
    expect(await state()).toMatchObject({ dropped: 0, refused: 0 });
  });
});

describe('a bridge', () => {
  it.each([400, 413, 415, 422])(
    'that refuses with %i is told the next event, and how many are lost',
    async (status) => {
      const bridge = await startBridge();
      bridge.reply = ({ body }) => (body['type'] === 'new_user' ? { status } : ACCEPTED);
      const python = startBot(bridge.url, { LOCALE: 'en' });
      await python.ask('[bool(notify_new_user(n)) for n in range(3)]');
      await python.ask("bool(notify_critical_error('DB', 'gone'))");
      await until(
        () => bridge.received.map(({ body }) => body['text']),
        (texts) =>
          texts.includes('The queue in the bot was full: 0. The alert-bridge refused: 3.') ||
          texts.filter((text) => typeof text === 'string').length === 3,
      );
      await reaches({ waiting: 0, refused: 3 });
      expect(bridge.received.filter(({ body }) => body['type'] === 'new_user')).toHaveLength(3);
      expect(bridge.received.filter(({ body }) => body['type'] === 'critical_error')).toHaveLength(1);
      expect(python.log()).toContain(`refuses /api/v1/events with ${status}`);
    },
  );

  it.each([200, 301, 401, 403, 404, 429, 500, 503])(
    'that answers %i is sent the same event until it answers 202',
    async (status) => {
      const bridge = await startBridge();
      bridge.reply = () =>
        bridge.received.length > 2 ? ACCEPTED : { status, headers: { location: '/elsewhere' } };
      const python = startBot(bridge.url);
      await python.ask('bool(notify_bot_started())');
      await reaches({ waiting: 0, sent: 1 });
      expect(bridge.received).toHaveLength(3);
      expect(new Set(bridge.received.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(new Set(bridge.received.map(({ path }) => path)).size).toBe(1);
      await until(
        () => python.log(),
        (log) => log.includes(`answers ${status}`),
      );
      expect(python.log().includes('compare WEBHOOK_TOKEN')).toBe(status === 401 || status === 403);
    },
  );

  it('that asks for time gets it', async () => {
    const bridge = await startBridge();
    bridge.reply = () =>
      bridge.received.length > 1 ? ACCEPTED : { status: 429, headers: { 'retry-after': '2' } };
    await startBot(bridge.url).ask('bool(notify_bot_started())');
    await reaches({ waiting: 0, sent: 1 });
    const [first, second] = bridge.received;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThan(1_900);
  });

  it('that does not know a check-in has it said once in the log, and nothing is lost by it', async () => {
    const bridge = await startBridge();
    bridge.reply = ({ path }) => (path.includes('checkins') ? { status: 404 } : ACCEPTED);
    const python = startBot(bridge.url);
    for (const sent of [1, 2, 3]) {
      await python.ask("bool(check_in('celery-beat')) and bool(notify_bot_started())");
      await reaches({ waiting: 0, sent, refused: 0, dropped: 0 });
    }
    expect(bridge.received).toHaveLength(6);
    await until(
      () => python.log(),
      (log) => log.includes('checkins/celery-beat'),
    );
    expect(python.log().split('checkins/celery-beat')).toHaveLength(2);
  });

  it('of several that is away is passed over', async () => {
    const bridge = await startBridge();
    await startBot(`http://127.0.0.1:1, ${bridge.url}/`).ask('bool(notify_bot_started())');
    await reaches({ waiting: 0, sent: 1 });
    expect(bridge.received[0]?.path).toBe('/api/v1/events');
  });
});

describe('the token', () => {
  it('comes from a file as well, and goes neither to a proxy nor along a redirect', async () => {
    const [bridge, other] = [await startBridge(), await startBridge()];
    const folder = makeTemporaryFolder();
    opened.push({
      [Symbol.asyncDispose]: () => {
        removeTemporaryFolder(folder);
        return Promise.resolve();
      },
    });
    const file = join(folder, 'token');
    const python = startBot(bridge.url, {
      WEBHOOK_TOKEN: '',
      WEBHOOK_TOKEN_FILE: file,
      http_proxy: other.url,
      HTTP_PROXY: other.url,
    });
    bridge.reply = () =>
      bridge.received.length > 1
        ? ACCEPTED
        : { status: 307, headers: { location: `${other.url}/api/v1/events` } };
    await python.ask(`bool(open(${JSON.stringify(file)}, 'w').write('${TOKEN}\\n'))`);
    await python.ask('bool(notify_bot_started())');
    await reaches({ waiting: 0, sent: 1 });
    expect(bridge.received.map(({ authorization }) => authorization)).toEqual(
      Array(2).fill(`Bearer ${TOKEN}`),
    );
    expect(other.received).toEqual([]);
  });

  it.each([
    ['with a line break in it', `${TOKEN}\n${TOKEN}`],
    ['with letters that no header carries', `${TOKEN}ё`],
  ])('%s stops nothing but the sending, and is not told', async (_name, token) => {
    const bridge = await startBridge();
    const python = startBot(bridge.url, { WEBHOOK_TOKEN: token });
    expect(await python.ask('bool(notify_bot_started())')).toBe(true);
    await until(
      () => python.log(),
      (log) => log.includes('WEBHOOK_TOKEN holds characters'),
    );
    expect(await state()).toMatchObject({ waiting: 1, sent: 0 });
  });
});

it('is one file for Python 3.9 that imports nothing but the standard library', async () => {
  const check = `import ast, sys
tree = ast.parse(open(sys.argv[1], encoding="utf-8").read(), feature_version=(3, 9))
names = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
print(sorted(name for name in names if name.split(".")[0] not in sys.stdlib_module_names))`;
  const file = join(CLIENT_FOLDER, 'expensebot_monitoring.py');
  const { code, output } = await runTool('python3', ['-c', check, file], CLIENT_FOLDER);
  // Celery only where there is one: in connect_celery.
  expect([code, output.trim()]).toEqual([0, "['celery']"]);
  expect(readFileSync(file, 'utf8').split('\n    from celery import')).toHaveLength(2);
});
