import type { Exchange, NewsEntry, Shown } from '../outbox/outbox.ts';
import type { Seal } from '../outbox/seal.ts';
import { byAnotherClock } from '../model/incident.ts';
import { BEGINNING, type Board, type BoardEntry } from './stream.ts';
import { createCodec, type Order, type ToldEntry } from './codec.ts';
import type { Link } from './redis-link.ts';

/** What bridges tell one another of one chat, or of the second channel. */
export interface ChatNews {
  /** Takes over what others have told; @returns false when Redis does not answer. */
  read(): Promise<boolean>;
  /** Tells what was shown and not told yet; what Redis does not take stays. */
  tell(): Promise<void>;
  /** True while something stays. */
  readonly isUntold: boolean;
  /** Removes what was told before then, Unix ms. */
  prune(before: number): Promise<void>;
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
  /** The data of a user were removed, because somebody has run `npm run forget`. */
  readonly onErased: (user: string) => void;
  readonly onGap: () => void;
  readonly onUnreadable: (error: unknown) => void;
}

type Told = ToldEntry & { readonly at: number };

/** Each entry settles up to fifty signals, and posts must not wait for too many of them. */
const READ_BATCH = 50;
const TELL_BATCH = 200;

export function createChatNews(dependencies: ChatNewsDependencies): ChatNews {
  const { link, board, chat, bridge, exchange, seal, now } = dependencies;
  const { onTakenOver, onErased, onGap, onUnreadable } = dependencies;
  const codec = createCodec(seal, chat);
  /** How far Redis's clock is ahead of ours: what bridges tell has its time, so that their clocks need not agree. */
  let aheadMs = 0;

  /** An entry that tells nothing. */
  const bookmark = (): string => codec.sealEntry({ bridge, identities: [], members: [] });

  const readable = <T>(open: () => T): T | undefined => {
    try {
      return open();
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
      const thread = text === null ? undefined : readable(() => codec.openThread(type, text));
      if (thread === undefined) return;
      const state = thread.state && byAnotherClock(thread.state, -aheadMs);
      threads.set(type, { type, state, stale: thread.stale });
    });
    return threads;
  };

  const readPage = async (): Promise<'more' | 'end' | undefined> => {
    const from = exchange.position(chat);
    const page = await link.ask(async (redis) => {
      const read = await board.readAfter(redis, from, READ_BATCH);
      // A reader that has nothing to know again could not see that Redis has lost what followed.
      if (read.entries.length === 0 && (from === BEGINNING || !read.isComplete))
        await board.append(redis, [bookmark()], new Map());
      return read;
    });
    if (page === undefined) return undefined;
    aheadMs = page.time - now();
    const told = page.entries.flatMap(({ position, text }): (Order | Told)[] => {
      const entry = readable(() => codec.openEntry(text));
      if (entry === undefined) return [];
      if ('erase' in entry) return [entry];
      return entry.bridge === bridge ? [] : [{ ...entry, at: msOf(position) - aheadMs }];
    });
    const types = told.flatMap((entry) => ('erase' in entry ? [] : (entry.type ?? [])));
    const threads = await threadsOf([...new Set(types)]);
    if (threads === undefined) return undefined;
    const entries = told.map((entry): NewsEntry => {
      if ('erase' in entry) return entry;
      const { identities, members, type, at } = entry;
      const thread = type === undefined ? undefined : threads.get(type);
      return { identities, members, at, ...(thread === undefined ? {} : { thread }) };
    });
    const { isComplete } = page;
    const position = page.entries.at(-1)?.position ?? (isComplete ? from : BEGINNING);
    if (!isComplete) onGap();
    exchange.takeOver(chat, { from, position, entries, isComplete }, now());
    for (const entry of entries) if ('erase' in entry) onErased(entry.erase);
    if (entries.length > 0) onTakenOver();
    return page.entries.length < READ_BATCH ? 'end' : 'more';
  };

  const read = async (): Promise<boolean> => {
    for (;;) {
      const page = await readPage();
      if (page !== 'more') return page === 'end';
    }
  };

  return {
    get isUntold() {
      return exchange.untold(chat, 1).length > 0;
    },
    read,
    tell: async () => {
      for (;;) {
        const untold = exchange.untold(chat, TELL_BATCH);
        if (untold.length === 0) return;
        const threads = new Map<string, string>();
        const entries = untold.map(({ identities, members, thread }) => {
          if (thread === undefined) return codec.sealEntry({ bridge, identities, members });
          const { type, state, stale } = thread;
          if (!threads.has(type))
            threads.set(
              type,
              codec.sealThread(type, { state: state && byAnotherClock(state, aheadMs), stale }),
            );
          return codec.sealEntry({ bridge, identities, members, type });
        });
        const position = exchange.position(chat);
        const isTold = await link.ask((redis) => board.append(redis, entries, threads, position));
        if (isTold === undefined) return;
        if (isTold) exchange.told(untold.map(({ id }) => id));
        else if (!(await read())) return;
      }
    },
    prune: async (before) => {
      await link.ask(async (redis) => {
        await board.prune(redis, before);
        // Where nothing is told, readers stand at it when the entry they stand at now is removed.
        await board.append(redis, [bookmark()], new Map());
      });
    },
  };
}

const msOf = (position: BoardEntry['position']): number => Number(position.split('-')[0]);
