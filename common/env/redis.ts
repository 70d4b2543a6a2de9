import type { EnvReader } from './reader.ts';

export type RedisConnection =
  | { readonly url: string }
  | { readonly host: string; readonly port: number; readonly password: string | undefined };

export const REDIS_PROTOCOLS: readonly string[] = ['redis:', 'rediss:'];

/** `REDIS_URL`, or its parts. */
export function readRedis(env: EnvReader): RedisConnection {
  if (env.isSet('REDIS_URL')) return { url: env.url('REDIS_URL', REDIS_PROTOCOLS) ?? '' };
  return {
    host: env.string('REDIS_HOST'),
    port: env.port('REDIS_PORT'),
    password: env.optional('REDIS_PASSWORD'),
  };
}

/** The same address and port; another database of the same server counts as the same. */
export const isSameServer = (one: RedisConnection, other: RedisConnection): boolean =>
  serverOf(one) === serverOf(other);

function serverOf(connection: RedisConnection): string {
  if (!('url' in connection)) return `${connection.host}:${connection.port}`;
  const url = URL.canParse(connection.url) ? new URL(connection.url) : undefined;
  return url === undefined ? connection.url : `${url.hostname || 'localhost'}:${url.port || DEFAULT_PORT}`;
}

const DEFAULT_PORT = '6379';
