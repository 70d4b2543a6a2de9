import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { EnvReader } from '../../common/env/reader.ts';
import { readRedis, type RedisConnection } from '../../common/env/redis.ts';
import { ProbeError } from '../../exporter/model/collector.ts';
import { redisCollector, type RedisCollector } from '../../exporter/collectors/redis.ts';
import { createAuthority, inDays, type Authority } from '../support/machine/certificates.ts';
import { freePort } from '../support/servers/ports.ts';
import type { Server } from '../support/servers/process.ts';
import { startRedis, withRedis } from '../support/servers/redis.ts';
import { UNKNOWN_HOST } from '../support/machine/unknown-host.ts';

const timing = { intervalMs: 15_000, timeoutMs: 5_000, disabledReason: undefined };
const opened: { close(): unknown }[] = [];
const started: Server[] = [];

afterEach(async () => {
  for (const one of opened.splice(0)) one.close();
  for (const server of started.splice(0)) await server.close();
});

async function start(password?: string): Promise<Server> {
  const server = await startRedis(password === undefined ? {} : { password });
  started.push(server);
  return server;
}

function collector(connection: RedisConnection): RedisCollector {
  const made = redisCollector(connection, timing);
  opened.push(made);
  return made;
}

/** The sentence of a failure, or the figures. */
async function outcome(probe: RedisCollector, deadlineMs = 60_000): Promise<unknown> {
  try {
    const { samples } = await probe.collect({ signal: AbortSignal.timeout(deadlineMs), now: 0 });
    return samples.map(({ family, value }) => [family.name, value > 100_000]);
  } catch (error) {
    if (error instanceof ProbeError) return error.message;
    throw error;
  }
}

const healthy = [['expensebot_redis_memory_used_bytes', true]];

