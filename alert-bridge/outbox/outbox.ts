import type { OpenAlert } from './open-alerts.ts';
import type { NewSignal, Severity, Signal, SignalBody } from '../model/signal.ts';
import type {
  Acknowledgement,
  AlertIncident,
  DigestMember,
  DigestName,
  DigestSummary,
  DigestIncident,
  Incident,
} from '../model/incident.ts';

/**
 * The durable store between accepting and delivering, and the ledger of what became of every signal.
 *
 * A signal is pending until it is settled for every chat it goes to. The worst-informed chat does not decide
 * its outcome, the best-informed one does: delivered before merged before suppressed before failed.
 * Every method is one transaction, on disk when it returns; none of them waits for anything else.
 */
export interface Outbox {
  /**
   * Commits posts, all of them at once: a commit waits for the disk, and a disk takes many rows in the time of one.
   * An event whose id was accepted before is a duplicate, and so is a notification whose key was, while what it says of
   * each alert is the latest that was said of it. What another Alertmanager has overtaken is left out. One post that cannot be stored
   * does not take the others with it: its place holds the error.
   * @throws when nothing could be committed.
   */
  accept(submissions: readonly Submission[]): readonly (Acceptance | Error)[];
  /**
   * What waits for the chat and is in no digest, the most urgent first, then in order of acceptance.
   * @throws UnreadableError when some of it cannot be opened: `dropUnreadable` makes way for the rest. `nextPending` too.
   */
  waiting(chat: string, limit: number): readonly PendingSignal[];
  /** The types among it, by severity, the most urgent first: no more of them than so many, each counted no further than so far. */
  waitingTypes(
    chat: string,
    limits: { readonly types: number; readonly count: number },
  ): readonly WaitingType[];
  /** The most urgent type among it, no milder than `mildest`, with its signals in order of acceptance. */
  nextPending(chat: string, limit: number, mildest?: Severity): WaitingGroup | undefined;
  incident(chat: string, type: string): Incident | undefined;
  /** What every chat was last told about alerts. */
  alertIncidents(): readonly AlertIncident[];
  /**
   * Notes in every chat who looks after the incident of that type; whoever said so first stays.
   * @returns who it is; undefined when no chat was told of such an incident.
   */
  acknowledge(type: string, acknowledgement: Acknowledgement, now: number): Acknowledgement | undefined;
  /** What the chat was told about alerts that still fire, or flap. */
  firing(chat: string): readonly AlertIncident[];
  /** An incident whose message no longer shows its state. */
  nextStaleIncident(chat: string): Incident | undefined;
  /** An incident whose message has taken the place of others that do not say so yet. */
  nextSuperseding(chat: string): AlertIncident | DigestIncident | undefined;
  /** One of those says so now, or is gone. */
  atRest(chat: string, type: string, messageId: number, now: number): void;
  /** The message shows its state again, or is gone (`undefined`: the incident is forgotten). */
  refreshed(chat: string, type: string, incident: Incident | undefined, now: number): void;
  /**
   * Remembers that a send is about to be made: until it is settled, or `attemptFailed` says that it did not
   * arrive, Telegram may or may not have shown it.
   */
  beginAttempt(chat: string, seqs: readonly number[], now: number): void;
  attemptFailed(chat: string, seqs: readonly number[]): void;
  settle(settlement: Settlement): void;
  /** Settles what waits for chats that are told no longer as failed; returns how many signals waited for them. */
  dropUnknownChats(chats: readonly string[], now: number): number;
  /** Settles what waits and cannot be opened as failed, and forgets such incidents; returns how many there were. */
  dropUnreadable(now: number): number;
  /**
   * Critical signals that wait, that no chat was shown, and that went no other way, by no bridge, in order of
   * acceptance.
   */
  unseenCritical(limit: number): readonly PendingSignal[];
  /** They went another way: `unseenCritical` leaves them out from then on. */
  seenElsewhere(seqs: readonly number[], now: number): void;
  countPossibleDuplicate(): void;
  ledger(): Ledger;
  /** Critical errors accepted that happened from then on and before `to`; both are whole quarters of an hour. */
  criticalErrors(from: number, to: number): number;
  signals(query: SignalQuery): readonly SignalRecord[];
  readonly digests: Digests;
  /** What this bridge and others that tell the same chats tell one another. */
  readonly replication: Replication;
  /** Alerts that Alertmanager told of and has not resolved. */
  openAlerts(): readonly OpenAlert[];
  /** Small values that must survive a restart. */
  readonly state: KeyValue;
  /** Deletes a part of what is past its time; `more`: there is more of it. The totals stay, and all that waits. */
  prune(limits: PruneLimits): 'more' | 'done';
  close(): void;
}

/** Unix ms. */
export interface PruneLimits {
  /** Of signals, when they were settled; of notifications, when they came. */
  readonly settledBefore: number;
  /** Of incidents, when they were last shown. */
  readonly incidentsBefore: number;
}

/** Messages that stand for many signals: their members, and what waits to be shown by them. */
export interface Digests {
  /** The digest of the chat that shows an alert, by fingerprint. */
  member(chat: string, fingerprint: string): DigestMember | undefined;
  /**
   * Puts signals that wait into a digest: they stay pending until its message is confirmed.
   * @param isNew the digest begins anew: what is resolved in it is left behind.
   */
  fold(chat: string, digest: DigestName, signals: readonly PendingSignal[], isNew: boolean): void;
  /** The digests in which something waits to be shown. */
  unshown(chat: string): readonly DigestName[];
  /** What waits there, in order of acceptance. */
  folded(chat: string, digest: DigestName): readonly FoldedSignal[];
  summary(chat: string, digest: DigestName): DigestSummary;
}

