import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

/**
 * Below Linux's ephemeral range (32768 and up), so that no outgoing connection takes the port of a server which a
 * test has stopped for a while: https://docs.kernel.org/networking/ip-sysctl.html (ip_local_port_range).
 */
const LOWEST_PORT = 20_000;
const HIGHEST_PORT = 32_000;

/** A TCP port of 127.0.0.1 that nothing listens on right now. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
    if (await canListen('127.0.0.1', port)) return port;
  }
  throw new Error(`No free port found between ${LOWEST_PORT} and ${HIGHEST_PORT} in 100 attempts`);
}

/** @throws Error "port 9090 is already in use by prometheus (pid 12): …" when something listens there. */
export async function assertPortFree(host: string, port: number, wantedBy: string): Promise<void> {
  if (await canListen(host, port)) return;
  const holder = describePortHolder(port);
  throw new Error(`${wantedBy}: port ${port} is already in use by ${holder}: stop it or choose another port`);
}

/** "prometheus (pid 12)", or "another program" where /proc does not show it (another user's, or not Linux). */
export function describePortHolder(port: number): string {
  const inode = listeningInode(port);
  if (inode === undefined) return 'another program';
  for (const pid of numericEntries('/proc')) {
    for (const descriptor of numericEntries(`/proc/${pid}/fd`)) {
      if (readLink(`/proc/${pid}/fd/${descriptor}`) !== `socket:[${inode}]`) continue;
      return `${readText(`/proc/${pid}/comm`).trim()} (pid ${pid})`;
    }
  }
  return 'another program';
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** The socket inode that listens on the port: proc(5), /proc/net/tcp; state 0A is LISTEN. */
function listeningInode(port: number): string | undefined {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readText(file).split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(suffix) === true && fields[3] === '0A') return fields[9];
    }
  }
  return undefined;
}

function numericEntries(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function readLink(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
