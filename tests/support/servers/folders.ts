/**
 * Working folders of the servers. Every server runs with its working folder inside, and the folder says which
 * process owns it: so whatever a killed test run leaves behind is found, killed and removed by the next one, without
 * a list of pids that could be wrong.
 */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isIdentityAlive, processesIn, processIdentity, signalAll } from './proc.ts';

const PREFIX = 'expensebot-server-';
const OWNER_FILE = '.owner';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const temporary = new Set<string>();
let cleaning = false;

/** A fresh folder under the system's temporary one, removed when this process ends; `/tmp/expensebot-server-<owner>-…`. */
export function makeTemporaryFolder(owner?: Owner): string {
  removeAbandonedFolders();
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${ownIdentity()}-`));
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  temporary.add(folder);
  removeAtExit();
  return folder;
}

/** Kills what still runs inside, then removes the folder. */
export function removeTemporaryFolder(folder: string): void {
  signalAll(processesIn(folder), 'SIGKILL');
  // A dying server may write once more between listing and removing.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  temporary.delete(folder);
}

/**
 * Makes a folder that is kept (the demo's) ours: leftovers of an owner that died are killed.
 * @throws Error naming the pid when its owner still lives: a second demo.
 */
export function claimFolder(folder: string, owner?: Owner): void {
  mkdirSync(folder, { recursive: true });
  const ownerFile = join(folder, OWNER_FILE);
  const previous = existsSync(ownerFile) ? readFileSync(ownerFile, 'utf8').trim() : '';
  if (previous !== '' && previous !== ownIdentity() && isIdentityAlive(previous)) {
    throw new Error(
      `${folder} is in use by process ${Number.parseInt(previous, 10)}: stop it or choose another folder`,
    );
  }
  signalAll(processesIn(folder), 'SIGKILL');
  writeFileSync(ownerFile, `${ownIdentity()}\n`);
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  chmodSync(folder, 0o755);
}

/** Whatever runs that were killed have left under the temporary folder: processes first, then files. */
export function removeAbandonedFolders(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const identity = name.slice(PREFIX.length).split('-').slice(0, 2).join('-');
    if (isIdentityAlive(identity)) continue;
    try {
      removeTemporaryFolder(join(tmpdir(), name));
    } catch {
      // Another user's, or another run is removing it at this moment: neither may stop this one.
    }
  }
}

function ownIdentity(): string {
  return processIdentity(process.pid) ?? String(process.pid);
}

function removeAtExit(): void {
  if (cleaning) return;
  cleaning = true;
  process.once('exit', () => {
    for (const folder of temporary) removeTemporaryFolder(folder);
  });
  for (const [signal, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    const onSignal = () => {
      // Others who listen (the demo, a test runner) end the process themselves, in their own order.
      if (process.listenerCount(signal) === 1) process.exit(exitCode);
    };
    process.on(signal, onSignal);
  }
}
