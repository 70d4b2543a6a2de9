/** What a chat is told without a signal, and when: that an incident still burns, or that nobody has taken it. */
import { dueAfter } from '../../common/time/elapsed.ts';
import { isAnyFiring, type AlertIncident } from '../model/incident.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Circumstances, Decision, Policy } from './decide.ts';
import { nextStepAt, ringSteps, untakenAmong, type Untaken } from './escalate.ts';
import { decidePassingOn, decideReminder, decideRing, decideSettled, remindAt, settlesAt } from './remind.ts';
import type { Labelled, Routing } from './routing.ts';

const AFTER_REFUSAL_MS = 10 * 60_000;

export interface Unprompted {
  readonly incident: AlertIncident;
  readonly policy: Policy;
  /** When it is due, Unix ms. */
  readonly at: number;
  readonly decide: (incident: AlertIncident, at: Circumstances) => Decision;
}

export interface UnpromptedDependencies {
  readonly outbox: Pick<Outbox, 'firing' | 'incident'>;
  readonly chat: string;
  /** Keys of all chats. */
  readonly chats: readonly string[];
  readonly routing: Routing;
  /** Fingerprints of what Alertmanager keeps silent; undefined until it was asked: then nothing is told. */
  readonly muted: () => ReadonlySet<string> | undefined;
  /** When everything that is not critical may be told, Unix ms. */
  readonly allHeldUntil: (now: number) => number;
  /** Whether something is held now; it is asked again when that ends. */
  readonly isHeldAt: (now: number) => (signal: Labelled) => boolean;
}

export function createUnprompted({
  outbox,
  chat,
  chats,
  routing,
  muted,
  allHeldUntil,
  isHeldAt,
}: UnpromptedDependencies): {
  /** Telegram does not take a ring for that type: another is due only after a while. */
  refused(type: string, now: number): void;
  /** Quiet hours do not hold them. */
  rings(now: number): readonly Unprompted[];
  reminders(now: number): readonly Unprompted[];
} {
  const refusedAt = new Map<string, number>();
  const policyOf = (incident: AlertIncident): Policy => policyFor(incident, routing);

  const ringOf = (untaken: Untaken, now: number): readonly Unprompted[] => {
    const { type } = untaken.incident;
    const own = outbox.incident(chat, type);
    if (own?.kind === 'alerts' && isAnyFiring(own)) {
      if (own.rings === undefined) return [];
      const { rings } = own;
      const at = nextStepAt(rings, ringSteps(untaken.escalation), now);
      const decide: Unprompted['decide'] = (incident, circumstances) =>
        decideRing(incident, { ...untaken, rings }, circumstances);
      return at === Infinity ? [] : [{ incident: own, policy: policyOf(own), at, decide }];
    }
    const next = untaken.escalation.next.find((one) => one.chat === chat);
    if (next === undefined) return [];
    const { incident, rings } = untaken;
    const at = dueAfter(rings.since, next.afterMs, now);
    return [{ incident, policy: policyOf(incident), at, decide: decidePassingOn }];
  };

  return {
    refused: (type, now) => void refusedAt.set(type, now),
    rings: (now) => {
      const silent = muted();
      if (silent === undefined || !routing.escalates) return [];
      const burning = chats.flatMap((key) => outbox.firing(key));
      return untakenAmong(burning, silent, policyOf)
        .flatMap((untaken) => ringOf(untaken, now))
        .map((ring) => {
          const refused = refusedAt.get(ring.incident.type);
          return refused === undefined
            ? ring
            : { ...ring, at: Math.max(ring.at, dueAfter(refused, AFTER_REFUSAL_MS, now)) };
        });
    },
    reminders: (now) => {
      const silent = muted();
      if (silent === undefined) return [];
      const isHeld = isHeldAt(now);
      const isPart = (incident: AlertIncident): boolean =>
        allHeldUntil(now) <= now &&
        Object.values(incident.members).some((body) => isHeld({ severity: incident.severity, body }));
      return outbox.firing(chat).flatMap((incident) => {
        if (isPart(incident)) return [];
        const policy = policyOf(incident);
        const held = incident.severity === 'critical' ? 0 : allHeldUntil(now);
        const [dueOf, decide] =
          incident.flapping === undefined ? [remindAt, decideReminder] : [settlesAt, decideSettled];
        const due = dueOf(incident, policy, silent, now);
        return due === undefined ? [] : [{ incident, policy, at: Math.max(due, held), decide }];
      });
    },
  };
}

/** Of the route that its alerts take. */
export function policyFor(
  { members, severity }: AlertIncident,
  routing: Pick<Routing, 'routeOf' | 'fallback'>,
): Policy {
  const [body] = Object.values(members);
  return body === undefined ? routing.fallback.policy : routing.routeOf({ severity, body }).policy;
}
