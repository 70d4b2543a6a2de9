import type { Redis } from 'ioredis';
import { z } from 'zod';
import { parseOwnJson } from '../../common/text/json.ts';
import type { KeyValue } from '../outbox/outbox.ts';
import type { Seal } from '../outbox/seal.ts';
import type { RedisLink } from './redis-link.ts';

/** Small values of which every bridge keeps a copy: the newest of each counts. */
export interface SharedState extends KeyValue {
  /** Takes over what others have set, and tells them what was set here. */
  sync(): Promise<void>;
}

export interface SharedStateDependencies {
  readonly link: RedisLink;
  /** Of a hash in Redis. */
  readonly key: string;
  readonly local: KeyValue;
  readonly seal: Pick<Seal, 'seal' | 'open'>;
  readonly now: () => number;
}

const KEPT_MS = 7 * 24 * 60 * 60_000;
/** When each value was set that others are told of. */
const TIMES_KEY = 'shared_state_times';

export const stateKeyOf = (prefix: string): string => `${prefix}state`;

const timesSchema = z.record(z.string(), z.number());
const entrySchema = z.object({ value: z.string(), at: z.number() });
type Entry = z.infer<typeof entrySchema>;

/** Values as they stand in the hash. */
export function createStateCodec(seal: Pick<Seal, 'seal' | 'open'>) {
  return {
    /** Undefined for what cannot be opened: with another STATE_KEY it was sealed by nobody who counts. */
    open: (name: string, sealed: string): Entry | undefined => {
      try {
        return entrySchema.parse(parseOwnJson(seal.open(Buffer.from(sealed, 'base64'), ['state', name])));
      } catch {
        return undefined;
      }
    },
    seal: (name: string, entry: Entry): string =>
      seal.seal(JSON.stringify(entry), ['state', name]).toString('base64'),
  };
}

export function createSharedState(dependencies: SharedStateDependencies): SharedState {
  const { link, key, local, seal, now } = dependencies;
  const codec = createStateCodec(seal);
  const times = new Map(Object.entries(timesSchema.parse(JSON.parse(local.get(TIMES_KEY) ?? '{}'))));

  const keep = (name: string, { value, at }: Entry): void => {
    local.set(name, value);
    times.set(name, at);
    local.set(TIMES_KEY, JSON.stringify(Object.fromEntries(times)));
  };

  const sealOf = (name: string, at: number): string => codec.seal(name, { value: local.get(name) ?? '', at });

  return {
    get: (name) => local.get(name),
    // Later than what it replaces, whatever the other bridge's clock said.
    set: (name, value) => keep(name, { value, at: Math.max(now(), (times.get(name) ?? 0) + 1) }),
    sync: async () => {
      const sealed = await link.ask((redis) => redis.hgetall(key));
      if (sealed === undefined) return;
      const others = new Map(Object.entries(sealed).map(([name, text]) => [name, codec.open(name, text)]));
      for (const [name, entry] of others) {
        if (entry !== undefined && entry.at > (times.get(name) ?? -Infinity)) keep(name, entry);
      }
      const newer = [...times].filter(([name, at]) => at > (others.get(name)?.at ?? -Infinity));
      if (newer.length === 0) return;
      const entries = newer.flatMap(([name, at]) => [name, sealOf(name, at)]);
      await link.ask((redis) => writeState(redis, key, entries));
    },
  };
}

/** ARGV: ms to keep it, then names and values. */
const WRITE = `
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])`;

/** @param entries names and sealed values, one after the other */
export async function writeState(redis: Redis, key: string, entries: readonly string[]): Promise<void> {
  await redis.eval(WRITE, 1, key, KEPT_MS, ...entries);
}
