/** Whether a message comes late, and what made it so. Pure. */
import type { PendingSignal } from '../outbox/outbox.ts';
import { reportableFrom } from '../model/signal.ts';
import type { AlertIncident, Downtime, LateCause, Lateness } from '../model/incident.ts';

export interface LateCircumstances {
  readonly policy: { readonly lateAfterMs: number };
  /** Unix ms. */
  readonly now: number;
  /** What kept messages from this chat, should one turn out late. */
  readonly lateCause: LateCause;
  /** When no bridge ran before this one; undefined when that was too short to make anything late. */
  readonly downtime?: Downtime | undefined;
}

/**
 * Late by the sender, when it told of something long past, or had nobody to tell; by us, when a signal waited here.
 * @param told alerts that the chat knows already: those are not late, only repeated
 */
export function lateness(
  signals: readonly PendingSignal[],
  at: LateCircumstances,
  told: AlertIncident['members'] = {},
): { late?: Lateness } {
  const [oldest] = signals;
  if (!oldest) return {};
  const { body, occurredAt, acceptedAt } = oldest;
  const late = (cause: LateCause): { late: Lateness } => ({
    late: { happenedAt: Math.min(occurredAt, acceptedAt), deliveredAt: at.now, cause },
  });
  if (at.now - acceptedAt > at.policy.lateAfterMs) return late(at.lateCause);
  const isAlert = body.kind === 'alert';
  const reportableAt = isAlert ? reportableFrom(body) : occurredAt;
  if (acceptedAt - reportableAt <= at.policy.lateAfterMs) return {};
  if (isAlert && Object.hasOwn(told, body.fingerprint)) return {};
  const { from, to } = at.downtime ?? { from: Infinity, to: -Infinity };
  if (from <= reportableAt && reportableAt <= to) return late('bridge_down');
  // Alertmanager keeps an alert back by design: to group it, or while it is muted.
  return isAlert && body.isMissed !== true ? {} : late('sender');
}
