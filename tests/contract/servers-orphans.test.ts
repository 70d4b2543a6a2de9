import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { claimFolder, removeAbandonedFolders } from '../support/servers/folders.ts';
import { processesIn, processIdentity, signalAll } from '../support/servers/proc.ts';

const SERVERS = resolve(import.meta.dirname, '../support/servers');

/** A test run of its own that starts every server of several processes, PostgreSQL with one busy client, and a Redis, prints their folders, and waits. */
const SCRIPT = `
import pg from ${JSON.stringify(import.meta.resolve('pg'))};
import { startPostgres } from ${JSON.stringify(join(SERVERS, 'postgres.ts'))};
import { startCeleryWorker } from ${JSON.stringify(join(SERVERS, 'celery.ts'))};
import { startNginx } from ${JSON.stringify(join(SERVERS, 'nginx.ts'))};
import { startRedis } from ${JSON.stringify(join(SERVERS, 'redis.ts'))};
const postgres = await startPostgres();
const redis = await startRedis();
const worker = await startCeleryWorker({ brokerUrl: redis.url, processes: 2 });
const { server: nginx } = await startNginx();
const client = new pg.Client(postgres.url);
client.on('error', () => undefined);
await client.connect();
client.query('SELECT pg_sleep(600)').catch(() => undefined);
if (process.argv[2] === 'freeze') postgres.freeze();
console.log(JSON.stringify([postgres, redis, worker, nginx].map(({ folder }) => folder)));
setInterval(() => undefined, 1000);
`;

let folder: string;
let script: string;
const started: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'orphans-test-'));
  script = join(folder, 'run.mts');
  writeFileSync(script, SCRIPT);
});

afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  removeAbandonedFolders();
  rmSync(folder, { recursive: true, force: true });
});

describe('servers of a run that ends', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('are gone with their folders after %s', async (signal) => {
    const { child, folders } = await startRun();
    child.kill(signal);
    await vi.waitFor(() => expect(residents(folders)).toEqual([]), { timeout: 200_000 });
    await vi.waitFor(() => expect(folders.filter((name) => existsSync(name))).toEqual([]), {
      timeout: 200_000,
    });
  });

  it('die with it when it is killed with SIGKILL; the next run removes the folders', async () => {
    const { child, folders } = await startRun();
    expect(residents(folders).length).toBeGreaterThan(2);
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(residents(folders)).toEqual([]), { timeout: 200_000 });
    expect(folders.filter((name) => existsSync(name))).toEqual(folders);
    removeAbandonedFolders();
    expect(folders.filter((name) => existsSync(name))).toEqual([]);
  });

  it('are killed by the next run when they were frozen and could not die', async () => {
    const { child, folders } = await startRun('freeze');
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(processIdentity(child.pid ?? 0)).toBeUndefined(), { timeout: 200_000 });
    expect(residents(folders).length).toBeGreaterThan(0);
    removeAbandonedFolders();
    await vi.waitFor(() => expect(residents(folders)).toEqual([]), { timeout: 200_000 });
  });

  it('are left alone while their run lives', async () => {
    const { child, folders } = await startRun();
    removeAbandonedFolders();
    expect(residents(folders).length).toBeGreaterThan(2);
    expect(folders.filter((name) => existsSync(name))).toEqual(folders);
    child.kill('SIGTERM');
    await vi.waitFor(() => expect(residents(folders)).toEqual([]), { timeout: 200_000 });
  });
});

describe('a folder that is kept', () => {
  it('is refused while another process owns it, and taken over once that one is dead', async () => {
    const kept = join(folder, 'kept');
    const other = spawn('sleep', ['60'], { cwd: folder });
    started.push(other);
    claimFolder(kept);
    claimFolder(kept);
    const identity = processIdentity(other.pid ?? 0) ?? 'none';
    writeFileSync(join(kept, '.owner'), `${identity}\n`);
    expect(() => claimFolder(kept)).toThrow(
      `${kept} is in use by process ${other.pid ?? 0}: stop it or choose`,
    );

    const leftover = spawn('sleep', ['60'], { cwd: kept });
    started.push(leftover);
    signalAll([other.pid ?? 0], 'SIGKILL');
    await vi.waitFor(() => expect(processIdentity(other.pid ?? 0)).toBeUndefined(), { timeout: 200_000 });
    claimFolder(kept);
    await vi.waitFor(() => expect(processesIn(kept)).toEqual([]), { timeout: 200_000 });
  });
});

function residents(folders: readonly string[]): readonly number[] {
  return folders.flatMap((name) => processesIn(name)).filter((pid) => processIdentity(pid) !== undefined);
}

async function startRun(mode = 'run'): Promise<{ child: ChildProcess; folders: readonly string[] }> {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script, mode], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  await vi.waitFor(() => expect(output, errors).toContain('\n'), { timeout: 200_000, interval: 50 });
  return { child, folders: JSON.parse(output) as readonly string[] };
}
