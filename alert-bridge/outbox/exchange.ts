import { writing, type SqliteDatabase } from '../../common/sqlite.ts';
import type { DigestName, Thread } from '../thread.ts';
import { memberOf, type DigestStore } from './digests.ts';
import { mergeThreads } from './merge-threads.ts';
import type { Exchange, News, Settlement, SharedMember, Shown, Untold } from './outbox.ts';
import type { SealedBody, SealedRows, SealedThread } from './sealed-rows.ts';

/** Why a signal is left out that another bridge has shown. */
export const SHOWN_BY_OTHER_REASON = 'shown_by_other_bridge';

const HOUR_MS = 60 * 60_000;
/** As long as what was shown can still be read in Redis. */
const REMEMBERED_MS = 7 * 24 * HOUR_MS;

/**
 * What another bridge has shown is the same signal as ours: an alert that comes an hour later is a repetition of its
 * own, not a copy; an event or a report never is.
 */
export const IS_COPY = `(signals.kind <> 'alert' OR shown_at >= accepted_at - ${HOUR_MS})`;

export interface ExchangeStore extends Exchange {
  /** Remembers that something was shown, for the others. Within the transaction that settles it. */
  note(shown: {
    readonly chat: string;
    readonly type: string | undefined;
    readonly seqs: readonly number[];
    readonly now: number;
  }): void;
  /** Forgets what nobody has asked for since then, Unix ms. Within a transaction. */
  prune(before: number): void;
}

/** How the outbox settles and keeps threads, without telling the others. */
export interface ExchangeDependencies {
  readonly settle: (settlement: Settlement) => void;
  readonly refresh: (chat: string, type: string, thread: Thread | undefined, now: number) => void;
  readonly digests: DigestStore;
  readonly sealed: SealedRows;
}

interface UntoldRow {
  id: number;
  type: string | null;
  identities: string;
  members: string;
}

type FoldedRow = SealedBody & { readonly digest: DigestName };

export function createExchange(
  database: SqliteDatabase,
  { settle, refresh, digests, sealed }: ExchangeDependencies,
): ExchangeStore {
  const prepared = prepare(database);

  const threadOf = (chat: string, type: string): { state: Thread; stale: boolean } | undefined => {
    const row = prepared.thread.get(chat, type) as (SealedThread & { stale: number }) | undefined;
    return row && { state: sealed.openThread(row), stale: row.stale === 1 };
  };

  const membersOf = (chat: string, seqs: readonly number[]): readonly SharedMember[] =>
    seqs.flatMap((seq) => {
      const folded = prepared.folded.get(chat, seq) as FoldedRow | undefined;
      if (folded === undefined) return [];
      const member = memberOf(folded.id, sealed.openBody(folded));
      return digests.sharedMember(chat, folded.digest, member) ?? [];
    });

  const takeOverThread = (
    chat: string,
    { type, state, stale }: NonNullable<Shown['thread']>,
    now: number,
  ) => {
    if (state === undefined) {
      refresh(chat, type, undefined, now);
      return;
    }
    const own = threadOf(chat, type);
    // Both have shown something of it without knowing of each other: neither half may be lost.
    const merged = own !== undefined && prepared.isUntold.get(chat, type) !== undefined;
    const thread = merged ? { state: mergeThreads(own.state, state), stale: true } : { state, stale };
    if (state.kind === 'digest' && own?.state.messageId !== state.messageId)
      digests.leaveResolved(chat, state.digest);
    settle({ chat, outcomes: [], thread, now });
  };

  const settleShown = (chat: string, now: number): void => {
    const seqs = prepared.shownElsewhere.all(chat) as number[];
    const outcome = { outcome: 'suppressed', reason: SHOWN_BY_OTHER_REASON } as const;
    settle({ chat, outcomes: seqs.map((seq) => ({ seq, ...outcome })), now });
  };

  return {
    note: ({ chat, type, seqs, now }) => {
      const identities = seqs.flatMap((seq) => (prepared.identity.get(seq) as string | null) ?? []);
      const members = JSON.stringify(membersOf(chat, seqs));
      prepared.note.run({ chat, type: type ?? null, identities: JSON.stringify(identities), members, now });
    },

    untold: (chat, limit) =>
      (prepared.untold.all(chat, limit) as UntoldRow[]).map(({ id, type, identities, members }): Untold => {
        const thread = type === null ? undefined : threadOf(chat, type);
        return {
          id,
          identities: JSON.parse(identities) as string[],
          members: JSON.parse(members) as SharedMember[],
          // As it is now: what came after is in it too.
          ...(type === null ? {} : { thread: { type, state: thread?.state, stale: thread?.stale ?? false } }),
        };
      }),

    told: writing(database, (ids: readonly number[]) => {
      for (const id of ids) prepared.told.run(id);
    }),

    position: (chat) => (prepared.position.get(positionKey(chat)) as string | undefined) ?? '0-0',

    takeOver: writing(database, (chat: string, { shown, position }: News, now: number) => {
      const from = (prepared.position.get(positionKey(chat)) as string | undefined) ?? '0-0';
      for (const one of shown) {
        if (!isAfter(one.position, from)) continue;
        for (const identity of one.identities) prepared.remember.run(chat, identity, one.at);
        if (one.thread !== undefined) takeOverThread(chat, one.thread, now);
        digests.join(chat, one.members);
      }
      if (isAfter(position, from)) prepared.setPosition.run(positionKey(chat), position);
      settleShown(chat, now);
      prepared.forget.run(now - REMEMBERED_MS);
    }),

    prune: (before) => void prepared.pruneUntold.run(before),
  };
}

