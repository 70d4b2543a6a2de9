import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CALM,
  decideDigest,
  FOLD_AFTER_MS,
  INCIDENT_ALERTS,
  planFolding,
  type Surroundings,
} from '../../../../alert-bridge/notify/storm.ts';
import type { PendingSignal } from '../../../../alert-bridge/outbox/outbox.ts';
import type { Severity } from '../../../../alert-bridge/model/signal.ts';
import type { AlertIncident, DigestName } from '../../../../alert-bridge/model/incident.ts';
import { alert, payment, T0 } from './scripted-chat.ts';

const MINUTE = 60_000;
const policy = { cooldownMs: 30 * MINUTE, sound: ['critical'], lateAfterMs: MINUTE } as const;

const quiet: Surroundings = {
  incident: () => undefined,
  member: () => undefined,
  drainMs: (requests) => (requests - 1) * 1_000,
  at: { now: T0, policy },
  isHeld: () => false,
  ongoing: CALM,
};
const alertIncident: AlertIncident = {
  kind: 'alerts',
  type: 'alert:Down',
  severity: 'critical',
  messageId: 1,
  rangAt: T0,
  openedAt: T0,
  lastAt: T0,
  count: 1,
  members: {},
};
/** How many types a chat takes within the time a reader should wait. */
const ROOM = FOLD_AFTER_MS / 1_000 + 1;

const pending = (signal: ReturnType<typeof alert> | typeof payment, seq: number): PendingSignal => ({
  ...signal,
  seq,
  id: `s${seq}`,
  occurredAt: T0,
  acceptedAt: T0,
  mayBeShown: false,
});
const burning = (count: number, severity: Severity): PendingSignal[] =>
  Array.from({ length: count }, (_, i) =>
    pending(alert('firing', `${severity}${i}`, severity, `${severity}${i}`), i),
  );
const folds = (signals: readonly PendingSignal[], around: Partial<Surroundings> = {}) =>
  planFolding(signals, { ...quiet, ...around }).fold.map(({ digest, signals: { length } }) => [
    digest,
    length,
  ]);

