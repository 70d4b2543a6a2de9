/**
 * What /proc tells about processes: who lives where, who is whose child, and whether a pid is still the same process.
 * Format: proc(5), /proc/[pid]/stat.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

interface Stat {
  readonly parentPid: number;
  readonly state: string;
  readonly hasTerminal: boolean;
  /** Clock ticks after boot: with the pid it names one process for good, as pids are used again. */
  readonly startTicks: string;
}

/** "4711-123456", or undefined when no such process lives. A zombie counts as dead. */
export function processIdentity(pid: number): string | undefined {
  const stat = readStat(pid);
  return stat === undefined || stat.state === 'Z' ? undefined : `${pid}-${stat.startTicks}`;
}

/** True while exactly that process of `processIdentity` lives. */
export function isIdentityAlive(identity: string): boolean {
  return processIdentity(Number.parseInt(identity, 10)) === identity;
}

/** One letter, `T` when stopped, `S` when sleeping; undefined when gone. */
export function processState(pid: number): string | undefined {
  return readStat(pid)?.state;
}

/** The process and everything it started, parents first. PostgreSQL's backends are in groups of their own. */
export function processTree(rootPid: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const pid of allPids()) {
    const stat = readStat(pid);
    if (stat === undefined || stat.state === 'Z') continue;
    children.set(stat.parentPid, [...(children.get(stat.parentPid) ?? []), pid]);
  }
  const tree: number[] = processIdentity(rootPid) === undefined ? [] : [rootPid];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** Paths of the files that a process has open; none of one that is gone. */
export function openFiles(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
      } catch {
        // Closed meanwhile.
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** Processes without a terminal whose working folder is `folder` or below it: servers, not somebody's shell. */
export function processesIn(folder: string): readonly number[] {
  return allPids().filter((pid) => {
    try {
      if (readStat(pid)?.hasTerminal !== false) return false;
      const cwd = readlinkSync(`/proc/${pid}/cwd`);
      return cwd === folder || cwd.startsWith(`${folder}/`);
    } catch {
      return false;
    }
  });
}

/** Sends a signal to those that still live; others are passed over. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function allPids(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function readStat(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name in parentheses may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parentPid] = fields;
  const terminal = fields[4];
  const startTicks = fields[19];
  if (state === undefined || parentPid === undefined || startTicks === undefined) return undefined;
  return { state, parentPid: Number(parentPid), hasTerminal: terminal !== '0', startTicks };
}
