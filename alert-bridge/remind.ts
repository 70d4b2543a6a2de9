/** Reminders of what still burns. Pure. */
import { sendThread, type Circumstances, type Decision, type Policy } from './decide.ts';
import { isAnyFiring, type AlertThread } from './thread.ts';

/** When an incident that burns is to be told again, Unix ms; undefined when it is not: somebody looks after it. */
export function remindAt(thread: AlertThread, { remindAfterMs }: Policy): number | undefined {
  if (remindAfterMs === undefined || thread.acknowledged !== undefined || !isAnyFiring(thread))
    return undefined;
  return thread.rangAt + remindAfterMs;
}

/** A message that says again what still burns, and stands for the incident from then on. */
export function decideReminder(thread: AlertThread, at: Circumstances): Decision {
  const { late: _, ...state } = thread;
  return sendThread({ ...state, remindedAt: at.now }, false, 'reminder', at);
}
