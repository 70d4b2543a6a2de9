import type { Channel } from './channel.ts';
import { decide, SEVERITIES, type Decision, type Policy } from './decide.ts';
import { DIGEST_EVERY_MS, decideDigest, isNewDigest, planFolding } from './digest.ts';
import type { FoldedSignal, Outbox, PendingGroup } from './outbox/outbox.ts';
import type { FallbackSignal } from './render/fallback.ts';
import { digestType, type DigestName, type DigestThread, type LateCause } from './thread.ts';

/** Something to be shown to a chat, and the signals that it settles. */
export interface Item {
  readonly type: string;
  readonly signals: readonly ShownSignal[];
  readonly decision: Decision;
  /** What a plain text says of it when it cannot be drawn. */
  readonly subject: FallbackSignal;
}

export type ShownSignal = Omit<FoldedSignal, 'isResolution'>;

export type Next =
  | { readonly kind: 'item'; readonly item: Item }
  /** The store was put in order and must be asked again. */
  | { readonly kind: 'again' }
  /** Nothing to show until then, Unix ms; for good when undefined. */
  | { readonly kind: 'nothing'; readonly until: number | undefined };

export interface Agenda {
  next(at: { readonly now: number; readonly lateCause: (acceptedAt: number) => LateCause }): Next;
}

export interface AgendaDependencies {
  readonly outbox: Outbox;
  readonly channel: Pick<Channel, 'chat' | 'drainMs'>;
  readonly policy: Policy;
}

/** Signals of one type shown together at most; more of them follow in the next message. */
const GROUP_LIMIT = 1_000;
/** How much of what waits is looked at together: what lies behind it is folded in the next round. */
const LOOK_AHEAD = 1_000;
/** Requests that can be foreseen one by one; a storm is declared long before. */
const FORESEEN_REQUESTS = 100;

/** What a chat is shown next: a type of signal, or a digest of many. */
export function createAgenda({ outbox, channel, policy }: AgendaDependencies): Agenda {
  const { key: chat } = channel.chat;

  const digestThread = (digest: DigestName): DigestThread | undefined =>
    outbox.thread(chat, digestType(digest)) as DigestThread | undefined;

  /** Moves into digests what belongs there; what it found to be a repeat is to be left out. */
  const fold = (now: number): Next | undefined => {
    const at = { now, policy };
    const { fold: folds, repeats } = planFolding(outbox.waiting(chat, LOOK_AHEAD), {
      thread: (type) => outbox.thread(chat, type),
      member: (fingerprint) => outbox.digests.member(chat, fingerprint),
      drainMs: (requests) => channel.drainMs(Math.min(requests, FORESEEN_REQUESTS)),
      at,
    });
    const [repeat] = repeats;
    if (repeat !== undefined) {
      const decision = { action: 'suppress', reason: 'repeat' } as const;
      return { kind: 'item', item: { type: repeat.type, signals: repeats, decision, subject: repeat } };
    }
    if (folds.length === 0) return undefined;
    const begun = outbox.digests.unshown(chat);
    for (const { digest, signals } of folds) {
      const told = signals.map(({ body }) => ({
        isResolution: body.kind === 'alert' && body.status === 'resolved',
      }));
      const isNew = !begun.includes(digest) && isNewDigest(digestThread(digest), told, at);
      outbox.digests.fold(chat, digest, signals, isNew);
    }
    return { kind: 'again' };
  };

  return {
    next: ({ now, lateCause }) => {
      const folded = fold(now);
      if (folded !== undefined) return folded;

      const group = outbox.nextPending(chat, GROUP_LIMIT);
      const digests = outbox.digests.unshown(chat).map((digest) => {
        const thread = digestThread(digest);
        return { digest, thread, dueAt: thread === undefined ? 0 : thread.shownAt + DIGEST_EVERY_MS };
      });
      const due = digests
        .filter(({ dueAt }) => dueAt <= now)
        .sort((a, b) => SEVERITIES.indexOf(a.digest) - SEVERITIES.indexOf(b.digest))[0];
      if (due !== undefined && (group === undefined || goesBefore(due, group))) {
        const signals = outbox.digests.folded(chat, due.digest);
        const at = { now, policy, lateCause: lateCause(oldestOf(signals)) };
        const summary = outbox.digests.summary(chat, due.digest);
        const decision = decideDigest(due.digest, signals, due.thread, summary, at);
        const type = digestType(due.digest);
        const subject = {
          id: signals[0]?.id ?? type,
          type,
          severity: due.digest,
          occurredAt: oldestOf(signals),
        };
        return { kind: 'item', item: { type, signals, decision, subject } };
      }
      const [first] = group?.signals ?? [];
      if (group !== undefined && first !== undefined) {
        const at = { now, policy, lateCause: lateCause(first.acceptedAt) };
        const decision = decide(group, outbox.thread(chat, group.type), at);
        return { kind: 'item', item: { ...group, decision, subject: first } };
      }
      const until = digests.length === 0 ? undefined : Math.min(...digests.map(({ dueAt }) => dueAt));
      return { kind: 'nothing', until };
    },
  };
}

/** The more urgent one goes first; of two alike, the digest that has not been shown at all. */
function goesBefore(
  { digest, thread }: { readonly digest: DigestName; readonly thread: DigestThread | undefined },
  group: PendingGroup,
): boolean {
  const urgency = Math.min(...group.signals.map(({ severity }) => SEVERITIES.indexOf(severity)));
  const own = SEVERITIES.indexOf(digest);
  return own < urgency || (own === urgency && thread === undefined);
}

const oldestOf = (signals: readonly ShownSignal[]): number =>
  signals.reduce((oldest, { acceptedAt }) => Math.min(oldest, acceptedAt), Infinity);
