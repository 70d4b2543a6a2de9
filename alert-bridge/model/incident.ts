import type {
  AlertBody,
  DailyReportBody,
  EventBody,
  NewUserBody,
  PaymentReceivedBody,
  Severity,
} from './signal.ts';

/**
 * What one chat has been told about one type of signal: the state behind a living message.
 * Messages are drawn from it, so that a message can be brought up to date at any time.
 */
export type Incident = AlertIncident | EventIncident | DigestIncident;

/** A message of a chat. */
export type MessageRef = Pick<IncidentBase, 'messageId' | 'chatId'>;

interface IncidentBase {
  readonly type: string;
  readonly severity: Severity;
  /** When the message that rang was sent, Unix ms: the start of the cooldown. */
  readonly rangAt: number;
  /** Telegram's id of that message, within its chat. */
  readonly messageId: number;
  /** The chat that the ids of messages belong to; absent while that is the configured one, and not the one it became. */
  readonly chatId?: number;
  /** Signals this message stands for, itself included. */
  readonly count: number;
  /** When the newest of them happened, Unix ms. */
  readonly lastAt: number;
  /** Why the message came late; absent when it did not. */
  readonly late?: Lateness;
}

/** An incident whose end is told: until then its message says that it burns. */
interface BurningBase extends IncidentBase {
  /** Telegram's ids of messages that this one has taken the place of and that do not say so yet, the oldest first. */
  readonly superseded?: readonly number[];
  /** When it last began to burn, Unix ms, the oldest first: as many as tell whether it flaps. */
  readonly onsets?: readonly number[];
  /** Present while the message stands for all that flapping does: beginnings and ends edit it. */
  readonly flapping?: Flapping;
}

/** Trouble that begins again soon after each end. */
export interface Flapping {
  /** When it began for the first time, Unix ms. */
  readonly since: number;
  /** How often it has begun since. */
  readonly count: number;
}

export interface AlertIncident extends BurningBase {
  readonly kind: 'alerts';
  /** When the incident was first told, Unix ms: every message about it has the same. */
  readonly openedAt: number;
  /** Every alert of the incident by fingerprint, the resolved ones too. */
  readonly members: Readonly<Record<string, AlertBody>>;
  /** Who looks after the incident; absent until somebody says so. */
  readonly acknowledged?: Acknowledgement;
  /** When the message was sent to remind of what still burns, Unix ms; absent for any other. */
  readonly remindedAt?: number;
  /** How far its escalation has come; absent where it has none, or is not critical. */
  readonly rings?: Rings;
  /** When this chat was told of it because nobody had taken it, Unix ms; absent in the chats of its route. */
  readonly passedOnAt?: number;
}

/** What was done so far to have somebody take a critical incident. */
export interface Rings {
  /** When its message rang for the first time, Unix ms: steps are counted from then. */
  readonly since: number;
  /** Names of the steps that were taken, each once. */
  readonly done: readonly string[];
}

export interface Acknowledgement {
  /** As the message names them: `@username`, or the name without one. */
  readonly by: string;
  /** Unix ms. */
  readonly at: number;
}

export interface EventIncident extends IncidentBase {
  readonly kind: 'events';
  /** The newest event: what the message shows. */
  readonly body: EventBody;
  /** When the first of them happened, Unix ms. */
  readonly firstAt: number;
}

/** Digests are kept by name, one message each: what a storm brought, by severity, and what quiet hours held. */
export type DigestName = Severity | 'quiet';

/** One message for many alerts: its members are kept by the outbox, which counts them. */
export interface DigestIncident extends BurningBase {
  readonly kind: 'digest';
  readonly digest: DigestName;
  /** How many different names its members have. */
  readonly nameCount: number;
  /** How many of them it had when it was sent. */
  readonly namesRung: number;
  /** When the message was last sent or edited, Unix ms. */
  readonly shownAt: number;
  /** True once every alert in it is resolved. */
  readonly isOver: boolean;
  /** Present where a maintenance held it, not quiet hours. */
  readonly maintenance?: true;
}

/** An alert that a digest shows. */
export interface DigestMember {
  readonly digest: DigestName;
  readonly status: AlertBody['status'];
  /** Unix ms. */
  readonly startsAt: number;
}

/** The members of a digest, counted. */
export interface DigestSummary {
  readonly members: number;
  readonly firing: number;
  /** Events neither fire nor are resolved: members may be more than both together. */
  readonly resolved: number;
  /** Earliest start and latest end, Unix ms. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** How many different names the members have. */
  readonly nameCount: number;
  /** The worst first; no more than a message can show. */
  readonly names: readonly DigestRow[];
}

export interface DigestRow {
  readonly name: string;
  readonly severity: Severity;
  readonly members: number;
  readonly resolved: number;
  /** What events of that name say, the newest first, each once, as their sender wrote it; absent where none says anything. */
  readonly texts?: readonly string[];
  /** Some of the alerts of that name that fire, the oldest first; absent where none is known. */
  readonly alerts?: readonly AlertBody[];
}

