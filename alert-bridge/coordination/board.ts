/**
 * Where bridges tell one another of a chat: a stream of Redis (https://redis.io/docs/latest/develop/data-types/streams/)
 * with what was shown, and each thread as it is now under a key of its own, so that what is kept does not grow with
 * every change of a large incident.
 */
import { createHash } from 'node:crypto';
import type { ChainableCommander, Redis } from 'ioredis';

export interface Board {
  /** @param threads by type: as they are after the entries */
  append(redis: Redis, entries: readonly string[], threads: ReadonlyMap<string, string>): Promise<void>;
  readAfter(redis: Redis, position: string, limit: number): Promise<Page>;
  /** As they are now; null for one that is kept no longer. */
  threads(redis: Redis, types: readonly string[]): Promise<readonly (string | null)[]>;
}

export interface Page {
  readonly entries: readonly BoardEntry[];
  /** False when something may have stood between the position and the entries that nobody can read any more. */
  readonly isComplete: boolean;
  /** By Redis's clock, Unix ms. */
  readonly time: number;
}

export interface BoardEntry {
  /** Of Redis: `<Unix ms>-<n>`. */
  readonly position: string;
  readonly text: string;
}

/** Before everything that is told. */
export const BEGINNING = '0-0';

/** A bridge that was away for longer than this many entries, or this long, goes on with what it knows. */
export const KEPT_ENTRIES = 10_000;
const KEPT_MS = 7 * 24 * 60 * 60_000;

export function createBoard(prefix: string, chat: string): Board {
  const stream = `${prefix}shown:${chat}`;
  // A type is as long as its labels.
  const keyOf = (type: string): string =>
    `${prefix}thread:${chat}:${createHash('sha256').update(type).digest('hex').slice(0, 32)}`;

  return {
    append: async (redis, entries, threads) => {
      const batch = redis.pipeline();
      for (const [type, text] of threads) batch.set(keyOf(type), text, 'PX', KEPT_MS);
      for (const text of entries) batch.xadd(stream, 'MAXLEN', '~', KEPT_ENTRIES, '*', 'entry', text);
      batch.pexpire(stream, KEPT_MS);
      await answersOf(batch);
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

    threads: async (redis, types) => (types.length === 0 ? [] : redis.mget(types.map(keyOf))),
  };
}

type Row = readonly [position: string, fields: readonly string[]];

const toEntry = ([position, [, text = '']]: Row): BoardEntry => ({ position, text });

/** @throws the first error among them */
async function answersOf(batch: ChainableCommander): Promise<unknown[]> {
  return ((await batch.exec()) ?? []).map(([error, answer]) => {
    if (error !== null) throw error;
    return answer;
  });
}
