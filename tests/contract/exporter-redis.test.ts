import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RedisConnection } from '../../common/env/redis.ts';
import { ProbeError } from '../../exporter/collectors/collector.ts';
import { redisCollector, type RedisCollector } from '../../exporter/collectors/redis.ts';
import type { Server } from '../support/servers/process.ts';
import { startRedis } from '../support/servers/redis.ts';
import { UNKNOWN_HOST } from '../support/unknown-host.ts';

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

  it('fails while it is away, and answers again at the first question after its return', async () => {
    const server = await start();
    const probe = collector({ url: server.url });
    expect(await outcome(probe)).toEqual(healthy);
    await server.stop();
    const refused = `nothing listens at 127.0.0.1:${server.port} (connection refused)`;
    await vi.waitFor(async () => expect(await outcome(probe)).toBe(refused), 60_000);
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
