import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates, type ConnectionOptions } from 'node:tls';
import type { EnvReader } from './reader.ts';

export type RedisConnection =
  | { readonly url: string }
  | { readonly host: string; readonly port: number; readonly password: string | undefined };

/** As Celery (`sentinel://`) and django-redis write it. */
const SENTINEL = /^(?:redis\+)?sentinels?:/i;
const REDIS_PROTOCOLS: readonly string[] = ['redis:', 'rediss:', 'unix:', 'redis+socket:'];

/** `REDIS_URL`, or its parts. */
export function readRedis(env: EnvReader): RedisConnection {
  if (env.isSet('REDIS_URL')) return readRedisUrl(env, 'REDIS_URL');
  return {
    host: env.string('REDIS_HOST'),
    port: env.port('REDIS_PORT'),
    password: env.optional('REDIS_PASSWORD'),
  };
}

/**
 * A URL that `openRedis` reads. A Unix socket is written as Django writes it (`unix:///path?db=1`) or as Celery does
 * (`redis+socket:///path?virtual_host=1`). Where it asks for TLS, its words are known and its files are there.
 */
export function readRedisUrl(
  env: EnvReader,
  name: 'REDIS_URL' | 'CELERY_BROKER_URL',
): { readonly url: string } {
  const written = env.optional(name) ?? '';
  if (SENTINEL.test(written)) {
    env.problem(
      name,
      written,
      'Sentinel is not asked: write the address of the master itself, as redis://….',
    );
    return { url: written };
  }
  const url = env.url(name, REDIS_PROTOCOLS) ?? '';
  try {
    if (URL.canParse(url)) redisTls(new URL(url));
  } catch (error) {
    if (!(error instanceof UnusableTls)) throw error;
    env.problem(name, url, error.message);
  }
  return { url };
}

/** The message is what to do: a sentence that starts with a verb. */
class UnusableTls extends Error {}

/**
 * TLS as redis-py reads it from a URL, and Celery after it; undefined without TLS. Names of certificates are compared
 * only with `ssl_check_hostname=true`: https://redis-py.readthedocs.io/en/v4.3.4/connections.html.
 * @throws UnusableTls
 */
export function redisTls({ protocol, searchParams: said }: URL): ConnectionOptions | undefined {
  if (protocol !== 'rediss:') return undefined;
  const wanted = said.get('ssl_cert_reqs') ?? 'required';
  if (!/^(?:CERT_)?(?:none|optional|required)$/i.test(wanted))
    throw new UnusableTls('Write required, optional or none for ssl_cert_reqs.');
  const file = (name: string): string | undefined =>
    reading(name, said, (path) => readFileSync(path, 'utf8'));
  const folder = reading('ssl_ca_path', said, (path) =>
    readdirSync(path).map((one) => readFileSync(join(path, one), 'utf8')),
  );
  const own = [file('ssl_ca_certs'), said.get('ssl_ca_data') ?? undefined, ...(folder ?? [])].filter(
    (one) => one !== undefined,
  );
  const cert = file('ssl_certfile');
  const isNamed = !/^(?:|0|f|false|n|no)$/i.test(said.get('ssl_check_hostname') ?? '');
  return {
    rejectUnauthorized: !/none$/i.test(wanted),
    ...(own.length === 0 ? {} : { ca: [...rootCertificates, ...own] }),
    ...(cert === undefined ? {} : { cert, key: file('ssl_keyfile') ?? cert }),
    ...(said.has('ssl_password') ? { passphrase: said.get('ssl_password') ?? '' } : {}),
    ...(isNamed ? {} : { checkServerIdentity: () => undefined }),
  };
}

function reading<T>(name: string, said: URLSearchParams, read: (path: string) => T): T | undefined {
  const path = said.get(name);
  if (path === null) return undefined;
  try {
    return read(path);
  } catch (error) {
    throw new UnusableTls(`Name something in ${name} that this process can read.`, { cause: error });
  }
}

/** The same address and port; another database of the same server counts as the same. */
export const isSameServer = (one: RedisConnection, other: RedisConnection): boolean =>
  serverOf(one) === serverOf(other);

function serverOf(connection: RedisConnection): string {
  if (!('url' in connection)) return `${connection.host}:${connection.port}`;
  const url = URL.canParse(connection.url) ? new URL(connection.url) : undefined;
  if (url !== undefined && isSocket(url)) return url.pathname;
  return url === undefined ? connection.url : `${url.hostname || 'localhost'}:${url.port || DEFAULT_PORT}`;
}

const DEFAULT_PORT = '6379';

/** Of a Unix socket, whose path is the URL's. */
export const isSocket = ({ protocol }: URL): boolean => protocol === 'unix:' || protocol === 'redis+socket:';
