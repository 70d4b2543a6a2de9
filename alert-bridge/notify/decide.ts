import { isWorse, worst } from '../model/severity.ts';
import { elapsedSince } from '../../common/time/elapsed.ts';
import type { PendingGroup, PendingSignal, Settlement } from '../outbox/outbox.ts';
import type { Escalation } from './escalate.ts';
import type { QuietHours } from './quiet-hours.ts';
import { joinOnsets, onsetsAmong } from './flapping.ts';
import { lateness, type LateCircumstances } from './late.ts';
import { isForTheChain, occurrencesOf } from '../model/signal.ts';
import type {
  AlertBody,
  DailyReportBody,
  NewSignal,
  NewUserBody,
  PaymentReceivedBody,
  Severity,
} from '../model/signal.ts';
import {
  isAnyFiring,
  type AlertIncident,
  type Content,
  type DigestIncident,
  type Draft,
  type EventIncident,
  type ListedEvent,
  type Incident,
} from '../model/incident.ts';

/** The rules of the specification ("Защита от спама"), as configured. */
export interface Policy {
  /** How long a message stands for its type: later signals are counted into it. */
  readonly cooldownMs: number;
  /** Severities that make a sound. */
  readonly sound: readonly Severity[];
  /** A message delivered later than this says so. */
  readonly lateAfterMs: number;
  /** An incident of the severity that still burns so long after its last message gets another; undefined: never. */
  readonly remindAfterMs?: Readonly<Partial<Record<Severity, number | undefined>>> | undefined;
  /** What is not critical is held until they end, and told together. */
  readonly quietHours?: QuietHours;
  /** How a critical incident that nobody takes goes on; absent: it rings once. */
  readonly escalation?: Escalation;
}

export interface Circumstances extends LateCircumstances {
  readonly policy: Policy;
}

/** Why something was decided: shown in the audit log and by `GET /api/v1/signals`. */
export type Reason =
  | 'first_notification'
  | 'cooldown_elapsed'
  | 'fired_again'
  | 'flapping'
  | 'severity_raised'
  | 'new_critical_member'
  | 'still_firing'
  | 'unseen_resolution'
  | 'never_told'
  | 'within_cooldown'
  | 'members_changed'
  | 'resolved'
  | 'never_dropped'
  | 'storm'
  | 'storm_of_new_names'
  | 'quiet_hours'
  | 'reminder'
  | 'untaken'
  | 'passed_on'
  | 'repeat';

/** What one chat is to be shown of a group of signals of one type. */
export type Decision =
  /** A message of its own. */
  | {
      readonly action: 'send';
      readonly content: Content;
      readonly incident: Draft | undefined;
      readonly silent: boolean;
      readonly reason: Reason;
    }
  /** The chat's message is brought up to date; it does not notify. */
  | {
      readonly action: 'edit';
      readonly content: Content;
      readonly incident: Incident;
      readonly reason: Reason;
    }
  /** A short message under the chat's message, which is brought up to date afterwards. */
  | {
      readonly action: 'reply';
      readonly content: Content;
      readonly incident: AlertIncident | DigestIncident;
      readonly silent: boolean;
      readonly reason: Reason;
    }
  | { readonly action: 'suppress'; readonly reason: Reason };

/** Why the Watchdog is left out: it proves that the chain works, every minute. */
export const WATCHDOG_REASON = 'watchdog';

/** Signals that are left out before any chat is asked; the reason, or undefined to go on. */
export function suppressAtOnce(signal: NewSignal): typeof WATCHDOG_REASON | undefined {
  return signal.body.kind === 'alert' && isForTheChain(signal.body.labels) ? WATCHDOG_REASON : undefined;
}

/**
 * Decides what a chat is shown of the signals that wait for it.
 * @param group all of one type, in order of acceptance, at least one.
 * @param incident what the chat was last told about this type.
 */
export function decide(group: PendingGroup, incident: Incident | undefined, at: Circumstances): Decision {
  const alerts = group.signals.flatMap(({ body }) => (body.kind === 'alert' ? [body] : []));
  if (alerts.length > 0) {
    return decideAlerts(group, alerts, incident?.kind === 'alerts' ? incident : undefined, at);
  }
  const [report] = group.signals.flatMap(({ body }) => (body.kind === 'daily_report' ? [body] : []));
  if (report !== undefined) return decideReport(group, report, at);
  const eventList = group.signals.flatMap((signal) => listedEvent(signal));
  if (eventList.length > 0) return decideEventList(group, eventList, at);
  return decideEvents(group, incident?.kind === 'events' ? incident : undefined, at);
}