describe('redis', () => {
  it('answers, and tells its memory', async () => {
    const server = await start('pass-word');
    const probe = collector({ url: server.url });
    expect(await outcome(probe)).toEqual(healthy);
    expect(await outcome(probe)).toEqual(healthy);
    const byParts = collector({ host: '127.0.0.1', port: server.port, password: 'pass-word' });
    expect(await outcome(byParts)).toEqual(healthy);
  });

  it('answers at a Unix socket, in the database that is asked for', async () => {
    const server = await startRedis({ socket: true });
    started.push(server);
    const path = join(server.folder, 'redis.sock');
    const env = new EnvReader({ values: { REDIS_URL: `unix://${path}?db=3` }, problems: [] });
    const probe = collector(readRedis(env));
    expect(await outcome(probe)).toEqual(healthy);
    expect(await withRedis(server, (client) => client.client('LIST'))).toMatch(/db=3 .*cmd=info|cmd=exec/);
    await server.stop();
    await vi.waitFor(async () => expect(await outcome(probe)).toMatch(`nothing listens at ${path}`), 200_000);
  });

  it('says that a password is missing or wrong', async () => {
    const server = await start('pass-word');
    const at = { host: '127.0.0.1', port: server.port };
    expect(await outcome(collector({ ...at, password: undefined }))).toBe(
      'Redis asks for a password (NOAUTH): set REDIS_URL or REDIS_PASSWORD',
    );
    expect(await outcome(collector({ ...at, password: 'wrong' }))).toBe(
      'Redis refuses the password (WRONGPASS): check REDIS_URL or REDIS_PASSWORD',
    );
  });

  it('that refuses work is told by the name of the refusal, and is left as it was', async () => {
    const server = await start();
    // Rights of one who may only look tell less, and are enough while all is well.
    await withRedis(server, (client) =>
      client.call('ACL', 'SETUSER', 'looker', 'on', '>p', 'resetkeys', '-@all', '+ping', '+info'),
    );
    const probe = collector({ url: server.url });
    const looker = collector({ url: `redis://looker:p@127.0.0.1:${server.port}/0` });
    const both = async (): Promise<unknown[]> => [await outcome(probe), await outcome(looker)];
    const set = (...settings: string[]): Promise<unknown> =>
      withRedis(server, (client) => client.call('CONFIG', 'SET', ...settings));
    const replicate = (...master: string[]): Promise<unknown> =>
      withRedis(server, (client) => client.call('REPLICAOF', ...master));
    expect(await both()).toEqual([healthy, healthy]);
    expect((await looker.collect({ signal: AbortSignal.timeout(60_000), now: 0 })).details).toEqual({
      takes_writes: 'not asked (its user needs +multi +del +exec)',
    });

    await replicate('127.0.0.1', '1');
    const replica = 'Redis takes no writes: it is a replica (READONLY); see replicaof';
    expect(await both()).toEqual([replica, replica]);
    await set('replica-serve-stale-data', 'no');
    const lost = 'Redis is a replica that has lost its master (MASTERDOWN)';
    expect(await both()).toEqual([lost, lost]);
    await replicate('NO', 'ONE');
    expect(await both()).toEqual([healthy, healthy]);

    const full = 'Redis takes no writes: its memory is full (OOM); see maxmemory and maxmemory-policy';
    await set('maxmemory', '1kb');
    expect(await both()).toEqual([full, full]);
    // Only keys that expire may be evicted, and there is none.
    await set('maxmemory-policy', 'volatile-lru');
    expect(await outcome(probe)).toBe(full);
    await set('maxmemory', '0');

    await set('min-replicas-to-write', '1');
    expect(await outcome(probe)).toBe(
      'Redis takes no writes: too few replicas are connected (NOREPLICAS); see min-replicas-to-write',
    );
    await set('min-replicas-to-write', '0');

    await set('save', '3600 1');
    const blocker = join(server.folder, 'dump.rdb');
    mkdirSync(blocker);
    await withRedis(server, (client) => client.bgsave());
    const misconfigured = 'Redis takes no writes: it cannot save to disk (MISCONF)';
    await vi.waitFor(async () => expect(await both()).toEqual([misconfigured, misconfigured]), 200_000);
    rmSync(blocker, { recursive: true });
    await withRedis(server, (client) => client.save());

    // The next connection would be refused, though this one is not.
    await set('maxclients', '2');
    const none = 'Redis has no connection left (max number of clients)';
    expect(await both()).toEqual([none, none]);
    expect(await outcome(collector({ url: server.url }))).toBe(none);
    looker.close();
    await vi.waitFor(async () => expect(await outcome(probe)).toEqual(healthy), 200_000);
    // In one connection: there is room for no other.
    const [keys, persistence] = await withRedis(server, (client) =>
      Promise.all([client.keys('*'), client.info('persistence')]),
    );
    expect(keys).toEqual([]);
    expect(persistence).toContain('rdb_changes_since_last_save:0');
  });

  it('fails while it is away, and answers again at the first question after its return', async () => {
    const server = await start();
    const probe = collector({ url: server.url });
    expect(await outcome(probe)).toEqual(healthy);
    await server.stop();
    const refused = `nothing listens at 127.0.0.1:${server.port} (connection refused)`;
    await vi.waitFor(async () => expect(await outcome(probe)).toBe(refused), 200_000);
    expect(await outcome(probe)).toBe(refused);
    await server.restart();
    expect(await outcome(probe)).toEqual(healthy);
  });

  it('does not know a host that DNS does not know', async () => {
    const probe = collector({ url: `redis://:secret-password@${UNKNOWN_HOST}:6379/0` });
    expect(await outcome(probe)).toBe(`the name of ${UNKNOWN_HOST}:6379 is not known to DNS`);
  });

  it('ends at its deadline while the server is frozen, and answers once it is thawed', async () => {
    const server = await start();
    const probe = collector({ url: server.url });
    expect(await outcome(probe)).toEqual(healthy);
    server.freeze();
    expect(await outcome(probe, 200)).toBeTypeOf('string');
    expect(await outcome(probe, 200)).toBeTypeOf('string');
    server.thaw();
    expect(await outcome(probe)).toEqual(healthy);
  });
});

