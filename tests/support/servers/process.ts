/**
 * One child process that is a server: started, awaited until ready, its output kept, frozen, killed, started again on
 * the same port and data, and never left behind.
 *
 * No orphans, in three layers: `close()` and the 'exit' hook of folders.ts for an orderly end; the kernel's
 * parent-death signal (setpriv --pdeathsig, prctl(2)) when this process is killed with SIGKILL; and, for what a
 * parent-death signal cannot reach (PostgreSQL's backends that are frozen), the next run's look into abandoned
 * folders. The death signal belongs to the thread that started the child: start servers from the main thread.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { findProgram } from '../machine/packages.ts';
import type { Owner } from './folders.ts';
import { removeTemporaryFolder } from './folders.ts';
import { assertPortFree } from './ports.ts';
import { processIdentity, processTree, signalAll } from './proc.ts';

export interface Server {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:9090`, `redis://…`, `postgresql://…`; may hold the password of a test server. */
  readonly url: string;
  /** Folder with configuration and data. */
  readonly folder: string;
  /** Of the running process. Throws when it is not running. */
  readonly pid: number;
  readonly running: boolean;
  /** Orderly stop, SIGKILL after `stopTimeoutMs`. Data stay; stopping twice is fine. */
  stop(): Promise<void>;
  /** The signal to the process and its children; resolves when SIGKILL has taken effect, at once for others. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** SIGSTOP to the process and all its children: connections are accepted by the kernel and never answered. */
  freeze(): void;
  thaw(): void;
  /** Stops it if it runs, then starts it on the same port with the same data. */
  restart(): Promise<void>;
  /** The last output, at most 64 kB. */
  logs(): string;
  /** Stops it and removes its temporary folder; a folder that was given is kept. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ServerSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly folder: string;
  readonly keepFolder: boolean;
  /** Added to the bare environment a server gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Unprivileged user to run as. */
  readonly owner?: Owner;
  /** Rejects until the server answers. Called again every 50 ms; one call may take ten seconds. */
  readonly probe: () => Promise<void>;
  /** Default 120000: only a failure waits so long, and a busy machine is slow. */
  readonly readyTimeoutMs?: number;
  readonly stopSignal?: NodeJS.Signals;
  /** Default 5000, then SIGKILL. */
  readonly stopTimeoutMs?: number;
  /** What must hold whenever it is stopped in order; it is stopped all the same. */
  readonly beforeStop?: () => Promise<void>;
  /** What the kernel sends when this process is killed; default KILL. */
  readonly deathSignal?: 'KILL' | 'QUIT' | 'TERM';
}

const KEPT_OUTPUT_CHARS = 64 * 1024;
const POLL_MS = 50;

/** @throws Error with the cause and the last lines of output when the port is taken or the server does not start. */
export async function startServer(spec: ServerSpec): Promise<Server> {
  const server = new SupervisedServer(spec);
  await server.restart();
  return server;
}

class SupervisedServer implements Server {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly folder: string;
  readonly #spec: ServerSpec;
  #child: ChildProcess | undefined;
  #wasReady = false;
  #output = '';

  constructor(spec: ServerSpec) {
    this.#spec = spec;
    this.name = spec.name;
    this.host = spec.host;
    this.port = spec.port;
    this.url = spec.url;
    this.folder = spec.folder;
  }

