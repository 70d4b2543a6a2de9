import { CLOCK_STEP_MS } from '../../common/time/elapsed.ts';
import { writing, type SqliteDatabase } from '../../common/state/sqlite.ts';
import { isSameMessage, type DigestName, type Incident } from '../model/incident.ts';
import { memberOf, type DigestStore } from './digests.ts';
import { mergeIncidents } from './merge-incidents.ts';
import type {
  Replication,
  News,
  ReplicatedEntry,
  Settlement,
  SharedMember,
  Shown,
  Unreplicated,
} from './outbox.ts';
import type { SealedBody, SealedRows, SealedIncident } from './sealed-rows.ts';

/** Why a signal is left out that another bridge has shown. */
const SHOWN_BY_OTHER_REASON = 'shown_by_other_bridge';

const HOUR_MS = 60 * 60_000;
/** As long as what was shown can still be read in Redis. */
const REMEMBERED_MS = 7 * 24 * HOUR_MS;

/**
 * What another bridge has shown is the same signal as ours: an alert that comes an hour later is a repetition of its
 * own, not a copy; an event or a report never is.
 */
export const IS_COPY = `(signals.kind <> 'alert' OR shown_at >= accepted_at - ${HOUR_MS})`;

/** Signals told of at once: Redis keeps so many of these, and none may be large. */
const NOTE_LIMIT = 50;

