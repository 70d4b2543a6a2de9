/** Every metric of the contract on the running demo, with the value that its source has; what can be broken there, broken. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi, type TestContext } from 'vitest';
import { urlOf } from '../demo/addresses.ts';
import { demoChat, startDemo, tellDemo, type RunningDemo } from '../support/machine/demo-process.ts';
import { unanswered, type Excuses } from '../support/documents/dashboard-answers.ts';
import { runDoctor } from '../support/machine/doctor.ts';
import { parseExposition } from '../support/exporter/exposition.ts';
import { WHILE_NGINX_IS_STOPPED } from '../support/exporter/metrics-contract-log.ts';
import {
  WHILE_WELL,
  WHILE_WORKER_IS_FROZEN,
  type Check,
  type Sources,
} from '../support/exporter/metrics-contract.ts';
import { processesIn } from '../support/servers/proc.ts';

/** What moves is right between two of its changes. */
const SOON = { timeout: 200_000, interval: 500 };

const NO_ANSWER_YET: Excuses = [
  [/ratio_rate\d+d/, 'rules of days are evaluated every four minutes'],
  [/ offset 1h\)/, 'how long a disk lasts needs an hour of history'],
  [/code=~"[45]\.\."/, 'nobody may have been refused yet'],
  [/phase="dns"/, 'the addresses of the demo are numbers'],
  [/state="busy"/, 'only of the pool solo'],
  [/retention/, 'nobody may have registered a week before yesterday'],
  [/outbox_oldest|paused_until/, 'nothing may be waiting'],
  [/redelivery|last_error/, 'nothing may be taken by a worker, and no delivery may have failed'],
  [/task_last_failure/, 'no task may have failed'],
  [/alert_bridge_ha_/, 'there is one bridge'],
  [/unless on \(component\)/, 'nothing is down'],
  [/annotation/, 'nothing may have fired, and nobody has restarted anything'],
];

let base: string;
let folder: string;
let demo: RunningDemo;
let env: Record<string, string>;
let database: pg.Pool;
let redis: Redis;

/** The suite; tests/acceptance/demo.test.ts runs it. */
export function describeMetrics(): void {
  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'demo-metrics-'));
    // PostgreSQL's own user must pass.
    chmodSync(base, 0o755);
    folder = join(base, 'demo');
    demo = await startDemo(folder);
    env = environmentOf(join(folder, 'exporter'));
    database = new pg.Pool({ connectionString: env['DATABASE_URL'] });
    redis = new Redis(env['REDIS_URL'] ?? '');
  });
  afterAll(async () => {
    redis.disconnect();
    await database.end();
    await demo.kill();
    rmSync(base, { recursive: true, force: true });
  });

  describe('while everything is well', () => {
    it.concurrent.for(Object.entries(WHILE_WELL))('%s is right', becomesRight);
  });

  it('answers every query of the dashboards, or there is a reason', () =>
    vi.waitFor(async () => expect(await unanswered(urlOf('prometheus'), NO_ANSWER_YET)).toEqual([]), SOON));

  describe('while the Celery worker is frozen', () => {
    beforeAll(() => obey('break', 'worker'));
    afterAll(() => obey('heal', 'worker'));

    it.concurrent.for(Object.entries(WHILE_WORKER_IS_FROZEN))('%s is right', becomesRight);
    it('the chat hears of it', () => becomesTold(/^(?!✅).*Ни один воркер Celery не отвечает/));
  });

  describe('after that', () => {
    it('the worker replies, and the chat hears that it is over', async () => {
      await becomesTold(/^✅ Воркеры Celery снова отвечают/);
      await vi.waitFor(async () => {
        const [replying] = (await look()).series('expensebot_celery_workers');
        expect(replying).toMatchObject({ labels: { state: 'replying' }, value: 1 });
      }, SOON);
    });
  });

  describe('while nginx is stopped', () => {
    beforeAll(() => obey('break', 'nginx'));
    afterAll(() => obey('heal', 'nginx'));

    it.concurrent.for(Object.entries(WHILE_NGINX_IS_STOPPED))('%s is right', becomesRight);
    it('the chat hears of the public address', () => becomesTold(/^(?!✅).*Бот недоступен снаружи/));
  });

  describe('while the bot answers 500 to every update', () => {
    beforeAll(() => obey('break', 'webhook'));
    afterAll(() => obey('heal', 'webhook'));

    // The webhook speaks for the failed requests.
    it('the chat hears of the webhook', () =>
      becomesTold(/^(?!✅).*Бот не получает сообщения: вебхук не работает/));
  });

  it('npm run doctor finds everything well', async () => {
    // The webhook was broken until a moment ago.
    await vi.waitFor(async () => {
      const bridge = environmentOf(join(folder, 'bridge'));
      const found = await runDoctor({ ...bridge, ...env }, base, ['--no-send']);
      expect([found.code, found.output]).toEqual([
        0,
        expect.stringContaining('Everything that was looked at works'),
      ]);
    }, SOON);
  });

  it('holds the contract, whole', () => {
    const names = [WHILE_WELL, WHILE_WORKER_IS_FROZEN, WHILE_NGINX_IS_STOPPED].flatMap(Object.keys);
    expect(names).toHaveLength(53);
    expect(new Set(names).size).toBe(names.length);
  });
}

async function obey(verb: 'break' | 'heal', name: string): Promise<void> {
  const { code, output } = await tellDemo(folder, verb, name);
  expect([code, output]).toEqual([0, expect.stringMatching(/^(?:Broken|Healed): /)]);
}

/** Only the context of a test knows what it has expected while others run beside it. */
async function becomesRight([name, check]: readonly [string, Check], context: TestContext): Promise<void> {
  const right = vi.waitFor(async () => {
    await check(await look(), name);
    return name;
  }, SOON);
  await context.expect(right).resolves.toBe(name);
}

function becomesTold(wording: RegExp): Promise<void> {
  return vi.waitFor(async () => {
    const texts = (await demoChat()).map(({ text }) => text);
    expect(texts).toContainEqual(expect.stringMatching(wording));
  }, SOON);
}

/** What is served, and what it is held against, as close together as can be. */
async function look(): Promise<Sources> {
  const health = (await (await fetch(`${urlOf('exporter')}/health`)).json()) as Sources['health'];
  const { series } = parseExposition(await (await fetch(`${urlOf('exporter')}/metrics`)).text());
  const webhook = await fetch(`${urlOf('telegram')}/bot${env['TELEGRAM_BOT_TOKEN']}/getWebhookInfo`);
  return {
    series: (name) => series.filter((one) => one.name === name),
    health,
    env,
    database,
    redis,
    webhook: ((await webhook.json()) as { result: Sources['webhook'] }).result,
    now: Date.now() / 1000,
  };
}

/** Of the one process that runs in a folder. */
function environmentOf(processFolder: string): Record<string, string> {
  expect(readdirSync(processFolder)).toContain('config.yml');
  const [pid] = processesIn(processFolder);
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8')
    .split('\0')
    .filter((entry) => entry !== '');
  return Object.fromEntries(entries.map((entry) => entry.split(/=(.*)/s).slice(0, 2) as [string, string]));
}