function decideAlerts(
  group: PendingGroup,
  alerts: readonly AlertBody[],
  incident: AlertIncident | undefined,
  at: Circumstances,
): Decision {
  const known = incident?.members ?? {};
  const isRepeat = (alert: AlertBody): boolean => {
    const shown = known[alert.fingerprint];
    return (
      shown?.status === alert.status &&
      shown.startsAt === alert.startsAt &&
      // Another alert in Prometheus, the same one in Sentry.
      shown.labels['severity'] === alert.labels['severity']
    );
  };
  const tellsOfFiring = alerts.some(isFiring);
  const onlyRepeats = alerts.every(isRepeat);
  const cooldownIsOver = isCooldownOver(incident, at);
  if (onlyRepeats && !(cooldownIsOver && tellsOfFiring)) return { action: 'suppress', reason: 'repeat' };

  const wasBurning = incident !== undefined && isAnyFiring(incident);
  const begun = onsetsAmong(group.signals, known);
  // While it flaps, one message is edited, which has rung.
  const stands = incident?.flapping !== undefined && !cooldownIsOver;
  const { cooldownMs } = at.policy;
  const onsets = joinOnsets(incident, begun, { now: at.now, cooldownMs, stands });
  // What fires after an end that was told is a new incident, and leaves the resolved members of the one before behind.
  const goesOn = wasBurning || onsets.flapping !== undefined || (begun.length === 0 && !cooldownIsOver);
  const isNewIncident = incident === undefined || !goesOn;
  const members = { ...(isNewIncident ? {} : known) };
  for (const alert of alerts) members[alert.fingerprint] = alert;
  const telling = tellsOfFiring ? group.signals.filter(({ body }) => isFiring(body)) : group.signals;
  const severity = worst(telling.map((signal) => signal.severity));
  const draft: Draft<AlertIncident> = {
    kind: 'alerts',
    type: group.type,
    severity,
    openedAt: isNewIncident ? at.now : incident.openedAt,
    members,
    count: (isNewIncident ? 0 : incident.count) + group.signals.length,
    lastAt: Math.max(...group.signals.map(({ occurredAt }) => occurredAt)),
    ...onsets,
    ...(isNewIncident ? {} : keptOf(incident)),
  };
  const isOver = !isAnyFiring(draft);
  const send = (reason: Reason): Decision => {
    const isToBeTaken = at.policy.escalation !== undefined && severity === 'critical' && !isOver;
    const rings = isToBeTaken && draft.rings === undefined ? { rings: { since: at.now, done: [] } } : {};
    return sendIncident({ ...draft, ...rings, ...lateness(group.signals, at, known) }, isOver, reason, at);
  };

  if (isNewIncident) {
    // An issue that somebody closed at Sentry, of which this chat never heard.
    if (!tellsOfFiring && alerts.every(({ source }) => source === 'sentry'))
      return { action: 'suppress', reason: 'never_told' };
    if (!tellsOfFiring) return send('unseen_resolution');
    if (incident === undefined) return send('first_notification');
    return send(cooldownIsOver ? 'cooldown_elapsed' : 'fired_again');
  }
  const { flapping: _, ...before } = incident;
  const merged: AlertIncident = {
    ...before,
    ...draft,
    // What is over already makes nothing worse.
    severity: tellsOfFiring ? worst([incident.severity, severity]) : incident.severity,
  };
  if (onsets.flapping !== undefined && !stands) return send('flapping');
  if (!stands) {
    if (isOver && wasBurning) {
      const content = { kind: 'resolution', incident: merged } as const;
      return { action: 'reply', content, incident: merged, silent: true, reason: 'resolved' };
    }
    if (tellsOfFiring && cooldownIsOver) return send(onlyRepeats ? 'still_firing' : 'cooldown_elapsed');
  }
  if (!tellsOfFiring) return edit(merged, stands ? 'flapping' : 'members_changed');
  if (isWorse(severity, incident.severity)) return send('severity_raised');
  if (group.signals.some((signal) => isNewCriticalMember(signal, known, stands)))
    return send('new_critical_member');
  return edit(merged, stands ? 'flapping' : 'within_cooldown');
}

/** What one incident keeps from message to message. */
function keptOf({ acknowledged, rings, passedOnAt }: AlertIncident): Partial<AlertIncident> {
  return {
    ...(acknowledged === undefined ? {} : { acknowledged }),
    ...(rings === undefined ? {} : { rings }),
    ...(passedOnAt === undefined ? {} : { passedOnAt }),
  };
}

