import { dueAfter } from '../../common/time/elapsed.ts';
import type { ChatSender } from '../telegram/sender.ts';
import { SEVERITIES, urgencyOf } from '../model/severity.ts';
import { decide, type Decision } from './decide.ts';
import {
  CALM,
  DIGEST_EVERY_MS,
  decideDigest,
  digestSettlesAt,
  foreseeStorm,
  INCIDENT_ALERTS,
  isNewDigest,
  oldestOf,
  planFolding,
  ringsAgainAt,
  severityOf,
  type Storm,
  type Surroundings,
} from './storm.ts';
import type { FoldedSignal, Outbox, PendingSignal, WaitingGroup } from '../outbox/outbox.ts';
import { quietUntil } from './quiet-hours.ts';
import type { Labelled, Routing } from './routing.ts';
import { covers, type Hold } from './maintenance.ts';
import { createUnprompted, type Unprompted } from './unprompted.ts';
import type { FallbackSignal } from '../render/plain-text.ts';
import {
  digestType,
  type DigestName,
  type DigestIncident,
  type Downtime,
  type LateCause,
  type Incident,
} from '../model/incident.ts';

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

export interface At {
  /** Unix ms. */
  readonly now: number;
  /** What kept a signal that was accepted then. */
  readonly lateCause: (acceptedAt: number) => LateCause;
  /** When no bridge ran before this one. */
  readonly downtime: Downtime | undefined;
}

export interface NotificationQueue {
  next(at: At): Next;
  /** Telegram does not take what was to ring again for that type. */
  refused(type: string, now: number): void;
}

export interface NotificationQueueDependencies {
  readonly outbox: Outbox;
  readonly sender: Pick<ChatSender, 'chat' | 'drainMs'>;
  /** Keys of all chats: what nobody takes in one is passed on to another. By default it is the only one. */
  readonly chats?: readonly string[];
  readonly routing: Routing;
  /** What is held at a moment, besides quiet hours; by default nothing. */
  readonly maintenance?: (now: number) => readonly Hold[];
  /** Fingerprints of what Alertmanager keeps silent; undefined until it was asked: then nobody is reminded. */
  readonly muted: () => ReadonlySet<string> | undefined;
}

/** Signals of one type shown together at most; more of them follow in the next message. */
const GROUP_LIMIT = 250;
/** How much of what waits is looked at together: what lies behind it is folded in the next round. */
const LOOK_AHEAD = 250;
/** Requests that can be foreseen one by one; a storm is declared long before. */
const FORESEEN_REQUESTS = 100;
/** How far is counted what lies behind: no more types, and no more of each, could change what is decided. */
const FORESEEN = { types: FORESEEN_REQUESTS, count: INCIDENT_ALERTS + 1 } as const;

