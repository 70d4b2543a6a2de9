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

/** "prometheus (pid 12)"; "a program of the user prometheus" where /proc does not show which: to whom it is not theirs. */
export function describePortHolder(port: number): string {
  const socket = listeningSocket(port);
  if (socket === undefined) return 'another program';
  for (const pid of numericEntries('/proc')) {
    for (const descriptor of numericEntries(`/proc/${pid}/fd`)) {
      if (readLink(`/proc/${pid}/fd/${descriptor}`) !== `socket:[${socket.inode}]`) continue;
      return `${readText(`/proc/${pid}/comm`).trim()} (pid ${pid})`;
    }
  }
  return socket.user === undefined ? 'another program' : `a program of the user ${socket.user}`;
}

/** Name of the user whose program listens on the port. */
export const userOfPort = (port: number): string | undefined => listeningSocket(port)?.user;

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

interface ListeningSocket {
  readonly inode: string | undefined;
  readonly user: string | undefined;
}

/** The socket that listens on the port: proc(5), /proc/net/tcp; state 0A is LISTEN. */
function listeningSocket(port: number): ListeningSocket | undefined {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readText(file).split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(suffix) === true && fields[3] === '0A')
        return { inode: fields[9], user: userName(fields[7]) };
    }
  }
  return undefined;
}

const userName = (uid: string | undefined): string | undefined =>
  readText('/etc/passwd')
    .split('\n')
    .map((line) => line.split(':'))
    .find((fields) => fields[2] === uid)?.[0];

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
