/** Runs the exporter as a process of its own, with an environment of its own, and reads what it serves. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { freePort } from '../servers/ports.ts';
import { serviceCommand } from '../servers/service.ts';
import { UNKNOWN_HOST } from '../machine/unknown-host.ts';

const FAST = `
failures_before_down: 2
probes:
  database: { interval: 500ms, timeout: 400ms }
  redis: { interval: 500ms, timeout: 400ms }
  telegram_api: { interval: 500ms, timeout: 400ms }
  cpu: { enabled: false }
  celery_workers: { enabled: false }
`;
const folders: string[] = [];
const children: ChildProcess[] = [];

export interface RunningExporter {
  readonly url: string;
  readonly folder: string;
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Exit code. */
  readonly ended: Promise<number | null>;
}

/** Ends every process and removes every folder that was not cleaned up yet. */
export async function cleanUpExporters(): Promise<void> {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** The real process, from the build, with an environment of its own and nothing of ours. @param config added to its config.yml */
export async function launch(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  config = '',
): Promise<RunningExporter> {
  const folder = mkdtempSync(join(tmpdir(), 'exporter-'));
  folders.push(folder);
  const configPath = join(folder, 'config.yml');
  writeFileSync(configPath, `${FAST}${config}`);
  const port = await freePort();
  const child = spawn(process.execPath, [...serviceCommand('exporter'), ...args], {
    // A folder of its own: no .env of whoever runs the tests.
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      EXPORTER_CONFIG: configPath,
      EXPORTER_LISTEN: `127.0.0.1:${port}`,
      STATE_DIR: join(folder, 'state'),
      LOG_DIR: join(folder, 'log'),
      ...env,
    },
  });
  children.push(child);
  let output = '';
  const take = (chunk: Buffer): void => void (output += chunk.toString());
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { url: `http://127.0.0.1:${port}`, folder, child, output: () => output, ended };
}

export async function ready(running: RunningExporter): Promise<RunningExporter> {
  await vi.waitFor(async () => expect((await fetch(`${running.url}/-/ready`)).status).toBe(200), {
    timeout: 200_000,
    interval: 20,
  });
  return running;
}

export interface Health {
  readonly status: string;
  readonly timestamp: string;
  readonly components: Readonly<
    Record<string, { status: string; response_time_ms: number | null; error?: string }>
  >;
  readonly metrics: Readonly<Record<string, number | null>>;
}

export async function health({ url }: RunningExporter): Promise<Health & { readonly code: number }> {
  const response = await fetch(`${url}/health`);
  return { ...((await response.json()) as Health), code: response.status };
}

export const metrics = async ({ url }: RunningExporter): Promise<string> =>
  (await fetch(`${url}/metrics`)).text();
export const valueOf = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
};

export function promtool(text: string): Promise<{ code: number | null; output: string }> {
  const child = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => void (output += chunk.toString()));
  }
  child.stdin.end(text);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** Everything that is watched is away. */
export const DEAD = {
  DB_HOST: UNKNOWN_HOST,
  REDIS_URL: 'redis://127.0.0.1:1/0',
  TELEGRAM_BOT_TOKEN: '123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw',
  TELEGRAM_API_ROOT: `https://${UNKNOWN_HOST}`,
};

/** Sockets of a process that are connected to a local port, in whatever state. */
export function connectionsOf(pid: number, port: number): number {
  const inodes = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1];
    if (inode !== undefined) inodes.add(inode);
  }
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1);
  return rows.filter((row) => {
    const columns = row.trim().split(/\s+/);
    return columns[2]?.endsWith(remote) === true && inodes.has(columns[9] ?? '');
  }).length;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
