/** Both services from the build, started again on a state folder whose disk has next to no room left. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { BOT_TOKEN, CHAT_ID, notification, post, QUIET, WEBHOOK_TOKEN } from '../support/bridge/bridge.ts';
import { DEAD } from '../support/exporter/exporter-process.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { until } from '../support/machine/until.ts';
import { freePort } from '../support/servers/ports.ts';
import { serviceCommand, type ServiceName } from '../support/servers/service.ts';

/** A small disk needs the right to mount one; containers of CI may lack it. */
const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0;
let folder: string;
let port: number;
let child: ChildProcess | undefined;
let output: string;
const disk = (): string => join(folder, 'state');
const world = useInstallation(async (at) => {
  folder = at.makeFolder();
  port = await freePort();
  mkdirSync(disk(), { mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=0700', 'tmpfs', disk()]);
});
afterEach(async () => {
  await stop();
  execFileSync('umount', ['-l', disk()]);
});

/** Does not wait for anything. */
function start(service: ServiceName): void {
  const config = join(folder, 'config.yml');
  writeFileSync(config, service === 'exporter' ? 'failures_before_down: 2\n' : QUIET);
  const name = service === 'exporter' ? 'EXPORTER' : 'BRIDGE';
  output = '';
  child = spawn(process.execPath, serviceCommand(service), {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...DEAD,
      MONITORING_BOT_TOKEN: BOT_TOKEN,
      ADMIN_TELEGRAM_ID: String(CHAT_ID),
      TELEGRAM_API_ROOT: world.telegram.apiRoot,
      WEBHOOK_TOKEN,
      STATE_DIR: disk(),
      LOG_DIR: join(folder, 'log'),
      [`${name}_LISTEN`]: `127.0.0.1:${port}`,
      [`${name}_CONFIG`]: config,
    },
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => void (output += chunk.toString()));
}

/** @returns the exit code; undefined when nothing ran */
async function stop(): Promise<number | null | undefined> {
  const ending = child;
  child = undefined;
  if (ending === undefined) return undefined;
  if (ending.exitCode !== null || ending.signalCode !== null) return ending.exitCode;
  const ended = new Promise<number | null>((resolve) => ending.once('close', resolve));
  ending.kill('SIGTERM');
  return ended;
}

const url = (): string => `http://127.0.0.1:${port}`;
/** Of an answer; 0 while there is none. @throws Error when the service has ended */
async function status(path: string): Promise<number> {
  if (child?.exitCode !== null) throw new Error(`it has ended: ${output}`);
  return fetch(`${url()}${path}`).then(
    (response) => response.status,
    () => 0,
  );
}
const answers = (path: string, wanted: number) =>
  until(
    () => status(path),
    (found) => found === wanted,
    { timeoutMs: 200_000, what: `${wanted} of ${path}: ${output}` },
  );
const setAside = (): string[] =>
  readdirSync(disk(), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /damaged|newer|suspect/.test(name),
  );

/** Leaves so many bytes. */
function fill(free: number): void {
  const { bavail, bsize } = statfsSync(disk());
  writeFileSync(join(disk(), 'ballast'), Buffer.alloc(Math.max(0, bavail * bsize - free)));
}
const makeRoom = (): void => rmSync(join(disk(), 'ballast'));

const FREE_KB = [0, 4, 12, 24, 40, 56, 72, 100];
const stacks = (): string[] => output.split('\n').filter((line) => /^\s+at .*\(?file:|Uncaught/.test(line));

describe.runIf(mayMount)('on a disk that was full before the start', () => {
  it.each(FREE_KB)(
    'the exporter starts with %i kB free, watches, keeps what it had, and ends in order',
    { timeout: 400_000 },
    async (kilobytes) => {
      start('exporter');
      await answers('/-/ready', 200);
      expect(await stop()).toBe(0);
      fill(kilobytes * 1024);
      start('exporter');
      await answers('/-/ready', 200);
      for (const path of ['/metrics', '/']) expect(await status(path)).toBe(200);
      expect(await stop()).toBe(0);
      expect(stacks()).toEqual([]);
      expect(setAside()).toEqual([]);
    },
  );

  it.each(FREE_KB)(
    'the bridge starts with %i kB free, is not ready, works once there is room, and ends in order',
    { timeout: 400_000 },
    async (kilobytes) => {
      const bridge = { url: url() };
      const alert = (alertname: string) =>
        post(bridge, '/webhooks/alertmanager', notification([{ alertname }]));
      start('alert-bridge');
      await answers('/-/ready', 200);
      expect((await alert('Before')).status).toBe(200);
      await world.telegram.waitForMessage(CHAT_ID, ({ text }) => text.includes('Before'));
      expect(await stop()).toBe(0);
      fill(kilobytes * 1024);
      start('alert-bridge');
      await answers('/-/healthy', 200);
      // What is left may be enough for some: until it is not, they are taken.
      for (let n = 0; (await alert(`Full${n}`)).status === 200; n += 1);
      await answers('/-/ready', 503);
      expect(await stop()).toBe(0);
      expect(stacks()).toEqual([]);
      start('alert-bridge');
      await answers('/-/healthy', 200);
      makeRoom();
      await answers('/-/ready', 200);
      expect((await alert('After')).status).toBe(200);
      await world.telegram.waitForMessage(CHAT_ID, ({ text }) => text.includes('After'));
      expect(setAside()).toEqual([]);
      expect(await stop()).toBe(0);
    },
  );
});
