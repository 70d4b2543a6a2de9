import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/servers/ports.ts';
import { PROJECT_ROOT, serviceCommand, type ServiceName } from '../support/servers/service.ts';
import { until } from '../support/machine/until.ts';

let folder: string;
const open: { kill(signal: NodeJS.Signals): unknown }[] = [];
let blocker: TcpServer | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lifecycle-'));
});
afterEach(() => {
  for (const child of open.splice(0)) child.kill('SIGKILL');
  blocker?.close();
  blocker = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Names that resolve to nothing and ports nobody listens on: everything the services watch or talk to is away. */
const AWAY = {
  MONITORING_BOT_TOKEN: '123456789:canaryTokenThatIsLongEnoughToBeOne',
  ADMIN_TELEGRAM_ID: '42',
  TELEGRAM_API_ROOT: 'https://telegram.invalid',
  DATABASE_URL: 'postgres://user:canarypassword@database.invalid:5432/expense_bot',
  REDIS_URL: 'redis://:canarypassword@127.0.0.1:1/0',
  OPENAI_API_KEY: 'sk-canarykeycanarykeycanarykey',
  OPENAI_BASE_URL: 'https://openai.invalid/v1',
};

interface Run {
  readonly pid: number;
  readonly exit: Promise<number | null>;
  output(): string;
  kill(signal: NodeJS.Signals): void;
}

function run(args: readonly string[], env: Readonly<Record<string, string>>): Run {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  open.push(child);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return {
    pid: child.pid ?? 0,
    exit: new Promise((resolve) => child.once('close', resolve)),
    output: () => output,
    kill: (signal) => void child.kill(signal),
  };
}

const LISTEN = { exporter: 'EXPORTER_LISTEN', 'alert-bridge': 'BRIDGE_LISTEN' } as const;
const isServing = async (port: number): Promise<boolean> =>
  (await fetch(`http://127.0.0.1:${port}/-/healthy`)).ok;
const start = (service: ServiceName, env: Readonly<Record<string, string>>): Run =>
  run(serviceCommand(service), { ...AWAY, ...env });

describe.each(['exporter', 'alert-bridge'] as const)('%s', (service) => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'starts and serves with everything away, DNS included, and %s ends it cleanly',
    async (signal) => {
      const port = await freePort();
      const process_ = start(service, { [LISTEN[service]]: `127.0.0.1:${port}` });
      await until(() => isServing(port), Boolean, { what: `${service} serving` });
      // As npm and the terminal do: the same request twice.
      process_.kill(signal);
      process_.kill(signal);
      expect(await process_.exit).toBe(0);
      expect(process_.output()).not.toMatch(/canary/);
    },
  );

  it('names every problem of its configuration at once, no secret among them, and exits with 2', async () => {
    const process_ = run(serviceCommand(service), {
      ...AWAY,
      LOCALE: 'fr',
      TIMEZONE: 'Nowhere/At-all',
      DEBUG: 'perhaps',
      [LISTEN[service]]: 'canary-host',
    });
    expect(await process_.exit).toBe(2);
    const output = process_.output();
    for (const name of ['LOCALE', 'TIMEZONE', 'DEBUG', LISTEN[service]])
      expect(output).toContain(`  ${name}: received`);
    expect(output).toContain(`The configuration of the ${service} has 4 problems`);
    expect(output).not.toMatch(/canarypassword|at .*\.js:\d+/);
  });

  it('only checks its configuration when asked to', async () => {
    const process_ = run([...serviceCommand(service), '--check-config'], AWAY);
    expect(await process_.exit).toBe(0);
    expect(process_.output()).toMatch(/configuration is valid/);
    expect(existsSync(join(folder, 'var'))).toBe(false);
  });

  it('says in one sentence that its port is in use', async () => {
    const port = await freePort();
    blocker = createServer().listen(port, '127.0.0.1');
    const process_ = start(service, { [LISTEN[service]]: `127.0.0.1:${port}` });
    expect(await process_.exit).toBe(1);
    expect(process_.output()).toContain(
      `127.0.0.1:${port} is in use by another program: stop it, or set ${LISTEN[service]}`,
    );
    expect(process_.output()).not.toMatch(/at .*\.js:\d+/);
  });

  it('says in one sentence that another one runs on its state, and starts again after a SIGKILL', async () => {
    const port = await freePort();
    const first = start(service, { [LISTEN[service]]: `127.0.0.1:${port}` });
    await until(() => isServing(port), Boolean);
    const second = start(service, { [LISTEN[service]]: `127.0.0.1:${await freePort()}` });
    expect(await second.exit).toBe(1);
    expect(second.output()).toMatch(new RegExp(`Another ${service} is running on .*STATE_DIR`));
    first.kill('SIGKILL');
    await first.exit;
    const third = start(service, { [LISTEN[service]]: `127.0.0.1:${port}` });
    await until(() => isServing(port), Boolean);
    third.kill('SIGTERM');
    expect(await third.exit).toBe(0);
  });
});

