/** What was last said of every alert: a post is a copy when it repeats that, never when it repeats what came before. */
import { createHash } from 'node:crypto';
import type { SqliteDatabase } from '../../common/state/sqlite.ts';
import type { AlertBody } from '../model/signal.ts';

export interface LatestState {
  readonly status: AlertBody['status'];
  /** Unix ms. */
  readonly startsAt: number;
  readonly endsAt: number | null;
  /** As its label says. */
  readonly severity: string;
  /** How often it has fired again since it started. */
  readonly again: number;
  /** The end that was taken back when it last fired again, Unix ms. */
  readonly endedBefore: number | null;
  /** When it was accepted, Unix ms. */
  readonly changedAt: number;
  /** Who has said so: external URLs of Alertmanagers; an empty one for whoever has none. */
  readonly toldBy: readonly string[];
}

/** A copy from the second of two Alertmanagers comes no later behind what the first one said since. */
const LATE_COPY_MS = 60_000;

export interface Judgement {
  /** The latest state, or the first that is heard of; something else; or what another state has overtaken. */
  readonly verdict: 'repeated' | 'new' | 'overtaken';
  readonly again: number;
}

/**
 * Whether an alert says something new. One Alertmanager tells in order: what it says of an alert that it has told to be
 * over, is so. Of another one the same words may be late.
 */
export function judge(
  latest: LatestState | undefined,
  { status, startsAt, endsAt: end, labels }: AlertBody,
  { origin, now }: { readonly origin: string; readonly now: number },
): Judgement {
  if (latest === undefined) return { verdict: 'repeated', again: 0 };
  const { again, toldBy } = latest;
  const endsAt = end ?? null;
  const isSame =
    latest.status === status &&
    latest.startsAt === startsAt &&
    latest.endsAt === endsAt &&
    latest.severity === (labels['severity'] ?? '');
  if (isSame) return { verdict: 'repeated', again };
  const mayBeLate = origin !== '' && !toldBy.includes('') && !toldBy.includes(origin);
  const isSoonAfter = now - latest.changedAt <= LATE_COPY_MS;
  if (startsAt === latest.startsAt) {
    if (status === 'firing' && latest.status === 'resolved')
      return mayBeLate && isSoonAfter
        ? { verdict: 'overtaken', again }
        : { verdict: 'new', again: again + 1 };
    // No alert ends twice at one instant.
    const isOldEnd = status === 'resolved' && latest.status === 'firing' && endsAt === latest.endedBefore;
    return isOldEnd && mayBeLate ? { verdict: 'overtaken', again: again - 1 } : { verdict: 'new', again };
  }
  const isOlder = startsAt < latest.startsAt;
  const endedBefore = status === 'resolved' && endsAt !== null && endsAt < latest.startsAt;
  const isOvertaken =
    isOlder &&
    ((latest.status === 'firing' && endedBefore) || (status === 'firing' && mayBeLate && isSoonAfter));
  return { verdict: isOvertaken ? 'overtaken' : 'new', again: 0 };
}

export interface LatestStates {
  judge(alert: AlertBody, at: { readonly origin: string; readonly now: number }): Judgement;
  /** Keeps what is no copy that was overtaken. Within the transaction that accepts it, or finds it to be a copy. */
  note(alert: AlertBody, judgement: Judgement, at: { readonly origin: string; readonly now: number }): void;
  /** Forgets what nothing was said of since then, Unix ms. Within a transaction. */
  prune(before: number): void;
}

type Row = Omit<LatestState, 'toldBy'> & { readonly toldBy: string };

export function createLatestStates(database: SqliteDatabase): LatestStates {
  const read = database.prepare(`SELECT status, starts_at AS startsAt, ends_at AS endsAt, severity, again,
    ended_before AS endedBefore, changed_at AS changedAt, told_by AS toldBy FROM latest_states WHERE alert = ?`);
  const write = database.prepare(`INSERT INTO latest_states
    VALUES (@alert, @status, @startsAt, @endsAt, @severity, @again, @endedBefore, @changedAt, @toldBy)
    ON CONFLICT (alert) DO UPDATE SET status = excluded.status, starts_at = excluded.starts_at,
    ends_at = excluded.ends_at, severity = excluded.severity, again = excluded.again,
    ended_before = excluded.ended_before, changed_at = excluded.changed_at, told_by = excluded.told_by`);
  const prune = database.prepare('DELETE FROM latest_states WHERE changed_at < ?');

  const latestOf = ({ fingerprint }: AlertBody): LatestState | undefined => {
    const row = read.get(keyOf(fingerprint)) as Row | undefined;
    return row && { ...row, toldBy: JSON.parse(row.toldBy) as readonly string[] };
  };

  return {
    judge: (alert, at) => judge(latestOf(alert), alert, at),
    note: (alert, { verdict, again }, { origin, now }) => {
      if (verdict === 'overtaken') return;
      const latest = latestOf(alert);
      const isRepeated = verdict === 'repeated' && latest !== undefined;
      if (isRepeated && latest.toldBy.includes(origin)) return;
      const takesBack = again > (latest?.again ?? 0);
      const toldBy = isRepeated ? [...latest.toldBy, origin] : [origin];
      write.run({
        alert: keyOf(alert.fingerprint),
        status: alert.status,
        startsAt: alert.startsAt,
        endsAt: alert.endsAt ?? null,
        severity: alert.labels['severity'] ?? '',
        again,
        endedBefore: takesBack ? (latest?.endsAt ?? null) : again > 0 ? (latest?.endedBefore ?? null) : null,
        changedAt: isRepeated ? latest.changedAt : now,
        toldBy: JSON.stringify(toldBy.slice(-TELLERS)),
      });
    },
    prune: (before) => void prune.run(before),
  };
}

/** More Alertmanagers than a cluster has. */
const TELLERS = 10;

/** A fingerprint may name a person, and nobody asks for it: what cannot be read need not be erased. */
const keyOf = (fingerprint: string): string => createHash('sha256').update(fingerprint).digest('hex');
