import { join } from 'node:path';
import { Redis } from 'ioredis';
import { claimFolder, makeTemporaryFolder } from './folders.ts';
import { freePort } from './ports.ts';
import { requireProgram, startServer } from './process.ts';
import type { Server } from './process.ts';

export interface RedisOptions {
  readonly port?: number;
  /** As `--requirepass`; without it anyone may read. */
  readonly password?: string;
  /** Kept after `close()`; without it a temporary one. */
  readonly folder?: string;
  /** Listens at `redis.sock` in its folder as well. */
  readonly socket?: boolean;
  /** Data survive a restart (append-only file). Default false: an empty Redis after each start. */
  readonly durable?: boolean;
  /** Further arguments, as `['--tls-port', '6380']`. */
  readonly args?: readonly string[];
}

/** A Redis on loopback; the port and the password stay through `restart()`. */
export async function startRedis(options: RedisOptions = {}): Promise<Server> {
  const command = requireProgram(['redis-server']);
  const port = options.port ?? (await freePort());
  const folder = options.folder ?? makeTemporaryFolder();
  if (options.folder !== undefined) claimFolder(options.folder);
  const { password, durable = false, socket = false, args = [] } = options;
  return startServer({
    name: 'Redis',
    command,
    args: [
      ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--daemonize', 'no'],
      ...['--save', '', '--appendonly', durable ? 'yes' : 'no'],
      ...(password === undefined ? [] : ['--requirepass', password]),
      ...args,
      ...(socket ? ['--unixsocket', join(folder, 'redis.sock')] : []),
    ],
    host: '127.0.0.1',
    port,
    url: `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}127.0.0.1:${port}/0`,
    folder,
    keepFolder: options.folder !== undefined,
    probe: () => ping(port, password),
  });
}

/** On a connection of its own. */
export async function withRedis<T>({ url }: Server, ask: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  try {
    return await ask(client);
  } finally {
    client.disconnect();
  }
}

async function ping(port: number, password: string | undefined): Promise<void> {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    connectTimeout: 1000,
    commandTimeout: 1000,
    retryStrategy: () => null,
    ...(password === undefined ? {} : { password }),
  });
  // Refused connections reject the ping below; without a listener ioredis prints each of them.
  client.on('error', () => undefined);
  try {
    await client.ping();
  } finally {
    client.disconnect();
  }
}
