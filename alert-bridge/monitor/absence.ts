import { every } from '../../common/time/every.ts';
import type { Clock } from '../../common/time/clock.ts';
import { isAhead } from '../../common/time/elapsed.ts';
import type { KeyValue } from '../outbox/outbox.ts';
import {
  OWN_FAMILY,
  OWN_FINGERPRINT,
  type AlertBody,
  type NewSignal,
  type Severity,
} from '../model/signal.ts';
import type { Annotations } from './texts.ts';

/** What a absence is told as. */
interface Subject {
  readonly alertName: string;
  readonly component: string;
  readonly severity: Severity;
}

/** Something that must keep arriving: a crash says no goodbye, so its absence is what is told. */
export interface Expectation extends Subject {
  /** Unique; names its entry in the state. */
  readonly key: string;
  /** Unix ms of the last arrival. */
  readonly lastSeenAt: () => number | undefined;
  /**
   * Unix ms from which absence counts: the last arrival, or later where an arrival could not have been noticed.
   * Undefined while nothing is expected.
   */
  readonly quietSince: () => number | undefined;
  /** Absence longer than this is told, ms; AT_ONCE_MS: also what has begun only now. */
  readonly silentAfterMs: number;
  /** The texts of the message, asked for once when the absence is noticed. */
  readonly explain: (signal: AbortSignal) => Promise<Annotations>;
}

export interface SilenceDependencies {
  /** Puts a signal of the bridge's own on its way, like any other. */
  readonly tell: (signal: NewSignal) => Promise<unknown>;
  readonly state: KeyValue;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly onUnexpected: (error: unknown) => void;
}

export interface AbsenceWatch {
  /** Looks now at what is expected of a component: what has changed is told when it resolves. */
  look(component: string): Promise<void>;
  stop(): Promise<void>;
}

/** A absence that was told and is not over. */
interface Absence extends Subject {
  /** Unix ms. */
  readonly since: number;
  readonly annotations: Annotations;
  /** Of its signals. Absent: a release told it that gave it the type of an alert of Prometheus. */
  readonly family?: typeof OWN_FAMILY;
}

const STATE_KEY = 'silences';
const CHECK_EVERY_MS = 15_000;
export const AT_ONCE_MS = -1;

/** Tells when something stops arriving, once, and when it is back; both across restarts. */
export function watchForAbsence(
  expectations: readonly Expectation[],
  { tell, state, clock, newId, onUnexpected }: SilenceDependencies,
): AbsenceWatch {
  const stopping = new AbortController();
  /** Last arrivals that lie ahead, by key, and when that was noticed. */
  const ahead = new Map<string, { readonly since: number; readonly noticed: number }>();
  const lengths = expectations.map(({ silentAfterMs }) => silentAfterMs).filter((ms) => ms > 0);
  const everyMs = Math.min(CHECK_EVERY_MS, ...lengths);

  const knownAbsences = (): Readonly<Record<string, Absence>> =>
    JSON.parse(state.get(STATE_KEY) ?? '{}') as Record<string, Absence>;
  const remember = (key: string, absence: Absence | undefined): void =>
    state.set(STATE_KEY, JSON.stringify({ ...knownAbsences(), [key]: absence }));

  const end = async (key: string, absence: Absence, at: number): Promise<void> => {
    await tell(signalOf(key, absence, { status: 'resolved', at, id: newId() }));
    remember(key, undefined);
  };

  const check = async (expectation: Expectation): Promise<void> => {
    const { key, alertName, component, severity, explain } = expectation;
    const now = clock.now();
    const told = knownAbsences()[key];
    if (told !== undefined) {
      const seenAt = expectation.lastSeenAt() ?? 0;
      if (isAhead(told.since, now)) remember(key, { ...told, since: now });
      else if (seenAt > told.since && seenAt !== ahead.get(key)?.since && !isAhead(seenAt, now))
        await end(key, told, seenAt);
      return;
    }
    const since = quietSince(expectation, now);
    if (since === undefined || now - since <= expectation.silentAfterMs) return;
    const annotations = await explain(stopping.signal);
    if (stopping.signal.aborted) return;
    const absence = { alertName, component, severity, since, annotations, family: OWN_FAMILY } as const;
    await tell(signalOf(key, absence, { status: 'firing', at: now, id: newId() }));
    remember(key, absence);
  };

  /** An arrival that lies ahead says nothing; from when that is noticed, there is as much time as after any other. */
  const quietSince = ({ key, ...expectation }: Expectation, now: number): number | undefined => {
    const since = expectation.quietSince();
    if (since === undefined) return undefined;
    const known = ahead.get(key);
    // Also when its time has come meanwhile: it was not then that something arrived.
    const wasNoticed = known?.since === since;
    if (!wasNoticed && !isAhead(since, now)) {
      ahead.delete(key);
      return since;
    }
    const noticed = wasNoticed ? Math.min(known.noticed, now) : now;
    ahead.set(key, { since, noticed });
    const seenAt = expectation.lastSeenAt() ?? 0;
    return seenAt === since || isAhead(seenAt, now) ? noticed : Math.max(noticed, seenAt);
  };

  /** Nobody expects it any more: it would burn for ever. */
  const endForgotten = async (): Promise<void> => {
    for (const [key, absence] of Object.entries(knownAbsences()))
      if (!expectations.some((expectation) => expectation.key === key)) await end(key, absence, clock.now());
  };

  const checking = new Map<string, Promise<void>>();
  /** One after the other: two at once would tell the same. */
  const checkInTurn = (expectation: Expectation): Promise<void> => {
    const before = checking.get(expectation.key) ?? Promise.resolve();
    const mine = before.then(() => check(expectation)).catch(onUnexpected);
    checking.set(expectation.key, mine);
    return mine;
  };

  const look = async (): Promise<void> => {
    await endForgotten().catch(onUnexpected);
    for (const expectation of expectations) await checkInTurn(expectation);
  };
  const running = every(everyMs, look, { clock, signal: stopping.signal, onError: onUnexpected });
  return {
    look: async (component) => {
      for (const expectation of expectations)
        if (expectation.component === component) await checkInTurn(expectation);
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

function signalOf(
  key: string,
  { alertName, component, severity, since, annotations, family }: Absence,
  { status, at, id }: { status: AlertBody['status']; at: number; id: string },
): NewSignal {
  return {
    id,
    type: `${family ?? 'alert'}:${alertName}:${component}`,
    severity,
    occurredAt: at,
    body: {
      kind: 'alert',
      status,
      fingerprint: `${OWN_FINGERPRINT}${key}`,
      labels: { alertname: alertName, component, severity },
      annotations,
      startsAt: since,
      ...(status === 'resolved' ? { endsAt: at } : {}),
    },
  };
}
