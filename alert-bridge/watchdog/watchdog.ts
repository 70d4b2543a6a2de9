import type { Clock } from '../../common/clock.ts';
import type { KeyValue } from '../outbox/outbox.ts';
import type { AlertBody, NewSignal } from '../signal.ts';
import type { Diagnosis } from './diagnose.ts';
import { watchdogAnnotations } from './texts.ts';

export interface WatchdogDependencies {
  /** When the Watchdog was last seen, Unix ms. */
  readonly lastSeenAt: () => number | undefined;
  readonly diagnose: (signal: AbortSignal) => Promise<Diagnosis>;
  /** Puts a signal of the bridge's own on its way, like any other. */
  readonly tell: (signal: NewSignal) => Promise<unknown>;
  readonly state: KeyValue;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Silence longer than this is told, ms. */
  readonly silentAfterMs: number;
  readonly onUnexpected: (error: unknown) => void;
}

export interface Watchdog {
  /** True while the Watchdog arrives. Before it could have arrived, false. */
  readonly arrives: boolean;
  stop(): Promise<void>;
}

/** The silence that was told and is not over; empty while there is none. Survives a restart. */
const SILENCE_KEY = 'watchdog_silence';

interface Silence {
  /** Unix ms. */
  readonly since: number;
  readonly diagnosis: Diagnosis;
}

const CHECK_EVERY_MS = 15_000;

/**
 * Tells when the alert that always fires stops arriving, and which hop is broken; and when it is back. The bridge's
 * own start counts as an arrival: what was missed while it was down is not the chain's fault.
 */
export function startWatchdog(dependencies: WatchdogDependencies): Watchdog {
  const { lastSeenAt, state, clock, silentAfterMs } = dependencies;
  const startedAt = clock.now();
  const stopping = new AbortController();

  const check = async (): Promise<void> => {
    const now = clock.now();
    const seenAt = lastSeenAt() ?? 0;
    const told = readSilence(state.get(SILENCE_KEY));
    if (told !== undefined) {
      if (seenAt <= told.since) return;
      await dependencies.tell(signalOf('resolved', told, seenAt));
      state.set(SILENCE_KEY, '');
      return;
    }
    const since = Math.max(seenAt, startedAt);
    if (now - since <= silentAfterMs) return;
    const silence: Silence = { since, diagnosis: await dependencies.diagnose(stopping.signal) };
    if (stopping.signal.aborted) return;
    await dependencies.tell(signalOf('firing', silence, now));
    state.set(SILENCE_KEY, JSON.stringify(silence));
  };

  const signalOf = (status: AlertBody['status'], { since, diagnosis }: Silence, at: number): NewSignal => ({
    id: dependencies.newId(),
    type: 'alert:WatchdogSilent:monitoring',
    severity: 'critical',
    occurredAt: at,
    body: {
      kind: 'alert',
      status,
      fingerprint: 'alert-bridge/WatchdogSilent',
      labels: { alertname: 'WatchdogSilent', component: 'monitoring', severity: 'critical' },
      annotations: watchdogAnnotations(diagnosis),
      startsAt: since,
      ...(status === 'resolved' ? { endsAt: at } : {}),
    },
  });

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await check().catch(dependencies.onUnexpected);
      await clock.sleep(CHECK_EVERY_MS, stopping.signal).catch(() => undefined);
    }
  };
  const running = run();

  return {
    get arrives() {
      return clock.now() - (lastSeenAt() ?? 0) <= silentAfterMs;
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

function readSilence(text: string | undefined): Silence | undefined {
  return text === undefined || text === '' ? undefined : (JSON.parse(text) as Silence);
}
