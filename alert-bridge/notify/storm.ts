/** Storms: what waits longer than a reader should is folded into one message per severity. Pure. */
import { dueAfter } from '../../common/time/elapsed.ts';
import { isWorse, SEVERITIES } from '../model/severity.ts';
import {
  isCooldownOver,
  isNeverDropped,
  type Circumstances,
  type Decision,
  type Policy,
  type Reason,
} from './decide.ts';
import { joinOnsets, stillFlapping } from './flapping.ts';
import type { FoldedSignal, PendingSignal, WaitingType } from '../outbox/outbox.ts';
import type { Severity } from '../model/signal.ts';
import type { Labelled } from './routing.ts';
import {
  digestType,
  type DigestMember,
  type DigestName,
  type DigestSummary,
  type DigestIncident,
  type Draft,
  type Incident,
} from '../model/incident.ts';

/** What would not all be sent within this time, one by one, is shown in one message. */
export const FOLD_AFTER_MS = 10_000;
/** A digest that grows is edited no more often, so that the chat's budget has room for everything else. */
export const DIGEST_EVERY_MS = 10_000;

/** An incident of more alerts is told by the digest: a message that lists them has no room for more either. */
export const INCIDENT_ALERTS = 200;

/** A storm of critical alerts rings again for names that are new to it, no more often. */
const RING_AGAIN_MS = 5 * 60_000;

export interface Surroundings {
  /** What the chat was last told about a type. */
  readonly incident: (type: string) => Incident | undefined;
  /** The digest that shows an alert, by fingerprint. */
  readonly member: (fingerprint: string) => DigestMember | undefined;
  /** How long after the first of so many requests the last could go, ms. */
  readonly drainMs: (requests: number) => number;
  readonly at: Pick<Circumstances, 'now' | 'policy'>;
  /** True of what quiet hours or a maintenance hold: never of what is critical. */
  readonly isHeld: (signal: Labelled) => boolean;
  /** The storm that an earlier look at what waits has found, and of which this is more. */
  readonly ongoing: Storm;
}

/** What is folded: whole severities, and types of which there is too much for a message of their own. */
export interface Storm {
  readonly severities: ReadonlySet<Severity>;
  readonly types: ReadonlySet<string>;
}

export const CALM: Storm = { severities: new Set(), types: new Set() };

export interface Folding {
  /** Goes into a digest. */
  readonly fold: readonly { readonly digest: DigestName; readonly signals: readonly PendingSignal[] }[];
  /** Says of an alert what its digest shows already. */
  readonly repeats: readonly PendingSignal[];
  readonly storm: Storm;
}

/**
 * Picks what is shown by digests among the signals that wait: what a digest shows already is told there, what quiet hours hold waits for their end in one, and whatever
 * severity would keep the chat busy for longer than {@link FOLD_AFTER_MS} is folded, the most urgent one first asked; so is
 * an incident of more than {@link INCIDENT_ALERTS}. Payments, new users and reports have messages of their own, and an alert that a message of its own shows stays with it.
 */
export function planFolding(waiting: readonly PendingSignal[], around: Surroundings): Folding {
  const repeats: PendingSignal[] = [];
  const folded = new Map<DigestName, PendingSignal[]>();
  const fold = (digest: DigestName, signal: PendingSignal): void => {
    const signals = folded.get(digest) ?? [];
    signals.push(signal);
    folded.set(digest, signals);
  };
  const free: PendingSignal[] = [];
  for (const signal of waiting) {
    const place = placeOf(signal, around);
    if (place === 'repeat') repeats.push(signal);
    else if (place === 'own') continue;
    else if (place !== 'free') fold(place.digest, signal);
    else if (around.isHeld(signal)) fold('quiet', signal);
    else free.push(signal);
  }
  const counts = new Map<string, number>();
  for (const { type, body } of free) if (body.kind === 'alert') counts.set(type, (counts.get(type) ?? 0) + 1);
  const types = new Set([...around.ongoing.types, ...crowdedTypes(counts, around)]);
  const few = free.filter(({ type }) => !types.has(type));
  const severities = stormySeverities(few, around);
  for (const signal of free)
    if (types.has(signal.type) || severities.has(signal.severity)) fold(signal.severity, signal);
  return {
    fold: [...folded].map(([digest, signals]) => ({ digest, signals })),
    repeats,
    storm: { severities, types },
  };
}

