import type { Clock } from '../../common/clock.ts';
import type { KeyValue } from '../outbox/outbox.ts';
import { OWN_FINGERPRINT, type AlertBody, type NewSignal, type Severity } from '../signal.ts';
import type { Annotations } from './texts.ts';

/** Something that must keep arriving: a crash says no goodbye, so its silence is what is told. */
export interface Expectation {
  /** Unique; names its entry in the state. */
  readonly key: string;
  readonly alertName: string;
  readonly component: string;
  readonly severity: Severity;
  /** Unix ms of the last arrival. */
  readonly lastSeenAt: () => number | undefined;
  /** Unix ms from which silence counts: the last arrival, or later where an arrival could not have been noticed. */
  readonly quietSince: () => number;
  /** Silence longer than this is told, ms. */
  readonly silentAfterMs: number;
  /** The texts of the message, asked for once when the silence is noticed. */
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

/** A silence that was told and is not over. */
interface Silence {
  /** Unix ms. */
  readonly since: number;
  readonly annotations: Annotations;
}

const CHECK_EVERY_MS = 15_000;

/** Tells when something stops arriving, once, and when it is back; both across restarts. */
export function watchForSilence(
  expectations: readonly Expectation[],
  { tell, state, clock, newId, onUnexpected }: SilenceDependencies,
): { stop(): Promise<void> } {
  const stopping = new AbortController();

  const check = async (expectation: Expectation): Promise<void> => {
    const stateKey = `silence:${expectation.key}`;
    const told = readSilence(state.get(stateKey));
    if (told !== undefined) {
      const seenAt = expectation.lastSeenAt() ?? 0;
      if (seenAt <= told.since) return;
      await tell(signalOf(expectation, told, { status: 'resolved', at: seenAt, id: newId() }));
      state.set(stateKey, '');
      return;
    }
    const now = clock.now();
    const since = expectation.quietSince();
    if (now - since <= expectation.silentAfterMs) return;
    const silence: Silence = { since, annotations: await expectation.explain(stopping.signal) };
    if (stopping.signal.aborted) return;
    await tell(signalOf(expectation, silence, { status: 'firing', at: now, id: newId() }));
    state.set(stateKey, JSON.stringify(silence));
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      for (const expectation of expectations) await check(expectation).catch(onUnexpected);
      await clock.sleep(CHECK_EVERY_MS, stopping.signal).catch(() => undefined);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

function signalOf(
  { key, alertName, component, severity }: Expectation,
  { since, annotations }: Silence,
  { status, at, id }: { status: AlertBody['status']; at: number; id: string },
): NewSignal {
  return {
    id,
    type: `alert:${alertName}:${component}`,
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

function readSilence(text: string | undefined): Silence | undefined {
  return text === undefined || text === '' ? undefined : (JSON.parse(text) as Silence);
}
