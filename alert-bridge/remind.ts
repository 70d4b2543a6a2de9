/** Reminders of what still burns. Pure. */
import { dueAfter } from '../common/elapsed.ts';
import { sendThread, type Circumstances, type Decision, type Policy } from './decide.ts';
import type { AlertThread } from './thread.ts';

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
  if (remindAfterMs === undefined || thread.acknowledged !== undefined) return undefined;
  const burns = Object.values(thread.members).some(
    ({ status, fingerprint }) => status === 'firing' && !muted.has(fingerprint),
  );
  return burns ? dueAfter(thread.rangAt, remindAfterMs, now) : undefined;
}

/** A message that says again what still burns, and stands for the incident from then on. */
export function decideReminder(thread: AlertThread, at: Circumstances): Decision {
  const { late: _, ...state } = thread;
  return sendThread({ ...state, remindedAt: at.now }, false, 'reminder', at);
}
