/** The demo's folder: whose it is, that one demo runs in it, what stays from run to run and what does not. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { openStateDir, StateDirError } from '../../common/state/state-dir.ts';
import { claimFolder } from '../support/servers/folders.ts';
import { processesIn } from '../support/servers/proc.ts';
import { DemoError } from './arguments.ts';

const ROOMS = [
  'postgres',
  'redis',
  'worker',
  'beat',
  'nginx',
  'exporter',
  'bridge',
  'prometheus',
  'alertmanager',
] as const;
export type Room = (typeof ROOMS)[number];

const MARKER = '.expensebot-demo';
const LOCK = 'lock';
const SECRETS = 'secrets.json';
const LEFTOVERS_DEADLINE_MS = 5000;

const newText = (): string => randomBytes(18).toString('base64url');

const secretsSchema = z.strictObject({
  databasePassword: z.string(),
  monitoringPassword: z.string(),
  redisPassword: z.string(),
  botToken: z.string(),
  mainBotToken: z.string(),
  webhookSecret: z.string(),
  webhookToken: z.string(),
  openai: z.string(),
  google: z.string(),
  deepseek: z.string(),
  qwen: z.string(),
  // Not in a folder that an older demo has made.
  openrouter: z.string().default(() => `sk-or-demo-${newText()}`),
  yandex: z.string().default(newText),
});
/** Made once per folder: kept data are opened with the passwords they were made with. */
export type DemoSecrets = z.infer<typeof secretsSchema>;

export interface DemoFolder {
  readonly path: string;
  readonly secrets: DemoSecrets;
  readonly room: (name: Room) => string;
  /** Lets the next demo in. */
  release(): void;
}

/**
 * Makes the folder ours alone, ends what a killed demo has left running in it, and clears what must not outlive a run.
 * @throws DemoError when another demo runs in it, or when it is somebody else's.
 */
export async function openDemoFolder(path: string, fresh: boolean): Promise<DemoFolder> {
  refuseForeignFolder(path);
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 });
    // The server's own user must pass through, whatever the umask is.
    chmodSync(path, 0o755);
    writeFileSync(
      join(path, MARKER),
      'Everything in this folder belongs to npm run demo and may be deleted.\n',
    );
  } catch (error) {
    if (codeOf(error) === 'ENOSPC') throw error;
    throw new DemoError(
      `${path} cannot be used (${codeOf(error)}): make it writable for this user, or choose another folder with --dir.`,
      { cause: error },
    );
  }
  const lock = takeLock(path);
  const room = (name: Room): string => join(path, name);
  const clear = (...parts: readonly string[]): void =>
    rmSync(join(path, ...parts), { recursive: true, force: true, maxRetries: 5 });
  for (const name of ROOMS) claimFolder(room(name));
  await endLeftovers(ROOMS.map(room));
  if (fresh || readSecrets(path) === undefined) for (const name of [...ROOMS, SECRETS]) clear(name);
  // The chat is new in every run. A bridge or an Alertmanager that remembers messages of another chat would stay
  // silent about what it believes was told.
  clear('bridge');
  clear('alertmanager');
  // Redis forgets, so beat must not remember what it has published.
  clear('beat');
  for (const name of ROOMS) claimFolder(room(name));
  return { path, secrets: readSecrets(path) ?? makeSecrets(path), room, release: () => lock.release() };
}

/** Waits for the end of what the claim has killed: it may hold ports and files until then. */
async function endLeftovers(rooms: readonly string[]): Promise<void> {
  const deadlineMs = performance.now() + LEFTOVERS_DEADLINE_MS;
  while (rooms.some((room) => processesIn(room).length > 0) && performance.now() < deadlineMs)
    await delay(20);
}

/** `--dir` with a folder that has other things in it: `prometheus` and `exporter` are names others use too. */
function refuseForeignFolder(path: string): void {
  const isOurs = !existsSync(path) || existsSync(join(path, MARKER));
  if (isOurs) return;
  let names: readonly string[];
  try {
    names = readdirSync(path);
  } catch (error) {
    throw new DemoError(
      `${path} is not a folder that can be read (${codeOf(error)}): choose another with --dir.`,
      {
        cause: error,
      },
    );
  }
  if (names.length > 0) {
    throw new DemoError(
      `${path} holds things that are not the demo's: give --dir a folder that is empty or does not exist yet.`,
    );
  }
}

function takeLock(path: string): { release(): void } {
  try {
    return openStateDir(path, LOCK);
  } catch (error) {
    if (!(error instanceof StateDirError)) throw error;
    if (!error.message.startsWith('Another')) throw new DemoError(error.message, { cause: error });
    throw new DemoError(
      `A demo already runs in ${path}: use it, or stop it with Ctrl-C in its terminal before starting another.`,
      { cause: error },
    );
  }
}

function readSecrets(path: string): DemoSecrets | undefined {
  try {
    return secretsSchema.parse(JSON.parse(readFileSync(join(path, SECRETS), 'utf8')));
  } catch {
    // Missing, cut off or of an older version: new ones are made, and with them new data.
    return undefined;
  }
}

function makeSecrets(path: string): DemoSecrets {
  const botToken = (id: number): string => `${id}:${randomBytes(26).toString('base64url').slice(0, 35)}`;
  const secrets: DemoSecrets = {
    databasePassword: newText(),
    monitoringPassword: newText(),
    redisPassword: newText(),
    botToken: botToken(7_000_000_001),
    mainBotToken: botToken(7_000_000_002),
    webhookSecret: newText(),
    webhookToken: newText(),
    openai: `sk-demo-${newText()}`,
    google: `demo-${newText()}`,
    deepseek: `sk-demo-${newText()}`,
    qwen: `sk-demo-${newText()}`,
    openrouter: `sk-or-demo-${newText()}`,
    yandex: newText(),
  };
  writeFileSync(join(path, SECRETS), JSON.stringify(secrets), { mode: 0o600 });
  return secrets;
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