it('npm start runs both services and ends both; when one ends by itself, so does the other', async () => {
  const [exporter, bridge] = [await freePort(), await freePort()];
  const env = { ...AWAY, EXPORTER_LISTEN: `127.0.0.1:${exporter}`, BRIDGE_LISTEN: `127.0.0.1:${bridge}` };
  const startBoth = join(PROJECT_ROOT, 'dist/bin/start.js');
  const both = run([startBoth], env);
  await until(async () => (await isServing(exporter)) && (await isServing(bridge)), Boolean);
  both.kill('SIGTERM');
  expect(await both.exit).toBe(0);

  const half = run([startBoth], { ...env, LOCALE: 'fr' });
  expect(await half.exit).toBe(2);

  const check = run([join(PROJECT_ROOT, 'dist/bin/check-config.js')], { ...env, LOCALE: 'fr' });
  expect(await check.exit).toBe(2);
  expect(check.output().match(/LOCALE: received/g)).toHaveLength(2);
});

it('check-config warns once of the lines of .env that others read in another way, without a value', async () => {
  writeFileSync(
    join(folder, '.env'),
    'DB_PASSWORD=canary#1\ncanary\nBOT_TOKEN=canary\nTELEGRAM_BOT_TOKEN=\n',
  );
  const { MONITORING_BOT_TOKEN: token, ...env } = AWAY;
  const check = run([join(PROJECT_ROOT, 'dist/bin/check-config.js')], {
    ...env,
    BOT_TOKEN: token,
    OPENAI_API_KEY: 'canary-a',
    OPENAI_API_KEY_1: 'canary-b',
  });
  expect(await check.exit).toBe(0);
  expect(check.output().match(/^warning: [^:]*/gm)).toEqual([
    'warning: .env, line 1 (DB_PASSWORD)',
    'warning: .env, line 2',
    'warning: OPENAI_API_KEY',
  ]);
  expect(check.output()).not.toContain('canary');
  rmSync(join(folder, '.env'));
});

it('reads .env and secrets from files, and no log holds a secret', async () => {
  const port = await freePort();
  writeFileSync(join(folder, 'token'), `${AWAY.MONITORING_BOT_TOKEN}\n`);
  writeFileSync(
    join(folder, '.env'),
    `ADMIN_TELEGRAM_ID=42 # me\nMONITORING_BOT_TOKEN_FILE=${join(folder, 'token')}\n`,
  );
  const { MONITORING_BOT_TOKEN: _, ADMIN_TELEGRAM_ID: __, ...env } = AWAY;
  const bridge = run(serviceCommand('alert-bridge'), { ...env, BRIDGE_LISTEN: `127.0.0.1:${port}` });
  await until(() => isServing(port), Boolean);
  await fetch(`http://127.0.0.1:${port}/api/v1/events`, {
    method: 'POST',
    body: JSON.stringify({ type: 'critical_error', error_type: 'x', details: 'y' }),
  });
  await until(
    () => bridge.output(),
    (output) => output.includes('tried again'),
  );
  bridge.kill('SIGTERM');
  expect(await bridge.exit).toBe(0);
  const logs = join(folder, 'var/log/alert-bridge');
  const written = readdirSync(logs)
    .map((name) => readFileSync(join(logs, name), 'utf8'))
    .join('');
  expect(written).toContain('tried again');
  expect(written + bridge.output()).not.toMatch(/canary/);
});