/** The type under which the incident of a digest is kept. */
export const digestType = (digest: DigestName): string => `digest:${digest}`;

/**
 * What is kept of an incident that has a new message: the one before is to say so, unless it shows for good what was.
 * @param isStale the message before does not show the state before.
 */
export function succeeding(incident: Incident, before: Incident | undefined, isStale: boolean): Incident {
  if (before === undefined || before.kind === 'events' || incident.kind === 'events') return incident;
  // In another chat the ids are those of other messages.
  if (before.chatId !== incident.chatId || isSameMessage(before, incident)) return incident;
  const isBurning = before.kind === 'digest' ? !before.isOver : isAnyFiring(before);
  const left = new Set([...(before.superseded ?? []), ...(incident.superseded ?? [])]);
  if (isBurning || isStale) left.add(before.messageId);
  left.delete(incident.messageId);
  return left.size === 0 ? incident : { ...incident, superseded: [...left] };
}

export const isSameMessage = (a: MessageRef, b: MessageRef): boolean =>
  a.messageId === b.messageId && a.chatId === b.chatId;

/** The incident at a new message; what is left of it in another chat can be told nothing any more. */
export function atMessage<T extends Incident>(incident: T, { messageId, chatId }: MessageRef): T {
  const { chatId: before, ...kept } = incident;
  const moved = { ...kept, messageId, ...(chatId === undefined ? {} : { chatId }) };
  if (before !== chatId && 'superseded' in moved) delete moved.superseded;
  return moved as unknown as T;
}

/** The same incident for a bridge whose clock is so far ahead. When things happened is told by their senders' clocks, and stays. */
export function byAnotherClock(incident: Incident, aheadMs: number): Incident {
  const rangAt = incident.rangAt + aheadMs;
  if (incident.kind === 'events') return { ...incident, rangAt };
  const { onsets, flapping } = incident;
  const begun = {
    ...(onsets === undefined ? {} : { onsets: onsets.map((at) => at + aheadMs) }),
    ...(flapping === undefined ? {} : { flapping: { ...flapping, since: flapping.since + aheadMs } }),
  };
  if (incident.kind === 'digest')
    return { ...incident, ...begun, rangAt, shownAt: incident.shownAt + aheadMs };
  const { remindedAt, rings, passedOnAt } = incident;
  return {
    ...incident,
    ...begun,
    rangAt,
    ...(remindedAt === undefined ? {} : { remindedAt: remindedAt + aheadMs }),
    ...(rings === undefined ? {} : { rings: { ...rings, since: rings.since + aheadMs } }),
    ...(passedOnAt === undefined ? {} : { passedOnAt: passedOnAt + aheadMs }),
  };
}

export const isAnyFiring = (incident: Draft<AlertIncident>): boolean =>
  Object.values(incident.members).some(({ status }) => status === 'firing');

/** A message that is shown much later than the thing happened. */
export interface Lateness {
  /** Unix ms. */
  readonly happenedAt: number;
  readonly deliveredAt: number;
  readonly cause: LateCause;
}

/** When no bridge ran, Unix ms. */
export interface Downtime {
  readonly from: number;
  readonly to: number;
}

/** Who kept the message: the sender, a bridge that was not running, or Telegram. */
export type LateCause =
  | 'sender'
  | 'bridge_down'
  | 'telegram_unreachable'
  | 'telegram_rate_limit'
  | 'telegram_refused'
  | 'backlog'
  | 'quiet_hours'
  | 'maintenance';

/** Drafts of incidents: what a message shows before Telegram has given it an id. */
export type Draft<T extends Incident = Incident> = T extends Incident
  ? Omit<T, 'messageId' | 'rangAt'>
  : never;

/** One line of a message that lists events which are never dropped. */
export interface ListedEvent {
  readonly body: PaymentReceivedBody | NewUserBody;
  /** Unix ms. */
  readonly occurredAt: number;
}

/** What a message shows. `render/` turns it into Telegram HTML. */
export type Content =
  /** The living message of an incident or event, drawn from its state. */
  | { readonly kind: 'incident'; readonly incident: Draft<AlertIncident | EventIncident> }
  /** The short reply that tells of a resolution: edits do not notify. */
  | { readonly kind: 'resolution'; readonly incident: Draft<AlertIncident> }
  /** The short reply that rings again, because nobody has taken the incident. */
  | { readonly kind: 'ring'; readonly incident: Draft<AlertIncident> }
  /** One message for many, and the short reply when all of them are over. */
  | {
      readonly kind: 'digest' | 'digest_resolution';
      readonly incident: Draft<DigestIncident>;
      readonly summary: DigestSummary;
    }
  /** What is left of a message that the incident's newer one has taken the place of. */
  | { readonly kind: 'superseded'; readonly incident: Draft<AlertIncident | DigestIncident> }
  /** Payments or new users, one or many, each on its line. */
  | {
      readonly kind: 'event_list';
      readonly entries: readonly ListedEvent[];
      readonly late?: Lateness;
    }
  | { readonly kind: 'report'; readonly report: DailyReportBody; readonly late?: Lateness };
