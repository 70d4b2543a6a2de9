import { z } from 'zod';
import type { Exchange, Shown } from '../outbox/outbox.ts';
import type { Seal } from '../outbox/seal.ts';
import type { DigestName, Thread } from '../thread.ts';
import type { Link } from './link.ts';

/** What bridges tell one another of one chat, or of the second channel, in a stream of Redis (https://redis.io/docs/latest/develop/data-types/streams/). */
export interface ChatNews {
  /** Takes over what others have told; @returns false when Redis does not answer. */
  read(): Promise<boolean>;
  /** Tells what was shown and not told yet; what Redis does not take stays. */
  tell(): Promise<void>;
}

export interface ChatNewsDependencies {
  readonly link: Link;
  readonly key: string;
  readonly chat: string;
  /** Names this bridge, the same after a restart. */
  readonly bridge: string;
  readonly exchange: Exchange;
  /** The same at all bridges: Redis is not theirs alone. */
  readonly seal: Pick<Seal, 'seal' | 'open'>;
  readonly now: () => number;
  readonly onUnreadable: (position: string, error: unknown) => void;
}

const BATCH = 200;
/** A bridge that was away for longer than this many messages, or this long, goes on with what it knows. */
const KEPT_ENTRIES = 20_000;
const KEPT_MS = 7 * 24 * 60 * 60_000;

const stateSchema = z
  .looseObject({ kind: z.enum(['alerts', 'events', 'digest']), type: z.string(), messageId: z.number() })
  .transform((state) => state as unknown as Thread);

const entrySchema = z.object({
  bridge: z.string(),
  identities: z.array(z.string()),
  thread: z.object({ type: z.string(), state: stateSchema.optional(), stale: z.boolean() }).optional(),
  members: z.array(
    z.object({
      digest: z.enum(['critical', 'warning', 'info', 'quiet'] satisfies DigestName[]),
      member: z.string(),
      name: z.string(),
      urgency: z.number(),
      status: z.string(),
      startedAt: z.number(),
      endedAt: z.number().nullable(),
    }),
  ),
});

export function createChatNews(dependencies: ChatNewsDependencies): ChatNews {
  const { link, key, chat, bridge, exchange, seal, now, onUnreadable } = dependencies;

  const place = ['shown', chat] as const;

  const parse = ([position, [, text = '']]: StreamEntry): (Shown & Position)[] => {
    try {
      const {
        bridge: by,
        thread,
        ...shown
      } = entrySchema.parse(JSON.parse(seal.open(Buffer.from(text, 'base64'), place)));
      if (by === bridge) return [];
      const at = Number(position.split('-')[0]);
      const known = thread === undefined ? {} : { thread: { ...thread, state: thread.state } };
      return [{ ...shown, ...known, at, position }];
    } catch (error) {
      onUnreadable(position, error);
      return [];
    }
  };

  return {
    read: async () => {
      for (;;) {
        const from = exchange.position(chat);
        const entries = await link.ask((redis) => redis.xrange(key, `(${from}`, '+', 'COUNT', BATCH));
        if (entries === undefined) return false;
        const position = entries.at(-1)?.[0] ?? from;
        exchange.takeOver(chat, { shown: entries.flatMap(parse), position }, now());
        if (entries.length < BATCH) return true;
      }
    },
    tell: async () => {
      for (;;) {
        const untold = exchange.untold(chat, BATCH);
        if (untold.length === 0) return;
        const done = await link.ask(async (redis) => {
          const batch = redis.pipeline();
          for (const { id: _, ...shown } of untold) {
            const entry = seal.seal(JSON.stringify({ bridge, ...shown }), place).toString('base64');
            batch.xadd(key, 'MAXLEN', '~', KEPT_ENTRIES, '*', 'entry', entry);
          }
          batch.pexpire(key, KEPT_MS);
          const failed = (await batch.exec())?.find(([error]) => error !== null);
          if (failed?.[0]) throw failed[0];
          return true;
        });
        if (done === undefined) return;
        exchange.told(untold.map(({ id }) => id));
      }
    },
  };
}

type StreamEntry = readonly [position: string, fields: readonly string[]];

interface Position {
  readonly at: number;
  readonly position: string;
}
