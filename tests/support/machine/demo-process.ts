/** `npm run demo` as a person runs it: the real command, on its real ports, stopped as a terminal stops it. */
import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { expect, vi } from 'vitest';
import { ADMIN_CHAT_ID, PORTS } from '../../demo/addresses.ts';
import { processIdentity, signalAll } from '../servers/proc.ts';
import { PROJECT_ROOT } from '../servers/service.ts';
import type { MessageView } from '../telegram/index.ts';

/** Of the person who runs it: none of it may reach the demo. */
const FOREIGN = {
  LOCALE: 'en',
  MONITORING_BOT_TOKEN: 'not-a-token',
  DATABASE_URL: 'mysql://nowhere',
  REDIS_URL: 'redis://127.0.0.1:1/0',
  EXPORTER_CONFIG: '/nonexistent',
  SENTRY_DSN: 'http://key@127.0.0.1:9/1',
};

export interface RunningDemo {
  output(): string;
  isRunning(): boolean;
  /** As a terminal does: the signal goes to npm and to the demo, and npm passes it on once more. */
  interrupt(): Promise<number | null>;
  /** As a terminal that is closed does. Resolves when npm has ended, which the demo may outlive. */
  hangUp(): Promise<number | null>;
  /** SIGKILL to npm and to the demo; its servers are left to their fate. */
  kill(): Promise<void>;
}

export async function startDemo(folder: string): Promise<RunningDemo> {
  const child = spawn('npm', ['run', 'demo', '--', '--dir', folder], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, ...FOREIGN },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer) => (output += chunk.toString());
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exit = new Promise<number | null>((done) => child.once('close', (code) => done(code)));
  const started: RunningDemo = {
    output: () => output,
    isRunning: () => isRunning(child),
    interrupt: () => {
      signalGroup(child, 'SIGINT');
      return exit;
    },
    hangUp: () => {
      signalGroup(child, 'SIGHUP');
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

/** `npm run demo:break` or `demo:heal`. */
export function tellDemo(
  folder: string,
  verb: 'break' | 'heal',
  name?: string,
): Promise<{ code: number; output: string }> {
  const args = name === undefined ? [] : [name];
  return runScript(`tests/demo/${verb}.ts`, [...args, '--dir', folder]);
}

export function runScript(
  script: string,
  args: readonly string[],
): Promise<{ code: number; output: string }> {
  return new Promise((done, reject) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', script, ...args],
      { cwd: PROJECT_ROOT, timeout: 30_000 },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number')
          reject(new Error(`${script} did not run`, { cause: error }));
        else done({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr });
      },
    );
  });
}

export async function demoChat(): Promise<readonly MessageView[]> {
  const response = await fetch(`http://127.0.0.1:${PORTS.telegram}/_/chats/${ADMIN_CHAT_ID}/messages`);
  return (await response.json()) as MessageView[];
}
