/** How a critical incident that nobody takes wakes more and more people. Pure. */
import { dueAfter } from '../../common/time/elapsed.ts';
import type { AlertIncident, Rings } from '../model/incident.ts';
import { severityOf } from '../model/signal.ts';

/** All times are counted from the first message, ms. */
export interface Escalation {
  /** When the incident's chats ring again, in order. */
  readonly ringAfterMs: readonly number[];
  /** Who is told then: keys of chats. */
  readonly next: readonly { readonly chat: string; readonly afterMs: number }[];
  /** When mail and ntfy follow; undefined: never. */
  readonly fallbackAfterMs: number | undefined;
  /** When the webhook of a call service follows; undefined: never. */
  readonly webhookAfterMs: number | undefined;
}

/** A step of its own name, once for each incident. */
export interface Step {
  readonly name: string;
  readonly afterMs: number;
}

/** An incident that is to be taken, whichever chats were told of it. */
export interface Untaken {
  readonly incident: AlertIncident;
  readonly rings: Rings;
  readonly escalation: Escalation;
}

/**
 * Whether somebody is still to be woken for it: it is critical, burns, and nobody has taken it or muted all of it.
 * @param silent fingerprints of what Alertmanager keeps silent, or knows to be over
 */
export function isUntaken(
  { rings, acknowledged, members }: AlertIncident,
  silent: ReadonlySet<string>,
): boolean {
  if (rings === undefined || acknowledged !== undefined) return false;
  const all = Object.values(members);
  const critical = all.filter((alert) => severityOf(alert) === 'critical');
  // Not every source has a label for it.
  return (critical.length > 0 ? critical : all).some(
    ({ status, fingerprint }) => status === 'firing' && !silent.has(fingerprint),
  );
}

/**
 * The incidents that are to be taken, by type, each as the chat knows it that was told first. Whoever takes one in any chat
 * has taken it in all.
 * @param burning what the chats were told of and burns
 */
export function untakenAmong(
  burning: readonly AlertIncident[],
  silent: ReadonlySet<string>,
  policyOf: (incident: AlertIncident) => { readonly escalation?: Escalation },
): readonly Untaken[] {
  const found = new Map<string, Untaken>();
  const taken = new Set(burning.filter(({ acknowledged }) => acknowledged).map(({ type }) => type));
  for (const incident of burning) {
    const { type, rings } = incident;
    if (rings === undefined || taken.has(type) || !isUntaken(incident, silent)) continue;
    const { escalation } = policyOf(incident);
    const first = found.get(type);
    if (escalation !== undefined && (first === undefined || rings.since < first.rings.since))
      found.set(type, { incident, rings, escalation });
  }
  return [...found.values()];
}

export const ringSteps = ({ ringAfterMs }: Escalation): readonly Step[] =>
  ringAfterMs.map((afterMs) => ({ name: `ring:${afterMs}`, afterMs }));

/** The steps past Telegram. */
export const outsideSteps = ({ fallbackAfterMs, webhookAfterMs }: Escalation): readonly Step[] => [
  ...(fallbackAfterMs === undefined ? [] : [{ name: 'fallback', afterMs: fallbackAfterMs }]),
  ...(webhookAfterMs === undefined ? [] : [{ name: 'webhook', afterMs: webhookAfterMs }]),
];

/** When a step is due, Unix ms. */
export const stepAt = ({ since }: Rings, { afterMs }: Step, now: number): number =>
  dueAfter(since, afterMs, now);

/** When the first of the steps that were not taken is due, Unix ms; Infinity when all were. */
export const nextStepAt = (rings: Rings, steps: readonly Step[], now: number): number =>
  Math.min(...steps.filter(({ name }) => !rings.done.includes(name)).map((step) => stepAt(rings, step, now)));

/** Those steps are taken. */
export const withDone = (rings: Rings, names: readonly string[]): Rings => ({
  ...rings,
  done: [...new Set([...rings.done, ...names])].sort(),
});