/** What a chat is shown next: a type of signal, or a digest of many. */
export function createNotificationQueue({
  outbox,
  sender,
  chats = [sender.chat.key],
  routing,
  maintenance = () => [],
  muted,
}: NotificationQueueDependencies): NotificationQueue {
  const { key: chat } = sender.chat;
  const { policy } = routing.fallback;
  const quietEnd = (now: number): number | undefined =>
    policy.quietHours === undefined ? undefined : quietUntil(policy.quietHours, now);

  /** When everything that is not critical may be told, Unix ms; 0 when it may now. */
  const allHeldUntil = (now: number): number =>
    Math.max(
      quietEnd(now) ?? 0,
      ...maintenance(now).map(({ matchers, until }) => (matchers.length === 0 ? until : 0)),
    );

  const heldUntil = (digest: DigestName, now: number): number => {
    if (digest === 'critical') return 0;
    const ends = digest === 'quiet' ? maintenance(now).map(({ until }) => until) : [];
    return Math.max(allHeldUntil(now), ...ends);
  };

  const isHeldAt = (now: number): ((signal: Labelled) => boolean) => {
    const isAllHeld = allHeldUntil(now) > now;
    const holds = maintenance(now);
    return (signal) =>
      signal.severity !== 'critical' && (isAllHeld || holds.some((hold) => covers(hold, signal)));
  };

  /** What held a signal that was accepted then. */
  const holderAt = (acceptedAt: number): 'quiet_hours' | 'maintenance' | undefined => {
    if (quietEnd(acceptedAt) !== undefined) return 'quiet_hours';
    return maintenance(acceptedAt).length > 0 ? 'maintenance' : undefined;
  };

  const digestIncident = (digest: DigestName): DigestIncident | undefined =>
    outbox.incident(chat, digestType(digest)) as DigestIncident | undefined;

  let ongoing: Storm = CALM;

  /** Moves into digests what belongs there; what it found to be a repeat is to be left out. */
  const fold = (now: number): Next | undefined => {
    const at = { now, policy };
    const waiting = outbox.waiting(chat, LOOK_AHEAD);
    const around: Surroundings = {
      incident: memoize((type) => outbox.incident(chat, type)),
      member: (fingerprint) => outbox.digests.member(chat, fingerprint),
      drainMs: (requests) => sender.drainMs(Math.min(requests, FORESEEN_REQUESTS)),
      at,
      isHeld: isHeldAt(now),
      ongoing,
    };
    const isMore = waiting.length === LOOK_AHEAD;
    const isKnown = waiting.every(
      ({ severity, type }) => ongoing.severities.has(severity) || ongoing.types.has(type),
    );
    if (isMore && !isKnown) ongoing = foreseeStorm(outbox.waitingTypes(chat, FORESEEN), around);
    const { fold: folds, repeats, storm } = planFolding(waiting, { ...around, ongoing });
    ongoing = isMore ? storm : CALM;
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
      const isNew = !begun.includes(digest) && isNewDigest(digestIncident(digest), told, at);
      outbox.digests.fold(chat, digest, signals, isNew);
    }
    // What is critical and has a message of its own does not wait until all of a milder storm is folded.
    const isUrgent =
      waiting[0]?.severity === 'critical' && folds.every(({ digest }) => digest !== 'critical');
    return isUrgent ? undefined : { kind: 'again' };
  };

  /** The digests in which something waits, or which ring again, and when each may be shown. */
  const waitingDigests = (now: number): readonly WaitingDigest[] => {
    const unshown = outbox.digests.unshown(chat).map((digest) => {
      const incident = digestIncident(digest);
      const paced = incident === undefined ? 0 : dueAfter(incident.shownAt, DIGEST_EVERY_MS, now);
      return { digest, incident, dueAt: Math.max(paced, heldUntil(digest, now)) };
    });
    const byItself = DIGESTS.flatMap((digest): readonly WaitingDigest[] => {
      const incident = digestIncident(digest);
      if (incident === undefined || unshown.some((one) => one.digest === digest)) return [];
      const due = Math.min(
        ringsAgainAt(incident, policy, now) ?? Infinity,
        digestSettlesAt(incident, policy, now) ?? Infinity,
      );
      return due === Infinity ? [] : [{ digest, incident, dueAt: Math.max(due, heldUntil(digest, now)) }];
    });
    return [...unshown, ...byItself];
  };

  const digestItem = ({ digest, incident }: WaitingDigest, { now, lateCause }: At): Item => {
    const signals = outbox.digests.folded(chat, digest);
    const summary = outbox.digests.summary(chat, digest);
    const acceptedAt = oldestOf(signals, now);
    const decision = decideDigest(digest, signals, incident, summary, {
      now,
      policy,
      lateCause: lateCause(acceptedAt),
      isMaintenance: digest === 'quiet' && signals.length > 0 && holderAt(acceptedAt) === 'maintenance',
    });
    const type = digestType(digest);
    const severity = severityOf(digest, summary);
    return { type, signals, decision, subject: { id: type, type, severity, occurredAt: acceptedAt } };
  };

  const groupItem = (group: WaitingGroup, { now, lateCause, downtime }: At): Item => {
    const [first] = group.signals;
    const heldBy = first.severity === 'critical' ? undefined : holderAt(first.acceptedAt);
    const at = {
      now,
      policy: routing.routeOf(mostUrgentOf(group)).policy,
      lateCause: heldBy ?? lateCause(first.acceptedAt),
      downtime,
    } as const;
    return { ...group, decision: decide(group, outbox.incident(chat, group.type), at), subject: first };
  };

  const unprompted = createUnprompted({ outbox, chat, chats, routing, muted, allHeldUntil, isHeldAt });

  return {
    refused: (type, now) => unprompted.refused(type, now),
    next: (at) => {
      const { now } = at;
      const folded = fold(now);
      if (folded !== undefined) return folded;

      const isQuiet = allHeldUntil(now) > now;
      const group = outbox.nextPending(chat, GROUP_LIMIT, isQuiet ? 'critical' : 'info');
      const digests = waitingDigests(now);
      const due = digests
        .filter(({ dueAt }) => dueAt <= now)
        .sort((a, b) => urgencyOfDigest(a.digest) - urgencyOfDigest(b.digest))[0];
      const rings = unprompted.rings(now);
      const ring = rings.find((one) => one.at <= now);
      // News that rings goes first.
      const isNewsCritical = due?.digest === 'critical' || group?.signals[0].severity === 'critical';
      if (ring !== undefined && !isNewsCritical) return { kind: 'item', item: itemOf(ring, at) };
      if (due !== undefined && (group === undefined || goesBefore(due, group))) {
        return { kind: 'item', item: digestItem(due, at) };
      }
      if (group !== undefined) return { kind: 'item', item: groupItem(group, at) };

      const reminders = unprompted.reminders(now);
      const reminder = reminders.find((one) => one.at <= now);
      if (reminder !== undefined) return { kind: 'item', item: itemOf(reminder, at) };
      const times = [
        ...digests.map(({ dueAt }) => dueAt),
        ...[...rings, ...reminders].map((one) => one.at),
        quietEnd(now) ?? Infinity,
        ...maintenance(now).map(({ until }) => until),
      ];
      const until = Math.min(...times);
      return { kind: 'nothing', until: until === Infinity ? undefined : until };
    },
  };
}

