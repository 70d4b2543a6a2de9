/** A network namespace with a slow way out: see slow-way.py. */
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** The name of this host in the namespace, with an address of each family. */
export const SLOW_HOST = 'slow.test';
const HOSTS = `127.0.0.1 localhost\n10.203.0.1 ${SLOW_HOST}\n2001:db8:203::9 ${SLOW_HOST}\n`;

export interface SlowWay {
  /** Of packets, one direction. */
  readonly delayMs: number;
  /** What becomes of the IPv6 address: no route, or nothing ever answers. */
  readonly ipv6: 'absent' | 'swallowed';
  /** Of 127.0.0.1, reached through the namespace's name for this host. */
  readonly ports: readonly number[];
}

/** Rejects with what a command writes to standard error when it fails. @returns its standard output */
export async function runOverSlowWay(
  { delayMs, ipv6, ports }: SlowWay,
  command: readonly string[],
  options: {
    readonly folder: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly codes?: readonly number[];
  },
): Promise<string> {
  const { folder, env = {}, codes = [0] } = options;
  const hosts = join(folder, 'hosts');
  writeFileSync(hosts, HOSTS);
  const way = [join(import.meta.dirname, 'slow-way.py'), String(delayMs), ipv6, ports.join(','), hosts];
  const child = spawn('python3', [...way, '--', ...command], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const code = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [out, problems] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const ended = await code;
  if (ended === null || !codes.includes(ended))
    throw new Error(`The command ended with ${ended}: ${problems}`);
  return out;
}

/** Namespaces and TUN devices need root and a kernel that has them; containers of CI may lack either. */
export function mayMakeSlowWays(folder: string): boolean {
  const hosts = join(folder, 'hosts');
  writeFileSync(hosts, HOSTS);
  const script = join(import.meta.dirname, 'slow-way.py');
  return spawnSync('python3', [script, '0', 'swallowed', '1', hosts, '--', 'true']).status === 0;
}
