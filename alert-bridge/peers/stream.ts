/**
 * Where bridges tell one another of a chat: a stream of Redis (https://redis.io/docs/latest/develop/data-types/streams/)
 * with what was shown, and each incident as it is now under a key of its own, so that what is kept does not grow with
 * every change of a large incident.
 */
import { createHash } from 'node:crypto';
import type { ChainableCommander, Redis } from 'ioredis';

export interface ChatStream {
  /**
   * @param incidents by type: as they are after the entries
   * @param position only when nothing stands after it: what has come meanwhile must be read first, as it may be a user to
   * be erased, whom these would name again; by default whatever stands there
   * @returns whether it was appended
   */
  append(
    redis: Redis,
    entries: readonly string[],
    incidents: ReadonlyMap<string, string>,
    position?: string,
  ): Promise<boolean>;
  readAfter(redis: Redis, position: string, limit: number): Promise<Page>;
  /** As they are now; null for one that is kept no longer. */
  incidents(redis: Redis, types: readonly string[]): Promise<readonly (string | null)[]>;
  /** Removes entries of before then, by Redis's clock, Unix ms; incidents end by themselves. */
  prune(redis: Redis, before: number): Promise<void>;
  /** Everything that is there, the oldest first. */
  readAll(redis: Redis): Promise<readonly StreamEntry[]>;
  remove(redis: Redis, positions: readonly string[]): Promise<void>;
  /** Removes all incidents but those of these types. */
  keepIncidents(redis: Redis, types: readonly string[]): Promise<void>;
}

export interface Page {
  readonly entries: readonly StreamEntry[];
  /** False when something may have stood between the position and the entries that nobody can read any more. */
  readonly isComplete: boolean;
  /** By Redis's clock, Unix ms. */
  readonly time: number;
}

export interface StreamEntry {
  /** Of Redis: `<Unix ms>-<n>`. */
  readonly position: string;
  readonly text: string;
}

/** Before everything that is told. */
export const BEGINNING = '0-0';

/** A bridge that was away for longer than this many entries, or this long, goes on with what it knows. */
export const KEPT_ENTRIES = 10_000;
export const KEPT_MS = 7 * 24 * 60 * 60_000;

/**
 * KEYS: the stream, then of each incident. ARGV: the position or an empty text, most entries, ms to keep them, incidents, entries.
 */
const APPEND = `
if ARGV[1] ~= '' and #redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', 1) > 0 then return 0 end
for i = 2, #KEYS do redis.call('SET', KEYS[i], ARGV[i + 2], 'PX', ARGV[3]) end
for i = #KEYS + 3, #ARGV do redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'entry', ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`;

const READ_ALL_BATCH = 500;

/** @param keptMs how long what is told is kept */
export function createChatStream(prefix: string, chat: string, keptMs = KEPT_MS): ChatStream {
  const stream = streamOf(prefix, chat);
  // A type is as long as its labels.
  const incidents = `${prefix}thread:${chat}:`;
  const keyOf = (type: string): string =>
    `${incidents}${createHash('sha256').update(type).digest('hex').slice(0, 32)}`;

  return {
    append: async (redis, entries, states, position = '') => {
      const keys = [stream, ...[...states.keys()].map(keyOf)];
      const values = [position, KEPT_ENTRIES, keptMs, ...states.values(), ...entries];
      return (await redis.eval(APPEND, keys.length, ...keys, ...values)) === 1;
    },

    readAfter: async (redis, position, limit) => {
      // With the entry at the position itself: as long as it is there, so is what follows it.
      const [rows, [seconds, micros]] = (await answersOf(
        redis
          .pipeline()
          .xrange(stream, position, '+', 'COUNT', limit + 1)
          .time(),
      )) as [readonly Row[], [string, string]];
      const time = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
      if (position === BEGINNING)
        return { entries: rows.slice(0, limit).map(toEntry), isComplete: true, time };
      if (rows[0]?.[0] === position) return { entries: rows.slice(1).map(toEntry), isComplete: true, time };
      const all = (await redis.xrange(stream, '-', '+', 'COUNT', limit)) as readonly Row[];
      return { entries: all.map(toEntry), isComplete: false, time };
    },

    incidents: async (redis, types) => (types.length === 0 ? [] : redis.mget(types.map(keyOf))),

    prune: async (redis, before) => {
      await redis.xtrim(stream, 'MINID', before);
    },

    readAll: async (redis) => {
      const all: StreamEntry[] = [];
      for (let from = '-'; ;) {
        const rows = (await redis.xrange(stream, from, '+', 'COUNT', READ_ALL_BATCH)) as readonly Row[];
        all.push(...rows.map(toEntry));
        if (rows.length < READ_ALL_BATCH) return all;
        from = `(${rows.at(-1)?.[0] ?? ''}`;
      }
    },

    remove: async (redis, positions) => {
      if (positions.length > 0) await redis.xdel(stream, ...positions);
    },

    keepIncidents: async (redis, types) => {
      const kept = new Set(types.map(keyOf));
      const others = (await keysLike(redis, incidents)).filter((key) => !kept.has(key));
      if (others.length > 0) await redis.del(others);
    },
  };
}

const streamOf = (prefix: string, chat: string): string => `${prefix}shown:${chat}`;

/** Chats that something was told of. */
export async function findChats(redis: Redis, prefix: string): Promise<readonly string[]> {
  const start = streamOf(prefix, '');
  return (await keysLike(redis, start)).map((key) => key.slice(start.length));
}

/** Keys that begin so. */
async function keysLike(redis: Redis, start: string): Promise<readonly string[]> {
  const found = new Set<string>();
  for await (const keys of redis.scanStream({ match: `${start}*`, count: 1_000 }))
    for (const key of keys as string[]) found.add(key);
  return [...found];
}

type Row = readonly [position: string, fields: readonly string[]];

const toEntry = ([position, [, text = '']]: Row): StreamEntry => ({ position, text });

/** @throws the first error among them */
async function answersOf(batch: ChainableCommander): Promise<unknown[]> {
  return ((await batch.exec()) ?? []).map(([error, answer]) => {
    if (error !== null) throw error;
    return answer;
  });
}
