import type { Redis, RedisOptions } from 'ioredis';
import type { RedisConnection } from '../../common/env/redis.ts';
import { openRedis } from '../../common/wire/redis.ts';
import { catalog } from '../metrics/catalog.ts';
import { ProbeError, type Collector, type Sample } from './collector.ts';
import { describeNetworkError, errorCode } from './network-error.ts';
import type { ProbeTiming } from './timing.ts';

export interface RedisCollector extends Collector {
  close(): void;
}

/** Nothing reconnects, retries or queues behind our back: a run dials when there is no connection, and fails when it cannot. */
const OPTIONS: RedisOptions = {
  lazyConnect: true,
  enableOfflineQueue: false,
  // The ready check would hold back a PING while Redis loads its data, and hide NOAUTH.
  enableReadyCheck: false,
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
  keepAlive: 10_000,
  // A server that is frozen does not close its end; after this the socket is destroyed.
  disconnectTimeout: 100,
  // ioredis 5.11 takes a connection for ready that ends while it introduces itself, and nobody could dial again.
  disableClientInfo: true,
};

/** A client that has dialled nothing yet. */
export const redisClient = (connection: RedisConnection): Redis => openRedis(connection, OPTIONS);

/** Without a connection there is nothing to cut, and ioredis would keep the reason of the next failure to itself. */
export function cutOff(client: Redis): void {
  if (client.status !== 'end' && client.status !== 'close' && client.status !== 'wait') client.disconnect();
}

export const targetOf = ({ options }: Redis): string =>
  `${options.host ?? 'localhost'}:${options.port ?? 6379}`;

/** The application's Redis answers PING; response time is that of the PING alone plus INFO, on a connection kept open. */
export function redisCollector(connection: RedisConnection, timing: ProbeTiming): RedisCollector {
  const client = redisClient(connection);
  const target = targetOf(client);
  // connect() rejects with "Connection is closed." alone; the reason is told to this listener.
  let reason: unknown;
  client.on('error', (error: unknown) => {
    reason = error;
  });

  return {
    ...timing,
    name: 'redis',
    kind: 'component',
    close: () => cutOff(client),
    collect: async ({ signal }) => {
      const cut = (): void => cutOff(client);
      signal.addEventListener('abort', cut, { once: true });
      reason = undefined;
      try {
        if (client.status !== 'ready') await client.connect();
        // Whatever it answers is typed as what it should answer.
        const answer: string = await client.ping();
        if (answer !== 'PONG') throw new ProbeError(`${target} answers PING with something else`);
        return { samples: memorySamples(await client.info('memory')) };
      } catch (error) {
        // Answers that do not fit the questions stay shifted for as long as the connection lives.
        if (!isReplyError(error)) cutOff(client);
        if (error instanceof ProbeError) throw error;
        throw new ProbeError(describeRedisError(reason ?? error, target), { cause: error });
      } finally {
        signal.removeEventListener('abort', cut);
      }
    },
  };
}

/** Redis understood the question, and says no. */
export const isReplyError = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ReplyError';

function memorySamples(info: string): readonly Sample[] {
  const used = /^used_memory:(\d+)/m.exec(info)?.[1];
  return used === undefined ? [] : [{ family: catalog.redisMemoryUsed, labels: {}, value: Number(used) }];
}

/** https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors: the first word is the kind. */
export function describeRedisError(
  error: unknown,
  target: string,
  { settings = 'REDIS_URL or REDIS_PASSWORD', commands = 'PING and INFO' } = {},
): string {
  if (errorCode(error) !== undefined) return describeNetworkError(error, target);
  const message = error instanceof Error ? error.message : '';
  if (message.startsWith('NOAUTH')) return `Redis asks for a password (NOAUTH): set ${settings}`;
  if (message.startsWith('WRONGPASS') || message.startsWith('ERR invalid password')) {
    return `Redis refuses the password (WRONGPASS): check ${settings}`;
  }
  if (/^ERR (?:DB index|invalid DB index|value is not an integer)/.test(message))
    return `Redis has no such database: check its number in ${settings}`;
  if (message.startsWith('NOPERM')) return `this user of Redis may not ${commands} (NOPERM)`;
  if (message.startsWith('LOADING')) return 'Redis is loading its data from disk (LOADING)';
  if (message.startsWith('ERR max number of clients'))
    return 'Redis has no connection left (max number of clients)';
  if (message.startsWith('MISCONF')) return 'Redis cannot save to disk (MISCONF)';
  return describeNetworkError(error, target);
}
