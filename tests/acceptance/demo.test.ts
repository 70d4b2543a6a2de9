/** `npm run demo` as a person runs it: the real command, on its real ports, stopped as a terminal stops it. */
import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ADMIN_CHAT_ID } from '../demo/chain.ts';
import { processesIn, processIdentity, signalAll } from '../support/servers/proc.ts';
import { assertPortFree } from '../support/servers/ports.ts';
import type { MessageView } from '../support/telegram/index.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const CHAT = 'http://127.0.0.1:9849';
const HEALTH = 'http://127.0.0.1:9847/health';
const PORTS = [9847, 9848, 9849, 9090, 9093];
/** What the chat is promised. */
const WITHIN_A_MINUTE = { timeout: 60_000, interval: 200 };
/** Of the person who runs it: none of it may reach the demo. */
const FOREIGN = {
  LOCALE: 'en',
  MONITORING_BOT_TOKEN: 'not-a-token',
  DATABASE_URL: 'mysql://nowhere',
  REDIS_URL: 'redis://127.0.0.1:1/0',
  EXPORTER_CONFIG: '/nonexistent',
  SENTRY_DSN: 'http://key@127.0.0.1:9/1',
};

let base: string;
let folder: string;
let demo: Demo;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'demo-test-'));
  // PostgreSQL's own user must pass.
  chmodSync(base, 0o755);
  folder = join(base, 'demo');
  demo = await startDemo();
});
afterAll(async () => {
  await demo.kill();
  rmSync(base, { recursive: true, force: true });
});

describe('npm run demo', () => {
  it('says what to open, and the chat page is there', async () => {
    expect(demo.output()).toContain('writing a year');
    for (const port of PORTS) expect(demo.output()).toContain(`http://127.0.0.1:${port}`);
    expect(demo.output()).toContain('npm run demo:break redis');
    const page = await fetch(CHAT);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect((await chat()).map(({ text }) => text)).toContainEqual(expect.stringContaining('Запуск бота'));
  });

  it('shows the health of everything, with real figures', async () => {
    const { status, body } = await health();
    expect(status).toBe(200);
    for (const name of VITAL_AND_REMOTE) {
      expect(body.components[name], name).toMatchObject({ status: 'healthy' });
      expect(body.components[name]?.response_time_ms, name).toBeGreaterThanOrEqual(0);
    }
    for (const name of ['disk_space', 'memory', 'cpu']) {
      expect(['healthy', 'unhealthy']).toContain(body.components[name]?.status);
    }
    expect(body.metrics.active_users_24h).toBeGreaterThan(10);
  });

  it('tells of a broken Redis and of its recovery within a minute each, once', async () => {
    const ofRedis = async () => (await chat()).filter(({ text }) => text.includes('Redis'));
    expect(await ofRedis()).toEqual([]);

    const broken = await command('break', 'redis');
    expect(broken).toMatchObject({ code: 0 });
    expect(broken.output).toContain('npm run demo:heal redis');
    expect((await command('break')).output).toMatch(/redis +\[broken now\]/);
    await vi.waitFor(async () => expect(await ofRedis()).toHaveLength(1), WITHIN_A_MINUTE);
    const [alert] = await ofRedis();
    expect(alert).toMatchObject({ silent: false });
    expect(alert?.text).toMatch(/^🚨 Redis не отвечает\n/);
    expect((await health()).status).toBe(503);

    expect(await command('heal', 'redis')).toMatchObject({ code: 0 });
    await vi.waitFor(async () => {
      const [first, second, ...more] = await ofRedis();
      expect(first?.text).toMatch(/^✅ Решено: Redis не отвечает\n/);
      expect(second?.text).toMatch(/^✅ Решено: Redis не отвечает — длилось/);
      expect(second).toMatchObject({ reply_to: alert?.message_id });
      expect(more).toEqual([]);
    }, WITHIN_A_MINUTE);
    expect((await health()).status).toBe(200);
    expect((await command('heal', 'redis')).output).toContain('Nothing to do: redis is not broken.');
  });

  it('answers a wrong name and a second demo with a sentence', async () => {
    const unknown = await command('break', 'mysql');
    expect(unknown.code).toBe(1);
    expect(unknown.output).toContain('There is no "mysql" to break.');

    const second = await run('tests/demo/main.ts', ['--dir', folder]);
    expect(second.code).toBe(1);
    expect(second.output).toContain(`A demo already runs in ${folder}: `);
    const elsewhere = await run('tests/demo/main.ts', ['--dir', join(base, 'other')]);
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.output).toMatch(
      /Port 9090, which Prometheus of the demo needs, is in use by prometheus \(pid \d+\): stop/,
    );
    const foreign = await run('tests/demo/main.ts', ['--dir', PROJECT, '--fresh']);
    expect(foreign.output).toContain(`${PROJECT} holds things that are not the demo's`);
    for (const { output } of [unknown, second, elsewhere, foreign]) expect(output).not.toMatch(/^\s+at /m);
    expect(demo.isRunning()).toBe(true);
  });

  it('writes no secret into a log, a page or the terminal', async () => {
    const secrets = Object.values(
      JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8')) as Record<string, string>,
    );
    const find = (text: string) => secrets.filter((secret) => text.includes(secret));
    expect(secrets.length).toBeGreaterThan(5);
    // The control: where they must be, they are found.
    const secretsFile = join(folder, 'secrets.json');
    expect(find(readFileSync(secretsFile, 'utf8'))).toEqual(secrets);

    const logs = ['exporter', 'bridge'].flatMap((name) => filesBelow(join(folder, name, 'log')));
    const texts = logs.map((file) => readFileSync(file, 'utf8'));
    expect(texts.join('')).toContain('Decided what a chat is shown');
    const pages = [HEALTH, 'http://127.0.0.1:9847/metrics', 'http://127.0.0.1:9848/metrics'].map(
      async (url) => (await fetch(url)).text(),
    );
    for (const text of [...texts, ...(await Promise.all(pages)), demo.output()]) {
      expect(find(text)).toEqual([]);
    }
    expect(statSync(secretsFile).mode & 0o077).toBe(0);
  });

  it('ends within 5 seconds of Ctrl-C, with code 0, and leaves nothing running', async () => {
    expect(processesIn(folder).length).toBeGreaterThan(5);
    const startedAt = performance.now();
    expect(await demo.interrupt()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(5000);
    await expectNothingLeft();
    const orphan = await command('break', 'redis');
    expect(orphan).toMatchObject({ code: 1 });
    expect(orphan.output).toContain(`No demo is running in ${folder}: start it with npm run demo`);
  });

  it('starts again after a kill -9 in the middle of a break, with the data of before', async () => {
    demo = await startDemo();
    expect(demo.output()).not.toContain('writing a year');
    expect(await command('break', 'postgres')).toMatchObject({ code: 0 });
    await demo.kill();
    demo = await startDemo();
    expect(demo.output()).not.toContain('writing a year');
    expect((await health()).status).toBe(200);
    expect(await demo.interrupt()).toBe(0);
    await expectNothingLeft();
  });
});

