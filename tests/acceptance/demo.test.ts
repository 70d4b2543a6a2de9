/** `npm run demo` as a person runs it: the real command, on its real ports, stopped as a terminal stops it. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { describeMetrics } from './demo-metrics.ts';
import {
  demoChat,
  runScript,
  startDemo,
  tellDemo,
  type RunningDemo,
} from '../support/machine/demo-process.ts';
import { processesIn } from '../support/servers/proc.ts';
import { assertPortFree } from '../support/servers/ports.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const CHAT = 'http://127.0.0.1:9849';
const HEALTH = 'http://127.0.0.1:9847/health';
const PORTS = [9847, 9848, 9849, 9090, 9093];
/** What the chat is promised. */
const SOON = { timeout: 200_000, interval: 200 };
let base: string;
let folder: string;
let demo: RunningDemo;

describe('npm run demo', () => {
  beforeAll(async () => {
    // As somebody's own folder may be called.
    base = mkdtempSync(join(tmpdir(), 'демо с пробелом-'));
    // PostgreSQL's own user must pass.
    chmodSync(base, 0o755);
    folder = join(base, 'demo');
    demo = await startDemo(folder);
  });
  afterAll(async () => {
    await demo.kill();
    rmSync(base, { recursive: true, force: true });
  });

  it('says what to open, and all of it is there', async () => {
    expect(demo.output()).toContain('writing a year');
    const [, guide = ''] = demo.output().split('Ready.');
    const urls = guide.match(/http:[^\s,]+/g) ?? [];
    const answers = urls.map(async (url) => `${(await fetch(url)).status} ${url}`);
    expect(await Promise.all(answers)).toEqual(urls.map((url) => `200 ${url}`));
    for (const port of PORTS) expect(guide).toContain(`http://127.0.0.1:${port}`);
    expect(urls).toEqual(expect.arrayContaining(['http://127.0.0.1:9847/', 'http://127.0.0.1:9847/celery']));
    expect(demo.output()).toContain('npm run demo:break redis');
    const page = await fetch(CHAT);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect((await demoChat()).map(({ text }) => text)).toContainEqual(expect.stringContaining('Бот запущен'));
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
    // What is said of a silent exporter names Redis too; nobody takes it, so that it rings again where all is slow.
    const ofRedis = async () =>
      (await demoChat()).filter(
        ({ text }) => /Redis (?:не|снова) отвечает/.test(text) && !text.includes('никто не занимается'),
      );
    expect(await ofRedis()).toEqual([]);

    const broken = await tellDemo(folder, 'break', 'redis');
    expect(broken).toMatchObject({ code: 0 });
    expect(broken.output).toContain('npm run demo:heal redis');
    expect((await tellDemo(folder, 'break')).output).toMatch(/redis +\[broken now\]/);
    await vi.waitFor(async () => expect(await ofRedis()).toHaveLength(1), SOON);
    const [alert] = await ofRedis();
    expect(alert).toMatchObject({ silent: false });
    expect(alert?.text).toMatch(/^🚨 Redis не отвечает\n/);
    expect((await health()).status).toBe(503);

    expect(await tellDemo(folder, 'heal', 'redis')).toMatchObject({ code: 0 });
    await vi.waitFor(async () => {
      const [first, second, ...more] = await ofRedis();
      expect(first?.text).toMatch(/^✅ Redis снова отвечает\nСбой длился/);
      expect(second?.text).toMatch(/^✅ Redis снова отвечает\nСбой длился/);
      expect(second).toMatchObject({ reply_to: alert?.message_id });
      expect(more).toEqual([]);
    }, SOON);
    expect((await health()).status).toBe(200);
    expect((await tellDemo(folder, 'heal', 'redis')).output).toContain('Nothing to do: redis is not broken.');
  });

  it('answers a wrong name and a second demo with a sentence', async () => {
    const unknown = await tellDemo(folder, 'break', 'mysql');
    expect(unknown.code).toBe(1);
    expect(unknown.output).toContain('There is no "mysql" to break.');

    const second = await runScript('tests/demo/main.ts', ['--dir', folder]);
    expect(second.code).toBe(1);
    expect(second.output).toContain(`A demo already runs in ${folder}: `);
    const elsewhere = await runScript('tests/demo/main.ts', ['--dir', join(base, 'other')]);
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.output).toMatch(
      /Port 9090, which Prometheus of the demo needs, is in use by prometheus \(pid \d+\): stop/,
    );
    const foreign = await runScript('tests/demo/main.ts', ['--dir', PROJECT, '--fresh']);
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

  it('ends at Ctrl-C, with code 0, and leaves nothing running', async () => {
    expect(processesIn(folder).length).toBeGreaterThan(5);
    expect(await demo.interrupt()).toBe(0);
    await expectNothingLeft();
    const orphan = await tellDemo(folder, 'break', 'redis');
    expect(orphan).toMatchObject({ code: 1 });
    expect(orphan.output).toContain(`No demo is running in ${folder}: start it with npm run demo`);
  });

  it('leaves nothing running when it is killed, or its terminal closed', async () => {
    for (const end of ['kill', 'hangUp'] as const) {
      demo = await startDemo(folder);
      expect(demo.output()).not.toContain('writing a year');
      expect(processesIn(folder).length).toBeGreaterThan(5);
      await demo[end]();
      await vi.waitFor(() => expect(processesIn(folder)).toEqual([]), SOON);
      await vi.waitFor(expectNothingLeft, SOON);
    }
  });

  it('starts again after a kill -9 in the middle of a break, with the data of before', async () => {
    demo = await startDemo(folder);
    expect(await tellDemo(folder, 'break', 'postgres')).toMatchObject({ code: 0 });
    await demo.kill();
    demo = await startDemo(folder);
    expect(demo.output()).not.toContain('writing a year');
    expect((await health()).status).toBe(200);
    expect(await demo.interrupt()).toBe(0);
    await expectNothingLeft();
  });
});

// Not in a file of its own: every demo listens on the ports that the README names.
describe('the metrics of the demo', describeMetrics);

const VITAL_AND_REMOTE = [
  ...['database', 'redis', 'telegram_api'],
  ...['openai_api', 'google_ai_api', 'deepseek_api', 'qwen_api', 'openrouter_api', 'yandex_api'],
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

async function expectNothingLeft(): Promise<void> {
  expect(processesIn(folder)).toEqual([]);
  for (const port of PORTS) await assertPortFree('127.0.0.1', port, 'the test');
}

function filesBelow(path: string): readonly string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const file = join(path, entry.name);
    return entry.isDirectory() ? filesBelow(file) : [file];
  });
}
