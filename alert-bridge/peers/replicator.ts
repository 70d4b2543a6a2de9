import type { Replication, ReplicatedEntry, Shown } from '../outbox/outbox.ts';
import type { Seal } from '../outbox/seal.ts';
import { byAnotherClock } from '../model/incident.ts';
import { BEGINNING, type ChatStream, type StreamEntry } from './stream.ts';
import { createCodec, type Order, type ToldEntry } from './codec.ts';
import type { RedisLink } from './redis-link.ts';

/** What bridges tell one another of one chat, or of the fallback. */
export interface ChatReplicator {
  /** Takes over what others have told; @returns false when Redis does not answer. */
  read(): Promise<boolean>;
  /** Tells what was shown and not told yet; what Redis does not take stays. */
  tell(): Promise<void>;
  /** True while something stays. */
  readonly isUnreplicated: boolean;
  /** Removes what was told before then, Unix ms. */
  prune(before: number): Promise<void>;
}

export interface ChatReplicatorDependencies {
  readonly link: Pick<RedisLink, 'ask'>;
  readonly stream: ChatStream;
  readonly chat: string;
  /** Names this bridge, the same after a restart. */
  readonly bridge: string;
  readonly replication: Replication;
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

export function createChatReplicator(dependencies: ChatReplicatorDependencies): ChatReplicator {
  const { link, stream, chat, bridge, replication, seal, now } = dependencies;
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

  const incidentsOf = async (
    types: readonly string[],
  ): Promise<Map<string, Shown['incident']> | undefined> => {
    const texts = await link.ask((redis) => stream.incidents(redis, types));
    if (texts === undefined) return undefined;
    const incidents = new Map<string, Shown['incident']>();
    texts.forEach((text, index) => {
      const type = types[index] ?? '';
      const incident = text === null ? undefined : readable(() => codec.openIncident(type, text));
      if (incident === undefined) return;
      const state = incident.state && byAnotherClock(incident.state, -aheadMs);
      incidents.set(type, { type, state, stale: incident.stale });
    });
    return incidents;
  };

  const readPage = async (): Promise<'more' | 'end' | undefined> => {
    const from = replication.position(chat);
    const page = await link.ask(async (redis) => {
      const read = await stream.readAfter(redis, from, READ_BATCH);
      // A reader that has nothing to know again could not see that Redis has lost what followed.
      if (read.entries.length === 0 && (from === BEGINNING || !read.isComplete))
        await stream.append(redis, [bookmark()], new Map());
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
    const incidents = await incidentsOf([...new Set(types)]);
    if (incidents === undefined) return undefined;
    const entries = told.map((entry): ReplicatedEntry => {
      if ('erase' in entry) return entry;
      const { identities, members, type, at } = entry;
      const incident = type === undefined ? undefined : incidents.get(type);
      return { identities, members, at, ...(incident === undefined ? {} : { incident }) };
    });
    const { isComplete } = page;
    const position = page.entries.at(-1)?.position ?? (isComplete ? from : BEGINNING);
    if (!isComplete) onGap();
    replication.takeOver(chat, { from, position, entries, isComplete }, now());
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
    get isUnreplicated() {
      return replication.untold(chat, 1).length > 0;
    },
    read,
    tell: async () => {
      for (;;) {
        const untold = replication.untold(chat, TELL_BATCH);
        if (untold.length === 0) return;
        const incidents = new Map<string, string>();
        const entries = untold.map(({ identities, members, incident }) => {
          if (incident === undefined) return codec.sealEntry({ bridge, identities, members });
          const { type, state, stale } = incident;
          if (!incidents.has(type))
            incidents.set(
              type,
              codec.sealIncident(type, { state: state && byAnotherClock(state, aheadMs), stale }),
            );
          return codec.sealEntry({ bridge, identities, members, type });
        });
        const position = replication.position(chat);
        const isTold = await link.ask((redis) => stream.append(redis, entries, incidents, position));
        if (isTold === undefined) return;
        if (isTold) replication.told(untold.map(({ id }) => id));
        else if (!(await read())) return;
      }
    },
    prune: async (before) => {
      await link.ask(async (redis) => {
        await stream.prune(redis, before);
        // On an idle stream readers still need an entry to hold as the last that they have read, once their own is removed.
        await stream.append(redis, [bookmark()], new Map());
      });
    },
  };
}

const msOf = (position: StreamEntry['position']): number => Number(position.split('-')[0]);
