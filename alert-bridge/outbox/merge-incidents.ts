import { FLAPPING_ONSETS, type Onsets } from '../notify/flapping.ts';
import type { AlertBody } from '../model/signal.ts';
import {
  isSameMessage,
  type AlertIncident,
  type DigestIncident,
  type EventIncident,
  type Incident,
} from '../model/incident.ts';
import { worst } from '../model/severity.ts';

/**
 * One incident of two that bridges have kept apart while they could not speak to each other: it stands at the newer
 * message and knows what both know. In whatever order bridges hear of one another they come to the same incident:
 * merging is commutative, associative and idempotent.
 */
export function mergeIncidents(a: Incident, b: Incident): Incident {
  if (a.kind === 'alerts' && b.kind === 'alerts') return mergeAlerts(a, b);
  if (a.kind === 'events' && b.kind === 'events') return mergeEvents(a, b);
  if (a.kind === 'digest' && b.kind === 'digest') return mergeDigests(a, b);
  return newerMessage(a, b);
}

function mergeAlerts(a: AlertIncident, b: AlertIncident): AlertIncident {
  const members = { ...a.members };
  for (const [fingerprint, alert] of Object.entries(b.members)) {
    const known = members[fingerprint];
    members[fingerprint] = known === undefined ? alert : laterOf(known, alert, ageOfAlert);
  }
  const { acknowledged: _, rings: __, ...message } = newerMessage(a, b);
  const byAge = [a.acknowledged, b.acknowledged]
    .filter((one) => one !== undefined)
    .toSorted((one, other) => one.at - other.at || compare(one.by, other.by));
  return {
    ...message,
    ...common(a, b),
    ...superseded(a, b),
    ...begun(a, b),
    openedAt: Math.min(a.openedAt, b.openedAt),
    members,
    // Whoever said so first stays.
    ...(byAge[0] === undefined ? {} : { acknowledged: byAge[0] }),
    ...rung(a, b),
  };
}

/** What either has done is done. */
function rung(a: AlertIncident, b: AlertIncident): Pick<AlertIncident, 'rings'> {
  const both = [a.rings, b.rings].filter((one) => one !== undefined);
  if (both.length === 0) return {};
  const done = [...new Set(both.flatMap((rings) => rings.done))].sort();
  return { rings: { since: Math.min(...both.map(({ since }) => since)), done } };
}

function mergeEvents(a: EventIncident, b: EventIncident): EventIncident {
  const { body } = laterOf(a, b, ({ lastAt, body: shown }) => [lastAt, JSON.stringify(shown)]);
  return { ...newerMessage(a, b), ...common(a, b), body, firstAt: Math.min(a.firstAt, b.firstAt) };
}

function mergeDigests(a: DigestIncident, b: DigestIncident): DigestIncident {
  return {
    ...newerMessage(a, b),
    ...common(a, b),
    ...superseded(a, b),
    ...begun(a, b),
    nameCount: Math.max(a.nameCount, b.nameCount),
    namesRung: Math.max(a.namesRung, b.namesRung),
    shownAt: Math.max(a.shownAt, b.shownAt),
    isOver: a.isOver && b.isOver,
  };
}

const common = (a: Incident, b: Incident): Pick<Incident, 'severity' | 'count' | 'lastAt'> => ({
  severity: worst([a.severity, b.severity]),
  count: Math.max(a.count, b.count),
  lastAt: Math.max(a.lastAt, b.lastAt),
});

/**
 * Telegram's ids grow within a chat: https://core.telegram.org/bots/api#message. A chat that became another is left for
 * good, and a supergroup's id is below that of every group.
 */
const newerMessage = <T extends Incident>(a: T, b: T): T => {
  const [inA, inB] = [a.chatId ?? 0, b.chatId ?? 0];
  if (inA !== inB) return inA < inB ? a : b;
  return a.messageId >= b.messageId ? a : b;
};

/** The older of the two messages is to say that it goes on in the newer one. */
function superseded(
  a: AlertIncident | DigestIncident,
  b: AlertIncident | DigestIncident,
): Pick<AlertIncident, 'superseded'> {
  const { chatId, messageId } = newerMessage(a, b);
  const here = [a, b].filter((incident) => incident.chatId === chatId);
  const all = new Set(here.flatMap((incident) => [...(incident.superseded ?? []), incident.messageId]));
  all.delete(messageId);
  return all.size === 0 ? {} : { superseded: [...all].sort((one, other) => one - other) };
}

/** Every beginning that one of them knows; the flapping is what the newer message tells of. */
function begun(a: AlertIncident | DigestIncident, b: AlertIncident | DigestIncident): Onsets {
  const onsets = [...new Set([...(a.onsets ?? []), ...(b.onsets ?? [])])]
    .sort((one, other) => one - other)
    .slice(-FLAPPING_ONSETS);
  const newest = newerMessage(a, b);
  const told = [a, b].flatMap((incident) =>
    isSameMessage(incident, newest) ? (incident.flapping ?? []) : [],
  );
  const flapping = {
    since: Math.min(...told.map(({ since }) => since)),
    count: Math.max(...told.map(({ count }) => count)),
  };
  return { ...(onsets.length === 0 ? {} : { onsets }), ...(told.length === 0 ? {} : { flapping }) };
}

type Age = readonly (number | string)[];

const ageOfAlert = (alert: AlertBody): Age => [
  alert.startsAt,
  alert.again ?? 0,
  alert.status === 'resolved' ? 1 : 0,
  alert.endsAt ?? 0,
  JSON.stringify(alert),
];

function laterOf<T>(a: T, b: T, ageOf: (one: T) => Age): T {
  const [ages, others] = [ageOf(a), ageOf(b)];
  const at = ages.findIndex((age, index) => age !== others[index]);
  return at === -1 || compare(ages[at] ?? 0, others[at] ?? 0) > 0 ? a : b;
}

const compare = (a: number | string, b: number | string): number => (a < b ? -1 : Number(a > b));
