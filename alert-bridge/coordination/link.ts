import { Redis, type RedisOptions } from 'ioredis';
import type { RedisConnection } from '../../common/env/redis.ts';

/** The way to Redis. The alert path never waits long for what it watches. */
export interface Link {
  /** @returns undefined when Redis did not answer well in time; at once while it is known to be away. */
  ask<T>(command: (redis: Redis) => Promise<T>): Promise<T | undefined>;
  readonly isUp: boolean;
  close(): void;
}

export interface LinkDependencies {
  readonly connection: RedisConnection;
  /** Monotonic time. */
  readonly elapsedMs: () => number;
  readonly onChange: (isUp: boolean, error: unknown) => void;
}

/** Longest time one question may take, connecting included. */
const ANSWER_MS = 500;
/** How long nobody asks after a question that was not answered. */
const REST_MS = 2_000;
const RECONNECT_MS = 1_000;

const OPTIONS: RedisOptions = {
  lazyConnect: true,
  enableOfflineQueue: false,
  enableReadyCheck: false,
  maxRetriesPerRequest: 0,
  connectTimeout: ANSWER_MS,
  commandTimeout: ANSWER_MS,
  retryStrategy: () => RECONNECT_MS,
  keepAlive: 10_000,
  disconnectTimeout: 100,
  connectionName: 'expensebot-alert-bridge',
};

export function openLink({ connection, elapsedMs, onChange }: LinkDependencies): Link {
  const client = clientOf(connection);
  let isUp = true;
  let restUntil = -Infinity;
  // What connecting fails of: the questions themselves only hear that there is no connection.
  let reason: unknown;
  client.on('error', (error: unknown) => {
    reason = error;
  });
  client.connect().catch(() => undefined);

  const became = (value: boolean, error?: unknown): void => {
    if (value !== isUp) onChange(value, error);
    isUp = value;
  };

  return {
    get isUp() {
      return isUp;
    },
    ask: async (command) => {
      if (elapsedMs() < restUntil) return undefined;
      try {
        await connected(client);
        const answer = await command(client);
        became(true);
        return answer;
      } catch (error) {
        restUntil = elapsedMs() + REST_MS;
        became(false, reason ?? error);
        return undefined;
      }
    },
    close: () => client.disconnect(),
  };
}

function clientOf(connection: RedisConnection): Redis {
  if ('url' in connection) return new Redis(connection.url, OPTIONS);
  const { host, port, password } = connection;
  return new Redis({ ...OPTIONS, host, port, ...(password === undefined ? {} : { password }) });
}

/** Only the first question finds it connecting: later ones fail at once until it is connected again. */
async function connected(client: Redis): Promise<void> {
  if (client.status !== 'connecting' && client.status !== 'connect') return;
  await new Promise<void>((resolve, reject) => {
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      client.off('ready', onReady);
      client.off('close', onClose);
      settle();
    };
    const onReady = (): void => finish(resolve);
    const onClose = (): void => finish(() => reject(new Error('Redis closed the connection.')));
    const timer = setTimeout(
      () => finish(() => reject(new Error('Redis did not answer in time.'))),
      ANSWER_MS,
    );
    client.once('ready', onReady);
    client.once('close', onClose);
  });
}