function decideEvents(group: PendingGroup, incident: EventIncident | undefined, at: Circumstances): Decision {
  const newest = group.signals.at(-1)?.body;
  if (newest === undefined || newest.kind === 'alert' || newest.kind === 'daily_report')
    throw new Error(`No events wait of type ${group.type}.`);
  const severity = worst(group.signals.map((signal) => signal.severity));
  const draft: Draft<EventIncident> = {
    kind: 'events',
    type: group.type,
    severity,
    body: newest,
    firstAt: Math.min(...group.signals.map(({ occurredAt }) => occurredAt)),
    lastAt: Math.max(...group.signals.map(({ occurredAt }) => occurredAt)),
    count: group.signals.reduce((sum, { body }) => sum + occurrencesOf(body), 0),
  };
  // Every deployment stops the bot: it rings when the bot does not come back.
  const isSilent = newest.kind === 'bot_stopped';
  const send = (reason: Reason): Decision =>
    sendIncident({ ...draft, ...lateness(group.signals, at) }, isSilent, reason, at);

  if (incident === undefined) return send('first_notification');
  if (isCooldownOver(incident, at)) return send('cooldown_elapsed');
  if (isWorse(severity, incident.severity)) return send('severity_raised');
  const merged: EventIncident = {
    ...incident,
    ...draft,
    severity: worst([incident.severity, severity]),
    firstAt: Math.min(incident.firstAt, draft.firstAt),
    lastAt: Math.max(incident.lastAt, draft.lastAt),
    count: incident.count + draft.count,
  };
  return edit(merged, 'within_cooldown');
}

/** Payments and new users: never dropped and never counted into an older message; those that wait share one. */
function decideEventList(group: PendingGroup, entries: readonly ListedEvent[], at: Circumstances): Decision {
  const severity = worst(group.signals.map((signal) => signal.severity));
  return {
    action: 'send',
    content: { kind: 'event_list', entries, ...lateness(group.signals, at) },
    incident: undefined,
    silent: !at.policy.sound.includes(severity),
    reason: 'never_dropped',
  };
}

/** Every day's report is a type of its own: none waits together with another. */
function decideReport(group: PendingGroup, report: DailyReportBody, at: Circumstances): Decision {
  return {
    action: 'send',
    content: { kind: 'report', report, ...lateness(group.signals, at) },
    incident: undefined,
    silent: true,
    reason: 'never_dropped',
  };
}

function edit(incident: AlertIncident | EventIncident, reason: Reason): Decision {
  return { action: 'edit', content: { kind: 'incident', incident }, incident, reason };
}

/** A message of its own for an incident. */
export function sendIncident(
  incident: Draft<AlertIncident | EventIncident>,
  silent: boolean,
  reason: Reason,
  at: Circumstances,
): Decision {
  return {
    action: 'send',
    content: { kind: 'incident', incident },
    incident,
    silent: silent || !at.policy.sound.includes(incident.severity),
    reason,
  };
}

function listedEvent({ body, occurredAt }: PendingSignal): ListedEvent[] {
  return isNeverDropped(body) ? [{ body, occurredAt }] : [];
}

export const isNeverDropped = (body: PendingSignal['body']): body is PaymentReceivedBody | NewUserBody =>
  body.kind === 'payment_received' || body.kind === 'new_user';

/**
 * A critical alert that the chat was not told of as one that burns, or was told is over: edits notify nobody.
 * @param isFlapping the message says of those it knows that they come and go
 */
function isNewCriticalMember(
  { severity, body }: PendingSignal,
  known: AlertIncident['members'],
  isFlapping: boolean,
): boolean {
  if (severity !== 'critical' || !isFiring(body)) return false;
  const shown = Object.hasOwn(known, body.fingerprint) ? known[body.fingerprint] : undefined;
  if (shown === undefined) return true;
  // Another alert in Prometheus, the same one in Sentry.
  return shown.labels['severity'] !== body.labels['severity'] || (!isFlapping && !isFiring(shown));
}

const isFiring = (body: PendingSignal['body']): body is AlertBody =>
  body.kind === 'alert' && body.status === 'firing';

export const isCooldownOver = (
  incident: Incident | undefined,
  { now, policy }: Pick<Circumstances, 'now' | 'policy'>,
): boolean => incident === undefined || elapsedSince(incident.rangAt, now) >= policy.cooldownMs;

/** State of the chat's incident once the message is shown, and whether that shows it. */
export function incidentAfter(
  decision: Extract<Decision, { action: 'send' | 'reply' }>,
  messageId: number,
  rangAt: number,
): Settlement['incident'] {
  if (decision.action === 'reply') return { state: decision.incident, stale: true };
  return (
    decision.incident && { state: { ...decision.incident, messageId, rangAt } as Incident, stale: false }
  );
}
