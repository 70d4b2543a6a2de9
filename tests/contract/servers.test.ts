import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from '../support/machine/until.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../support/machine/certificates.ts';
import { startAlertmanager } from '../support/servers/alertmanager.ts';
import { startCeleryWorker } from '../support/servers/celery.ts';
import { freePort } from '../support/servers/ports.ts';
import { startNginx } from '../support/servers/nginx.ts';
import { startPostgres, withClient } from '../support/servers/postgres.ts';
import { processState, processTree } from '../support/servers/proc.ts';
import type { Server } from '../support/servers/process.ts';
import { startPrometheus } from '../support/servers/prometheus.ts';
import { startRedis } from '../support/servers/redis.ts';

const PROMETHEUS_CONFIG = 'global: {scrape_interval: 15s}\n';
const ALERTMANAGER_CONFIG = 'route: {receiver: none}\nreceivers: [{name: none}]\n';

let folder: string;
let prometheusConfig: string;
let alertmanagerConfig: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'servers-test-'));
  prometheusConfig = write('prometheus.yml', PROMETHEUS_CONFIG);
  alertmanagerConfig = write('alertmanager.yml', ALERTMANAGER_CONFIG);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Kind {
  readonly name: string;
  readonly start: (options?: { port?: number }) => Promise<Server>;
  /** Rejects within two seconds when the server does not answer. */
  readonly ask: (server: Server) => Promise<unknown>;
}

const askHttp = (server: Server) => fetch(`${server.url}/-/healthy`, { signal: AbortSignal.timeout(1500) });

const kinds: readonly Kind[] = [
  { name: 'PostgreSQL', start: startPostgres, ask: (server) => askPostgres(server.url) },
  {
    name: 'Redis',
    start: (options) => startRedis({ ...options, password: 'pa:ss/word' }),
    ask: (server) => askRedis(server.url),
  },
  {
    name: 'Prometheus',
    start: (options) => startPrometheus({ ...options, configFile: prometheusConfig }),
    ask: askHttp,
  },
  {
    name: 'Alertmanager',
    start: (options) => startAlertmanager({ ...options, configFile: alertmanagerConfig }),
    ask: askHttp,
  },
];

describe.each(kinds)('$name', ({ name, start, ask }) => {
  let server: Server;

  beforeAll(async () => {
    server = await start();
  });
  afterAll(async () => {
    await server.close();
  });

  it('answers once started', async () => {
    await expect(ask(server)).resolves.toBeDefined();
  });

  it('does not answer while frozen, and answers again once thawed', async () => {
    server.freeze();
    // The kernel stops a process that is running at this moment a little later.
    await until(
      () => processTree(server.pid).map(processState),
      (states) => states.every((state) => state === 'T'),
    );
    await expect(ask(server)).rejects.toThrow();
    server.thaw();
    await expect(ask(server)).resolves.toBeDefined();
  });

  it('is gone with all its children when killed, and comes back on the same port', async () => {
    const tree = processTree(server.pid);
    await server.kill('SIGKILL');
    expect(server.running).toBe(false);
    expect(tree.map(processState).filter((state) => state !== undefined && state !== 'Z')).toEqual([]);
    expect(() => server.pid).toThrow(`${name} is not running`);
    await expect(ask(server)).rejects.toThrow();
    const { port } = server;
    await server.restart();
    expect(server.port).toBe(port);
    await expect(ask(server)).resolves.toBeDefined();
  });

  it('can be stopped twice, also while frozen, and started again', async () => {
    server.freeze();
    await server.stop();
    await server.stop();
    await expect(ask(server)).rejects.toThrow();
    await server.restart();
    await expect(ask(server)).resolves.toBeDefined();
  });

  it('names the program that holds its port, and leaves no folder behind', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as AddressInfo;
    await expect(start({ port })).rejects.toThrow(
      new RegExp(
        `^${name}: port ${port} is already in use by .+ \\(pid ${process.pid}\\): stop it or choose`,
      ),
    );
    await new Promise((resolve) => holder.close(resolve));
    const again = await start({ port });
    expect(existsSync(again.folder)).toBe(true);
    await again.close();
    expect(existsSync(again.folder)).toBe(false);
  });
});