/** The storm in what waits, when that is too much to be looked at signal by signal: what counts is what would be sent. */
export function foreseeStorm(waiting: readonly WaitingType[], around: Surroundings): Storm {
  const { ongoing } = around;
  const free = waiting.filter(({ samples }) =>
    samples.some((signal) => !around.isHeld(signal) && placeOf(signal, around) === 'free'),
  );
  const counts = new Map<string, number>();
  for (const { type, count } of free) counts.set(type, (counts.get(type) ?? 0) + count);
  const types = new Set([...ongoing.types, ...crowdedTypes(counts, around)]);
  const few = free.filter(({ type }) => !types.has(type));
  return { types, severities: stormySeverities(few, around) };
}

type Place = 'own' | 'free' | 'repeat' | { readonly digest: DigestName };

function placeOf({ type, body, severity }: PendingSignal, { incident, member, at }: Surroundings): Place {
  if (isNeverDropped(body) || body.kind === 'daily_report') return 'own';
  if (body.kind !== 'alert') return 'free';
  const own = incident(type);
  if (own?.kind === 'alerts' && Object.hasOwn(own.members, body.fingerprint)) return 'own';
  const shown = member(body.fingerprint);
  if (shown === undefined) return 'free';
  const isSame = shown.status === body.status && shown.startsAt === body.startsAt;
  if (body.status === 'resolved') return isSame ? 'repeat' : { digest: shown.digest };
  // An edit of the digest would notify nobody of what it shows as over, or as something milder.
  const shownAs = shown.digest === 'quiet' ? 'warning' : shown.digest;
  if (shown.status === 'resolved' || isWorse(severity, shownAs)) return 'free';
  // What still burns when the digest has grown old gets a message of its own.
  if (isCooldownOver(incident(digestType(shown.digest)), at)) return 'free';
  return isSame ? 'repeat' : { digest: shown.digest };
}

/** Types of which an incident would have more than {@link INCIDENT_ALERTS}. */
function crowdedTypes(counts: ReadonlyMap<string, number>, { incident }: Surroundings): readonly string[] {
  const isCrowded = ([type, waiting]: [string, number]): boolean => {
    const own = incident(type);
    const known = own?.kind === 'alerts' ? Object.keys(own.members).length : 0;
    return known + waiting > INCIDENT_ALERTS;
  };
  return [...counts].filter(isCrowded).map(([type]) => type);
}

function stormySeverities(
  signals: readonly Pick<PendingSignal, 'severity' | 'type'>[],
  { drainMs, ongoing }: Surroundings,
): ReadonlySet<Severity> {
  const stormy = new Set<Severity>();
  let ahead = 0;
  for (const severity of SEVERITIES) {
    const types = new Set(signals.filter((signal) => signal.severity === severity).map(({ type }) => type));
    const isTooMuch = types.size > 1 && drainMs(ahead + types.size) > FOLD_AFTER_MS;
    if (isTooMuch || ongoing.severities.has(severity)) {
      stormy.add(severity);
      ahead += 1;
    } else {
      ahead += types.size;
    }
  }
  return stormy;
}

/** True when what comes next begins a message of its own, without the resolved members of the one before. */
export function isNewDigest(
  incident: DigestIncident | undefined,
  signals: readonly { readonly isResolution: boolean }[],
  at: Surroundings['at'],
): boolean {
  if (incident === undefined) return true;
  if (signals.every(({ isResolution }) => isResolution)) return false;
  // What fires after an end that was told is a storm again; while storms come and go, one message is edited.
  return isCooldownOver(incident, at) || (incident.isOver && incident.flapping === undefined);
}