/** What went past Telegram is told to other bridges as if it had been shown to a chat of this name. */
export const FALLBACK = 'second-channel';

export interface Replication {
  /** What this bridge has shown the chat and not told the others, the oldest first. */
  untold(chat: string, limit: number): readonly Unreplicated[];
  told(ids: readonly number[]): void;
  /**
   * Takes over what other bridges have shown, and settles what waits here for the same; erases users. News that do not begin where
   * the reading stands were taken over already, and are left alone.
   */
  takeOver(chat: string, news: News, now: number): void;
  /** Where the reading of what others have shown goes on. */
  position(chat: string): string;
}

/** What a bridge tells the others: this was shown to the chat. */
export interface Shown {
  /** Of signals, by `identityOf`. */
  readonly identities: readonly string[];
  /** The incident after it, undefined when it was forgotten; no key when no incident was shown. */
  readonly incident?: {
    readonly type: string;
    readonly state: Incident | undefined;
    readonly stale: boolean;
  };
  /** Members of digests that the signals are. */
  readonly members: readonly SharedMember[];
}

export interface Unreplicated extends Shown {
  readonly id: number;
}

/** What others have shown, in order. */
export interface News {
  /** Where the reading stood, and where it stands after it. */
  readonly from: string;
  readonly position: string;
  readonly entries: readonly ReplicatedEntry[];
  /** False when some of it was lost: whatever waits here may have been shown. */
  readonly isComplete: boolean;
}

/** What was shown, and when: Unix ms by this bridge's clock. Or a user who is to be erased; what is told afterwards names nobody. */
export type ReplicatedEntry = (Shown & { readonly at: number }) | { readonly erase: string };

/** A member of a digest as it is stored. */
export interface SharedMember {
  readonly digest: DigestName;
  readonly member: string;
  readonly name: string;
  readonly urgency: number;
  readonly status: string;
  /** Unix ms. */
  readonly startedAt: number;
  readonly endedAt: number | null;
}

/** A signal that waits in a digest; its body is a member there. */
export interface FoldedSignal extends Pick<PendingSignal, 'seq' | 'id' | 'acceptedAt' | 'mayBeShown'> {
  /** It tells only that something is over. */
  readonly isResolution: boolean;
}

export interface KeyValue {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
}

export interface Submission {
  readonly signals: readonly NewSignal[];
  /** Names of the chats that are to be told of a signal. */
  readonly chatsOf: (signal: NewSignal) => readonly string[];
  /**
   * The notification the signals came in, since when an equal one counts as the same post, and who sent it: the
   * external URL of an Alertmanager. Of a series only the newest is known: an equal one with another between them is news.
   * Equal ones are the same post only while they repeat the latest state of their alerts, unless the key is unique: then
   * it names one message of the sender for good.
   */
  readonly notification?: {
    readonly key: string;
    readonly since: number;
    readonly origin?: string;
    readonly series?: string;
    readonly isUnique?: boolean;
  };
  /** Signals left out at once, and why. */
  readonly suppress: (signal: NewSignal) => string | undefined;
  readonly now: number;
}

export type Acceptance =
  { readonly status: 'accepted'; readonly count: number } | { readonly status: 'duplicate' };

export interface PendingGroup {
  readonly type: string;
  readonly signals: readonly PendingSignal[];
}

/** What waits of one type and severity. */
export interface WaitingType {
  readonly type: string;
  readonly severity: Severity;
  readonly count: number;
  /** The first and the last of it. */
  readonly samples: readonly PendingSignal[];
}

/** Never an empty one: that would end the search for what waits. */
export interface WaitingGroup extends PendingGroup {
  readonly signals: readonly [PendingSignal, ...PendingSignal[]];
}

export interface PendingSignal extends Signal {
  /** An earlier send of it may have arrived: nobody answered, or the bridge died before the answer. */
  readonly mayBeShown: boolean;
}

export type Outcome = 'delivered' | 'merged' | 'suppressed' | 'failed';

export interface Settlement {
  readonly chat: string;
  readonly outcomes: readonly { readonly seq: number; readonly outcome: Outcome; readonly reason: string }[];
  /** State of the chat's incident after it, and whether its message already shows that state. */
  readonly incident?: { readonly state: Incident; readonly stale: boolean };
  readonly now: number;
}

/** At any instant: accepted = delivered + merged + all suppressed + all failed + pending. */
export interface Ledger {
  readonly accepted: number;
  readonly delivered: number;
  readonly merged: number;
  /** By reason. */
  readonly suppressed: Readonly<Record<string, number>>;
  readonly failed: Readonly<Record<string, number>>;
  readonly pending: number;
  readonly duplicates: number;
  readonly possibleDuplicates: number;
  /** When the oldest pending signal was accepted, Unix ms. */
  readonly oldestPendingAt: number | undefined;
}

export interface SignalQuery {
  /** As the sender of an event gave it. */
  readonly id?: string;
  readonly type?: string;
  readonly outcome?: Outcome | 'pending';
  /** Only those accepted before the one with this `seq`. */
  readonly before?: number;
  /** Leaves out what was settled for this reason. */
  readonly exceptReason?: string;
  readonly limit: number;
}

export interface SignalRecord {
  readonly seq: number;
  readonly id: string;
  readonly kind: SignalBody['kind'];
  readonly type: string;
  readonly severity: Severity;
  readonly occurredAt: number;
  readonly acceptedAt: number;
  readonly outcome: Outcome | 'pending';
  readonly reason: string | undefined;
  readonly settledAt: number | undefined;
  readonly deliveries: readonly {
    readonly chat: string;
    readonly outcome: Outcome | 'pending';
    readonly reason: string | undefined;
  }[];
}