  get running(): boolean {
    return isRunning(this.#child);
  }

  get pid(): number {
    const pid = this.running ? this.#child?.pid : undefined;
    if (pid === undefined) throw new Error(`${this.name} is not running`);
    return pid;
  }

  logs(): string {
    return this.#output;
  }

  async restart(): Promise<void> {
    await this.stop();
    await assertPortFree(this.host, this.port, this.name);
    const child = this.#spawn();
    this.#child = child;
    this.#wasReady = false;
    try {
      await this.#waitUntilReady(child);
      this.#wasReady = true;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || !isRunning(child)) return;
    this.thaw();
    try {
      if (this.#wasReady) await this.#spec.beforeStop?.();
    } finally {
      child.kill(this.#spec.stopSignal ?? 'SIGTERM');
      if (!(await exitsWithin(child, this.#spec.stopTimeoutMs ?? 5000))) await this.kill('SIGKILL');
    }
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || !isRunning(child)) return;
    const tree = processTree(child.pid);
    signalAll(tree, signal);
    if (signal !== 'SIGKILL') return;
    await exitsWithin(child, 5000);
    // A start over children that still hold the data would fail.
    const deadlineMs = performance.now() + 5000;
    while (tree.some((pid) => processIdentity(pid) !== undefined) && performance.now() < deadlineMs)
      await delay(5);
  }

  freeze(): void {
    // Parents first, and listed again until nothing new shows: a child may have been born in between.
    const frozen = new Set<number>();
    for (;;) {
      const fresh = processTree(this.pid).filter((pid) => !frozen.has(pid));
      if (fresh.length === 0) return;
      signalAll(fresh, 'SIGSTOP');
      for (const pid of fresh) frozen.add(pid);
    }
  }

  thaw(): void {
    signalAll([...processTree(this.pid)].reverse(), 'SIGCONT');
  }

  async close(): Promise<void> {
    await this.stop();
    if (!this.#spec.keepFolder) removeTemporaryFolder(this.folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #spawn(): ChildProcess {
    const { command, args, owner, env, deathSignal = 'KILL' } = this.#spec;
    const setpriv = findProgram(['setpriv']);
    const [program, programArgs] =
      setpriv === undefined
        ? [command, args]
        : [setpriv, ['--pdeathsig', deathSignal, '--', command, ...args]];
    const child = spawn(program, programArgs, {
      cwd: this.folder,
      // A group of its own, so that a Ctrl-C in the terminal reaches only us, who stop servers in order.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', HOME: this.folder, LC_ALL: 'C.UTF-8', TZ: 'UTC', ...env },
      ...(owner === undefined ? {} : { uid: owner.uid, gid: owner.gid }),
    });
    const keep = (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString('utf8')).slice(-KEPT_OUTPUT_CHARS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => keep(Buffer.from(`${error.message}\n`)));
    return child;
  }

  async #waitUntilReady(child: ChildProcess): Promise<void> {
    const timeoutMs = this.#spec.readyTimeoutMs ?? 120_000;
    const deadlineMs = performance.now() + timeoutMs;
    let lastError: unknown;
    while (performance.now() < deadlineMs) {
      if (!isRunning(child)) {
        // Its pipes may still hold the reason.
        await delay(POLL_MS);
        throw new Error(
          `${this.name} stopped while starting (exit ${describeExit(child)}). ${this.#lastLines()}`,
        );
      }
      try {
        await this.#spec.probe();
        return;
      } catch (error) {
        lastError = error;
        await delay(POLL_MS);
      }
    }
    throw new Error(`${this.name} was not ready after ${timeoutMs} ms. ${this.#lastLines()}`, {
      cause: lastError,
    });
  }

  #lastLines(): string {
    const lines = this.#output.trim().split('\n').slice(-12).join('\n');
    return lines === '' ? 'It wrote nothing.' : `Its last output:\n${lines}`;
  }
}

function isRunning(child: ChildProcess | undefined): boolean {
  return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

function describeExit(child: ChildProcess): string {
  return child.signalCode ?? String(child.exitCode ?? 'unknown: it could not be started');
}

function exitsWithin(child: ChildProcess, timeoutMs: number): Promise<boolean> {
  if (!isRunning(child)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const onExit = () => {
      clearTimeout(timer);
      resolve(true);
    };
    const timer = setTimeout(() => {
      child.off('exit', onExit);
      resolve(false);
    }, timeoutMs);
    child.once('exit', onExit);
  });
}

/** A probe for servers that answer 200 on a path once they are ready. */
export function httpProbe(url: string): () => Promise<void> {
  return async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  };
}

/** @throws Error that names the command to get the program. */
export function requireProgram(names: readonly string[]): string {
  const program = findProgram(names);
  if (program !== undefined) return program;
  throw new Error(`${names.join(' or ')} is not installed: run npx tsx tests/support/install.ts`);
}
