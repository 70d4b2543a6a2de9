/** What is told without a signal: reminders of what still burns, and what has become of what flapped. Pure. */
import { dueAfter } from '../../common/time/elapsed.ts';
import { sendIncident, type Circumstances, type Decision, type Policy } from './decide.ts';
import { ringSteps, stepAt, withDone, type Untaken } from './escalate.ts';
import { stillFlapping } from './flapping.ts';
import { isAnyFiring, type AlertIncident } from '../model/incident.ts';

/**
 * When an incident that burns is to be told again, Unix ms; undefined when it is not: somebody looks after it, or has
 * muted all of it.
 * @param muted fingerprints of what Alertmanager keeps silent.
 */
export function remindAt(
  incident: AlertIncident,
  { remindAfterMs }: Policy,
  muted: ReadonlySet<string>,
  now: number,
): number | undefined {
  const afterMs = remindAfterMs?.[incident.severity];
  if (afterMs === undefined || incident.acknowledged !== undefined) return undefined;
  return burnsAloud(incident, muted) ? dueAfter(incident.rangAt, afterMs, now) : undefined;
}

const burnsAloud = ({ members }: AlertIncident, muted: ReadonlySet<string>): boolean =>
  Object.values(members).some(({ status, fingerprint }) => status === 'firing' && !muted.has(fingerprint));

/**
 * When a chat is to be told in what state the flapping has left it, Unix ms: edits of its message notify nobody.
 * Undefined when it does not flap, or burns and somebody looks after it or has muted all of it.
 */
export function settlesAt(
  incident: AlertIncident,
  { cooldownMs }: Policy,
  muted: ReadonlySet<string>,
  now: number,
): number | undefined {
  if (incident.flapping === undefined) return undefined;
  const isKnown = incident.acknowledged !== undefined || !burnsAloud(incident, muted);
  return isAnyFiring(incident) && isKnown ? undefined : dueAfter(incident.rangAt, cooldownMs, now);
}

/** What still burns has a message again; of what does not, a silent reply says that it is over. */
export function decideSettled(incident: AlertIncident, at: Circumstances): Decision {
  const { late: _, remindedAt: __, flapping: ___, ...calm } = incident;
  if (!isAnyFiring(incident)) {
    const content = { kind: 'resolution', incident: calm } as const;
    return { action: 'reply', content, incident: calm, silent: true, reason: 'resolved' };
  }
  const { cooldownMs } = at.policy;
  const flaps = stillFlapping(incident, { now: at.now, cooldownMs });
  const count = Object.keys(incident.members).length;
  return sendIncident({ ...calm, ...flaps, count }, false, 'still_firing', at);
}

/** A message that says again what still burns, and stands for the incident from then on. */
export function decideReminder(incident: AlertIncident, at: Circumstances): Decision {
  const { late: _, ...state } = incident;
  return sendIncident({ ...state, remindedAt: at.now }, false, 'reminder', at);
}

/** Rings under the message; what has piled up while no bridge ran, or Telegram did not answer, rings once. */
export function decideRing(
  incident: AlertIncident,
  { rings, escalation }: Untaken,
  at: Circumstances,
): Decision {
  const due = ringSteps(escalation).filter((step) => stepAt(rings, step, at.now) <= at.now);
  const rung = {
    ...incident,
    rings: withDone(
      rings,
      due.map(({ name }) => name),
    ),
  };
  return {
    action: 'reply',
    content: { kind: 'ring', incident: rung },
    incident: rung,
    silent: false,
    reason: 'untaken',
  };
}

/** Tells another chat, where it rings again like in the first. */
export function decidePassingOn(incident: AlertIncident, at: Circumstances): Decision {
  const { messageId: _, chatId: __, rangAt: ___, superseded: ____, late: _____, ...known } = incident;
  const draft = { ...known, rings: { since: at.now, done: [] }, passedOnAt: at.now };
  return {
    action: 'send',
    content: { kind: 'incident', incident: draft },
    incident: draft,
    silent: false,
    reason: 'passed_on',
  };
}
