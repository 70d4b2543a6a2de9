import { z } from 'zod';
import type { Exchange, Shown } from '../outbox/outbox.ts';
import type { Seal } from '../outbox/seal.ts';
import { byAnotherClock, type DigestName, type Thread } from '../thread.ts';
import { BEGINNING, type Board, type BoardEntry } from './board.ts';
import type { Link } from './link.ts';

/** What bridges tell one another of one chat, or of the second channel. */
export interface ChatNews {
  /** Takes over what others have told; @returns false when Redis does not answer. */
  read(): Promise<boolean>;
  /** Tells what was shown and not told yet; what Redis does not take stays. */
  tell(): Promise<void>;
  /** True while something stays. */
  readonly isUntold: boolean;
}

export interface ChatNewsDependencies {
  readonly link: Pick<Link, 'ask'>;
  readonly board: Board;
  readonly chat: string;
  /** Names this bridge, the same after a restart. */
  readonly bridge: string;
  readonly exchange: Exchange;
  /** The same at all bridges: Redis is not theirs alone. */
  readonly seal: Pick<Seal, 'seal' | 'open'>;
  readonly now: () => number;
  /** Something was taken over: messages may have to be brought up to date. */
  readonly onTakenOver: () => void;
  readonly onGap: () => void;
  readonly onUnreadable: (error: unknown) => void;
}

/** Each entry settles up to fifty signals, and posts must not wait for too many of them. */
const READ_BATCH = 50;
const TELL_BATCH = 200;

const threadSchema = z.object({
  state: z
    .looseObject({ kind: z.enum(['alerts', 'events', 'digest']), type: z.string(), messageId: z.number() })
    .transform((state) => state as unknown as Thread)
    .optional(),
  stale: z.boolean(),
});

const entrySchema = z.object({
  bridge: z.string(),
  identities: z.array(z.string()),
  type: z.string().optional(),
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
  const { link, board, chat, bridge, exchange, seal, now } = dependencies;
  const { onTakenOver, onGap, onUnreadable } = dependencies;
  /** How far Redis's clock is ahead of ours: what bridges tell has its time, so that their clocks need not agree. */
  let aheadMs = 0;

  const close = (value: unknown, ...place: readonly string[]): string =>
    seal.seal(JSON.stringify(value), ['told', chat, ...place]).toString('base64');

  const open = <T>(schema: z.ZodType<T>, text: string, ...place: readonly string[]): T | undefined => {
    try {
      return schema.parse(JSON.parse(seal.open(Buffer.from(text, 'base64'), ['told', chat, ...place])));
    } catch (error) {
      onUnreadable(error);
      return undefined;
    }
  };

  const threadsOf = async (types: readonly string[]): Promise<Map<string, Shown['thread']> | undefined> => {
    const texts = await link.ask((redis) => board.threads(redis, types));
    if (texts === undefined) return undefined;
    const threads = new Map<string, Shown['thread']>();
    texts.forEach((text, index) => {
      const type = types[index] ?? '';
      const thread = text === null ? undefined : open(threadSchema, text, type);
      if (thread === undefined) return;
      const state = thread.state && byAnotherClock(thread.state, -aheadMs);
      threads.set(type, { type, state, stale: thread.stale });
    });
    return threads;
  };

  const readPage = async (): Promise<'more' | 'end' | undefined> => {
    const from = exchange.position(chat);
    const page = await link.ask((redis) => board.readAfter(redis, from, READ_BATCH));
    if (page === undefined) return undefined;
    aheadMs = page.time - now();
    const told = page.entries.flatMap(({ position, text }) => {
      const entry = open(entrySchema, text);
      return entry === undefined || entry.bridge === bridge
        ? []
        : [{ ...entry, at: msOf(position) - aheadMs }];
    });
    const threads = await threadsOf([...new Set(told.flatMap(({ type }) => type ?? []))]);
    if (threads === undefined) return undefined;
    const shown = told.map(({ identities, members, type, at }) => {
      const thread = type === undefined ? undefined : threads.get(type);
      return { identities, members, at, ...(thread === undefined ? {} : { thread }) };
    });
    const { isComplete } = page;
    const position = page.entries.at(-1)?.position ?? (isComplete ? from : BEGINNING);
    if (!isComplete) onGap();
    exchange.takeOver(chat, { from, position, shown, isComplete }, now());
    if (shown.length > 0) onTakenOver();
    return page.entries.length < READ_BATCH ? 'end' : 'more';
  };

  return {
    get isUntold() {
      return exchange.untold(chat, 1).length > 0;
    },
    read: async () => {
      for (;;) {
        const page = await readPage();
        if (page !== 'more') return page === 'end';
      }
    },
    tell: async () => {
      for (;;) {
        const untold = exchange.untold(chat, TELL_BATCH);
        if (untold.length === 0) return;
        const threads = new Map<string, string>();
        const entries = untold.map(({ identities, members, thread }) => {
          if (thread === undefined) return close({ bridge, identities, members });
          const { type, state, stale } = thread;
          if (!threads.has(type))
            threads.set(type, close({ state: state && byAnotherClock(state, aheadMs), stale }, type));
          return close({ bridge, identities, members, type });
        });
        const done = await link.ask(async (redis) => {
          await board.append(redis, entries, threads);
          return true;
        });
        if (done === undefined) return;
        exchange.told(untold.map(({ id }) => id));
      }
    },
  };
}

const msOf = (position: BoardEntry['position']): number => Number(position.split('-')[0]);
