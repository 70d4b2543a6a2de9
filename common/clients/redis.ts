/** Bounds of what Redis, or what poses as Redis, sends: https://redis.io/docs/latest/develop/reference/protocol-spec/. */
import { Redis, type RedisOptions } from 'ioredis';
import { isSocket, redisTls, type RedisConnection } from '../env/redis.ts';
import { guardIncoming, type Scan } from './incoming-bounds.ts';

/** EXEC of a range of a stream is 4 deep. The parser of ioredis calls itself once per level. */
const MAX_DEPTH = 16;
/** The parser makes room for as many as are announced, before one of them has come. */
const MAX_ELEMENTS = 1_000_000;
/** A status, an error, a number or a length. The parser reads a line from its start for every piece of it. */
const MAX_LINE_BYTES = 64 * 1024;

const CR = 13;
const LF = 10;
const TYPES = '+-:$*';

/** A client that reads the address as the application's does, and bounds every connection that it makes. */
export function openRedis(connection: RedisConnection, options: RedisOptions): Redis {
  const client =
    'url' in connection
      ? fromUrl(connection.url, options)
      : new Redis({ ...options, ...partsOf(connection) });
  client.on('connect', () => guardIncoming(client.stream, createReplyScan()));
  // Refused is the database of the URL, or the password: ioredis would go on in database 0.
  client.on('error', (error: Error) => {
    if (error.name === 'ReplyError') client.disconnect(true);
  });
  return client;
}

function fromUrl(text: string, options: RedisOptions): Redis {
  const url = new URL(text);
  if (isSocket(url)) return new Redis({ ...options, ...socketOf(url) });
  const tls = redisTls(url);
  const database = url.searchParams.get('db');
  // redis-py prefers it to the path.
  if (database !== null) url.pathname = `/${database}`;
  // For rediss: ioredis would keep to its own options of TLS.
  return new Redis(url.href.replace(/^rediss:/, 'redis:'), {
    ...options,
    ...(tls === undefined ? {} : { tls }),
  });
}

function socketOf({ pathname, username, password, searchParams: said }: URL): RedisOptions {
  const database = said.get('db') ?? said.get('virtual_host')?.replace('/', '') ?? '0';
  const secret = said.get('password') ?? decodeURIComponent(password);
  return {
    path: decodeURIComponent(pathname),
    db: Number(database),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(secret === '' ? {} : { password: secret }),
  };
}

const partsOf = ({ host, port, password }: Exclude<RedisConnection, { url: string }>): RedisOptions => ({
  host,
  port,
  ...(password === undefined ? {} : { password }),
});

/** Follows the replies of one connection far enough to know how deep they are and how much they announce. */
export function createReplyScan(): Scan {
  /** Elements still to come, of every array that is open. */
  const open: number[] = [];
  /** Bytes still to come of a bulk string and the end of its line. */
  let bulkLeft = 0;
  let type: string | undefined;
  let line = '';
  let isAfterCr = false;

  const ended = (): void => {
    for (let left = open.pop(); left !== undefined; left = open.pop()) {
      if (left === 1) continue;
      open.push(left - 1);
      return;
    }
  };

  const endLine = (): string | undefined => {
    const length = type === '$' || type === '*' ? lengthOf(line) : -1;
    const isArray = type === '*';
    [type, line, isAfterCr] = [undefined, '', false];
    if (Number.isNaN(length)) return 'of no length';
    if (length < 0 || (isArray && length === 0)) {
      ended();
    } else if (isArray) {
      if (length > MAX_ELEMENTS) return `an array of more than ${MAX_ELEMENTS} elements`;
      if (open.length === MAX_DEPTH) return `nested more than ${MAX_DEPTH} deep`;
      open.push(length);
    } else {
      bulkLeft = length + 2;
    }
    return undefined;
  };

  return (chunk) => {
    for (let at = 0; at < chunk.length;) {
      if (bulkLeft > 0) {
        const taken = Math.min(bulkLeft, chunk.length - at);
        at += taken;
        bulkLeft -= taken;
        if (bulkLeft === 0) ended();
      } else if (type === undefined) {
        type = String.fromCharCode(chunk[at] ?? 0);
        if (!TYPES.includes(type)) return 'of no kind that Redis sends';
        at += 1;
      } else if (isAfterCr) {
        if (chunk[at] !== LF) return 'a line without an end';
        at += 1;
        const problem = endLine();
        if (problem !== undefined) return problem;
      } else {
        const found = chunk.indexOf(CR, at);
        const stop = found === -1 ? chunk.length : found;
        if (line.length + stop - at > MAX_LINE_BYTES) return `a line of more than ${MAX_LINE_BYTES} bytes`;
        line += chunk.toString('latin1', at, stop);
        isAfterCr = found !== -1;
        at = stop + 1;
      }
    }
    return undefined;
  };
}

/** NaN for what is no length. */
const lengthOf = (line: string): number => (/^(?:\d+|-1)$/.test(line) ? Number(line) : Number.NaN);
