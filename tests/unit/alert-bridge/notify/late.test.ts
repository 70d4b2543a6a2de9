import { describe, expect, it } from 'vitest';
import { lateness, type LateCircumstances } from '../../../../alert-bridge/notify/late.ts';
import type { AlertBody } from '../../../../alert-bridge/model/signal.ts';
import type { PendingSignal } from '../../../../alert-bridge/outbox/outbox.ts';

const LATE_MS = 120_000;
const T0 = Date.parse('2026-11-23T12:00:00Z');

/** An alert that fired at T0. */
function alert(acceptedAt: number, more: Partial<AlertBody> = {}): PendingSignal {
  const body: AlertBody = {
    ...{ kind: 'alert', status: 'firing', fingerprint: 'f1', labels: {}, annotations: {}, startsAt: T0 },
    ...more,
  };
  return {
    seq: 1,
    id: 'a',
    type: 'alert:Down',
    severity: 'critical',
    occurredAt: T0,
    acceptedAt,
    body,
    mayBeShown: false,
  };
}
const at = (now: number, downtime?: LateCircumstances['downtime']): LateCircumstances => ({
  policy: { lateAfterMs: LATE_MS },
  now,
  lateCause: 'telegram_unreachable',
  downtime,
});
const causeOf = (signal: PendingSignal, circumstances: LateCircumstances) =>
  lateness([signal], circumstances).late?.cause;

describe('a message', () => {
  it('of nothing is not late', () => {
    expect(lateness([], at(T0))).toEqual({});
  });

  it.each([
    [LATE_MS, undefined],
    [LATE_MS + 1, 'telegram_unreachable'],
  ])('that has waited here for %d ms: %s', (waitedMs, cause) => {
    expect(causeOf(alert(T0), at(T0 + waitedMs))).toBe(cause);
  });

  it.each([
    [LATE_MS, undefined],
    [LATE_MS + 1, 'sender'],
  ])('of an alert that was missed, accepted %d ms after it fired: %s', (afterMs, cause) => {
    expect(causeOf(alert(T0 + afterMs, { isMissed: true }), at(T0 + afterMs))).toBe(cause);
  });

  // From when to when no bridge ran, beside the instant at which the alert fired.
  it.each([
    [0, 0, 'bridge_down'],
    [-1, 0, 'bridge_down'],
    [0, 1, 'bridge_down'],
    [1, 2, undefined],
    [-2, -1, undefined],
  ])('of an alert that fired amid a downtime from %d to %d: %s', (from, to, cause) => {
    const later = T0 + 10 * LATE_MS;
    expect(causeOf(alert(later), at(later, { from: T0 + from, to: T0 + to }))).toBe(cause);
  });

  it('of an alert that Alertmanager kept back, while a bridge ran, is not late', () => {
    const later = T0 + 10 * LATE_MS;
    expect(causeOf(alert(later), at(later))).toBeUndefined();
  });
});