describe('an address as redis-py reads it', () => {
  let authority: Authority;
  let folder: string;
  let addresses: readonly string[];

  beforeAll(async () => {
    authority = await createAuthority();
    folder = await mkdtemp(join(tmpdir(), 'redis-tls-'));
    const { key, cert } = await authority.issue({ names: 'DNS:elsewhere', to: inDays(9) });
    const [keyFile, certFile, foreign] = ['key', 'cert', 'foreign'].map((name) => join(folder, name));
    await writeFile(keyFile ?? '', key);
    await writeFile(certFile ?? '', cert);
    await writeFile(foreign ?? '', (await authority.selfSigned('DNS:localhost')).cert);
    const tlsPort = await freePort();
    const files = ['--tls-cert-file', certFile ?? '', '--tls-key-file', keyFile ?? ''];
    const trust = ['--tls-ca-cert-file', authority.caFile, '--tls-auth-clients', 'optional'];
    const server = await startRedis({ args: ['--tls-port', String(tlsPort), ...files, ...trust] });
    kept.push(server);
    const ca = `ssl_ca_certs=${authority.caFile}`;
    const secure = ['', '?ssl_cert_reqs=none', `?${ca}`, `?${ca}&ssl_check_hostname=true`].concat([
      `?ssl_cert_reqs=none&${ca}&ssl_check_hostname=0`,
      `?ssl_ca_certs=${foreign ?? ''}`,
      `?ssl_cert_reqs=required&${ca}`,
      `?ssl_cert_reqs=optional`,
      `?ssl_cert_reqs=optional&${ca}&ssl_certfile=${certFile ?? ''}&ssl_keyfile=${keyFile ?? ''}`,
    ]);
    addresses = [
      ...secure.map((said) => `rediss://localhost:${tlsPort}/0${said}`),
      ...['/0', '/15', '/16', '/99', '?db=99', '/99?db=1', ''].map(
        (said) => `redis://127.0.0.1:${server.port}${said}`,
      ),
    ];
  });
  const kept: Server[] = [];
  afterAll(async () => {
    await Promise.all([
      authority.close(),
      rm(folder, { recursive: true }),
      ...kept.map((one) => one.close()),
    ]);
  });

  /** Whether redis-py reaches each of them. */
  const peer = async (): Promise<readonly boolean[]> => {
    const program = [
      'import json, redis, sys',
      'def up(url):',
      '    try: return redis.Redis.from_url(url).ping()',
      '    except redis.RedisError: return False',
      'print(json.dumps([up(url) for url in json.loads(sys.argv[1])]))',
    ].join('\n');
    const run = promisify(execFile)('/usr/bin/python3', ['-c', program, JSON.stringify(addresses)]);
    return JSON.parse((await run).stdout) as boolean[];
  };

  it('is up and down as redis-py is', async () => {
    const ours: boolean[] = [];
    for (const url of addresses) {
      const probe = collector({ url });
      const found = await outcome(probe);
      // And again at the next look, once the connection that was refused has gone.
      await vi.waitFor(async () => expect(await outcome(probe)).toEqual(found), 200_000);
      ours.push(Array.isArray(found));
    }
    const theirs = await peer();
    const differ = addresses.filter((_url, at) => ours[at] !== theirs[at]);
    expect(differ).toEqual([]);
    expect(new Set(ours)).toEqual(new Set([true, false]));
  });

  it('says that there is no such database', async () => {
    const url = addresses.find((one) => one.endsWith('/99')) ?? '';
    expect(await outcome(collector({ url }))).toBe(
      'Redis has no such database: check its number in REDIS_URL or REDIS_PASSWORD',
    );
  });
});
