import type { Redis, RedisOptions } from 'ioredis';
import type { RedisConnection } from '../../common/env/redis.ts';
import type { CodeWith, Reason } from '../../common/reasons/reason.ts';
import { openRedis } from '../../common/clients/redis.ts';
import { catalog } from '../metrics/catalog.ts';
import { ProbeError, type Collector, type Sample } from '../model/collector.ts';
import { networkReason } from './http/network-error.ts';
import { RECHECK_MS, type ProbeTiming } from '../model/timing.ts';

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
  'path' in options && typeof options.path === 'string'
    ? options.path
    : `${options.host ?? 'localhost'}:${options.port ?? 6379}`;

/**
 * The application's Redis answers PING, takes writes and has a connection left. Asked on a connection kept open, so that
 * the response time is that of three questions and nothing else.
 */
export function redisCollector(connection: RedisConnection, timing: ProbeTiming): RedisCollector {
  const client = redisClient(connection);
  const target = targetOf(client);
  // connect() rejects with "Connection is closed." alone; the reason is told to this listener.
  let reason: unknown;
  client.on('error', (error: unknown) => {
    reason ??= error;
  });

  return {
    ...timing,
    name: 'redis',
    kind: 'component',
    retryMs: RECHECK_MS,
    close: () => cutOff(client),
    collect: async ({ signal }) => {
      const cut = (): void => cutOff(client);
      signal.addEventListener('abort', cut, { once: true });
      reason = undefined;
      try {
        if (client.status !== 'ready') await client.connect();
        // Whatever it answers is typed as what it should answer.
        const answer: string = await client.ping();
        if (answer !== 'PONG') throw new ProbeError({ code: 'redis_no_pong', target });
        const info = await client.info();
        const samples = memorySamples(info);
        const problem = problemIn(info);
        if (problem !== undefined) throw new ProbeError(problem, { observation: { samples } });
        return { samples, details: { takes_writes: await askForWrite(client, target, samples) } };
      } catch (error) {
        // Answers that do not fit the questions stay shifted for as long as the connection lives.
        if (!isReplyError(error) && !(error instanceof ProbeError && error.observation)) cutOff(client);
        if (error instanceof ProbeError) throw error;
        throw new ProbeError(redisReason(reason ?? error, target), { cause: error });
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

/**
 * What INFO tells without a right to write: that the next connection is refused, that this is a replica, and that the
 * memory is full. Undefined when none of it is so.
 */
function problemIn(info: string): Reason | undefined {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:([^\\r\\n]*)`, 'm').exec(info)?.[1];
  const number = (name: string): number => Number(field(name) ?? 0);
  const connections =
    number('connected_clients') + number('connected_slaves') + number('cluster_connections');
  const isFull =
    number('maxmemory') > 0 &&
    field('maxmemory_policy') === 'noeviction' &&
    number('used_memory') - number('mem_not_counted_for_evict') > number('maxmemory');
  if (field('maxclients') !== undefined && connections >= number('maxclients')) return { code: 'redis_full' };
  if (field('role') === 'slave' && field('slave_read_only') === '1') return { code: 'redis_readonly' };
  return isFull ? { code: 'redis_memory' } : undefined;
}

/** Nobody has it; the user in docs/configuration.md may delete it. */
const KEY_OF_NOBODY = 'expensebot-exporter.reply.celery.pidbox';

/**
 * Redis judges a command by its kind before it runs it: a transaction that deletes a key of nobody changes nothing, and
 * is refused whenever writes are. (DEL outside of a transaction is let through when the memory is full.)
 * @returns true, or why that is not known
 * @throws ProbeError with the samples when Redis takes no writes
 */
async function askForWrite(
  client: Redis,
  target: string,
  samples: readonly Sample[],
): Promise<true | string> {
  try {
    await client.multi().del(KEY_OF_NOBODY).exec();
    return true;
  } catch (error) {
    const refusal = replyIn(error);
    if (refusal === undefined) throw error;
    if (/^(?:NOPERM|ERR unknown command)/.test(refusal))
      return 'not asked (its user needs +multi +del +exec)';
    if (/^(?:MOVED|ASK|TRYAGAIN) /.test(refusal)) return 'not asked (a node of a cluster)';
    throw new ProbeError(redisReason(error, target), { cause: error, observation: { samples } });
  }
}

/** By the first word of an error: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors. */
const REFUSALS: Readonly<Record<string, CodeWith<never>>> = {
  READONLY: 'redis_readonly',
  OOM: 'redis_memory',
  MISCONF: 'redis_disk',
  NOREPLICAS: 'redis_replicas',
  LOADING: 'redis_loading',
  MASTERDOWN: 'redis_no_master',
  CLUSTERDOWN: 'redis_cluster_down',
  MOVED: 'redis_cluster',
  BUSY: 'redis_script',
  DENIED: 'redis_protected',
};

/** What Redis said, of a transaction that it refused the first reason; undefined when it said nothing. */
function replyIn(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // A refusal that comes before the first question: ioredis takes it for a fault of its own.
  const early = /^Command queue state error\b.* Last error: (.*)$/s.exec(error.message)?.[1];
  if (!isReplyError(error)) return early;
  const refused = 'previousErrors' in error ? error.previousErrors : undefined;
  const first: unknown = Array.isArray(refused) ? refused[0] : undefined;
  return first instanceof Error ? first.message : error.message;
}

/** What a client of Redis needs, for its reasons. */
export interface RedisNeeds {
  /** The variables that name it. */
  readonly variables: string | readonly string[];
  /** Told when its user may not do what is done here. */
  readonly right: CodeWith<never>;
}

const PROBE: RedisNeeds = { variables: ['REDIS_URL', 'REDIS_PASSWORD'], right: 'redis_right' };

/** Repeats nothing of the answer but its kind. */
export function redisReason(error: unknown, target: string, { variables, right } = PROBE): Reason {
  const reply = replyIn(error);
  if (reply === undefined) return networkReason(error, target);
  const kind = /^[A-Z]{3,}\b/.exec(reply)?.[0] ?? '?';
  const refusal = REFUSALS[kind];
  if (refusal !== undefined) return { code: refusal };
  if (kind === 'NOAUTH') return { code: 'redis_no_password', variables };
  if (kind === 'WRONGPASS' || reply.startsWith('ERR invalid password'))
    return { code: 'redis_password', variables };
  if (/^ERR (?:DB index|invalid DB index|value is not an integer)/.test(reply))
    return { code: 'redis_no_database', variables };
  if (kind === 'NOPERM' || /ACL failure in script|user executing the script can't/.test(reply))
    return { code: right };
  if (reply.startsWith('ERR max number of clients')) return { code: 'redis_full' };
  return { code: 'redis_refuses', error: kind };
}