describe('what waits', () => {
  it('is folded once it would keep the chat busy for longer than a reader should wait', () => {
    expect(folds(burning(ROOM, 'warning'))).toEqual([]);
    expect(folds(burning(ROOM + 1, 'warning'))).toEqual([['warning', ROOM + 1]]);
  });

  it('is counted behind what is more urgent, a digest as one message', () => {
    expect(folds([...burning(ROOM - 3, 'critical'), ...burning(4, 'info')])).toEqual([['info', 4]]);
    expect(folds([...burning(ROOM + 1, 'critical'), ...burning(4, 'info')])).toEqual([
      ['critical', ROOM + 1],
    ]);
  });

  const ofOneType = (count: number) =>
    Array.from({ length: count }, (_, i) => pending(alert('firing', `f${i}`, 'critical', 'Down'), i));

  it('is counted by type: many alerts of one type share a message, more than it has room for a digest', () => {
    expect(folds(ofOneType(INCIDENT_ALERTS))).toEqual([]);
    expect(folds(ofOneType(INCIDENT_ALERTS + 1))).toEqual([['critical', INCIDENT_ALERTS + 1]]);
    expect(folds([...ofOneType(INCIDENT_ALERTS + 1), ...burning(3, 'critical')])).toEqual([
      ['critical', INCIDENT_ALERTS + 1],
    ]);
  });

  it('leaves an incident with the alerts it has when more come than its message has room for', () => {
    const members = Object.fromEntries(
      ofOneType(INCIDENT_ALERTS - 10).flatMap(({ body }) =>
        body.kind === 'alert' ? [[body.fingerprint, body]] : [],
      ),
    );
    const incident = { ...alertIncident, members };
    const around = { incident: (type: string) => (type === incident.type ? incident : undefined) };
    const waiting = ofOneType(INCIDENT_ALERTS + 1);
    expect(folds(waiting.slice(0, INCIDENT_ALERTS), around)).toEqual([]);
    expect(folds(waiting, around)).toEqual([['critical', 11]]);
  });

  it('goes where what was looked at before has gone, however little it is', () => {
    const { storm } = planFolding(
      [...ofOneType(INCIDENT_ALERTS + 1), ...burning(ROOM + 1, 'warning')],
      quiet,
    );
    const rest = [...ofOneType(1), ...burning(2, 'warning'), ...burning(3, 'info')];
    expect(folds(rest, { ongoing: storm })).toEqual([
      ['critical', 1],
      ['warning', 2],
    ]);
    expect(folds(rest)).toEqual([]);
  });

  it('and is shown by a digest already is told there, repeats not at all', () => {
    const around: Partial<Surroundings> = {
      member: () => ({ digest: 'critical', status: 'firing', startsAt: T0 }),
      incident: (type) =>
        type === 'digest:critical'
          ? {
              kind: 'digest',
              digest: 'critical',
              type,
              severity: 'critical',
              messageId: 1,
              rangAt: T0,
              shownAt: T0,
              lastAt: T0,
              count: 1,
              nameCount: 1,
              namesRung: 1,
              isOver: false,
            }
          : undefined,
    };
    const [repeat] = burning(1, 'critical');
    if (repeat === undefined) throw new Error('no signal');
    expect(planFolding([repeat], { ...quiet, ...around })).toMatchObject({ fold: [], repeats: [repeat] });
    expect(folds([pending(alert('resolved'), 1)], around)).toEqual([['critical', 1]]);
    const later = { now: T0 + 31 * MINUTE, policy };
    expect(planFolding([repeat], { ...quiet, ...around, at: later })).toMatchObject({
      fold: [],
      repeats: [],
    });
    expect(folds([pending(alert('resolved'), 1)], { ...around, at: later })).toEqual([['critical', 1]]);
  });

  it('has each signal in one place at most, and payments in none', () => {
    const signal = fc.oneof(
      fc.record({ n: fc.nat(60), severity: fc.constantFrom<Severity>('critical', 'warning', 'info') }),
      fc.constant('payment' as const),
    );
    fc.assert(
      fc.property(fc.array(signal, { maxLength: 120 }), fc.nat(5_000), (drawn, pace) => {
        const signals = drawn.map((what, seq) =>
          what === 'payment'
            ? pending(payment, seq)
            : pending(alert('firing', String(what.n), what.severity, `${what.n}`), seq),
        );
        const { fold, repeats } = planFolding(signals, { ...quiet, drainMs: (requests) => requests * pace });
        const placed = [...fold.flatMap((one) => one.signals), ...repeats];
        expect(new Set(placed.map(({ seq }) => seq)).size).toBe(placed.length);
        expect(placed.filter(({ body }) => body.kind === 'payment_received')).toEqual([]);
        for (const { digest, signals: those } of fold) {
          expect(new Set(those.map(({ severity }) => severity))).toEqual(new Set([digest]));
          const all = signals.filter(({ severity, body }) => severity === digest && body.kind === 'alert');
          expect(those).toEqual(all);
        }
      }),
    );
  });
});

describe('a digest', () => {
  const first = (digest: DigestName, waitedMs: number, severity: Severity = 'critical') =>
    decideDigest(
      digest,
      [{ seq: 1, id: 's1', acceptedAt: T0, mayBeShown: false, isResolution: false }],
      undefined,
      {
        members: 1,
        firing: 1,
        resolved: 0,
        startedAt: T0,
        endedAt: 0,
        nameCount: 1,
        names: [{ name: 'Down', severity, members: 1, resolved: 0 }],
      },
      { now: T0 + waitedMs, policy, lateCause: 'telegram_unreachable' },
    );

  it('that was kept says what kept it', () => {
    expect(first('critical', 2 * MINUTE)).toMatchObject({
      incident: {
        late: { happenedAt: T0, deliveredAt: T0 + 2 * MINUTE, cause: 'telegram_unreachable' },
      },
    });
  });

  it.each<[DigestName, number]>([
    ['critical', MINUTE],
    ['quiet', 600 * MINUTE],
  ])('%s is not late after %d ms', (digest, waitedMs) => {
    const { incident } = first(digest, waitedMs) as { incident: object };
    expect(incident).not.toHaveProperty('late');
  });

  it('of quiet hours is as severe as the worst that it shows', () => {
    for (const severity of ['warning', 'info'] as const)
      expect(first('quiet', 600 * MINUTE, severity)).toMatchObject({ incident: { severity } });
  });
});
