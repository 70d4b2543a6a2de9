import type { CheckIn, CheckIns } from './check-ins.ts';
import { failedAnnotations, missingAnnotations, tooLongAnnotations } from './check-in-texts.ts';
import { dueAfter } from './cron.ts';
import type { Diagnosis } from './diagnose.ts';
import { AT_ONCE_MS, type Expectation } from './absence.ts';
import { watchdogAnnotations } from './texts.ts';

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

/** What a check-in promises: that it comes, that it succeeds, and that no run takes too long. */
export function expectCheckIns(
  checkIns: CheckIns,
  startedAt: number,
  reader: Reader,
): readonly Expectation[] {
  return checkIns.all.flatMap((checkIn) => [
    expectReport(checkIns, checkIn, startedAt, reader),
    expectSuccess(checkIns, checkIn, reader),
    ...(checkIn.maxDurationMs === undefined
      ? []
      : [expectEnd(checkIns, checkIn, checkIn.maxDurationMs, reader)]),
  ]);
}

interface Reader {
  readonly now: () => number;
  readonly timezone: string;
}

/** It must report in time; after a start of this bridge it has at least its grace. */
function expectReport(checkIns: CheckIns, checkIn: CheckIn, startedAt: number, reader: Reader): Expectation {
  const { name, periodMs = 0, cron, graceMs, maxDurationMs, severity } = checkIn;
  let next: { readonly since: number; readonly due: number | undefined } | undefined;
  const quietSince = (): number | undefined => {
    // Of one that runs, only how long it takes is waited for.
    if (maxDurationMs !== undefined && checkIns.openSince(name) !== undefined) return undefined;
    const since = checkIns.waitsSince(name);
    if (cron === undefined) return Math.max(since, startedAt - periodMs);
    // Reading an expression costs a millisecond, and this is asked every few seconds.
    if (next?.since !== since) next = { since, due: dueAfter(cron, since) };
    const { due } = next;
    return due === undefined || due > reader.now() ? undefined : Math.max(due, startedAt);
  };
  return {
    key: `CheckInMissing/${name}`,
    alertName: 'CheckInMissing',
    component: name,
    severity,
    lastSeenAt: () => checkIns.lastAt(name),
    quietSince,
    silentAfterMs: periodMs + graceMs,
    explain: () =>
      Promise.resolve({
        ...missingAnnotations({
          ...{ name, periodMs, cron, graceMs, lastAt: checkIns.lastAt(name) },
          ...{ now: reader.now(), timezone: reader.timezone },
        }),
        ...logOf(checkIns, name),
      }),
  };
}

/** It must not say that it has failed; told at once, until it says that it has not. */
function expectSuccess(checkIns: CheckIns, { name, severity }: CheckIn, reader: Reader): Expectation {
  return {
    key: `CheckInFailed/${name}`,
    alertName: 'CheckInFailed',
    component: name,
    severity,
    lastSeenAt: () => checkIns.runs(name).succeededAt,
    quietSince: () => checkIns.runs(name).failingSince,
    silentAfterMs: AT_ONCE_MS,
    explain: () => {
      const { exitStatus, durationMs, succeededAt } = checkIns.runs(name);
      const failed = {
        name,
        exitStatus,
        durationMs,
        succeededAt,
        now: reader.now(),
        timezone: reader.timezone,
      };
      return Promise.resolve({ ...failedAnnotations(failed), ...logOf(checkIns, name) });
    },
  };
}

/** A run that has said it starts must end. */
function expectEnd(
  checkIns: CheckIns,
  { name, severity }: CheckIn,
  maxDurationMs: number,
  reader: Reader,
): Expectation {
  const isOverdue = (): boolean => reader.now() - (checkIns.openSince(name) ?? Infinity) > maxDurationMs;
  return {
    key: `CheckInTooLong/${name}`,
    alertName: 'CheckInTooLong',
    component: name,
    severity,
    // Another run that ends says nothing of the one that hangs.
    lastSeenAt: () => (isOverdue() ? undefined : checkIns.lastAt(name)),
    quietSince: () => checkIns.openSince(name),
    silentAfterMs: maxDurationMs,
    explain: () => {
      const startedAt = checkIns.openSince(name) ?? reader.now();
      const slow = { name, maxDurationMs, startedAt, now: reader.now(), timezone: reader.timezone };
      return Promise.resolve({ ...tooLongAnnotations(slow), ...logOf(checkIns, name) });
    },
  };
}

/** Shown by a button under the message. */
function logOf(checkIns: CheckIns, name: string): { readonly log?: string } {
  const log = checkIns.log(name);
  return log === undefined ? {} : { log };
}
