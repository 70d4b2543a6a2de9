/** What the bridges need of Redis, asked for once: a right that is missing shows before it is needed. */
import type { Redis } from 'ioredis';
import { BEGINNING, createChatStream } from './stream.ts';
import { createSharedBudget } from './shared-budget.ts';
import { createLease } from './lease.ts';
import { inTime } from './redis-link.ts';
import { writeState } from './shared-state.ts';

/** No chat has this id. */
const NO_CHAT = 0;

/**
 * Does on keys of its own all that is done on the others.
 * @param prefix of keys, as `Keys.ofInstallation`
 * @throws Redis's own error, or that it does not answer in time
 */
export async function preflight(redis: Redis, prefix: string, newId: () => string): Promise<void> {
  const ask = <T>(command: (redis: Redis) => Promise<T>): Promise<T> => inTime(redis, command);
  const lease = createLease({ ask }, `${prefix}proof:turn`, newId());
  // Not the one of the proof before, which may be used up: its keys end within a minute.
  const budget = createSharedBudget({ ask }, `${prefix}proof:${newId()}:`, newId);
  const stream = createChatStream(`${prefix}proof:`, String(NO_CHAT));
  await lease.take();
  await lease.giveBack();
  await budget.take(NO_CHAT);
  await budget.pause(NO_CHAT, 1);
  await ask(() => stream.append(redis, [''], new Map([['', '']])));
  await ask(() => stream.readAfter(redis, BEGINNING, 1));
  await ask(() => stream.incidents(redis, ['']));
  await ask(() => stream.prune(redis, 0));
  await ask(() => writeState(redis, `${prefix}proof:state`, ['', '']));
  await ask(() => redis.hgetall(`${prefix}proof:state`));
}

/** Says what to mend when Redis refuses what it is asked for; every other error is returned as it is. */
export function sayWhatIsMissing(error: unknown): unknown {
  const message = error instanceof Error ? error.message : '';
  const say = (sentence: string): Error => new Error(`${sentence} Redis says: ${message}`, { cause: error });
  // Within a script: "ERR The user executing the script can't run this command or subcommand script: …".
  if (/^NOPERM|executing the script can't|ACL failure/i.test(message))
    return say(
      'The user of REDIS_URL lacks a right, ACL LOG names it: docs/operations.md, "More than one bridge".',
    );
  if (/^(NOAUTH|WRONGPASS)/.test(message)) return say('Redis refuses the password: mend REDIS_URL.');
  if (/^OOM/.test(message)) return say('Redis is full: raise its maxmemory.');
  if (/^READONLY/.test(message)) return say('This Redis is a replica: name the primary in REDIS_URL.');
  return error;
}
