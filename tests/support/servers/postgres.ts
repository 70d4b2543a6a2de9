import { execFile } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { findPostgresBin } from '../machine/packages.ts';
import { claimFolder, makeTemporaryFolder } from './folders.ts';
import type { Owner } from './folders.ts';
import { freePort } from './ports.ts';
import { startServer } from './process.ts';
import type { Server } from './process.ts';

export interface PostgresOptions {
  readonly port?: number;
  /** Kept after `close()`; without it a temporary one. When run as root, the user postgres must be able to reach it. */
  readonly folder?: string;
  /** The application's database, created when absent. Default expense_bot. */
  readonly database?: string;
  /** Superuser of the cluster, as in the application's container. Default expense_user. */
  readonly user?: string;
  /** Default "test-password". */
  readonly password?: string;
  /** Default 40, of which PostgreSQL keeps 3 for superusers. */
  readonly maxConnections?: number;
  /** fsync and full WAL safety. Default false: fast, and lost in a power cut. */
  readonly durable?: boolean;
  /** Further settings, as `log_min_duration_statement: '0'`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface PostgresServer extends Server {
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** The same server with another database, user or password. */
  urlFor(part: { database?: string; user?: string; password?: string }): string;
}

/** PostgreSQL 15 or newer on loopback and a Unix socket in its own folder, as an unprivileged user. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const bin = findPostgresBin();
  if (bin === undefined)
    throw new Error('PostgreSQL 15 or newer is not installed: run npx tsx tests/support/install.ts');
  const { database = 'expense_bot', user = 'expense_user', password = 'test-password' } = options;
  const port = options.port ?? (await freePort());
  const owner = unprivilegedOwner();
  const folder = options.folder ?? makeTemporaryFolder(owner);
  if (options.folder !== undefined) claimFolder(options.folder, owner);
  const data = join(folder, 'data');
  await initialise({ bin, folder, data, owner, user, password });

  const urlFor: PostgresServer['urlFor'] = (part) => {
    const credentials = [part.user ?? user, part.password ?? password].map(encodeURIComponent).join(':');
    return `postgresql://${credentials}@127.0.0.1:${port}/${part.database ?? database}`;
  };
  const server = await startServer({
    name: 'PostgreSQL',
    command: join(bin, 'postgres'),
    args: ['-D', data, ...settingArgs(options, port, folder)],
    host: '127.0.0.1',
    port,
    url: urlFor({}),
    folder,
    keepFolder: options.folder !== undefined,
    ...(owner === undefined ? {} : { owner }),
    probe: () => withClient(urlFor({ database: 'postgres' }), (client) => ensureDatabase(client, database)),
    // "Fast" shutdown: does not wait for clients. https://www.postgresql.org/docs/15/server-shutdown.html
    stopSignal: 'SIGINT',
    // "Immediate" shutdown: takes the backends along, which SIGKILL to the postmaster does only in time.
    deathSignal: 'QUIT',
  });
  return Object.assign(server, { database, user, password, urlFor });
}

function settingArgs(options: PostgresOptions, port: number, folder: string): readonly string[] {
  const durable = options.durable ?? false;
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    // A socket's path is at most 107 bytes (unix(7)); TCP is what everyone uses here anyway.
    unix_socket_directories: Buffer.byteLength(folder) < 80 ? `"${folder.replaceAll('"', '""')}"` : '',
    max_connections: String(options.maxConnections ?? 40),
    shared_buffers: '64MB',
    max_wal_size: '1GB',
    fsync: durable ? 'on' : 'off',
    synchronous_commit: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
    ...options.settings,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

interface Cluster {
  readonly bin: string;
  readonly folder: string;
  readonly data: string;
  readonly owner: Owner | undefined;
  readonly user: string;
  readonly password: string;
}

async function initialise({ bin, folder, data, owner, user, password }: Cluster): Promise<void> {
  if (existsSync(join(data, 'PG_VERSION'))) return;
  mkdirSync(data, { recursive: true });
  chmodSync(data, 0o700);
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (owner !== undefined) {
    chownSync(data, owner.uid, owner.gid);
    chownSync(passwordFile, owner.uid, owner.gid);
  }
  const args = [
    '-D',
    data,
    '-U',
    user,
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
    `--pwfile=${passwordFile}`,
  ];
  try {
    await promisify(execFile)(
      join(bin, 'initdb'),
      [...args, '--auth-local=scram-sha-256', '--auth-host=scram-sha-256'],
      {
        cwd: '/',
        env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC' },
        ...(owner === undefined ? {} : { uid: owner.uid, gid: owner.gid }),
      },
    );
  } catch (error) {
    throw new Error(
      `initdb could not make a cluster in ${data}. When run as root, the user postgres must be able to reach that ` +
        `folder (every folder above ${dirname(data)} needs the x permission for others): choose one it can reach.\n` +
        (error instanceof Error ? error.message : String(error)),
      { cause: error },
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

async function ensureDatabase(client: pg.Client, database: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
}

/** Connects (within 10 s: a busy machine is slow), runs `work` and disconnects. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // A connection that breaks while idle must not end the process; the next query rejects.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** PostgreSQL refuses to run as root: the package's own user then, or nobody. */
export function unprivilegedOwner(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const account =
    accounts.find(([name]) => name === 'postgres') ?? accounts.find(([name]) => name === 'nobody');
  if (account === undefined)
    throw new Error('PostgreSQL refuses to run as root, and no user postgres or nobody exists');
  return { uid: Number(account[2]), gid: Number(account[3]) };
}
