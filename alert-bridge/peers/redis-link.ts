import { setTimeout as delay } from 'node:timers/promises';
import type { Redis, RedisOptions } from 'ioredis';
import type { RedisConnection } from '../../common/env/redis.ts';
import { NEXT_ADDRESS_AFTER_MS } from '../../common/clients/next-address.ts';
import { openRedis } from '../../common/clients/redis.ts';

/** The way to Redis. The alert path never waits long for what it watches. */
export interface RedisLink {
  /** @returns undefined when Redis did not answer well in time; at once while it is known to be away. */
  ask<T>(command: (redis: Redis) => Promise<T>): Promise<T | undefined>;
  readonly isUp: boolean;
  close(): void;
}

export interface RedisLinkDependencies {
  readonly connection: RedisConnection;
  /** Monotonic time. */
  readonly elapsedMs: () => number;
  /** Asks for everything that is needed of Redis, each in time: once it was away, it is back when this succeeds. */
  readonly preflight: (redis: Redis) => Promise<void>;
  readonly onChange: (isUp: boolean, error: unknown) => void;
}

/** Longest time one question may take, connecting included. */
const ANSWER_MS = 500;
const ANSWER_SLICES = 5;
/** How long nobody asks after a question that was not answered. */
const REST_MS = 2_000;
const RECONNECT_MS = 1_000;
/** Of all addresses of a name together: a first one that swallows everything must not end the attempt. */
const CONNECT_MS = NEXT_ADDRESS_AFTER_MS + 1_000;

const OPTIONS: RedisOptions = {
  lazyConnect: true,
  enableOfflineQueue: false,
  enableReadyCheck: false,
  maxRetriesPerRequest: 0,
  connectTimeout: CONNECT_MS,
  retryStrategy: () => RECONNECT_MS,
  keepAlive: 10_000,
  disconnectTimeout: 100,
  // ioredis 5.11 takes a connection for ready that ends while it introduces itself, and makes no other one any more.
  disableClientInfo: true,
};

export function openRedisLink({
  connection,
  elapsedMs,
  preflight,
  onChange,
}: RedisLinkDependencies): RedisLink {
  const client = clientOf(connection);
  let isUp = true;
  let isClosed = false;
  let isProving = false;
  let restUntil = -Infinity;
  // What connecting fails of: the questions themselves only hear that there is no connection.
  let reason: unknown;
  client.on('error', (error: unknown) => {
    reason = error;
  });
  client.on('ready', () => {
    reason = undefined;
  });
  client.connect().catch(() => undefined);

  const became = (value: boolean, error?: unknown): void => {
    if (value !== isUp && !isClosed) onChange(value, error);
    isUp = value;
  };

  const failed = (error: unknown): void => {
    restUntil = elapsedMs() + REST_MS;
    became(false, reason ?? error);
    // What is silent may be a connection that leads nowhere any more.
    if (client.status === 'ready') client.disconnect(true);
  };

  /** Nobody waits for it: while Redis is away, each question would take as long as it may. */
  const proveAgain = async (): Promise<void> => {
    if (isProving || elapsedMs() < restUntil) return;
    isProving = true;
    try {
      await preflight(client);
      became(true);
    } catch (error) {
      failed(error);
    } finally {
      isProving = false;
    }
  };

  return {
    get isUp() {
      return isUp;
    },
    ask: async (command) => {
      if (!isUp) {
        void proveAgain();
        return undefined;
      }
      try {
        return await inTime(client, command);
      } catch (error) {
        failed(error);
        return undefined;
      }
    },
    close: () => {
      isClosed = true;
      client.disconnect();
    },
  };
}

export const clientOf = (connection: RedisConnection): Redis => openRedis(connection, OPTIONS);

/** @throws Error when the answer is an error, or takes too long. */
export async function inTime<T>(client: Redis, command: (redis: Redis) => Promise<T>): Promise<T> {
  const answered = new AbortController();
  try {
    return await Promise.race([connected(client).then(() => command(client)), noAnswer(answered.signal)]);
  } finally {
    answered.abort();
  }
}

/** Rejects when a connection that is being made comes to nothing; without one, the question itself fails at once. */
async function connected(client: Redis): Promise<void> {
  if (client.status !== 'connecting' && client.status !== 'connect') return;
  await new Promise<void>((resolve, reject) => {
    const finish = (settle: () => void): void => {
      client.off('ready', onReady);
      client.off('close', onClose);
      settle();
    };
    const onReady = (): void => finish(resolve);
    const onClose = (): void => finish(() => reject(new Error('Redis closed the connection.')));
    client.once('ready', onReady);
    client.once('close', onClose);
  });
}

/** In slices, so that a busy moment of this process itself does not count as a silence of Redis. */
async function noAnswer(signal: AbortSignal): Promise<never> {
  for (let slice = 0; slice < ANSWER_SLICES; slice += 1)
    await delay(ANSWER_MS / ANSWER_SLICES, undefined, { signal });
  throw new Error(`Redis did not answer within ${ANSWER_MS} ms.`);
}
