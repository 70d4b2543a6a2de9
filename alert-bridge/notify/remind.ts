/** What is told without a signal: reminders of what still burns, and what has become of what flapped. Pure. */
import { dueAfter } from '../../common/time/elapsed.ts';
import { sendThread, type Circumstances, type Decision, type Policy } from './decide.ts';
import { stillFlapping } from './flapping.ts';
import { isAnyFiring, type AlertThread } from '../model/incident.ts';

/**
 * When an incident that burns is to be told again, Unix ms; undefined when it is not: somebody looks after it, or has
 * muted all of it.
 * @param muted fingerprints of what Alertmanager keeps silent.
 */
export function remindAt(
  thread: AlertThread,
  { remindAfterMs }: Policy,
  muted: ReadonlySet<string>,
  now: number,
): number | undefined {
  const afterMs = remindAfterMs?.[thread.severity];
  if (afterMs === undefined || thread.acknowledged !== undefined) return undefined;
  return burnsAloud(thread, muted) ? dueAfter(thread.rangAt, afterMs, now) : undefined;
}

const burnsAloud = ({ members }: AlertThread, muted: ReadonlySet<string>): boolean =>
  Object.values(members).some(({ status, fingerprint }) => status === 'firing' && !muted.has(fingerprint));

/**
 * When a chat is to be told in what state the flapping has left it, Unix ms: edits of its message notify nobody.
 * Undefined when it does not flap, or burns and somebody looks after it or has muted all of it.
 */
export function settlesAt(
  thread: AlertThread,
  { cooldownMs }: Policy,
  muted: ReadonlySet<string>,
  now: number,
): number | undefined {
  if (thread.flapping === undefined) return undefined;
  const isKnown = thread.acknowledged !== undefined || !burnsAloud(thread, muted);
  return isAnyFiring(thread) && isKnown ? undefined : dueAfter(thread.rangAt, cooldownMs, now);
}

/** What still burns has a message again; of what does not, a silent reply says that it is over. */
export function decideSettled(thread: AlertThread, at: Circumstances): Decision {
  const { late: _, remindedAt: __, flapping: ___, ...calm } = thread;
  if (!isAnyFiring(thread)) {
    const content = { kind: 'resolution', thread: calm } as const;
    return { action: 'reply', content, thread: calm, silent: true, reason: 'resolved' };
  }
  const { cooldownMs } = at.policy;
  const flaps = stillFlapping(thread, { now: at.now, cooldownMs });
  const count = Object.keys(thread.members).length;
  return sendThread({ ...calm, ...flaps, count }, false, 'still_firing', at);
}

/** A message that says again what still burns, and stands for the incident from then on. */
export function decideReminder(thread: AlertThread, at: Circumstances): Decision {
  const { late: _, ...state } = thread;
  return sendThread({ ...state, remindedAt: at.now }, false, 'reminder', at);
}