function itemOf({ incident, policy, decide: decideOn }: Unprompted, { now, lateCause }: At): Item {
  const decision = decideOn(incident, { now, policy, lateCause: lateCause(now) });
  const subject = { ...incident, id: String(incident.messageId), occurredAt: incident.lastAt };
  return { type: incident.type, signals: [], decision, subject };
}

/** Asks once for each type: in a storm a thousand signals share one. */
function memoize(ask: (type: string) => Incident | undefined): typeof ask {
  const known = new Map<string, Incident | undefined>();
  return (type) => {
    if (!known.has(type)) known.set(type, ask(type));
    return known.get(type);
  };
}

const DIGESTS: readonly DigestName[] = [...SEVERITIES, 'quiet'];

interface WaitingDigest {
  readonly digest: DigestName;
  readonly incident: DigestIncident | undefined;
  readonly dueAt: number;
}

/** What quiet hours held comes after storms. */
const urgencyOfDigest = (digest: DigestName): number =>
  digest === 'quiet' ? SEVERITIES.length : urgencyOf(digest);

const mostUrgentOf = ({ signals }: WaitingGroup): PendingSignal =>
  SEVERITIES.map((severity) => signals.find((signal) => signal.severity === severity)).find(Boolean) ??
  signals[0];

/** The more urgent one goes first; of two alike, the digest that has not been shown at all. */
function goesBefore({ digest, incident }: WaitingDigest, group: WaitingGroup): boolean {
  const urgency = Math.min(...group.signals.map(({ severity }) => urgencyOf(severity)));
  const own = urgencyOfDigest(digest);
  return own < urgency || (own === urgency && incident === undefined);
}