const positionKey = (chat: string): string => `exchange:${chat}:position`;

/** Ids of a stream of Redis, `<ms>-<n>`: https://redis.io/docs/latest/develop/data-types/streams/#entry-ids */
function isAfter(a: string, b: string): boolean {
  const [aMs = 0, aN = 0] = a.split('-').map(Number);
  const [bMs = 0, bN = 0] = b.split('-').map(Number);
  return aMs > bMs || (aMs === bMs && aN > bN);
}

function prepare(database: SqliteDatabase) {
  return {
    identity: database.prepare('SELECT identity FROM signals WHERE seq = ?').pluck(),
    thread: database.prepare('SELECT chat, type, state, stale FROM threads WHERE chat = ? AND type = ?'),
    folded: database.prepare(`SELECT digest, id, body FROM deliveries JOIN signals USING (seq)
      WHERE chat = ? AND seq = ? AND digest IS NOT NULL`),
    note: database.prepare(`INSERT INTO untold (chat, type, identities, members, shown_at)
      VALUES (@chat, @type, @identities, @members, @now)`),
    untold: database.prepare(
      'SELECT id, type, identities, members FROM untold WHERE chat = ? ORDER BY id LIMIT ?',
    ),
    isUntold: database.prepare('SELECT 1 FROM untold WHERE chat = ? AND type = ? LIMIT 1'),
    told: database.prepare('DELETE FROM untold WHERE id = ?'),
    pruneUntold: database.prepare('DELETE FROM untold WHERE shown_at < ?'),
    remember: database.prepare(`INSERT INTO shown_by_others VALUES (?, ?, ?)
      ON CONFLICT (chat, identity) DO UPDATE SET shown_at = excluded.shown_at`),
    forget: database.prepare('DELETE FROM shown_by_others WHERE shown_at < ?'),
    shownElsewhere: database
      .prepare(
        `SELECT seq FROM deliveries JOIN signals USING (seq) JOIN shown_by_others USING (chat, identity)
         WHERE chat = ? AND deliveries.outcome IS NULL AND ${IS_COPY}`,
      )
      .pluck(),
    position: database.prepare('SELECT value FROM state WHERE key = ?').pluck(),
    setPosition: database.prepare(
      'INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    ),
  };
}
