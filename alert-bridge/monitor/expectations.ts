import type { CheckIns } from './check-ins.ts';
import type { Diagnosis } from './diagnose.ts';
import type { Expectation } from './absence.ts';
import { checkInAnnotations, watchdogAnnotations } from './texts.ts';

export interface WatchdogExpectation {
  /** Unix ms. */
  readonly lastSeenAt: () => number | undefined;
  /** When this bridge started, Unix ms: what was missed while it was down is not the chain's fault. */
  readonly startedAt: number;
  readonly silentAfterMs: number;
  readonly diagnose: (signal: AbortSignal) => Promise<Diagnosis>;
}

/** The alert that always fires must keep arriving from Alertmanager. */
export function expectWatchdog({
  lastSeenAt,
  startedAt,
  silentAfterMs,
  diagnose,
}: WatchdogExpectation): Expectation {
  return {
    key: 'WatchdogSilent',
    alertName: 'WatchdogSilent',
    component: 'monitoring',
    severity: 'critical',
    lastSeenAt,
    quietSince: () => Math.max(lastSeenAt() ?? 0, startedAt),
    silentAfterMs,
    explain: async (signal) => watchdogAnnotations(await diagnose(signal)),
  };
}

/** Every configured check-in must come once a period; after a start of this bridge it has at least its grace. */
export function expectCheckIns(
  checkIns: CheckIns,
  startedAt: number,
  reader: { readonly now: () => number; readonly timezone: string },
): readonly Expectation[] {
  return checkIns.all.map(({ name, periodMs, graceMs, severity }) => ({
    key: `CheckInMissing/${name}`,
    alertName: 'CheckInMissing',
    component: name,
    severity,
    lastSeenAt: () => checkIns.lastAt(name),
    quietSince: () => Math.max(checkIns.lastAt(name) ?? checkIns.knownSince(name), startedAt - periodMs),
    silentAfterMs: periodMs + graceMs,
    explain: () => {
      const { timezone } = reader;
      const missing = { name, periodMs, graceMs, lastAt: checkIns.lastAt(name), now: reader.now(), timezone };
      return Promise.resolve(checkInAnnotations(missing));
    },
  }));
}
