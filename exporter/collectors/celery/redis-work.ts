/** What reads Celery's Redis shares: connections that are dialled late and cut whenever an answer may still be under way. */
import type { Redis } from 'ioredis';
import { ProbeError } from '../../model/collector.ts';
import { unlessAborted } from '../../model/unless-aborted.ts';
import { cutOff, isReplyError, redisReason, targetOf, type RedisNeeds } from '../redis.ts';

export interface RedisWork {
  /** One at a time. @throws ProbeError */
  readonly during: <T>(signal: AbortSignal, work: (abort: AbortSignal) => Promise<T>) => Promise<T>;
  readonly cut: () => void;
  /** Ends what is under way, and cuts the connections. */
  readonly close: () => void;
}

/** @param clients all of the same server */
export function redisWork(clients: readonly [Redis, ...Redis[]], needs: RedisNeeds): RedisWork {
  const target = targetOf(clients[0]);
  let reason: unknown;
  for (const one of clients) {
    // connect() rejects with "Connection is closed." alone; the reason is told to this listener.
    one.on('error', (error: unknown) => {
      reason ??= error;
    });
  }
  let current: AbortController | undefined;
  let closed = false;

  const cut = (): void => {
    for (const one of clients) cutOff(one);
  };

  return {
    during: async (signal, work) => {
      const abort = new AbortController();
      const pass = (): void => abort.abort();
      signal.addEventListener('abort', pass, { once: true });
      if (signal.aborted || closed) pass();
      current = abort;
      reason = undefined;
      try {
        return await work(abort.signal);
      } catch (error) {
        // Answers that do not fit the questions stay shifted for as long as the connection lives.
        if (!isReplyError(error)) cut();
        if (error instanceof ProbeError) throw error;
        throw new ProbeError(redisReason(reason ?? error, target, needs), { cause: error });
      } finally {
        signal.removeEventListener('abort', pass);
        current = undefined;
        // An aborted command may never be answered, and whatever comes next would queue up behind it.
        if (abort.signal.aborted) cut();
      }
    },
    cut,
    close: () => {
      closed = true;
      if (current === undefined) cut();
      else current.abort();
    },
  };
}

export async function dial(client: Redis): Promise<void> {
  if (client.status !== 'ready') await client.connect();
}

/** In one round trip; undefined for a key of another kind than expected. @throws the first other error. */
export async function read(
  client: Redis,
  commands: readonly (readonly string[])[],
): Promise<readonly unknown[]> {
  if (commands.length === 0) return [];
  const answers = await client.pipeline(commands.map((command) => [...command])).exec();
  return (answers ?? []).map(([error, value]) => {
    if (error?.message.startsWith('WRONGTYPE') === true) return undefined;
    if (error !== null) throw error;
    return value;
  });
}

/** Runs a script that only reads: a user who may not write may run it. Redis 6 has no EVAL_RO. */
export async function runScript(
  client: Redis,
  script: string,
  keys: readonly string[],
  args: readonly number[] = [],
): Promise<readonly unknown[]> {
  const ask = (command: string): Promise<unknown> =>
    client.call(command, script, keys.length, ...keys, ...args);
  const rows = await ask('eval_ro').catch((error: unknown) => {
    if (error instanceof Error && /unknown command/i.test(error.message)) return ask('eval');
    throw error;
  });
  return Array.isArray(rows) ? (rows as readonly unknown[]) : [];
}

export const unlessCut = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  unlessAborted(work, signal, { code: 'broker_cut' });