export interface ReplicationStore extends Replication {
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

/** How the outbox settles and keeps incidents, without telling the others. */
export interface ReplicationDependencies {
  readonly settle: (settlement: Settlement) => void;
  readonly refresh: (chat: string, type: string, incident: Incident | undefined, now: number) => void;
  readonly digests: DigestStore;
  readonly sealed: SealedRows;
  /** Removes a user's data, within a transaction. */
  readonly erase: (user: string, now: number) => void;
}

interface UnreplicatedRow {
  id: number;
  type: string | null;
  identities: string;
  members: string;
}

type FoldedRow = SealedBody & { readonly digest: DigestName };

export function createReplication(
  database: SqliteDatabase,
  { settle, refresh, digests, sealed, erase }: ReplicationDependencies,
): ReplicationStore {
  const prepared = prepare(database);

  const incidentOf = (chat: string, type: string): { state: Incident; stale: boolean } | undefined => {
    const row = prepared.incident.get(chat, type) as (SealedIncident & { stale: number }) | undefined;
    return row && { state: sealed.openIncident(row), stale: row.stale === 1 };
  };

  const membersOf = (chat: string, seqs: readonly number[]): readonly SharedMember[] =>
    seqs.flatMap((seq) => {
      const folded = prepared.folded.get(chat, seq) as FoldedRow | undefined;
      if (folded === undefined) return [];
      const member = memberOf(folded.id, sealed.openBody(folded));
      return digests.sharedMember(chat, folded.digest, member) ?? [];
    });

  const takeOverIncident = (
    chat: string,
    { type, state, stale }: NonNullable<Shown['incident']>,
    now: number,
  ) => {
    if (state === undefined) {
      refresh(chat, type, undefined, now);
      return;
    }
    const own = incidentOf(chat, type);
    // Both have shown something of it without knowing of each other: neither half may be lost.
    const merged = own !== undefined && prepared.isUnreplicated.get(chat, type) !== undefined;
    const incident = merged ? { state: mergeIncidents(own.state, state), stale: true } : { state, stale };
    if (state.kind === 'digest' && (own === undefined || !isSameMessage(own.state, state)))
      digests.leaveResolved(chat, state.digest);
    settle({ chat, outcomes: [], incident, now });
  };

  const settleShown = (chat: string, now: number): void => {
    const seqs = prepared.shownElsewhere.all(chat) as number[];
    const outcome = { outcome: 'suppressed', reason: SHOWN_BY_OTHER_REASON } as const;
    settle({ chat, outcomes: seqs.map((seq) => ({ seq, ...outcome })), now });
  };

  const positionOf = (chat: string): string =>
    (prepared.position.get(positionKey(chat)) as string | undefined) ?? '0-0';

  const takeOverEntry = (chat: string, entry: ReplicatedEntry, now: number): void => {
    if ('erase' in entry) {
      erase(entry.erase, now);
      return;
    }
    // By a clock that is ahead it would stay the newest: what comes after it would pass for a copy of it.
    const shownAt = Math.min(entry.at, now);
    for (const identity of entry.identities) prepared.remember.run(chat, identity, shownAt);
    if (entry.incident !== undefined) takeOverIncident(chat, entry.incident, now);
    digests.join(chat, entry.members);
  };

  const takeOver = writing(database, (chat: string, news: News, now: number) => {
    if (news.from !== positionOf(chat)) return;
    prepared.bringBack.run({ now, latest: now + CLOCK_STEP_MS });
    for (const entry of news.entries) takeOverEntry(chat, entry, now);
    if (news.position !== news.from) prepared.setPosition.run(positionKey(chat), news.position);
    settleShown(chat, now);
    prepared.forget.run(now - REMEMBERED_MS);
    if (!news.isComplete) prepared.doubt.run(now, chat);
  });

  return {
    note: ({ chat, type = null, seqs, now }) => {
      for (let from = 0; from === 0 || from < seqs.length; from += NOTE_LIMIT) {
        const part = seqs.slice(from, from + NOTE_LIMIT);
        const identities = part.flatMap((seq) => (prepared.identity.get(seq) as string | null) ?? []);
        const members = JSON.stringify(membersOf(chat, part));
        prepared.note.run({ chat, type, identities: JSON.stringify(identities), members, now });
      }
    },

    untold: (chat, limit) =>
      (prepared.untold.all(chat, limit) as UnreplicatedRow[]).map(
        ({ id, type, identities, members }): Unreplicated => {
          const incident = type === null ? undefined : incidentOf(chat, type);
          return {
            id,
            identities: JSON.parse(identities) as string[],
            members: JSON.parse(members) as SharedMember[],
            // As it is now: what came after is in it too.
            ...(type === null
              ? {}
              : { incident: { type, state: incident?.state, stale: incident?.stale ?? false } }),
          };
        },
      ),

    told: writing(database, (ids: readonly number[]) => {
      for (const id of ids) prepared.told.run(id);
    }),

    position: positionOf,

    takeOver: (chat, news, now) => {
      takeOver(chat, news, now);
      if (news.entries.some((entry) => 'erase' in entry)) database.pragma('wal_checkpoint(TRUNCATE)');
    },

    prune: (before) => {
      prepared.pruneUnreplicated.run(before);
      prepared.forget.run(before);
    },
  };
}

const positionKey = (chat: string): string => `exchange:${chat}:position`;

function prepare(database: SqliteDatabase) {
  return {
    identity: database.prepare('SELECT identity FROM signals WHERE seq = ?').pluck(),
    incident: database.prepare('SELECT chat, type, state, stale FROM threads WHERE chat = ? AND type = ?'),
    folded: database.prepare(`SELECT digest, id, body FROM deliveries JOIN signals USING (seq)
      WHERE chat = ? AND seq = ? AND digest IS NOT NULL`),
    note: database.prepare(`INSERT INTO untold (chat, type, identities, members, shown_at)
      VALUES (@chat, @type, @identities, @members, @now)`),
    untold: database.prepare(
      'SELECT id, type, identities, members FROM untold WHERE chat = ? ORDER BY id LIMIT ?',
    ),
    isUnreplicated: database.prepare('SELECT 1 FROM untold WHERE chat = ? AND type = ? LIMIT 1'),
    told: database.prepare('DELETE FROM untold WHERE id = ?'),
    pruneUnreplicated: database.prepare('DELETE FROM untold WHERE shown_at < ?'),
    remember: database.prepare(`INSERT INTO shown_by_others VALUES (?, ?, ?)
      ON CONFLICT (chat, identity) DO UPDATE SET shown_at = excluded.shown_at`),
    bringBack: database.prepare('UPDATE shown_by_others SET shown_at = @now WHERE shown_at > @latest'),
    forget: database.prepare('DELETE FROM shown_by_others WHERE shown_at < ?'),
    shownElsewhere: database
      .prepare(
        `SELECT seq FROM deliveries JOIN signals USING (seq) JOIN shown_by_others USING (chat, identity)
         WHERE chat = ? AND deliveries.outcome IS NULL AND ${IS_COPY}`,
      )
      .pluck(),
    doubt: database.prepare(
      'UPDATE deliveries SET attempted_at = ? WHERE chat = ? AND outcome IS NULL AND attempted_at IS NULL',
    ),
    position: database.prepare('SELECT value FROM state WHERE key = ?').pluck(),
    setPosition: database.prepare(
      'INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    ),
  };
}