it('every server runs in a folder with blanks, Cyrillic letters and other signs in its path', async () => {
  const base = join(folder, 'папка "с" пробелами, #1 50%');
  mkdirSync(base);
  // PostgreSQL's own user must pass.
  for (const one of [folder, base]) chmodSync(one, 0o755);
  const room = (name: string) => ({ folder: join(base, name) });
  const signer = await createAuthority();
  const tls = await signer.issue({ names: 'IP:127.0.0.1', to: new Date(Date.now() + 86_400_000) });
  await using postgres = await startPostgres(room('postgres'));
  await using redis = await startRedis(room('redis'));
  await using worker = await startCeleryWorker({ brokerUrl: redis.url, ...room('worker') });
  await using prometheus = await startPrometheus({ configFile: prometheusConfig, ...room('prometheus') });
  await using alertmanager = await startAlertmanager({
    configFile: alertmanagerConfig,
    ...room('alertmanager'),
  });
  const { server, accessLog } = await startNginx({ ...room('nginx'), tls });
  await using nginx = server;
  await fetch(`${nginx.url}/seen`);
  await until(
    () => readFileSync(accessLog, 'utf8'),
    (text) => text.includes('GET /seen'),
  );
  const servers = [postgres, redis, worker, prometheus, alertmanager, nginx];
  expect(servers.map(({ running }) => running)).toEqual(servers.map(() => true));
  await signer.close();
});

describe('what only one of them does', () => {
  it('PostgreSQL keeps its rows through kill -9 and refuses a wrong password', async () => {
    await using server = await startPostgres({ settings: { work_mem: '8MB' } });
    await withClient(server.url, async (client) => {
      await client.query('CREATE TABLE kept AS SELECT 7 AS n');
      await client.query('CHECKPOINT');
      expect((await client.query('SHOW work_mem')).rows).toEqual([{ work_mem: '8MB' }]);
    });
    await server.kill();
    await server.restart();
    const { rows } = await withClient(server.url, (client) => client.query('SELECT n FROM kept'));
    expect(rows).toEqual([{ n: 7 }]);
    await expect(askPostgres(server.urlFor({ password: 'wrong' }))).rejects.toThrow(
      'password authentication failed',
    );
  });

  it('PostgreSQL in a folder of the caller keeps it after close', async () => {
    const kept = mkdtempSync(join(tmpdir(), 'kept-test-'));
    try {
      const first = await startPostgres({ folder: kept, database: 'one' });
      await withClient(first.url, (client) => client.query('CREATE TABLE kept AS SELECT 1 AS n'));
      await first.close();
      const second = await startPostgres({ folder: kept, database: 'one' });
      const { rowCount } = await withClient(second.url, (client) => client.query('SELECT n FROM kept'));
      await second.close();
      expect(rowCount).toBe(1);
    } finally {
      rmSync(kept, { recursive: true, force: true });
    }
  });

  it('Redis refuses commands without its password and is empty after a restart unless durable', async () => {
    await using volatile = await startRedis({ password: 'secret' });
    await using durable = await startRedis({ durable: true });
    await expect(askRedis(`redis://127.0.0.1:${volatile.port}`)).rejects.toThrow('NOAUTH');
    for (const server of [volatile, durable]) {
      await withRedis(server.url, (client) => client.set('key', 'value'));
      await server.restart();
    }
    expect(await withRedis(volatile.url, (client) => client.get('key'))).toBeNull();
    expect(await withRedis(durable.url, (client) => client.get('key'))).toBe('value');
  });

  it('shows the last output of a server that dies while starting', async () => {
    const broken = write('broken.yml', 'no_such_key: 1\n');
    await expect(startPrometheus({ configFile: broken })).rejects.toThrow(
      /Prometheus stopped while starting \(exit \d+\)[^]*field no_such_key not found/,
    );
    await expect(startAlertmanager({ configFile: broken })).rejects.toThrow(
      /Alertmanager stopped while starting/,
    );
    await expect(startPostgres({ settings: { work_mem: 'much' } })).rejects.toThrow(
      /invalid value for parameter "work_mem"/,
    );
  });
});

describe('freePort', () => {
  it('gives ports that can be listened on, below the ephemeral range', async () => {
    const port = await freePort();
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(32_000);
    const listener = createServer();
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(port, '127.0.0.1', resolve);
    });
    await new Promise((resolve) => listener.close(resolve));
  });
});

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function askPostgres(url: string): Promise<unknown> {
  return withClient(url, (client) =>
    client.query({ text: 'SELECT 1', query_timeout: 1500 } as { text: string }),
  );
}

function askRedis(url: string): Promise<unknown> {
  return withRedis(url, (client) => client.ping());
}

async function withRedis<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 1000,
    commandTimeout: 1500,
    retryStrategy: () => null,
  });
  client.on('error', () => undefined);
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}