const VITAL_AND_REMOTE = [
  ...['database', 'redis', 'telegram_api'],
  ...['openai_api', 'google_ai_api', 'deepseek_api', 'qwen_api'],
];

interface Health {
  readonly components: Readonly<
    Record<string, { readonly status: string; readonly response_time_ms: number | null }>
  >;
  readonly metrics: { readonly active_users_24h: number | null };
}

async function health(): Promise<{ status: number; body: Health }> {
  const response = await fetch(HEALTH);
  return { status: response.status, body: (await response.json()) as Health };
}

async function chat(): Promise<readonly MessageView[]> {
  const response = await fetch(`${CHAT}/_/chats/${ADMIN_CHAT_ID}/messages`);
  return (await response.json()) as MessageView[];
}

interface Demo {
  output(): string;
  isRunning(): boolean;
  /** As a terminal does: the signal goes to npm and to the demo, and npm passes it on once more. */
  interrupt(): Promise<number | null>;
  /** SIGKILL to npm and to the demo; its servers are left to their fate. */
  kill(): Promise<void>;
}

async function startDemo(): Promise<Demo> {
  const child = spawn('npm', ['run', 'demo', '--', '--dir', folder], {
    cwd: PROJECT,
    env: { ...process.env, ...FOREIGN },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer) => (output += chunk.toString());
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exit = new Promise<number | null>((done) => child.once('close', (code) => done(code)));
  const started: Demo = {
    output: () => output,
    isRunning: () => isRunning(child),
    interrupt: () => {
      signalGroup(child, 'SIGINT');
      return exit;
    },
    kill: async () => {
      if (!isRunning(child)) return;
      signalGroup(child, 'SIGKILL');
      await exit;
    },
  };
  try {
    await vi.waitFor(
      () => {
        if (!isRunning(child)) throw new Error(`The demo has ended:\n${output}`);
        expect(output).toContain('Ctrl-C stops everything');
      },
      { timeout: 90_000, interval: 100 },
    );
  } catch (error) {
    await started.kill();
    throw error;
  }
  return started;
}

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid !== undefined && processIdentity(child.pid) !== undefined) signalAll([-child.pid], signal);
}

async function expectNothingLeft(): Promise<void> {
  expect(processesIn(folder)).toEqual([]);
  for (const port of PORTS) await assertPortFree('127.0.0.1', port, 'the test');
}

function command(verb: 'break' | 'heal', name?: string): Promise<{ code: number; output: string }> {
  const args = name === undefined ? [] : [name];
  return run(`tests/demo/${verb}.ts`, [...args, '--dir', folder]);
}

function run(script: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((done, reject) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', script, ...args],
      { cwd: PROJECT, timeout: 30_000 },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number')
          reject(new Error(`${script} did not run`, { cause: error }));
        else done({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr });
      },
    );
  });
}

function filesBelow(path: string): readonly string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const file = join(path, entry.name);
    return entry.isDirectory() ? filesBelow(file) : [file];
  });
}