/** When a digest rings again, Unix ms: it has more names than when it was sent. Undefined when there is no need. */
export function ringsAgainAt(
  { digest, isOver, nameCount, namesRung, rangAt }: DigestIncident,
  { sound }: Pick<Policy, 'sound'>,
  now: number,
): number | undefined {
  if (digest !== 'critical' || isOver || !sound.includes('critical')) return undefined;
  return nameCount > namesRung ? dueAfter(rangAt, RING_AGAIN_MS, now) : undefined;
}

/**
 * Decides how a digest shows what was folded into it.
 * @param signals those that wait to be shown by it; none when it is only to ring.
 * @param summary of all its members, these included.
 */
export function decideDigest(
  digest: DigestName,
  signals: readonly FoldedSignal[],
  incident: DigestIncident | undefined,
  summary: DigestSummary,
  at: Circumstances & { readonly isMaintenance?: boolean },
): Decision {
  const isOver = summary.firing === 0 && summary.resolved > 0;
  const oldest = oldestOf(signals, at.now);
  const reason = digest === 'quiet' ? 'quiet_hours' : 'storm';
  const begun = !isOver && (incident?.isOver ?? true) ? [at.now] : [];
  const stands = incident?.flapping !== undefined && !isCooldownOver(incident, at);
  const { cooldownMs } = at.policy;
  const draft = {
    kind: 'digest',
    digest,
    type: digestType(digest),
    severity: severityOf(digest, summary),
    count: summary.members,
    nameCount: summary.nameCount,
    lastAt: at.now,
    shownAt: at.now,
    isOver,
    ...(at.isMaintenance === true ? { maintenance: true as const } : {}),
    ...joinOnsets(incident, begun, { now: at.now, cooldownMs, stands }),
  } as const;
  const send = (state: Draft<DigestIncident>, why: Reason): Decision => ({
    action: 'send',
    content: { kind: 'digest', incident: state, summary },
    incident: state,
    silent: isOver || !at.policy.sound.includes(draft.severity),
    reason: why,
  });
  const namesRung = summary.nameCount;
  if (incident === undefined || isNewDigest(incident, signals, at)) {
    const isLate = digest !== 'quiet' && at.now - oldest > at.policy.lateAfterMs;
    const late = isLate ? { late: { happenedAt: oldest, deliveredAt: at.now, cause: at.lateCause } } : {};
    return send({ ...draft, ...late, namesRung }, reason);
  }
  const { flapping, ...before } = incident;
  const grown: DigestIncident = { ...before, ...draft };
  const { late: _, ...afresh } = grown;
  if ((ringsAgainAt(grown, at.policy, at.now) ?? Infinity) <= at.now)
    return send({ ...afresh, namesRung }, 'storm_of_new_names');
  const settles = flapping !== undefined && !stands;
  if (settles && !isOver) {
    const { onsets: __, ...calm } = afresh;
    return send(
      { ...calm, ...stillFlapping(incident, { now: at.now, cooldownMs }), namesRung },
      'still_firing',
    );
  }
  if (isOver && !stands && (settles || !incident.isOver)) {
    const content = { kind: 'digest_resolution', incident: grown, summary } as const;
    return { action: 'reply', content, incident: grown, silent: true, reason: 'resolved' };
  }
  return {
    action: 'edit',
    content: { kind: 'digest', incident: grown, summary },
    incident: grown,
    reason: stands ? 'flapping' : reason,
  };
}

/** When a chat is to be told in what state flapping has left its digest, Unix ms; undefined when it does not flap. */
export const digestSettlesAt = (
  { flapping, rangAt }: DigestIncident,
  { cooldownMs }: Pick<Policy, 'cooldownMs'>,
  now: number,
): number | undefined => (flapping === undefined ? undefined : dueAfter(rangAt, cooldownMs, now));

/** Of a storm its own; of what quiet hours held the worst. */
export const severityOf = (digest: DigestName, { names }: Pick<DigestSummary, 'names'>): Severity =>
  digest === 'quiet' ? (names[0]?.severity ?? 'info') : digest;

/** When the first of them was accepted, Unix ms; now when there is none. */
export const oldestOf = (signals: readonly Pick<FoldedSignal, 'acceptedAt'>[], now: number): number =>
  signals.reduce((oldest, { acceptedAt }) => Math.min(oldest, acceptedAt), now);
