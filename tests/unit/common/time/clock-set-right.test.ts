/** What a clock that was ahead has noted holds nothing back once it is set right. */
import { everySeverity } from '../../../support/bridge/routing.ts';
import { describe, expect, it } from 'vitest';
import { decide, isCooldownOver, type Policy } from '../../../../alert-bridge/notify/decide.ts';
import { ringsAgainAt } from '../../../../alert-bridge/notify/storm.ts';
import { confirm } from '../../../../alert-bridge/monitor/reconcile/compare.ts';
import type { KeyValue, PendingSignal } from '../../../../alert-bridge/outbox/outbox.ts';
import { remindAt } from '../../../../alert-bridge/notify/remind.ts';
import { dueElsewhere } from '../../../../alert-bridge/fallback/fallback.ts';
import type { AlertBody } from '../../../../alert-bridge/model/signal.ts';
import type {
  AlertIncident,
  DigestIncident,
  EventIncident,
} from '../../../../alert-bridge/model/incident.ts';
import { createDeniedLog } from '../../../../alert-bridge/bot/denied.ts';
import { expectCheckIns, expectWatchdog } from '../../../../alert-bridge/monitor/expectations.ts';
import { createCheckIns } from '../../../../alert-bridge/monitor/check-ins.ts';
import { watchForAbsence } from '../../../../alert-bridge/monitor/absence.ts';
import { dueAfter, elapsedSince } from '../../../../common/time/elapsed.ts';
import { createWindow } from '../../../../exporter/access-log/window.ts';
import {
  applyRun,
  changesAt,
  figuresAt,
  initialState,
  outcomeOf,
} from '../../../../exporter/model/snapshot.ts';
import { FakeClock } from '../../../support/machine/fake-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.parse('2026-03-01T12:00:00Z');
const policy: Policy = { cooldownMs: 30 * MINUTE, sound: ['critical'], lateAfterMs: 2 * MINUTE };
/** How far ahead the clock was. */
const AHEAD = [
  ['an hour', HOUR],
  ['ten days', 10 * DAY],
  ['a year', 365 * DAY],
] as const;

it('takes a small step for none: two clocks never agree', () => {
  expect(elapsedSince(NOW + MINUTE, NOW)).toBe(0);
  expect(elapsedSince(NOW + MINUTE + 1, NOW)).toBe(Infinity);
  expect(dueAfter(NOW + MINUTE, HOUR, NOW)).toBe(NOW + MINUTE + HOUR);
  expect(dueAfter(NOW + 2 * MINUTE, HOUR, NOW)).toBe(NOW);
});

describe.each(AHEAD)('a clock that was %s ahead', (_, aheadMs) => {
  const then = NOW + aheadMs;
  const incident: EventIncident = {
    kind: 'events',
    type: 'critical_error:X',
    severity: 'critical',
    body: { kind: 'critical_error', errorType: 'X', details: '' },
    rangAt: then,
    messageId: 1,
    count: 1,
    firstAt: then,
    lastAt: then,
  };

  it(
    'lets the same error ring again once it is set right',
    { meta: { tried: 'A clock that is days ahead, then set right', held: 'the same error rings at once' } },
    () => {
      const { type, severity, body } = incident;
      const times = { occurredAt: NOW, acceptedAt: NOW, mayBeShown: false };
      const signal: PendingSignal = { seq: 2, id: 'e2', type, severity, body, ...times };
      const at = { policy, now: NOW, lateCause: 'backlog' } as const;
      expect(decide({ type: incident.type, signals: [signal] }, incident, at)).toMatchObject({
        action: 'send',
        silent: false,
      });
      expect(isCooldownOver({ ...incident, rangAt: NOW }, at)).toBe(false);
    },
  );

  it('lets a storm ring for new names, and what burns be told again', () => {
    const names = { nameCount: 2, namesRung: 1, shownAt: then, isOver: false };
    const { rangAt, messageId, count, lastAt } = incident;
    const base = { severity: 'critical', rangAt, messageId, count, lastAt } as const;
    const digest: DigestIncident = {
      kind: 'digest',
      digest: 'critical',
      type: 'digest:critical',
      ...base,
      ...names,
    };
    expect(ringsAgainAt(digest, policy, NOW)).toBe(NOW);
    const nothing = { labels: {}, annotations: {} };
    const member: AlertBody = {
      kind: 'alert',
      status: 'firing',
      fingerprint: 'f',
      startsAt: then,
      ...nothing,
    };
    const burning: AlertIncident = {
      kind: 'alerts',
      type: 'alert:x:',
      openedAt: then,
      members: { f: member },
      ...base,
    };
    expect(remindAt(burning, { ...policy, remindAfterMs: everySeverity(HOUR) }, new Set(), NOW)).toBe(NOW);
  });

  it('lets what waits for Telegram go another way', () => {
    const at = { now: NOW, afterMs: 10 * MINUTE };
    expect(dueElsewhere([{ acceptedAt: then }], [undefined], at)).toHaveLength(1);
    expect(dueElsewhere([{ acceptedAt: NOW }], [then], at)).toHaveLength(1);
  });

  it('lets a difference to Alertmanager be confirmed after its time', () => {
    const at = (now: number) => ({ now, afterMs: 2 * MINUTE });
    const first = confirm(['a'], String, new Map([['a', then]]), at(NOW));
    expect(first.confirmed).toEqual([]);
    expect(confirm(['a'], String, first.since, at(NOW + 2 * MINUTE)).confirmed).toEqual(['a']);
  });

  it('lets a stranger who keeps trying be logged again', () => {
    let now = then;
    const logged: unknown[] = [];
    const refuse = createDeniedLog(
      (refusal) => logged.push(refusal),
      () => now,
    );
    const by = { id: 1, name: 'x' };
    refuse(by, '/x', { id: 1 });
    now = NOW;
    refuse(by, '/x', { id: 1 });
    expect(logged).toHaveLength(2);
  });

  it('lets what fell silent be told, and its return', async () => {
    const clock = new FakeClock(then);
    const stored = new Map<string, string>();
    const state: KeyValue = {
      get: (key) => stored.get(key),
      set: (key, value) => void stored.set(key, value),
    };
    const checkIns = createCheckIns(
      [{ name: 'backup', periodMs: HOUR, graceMs: 0, severity: 'warning' }],
      state,
      () => clock.now(),
    );
    let seenAt = then;
    checkIns.accept('backup');
    // Set right: from here on nothing comes.
    const right = new FakeClock(NOW);
    const told: string[] = [];
    const watch = watchForAbsence(
      [
        expectWatchdog({
          lastSeenAt: () => seenAt,
          startedAt: NOW,
          silentAfterMs: 5 * MINUTE,
          diagnose: () => Promise.resolve('alertmanager_down'),
        }),
        ...expectCheckIns(checkIns, NOW, { now: () => right.now(), timezone: 'UTC' }),
      ],
      {
        tell: ({ type, body }) => {
          told.push(`${type} ${body.kind === 'alert' ? body.status : ''}`);
          return Promise.resolve();
        },
        ...{ state, clock: right, newId: () => 'id' },
        onUnexpected: (error) => {
          throw error;
        },
      },
    );
    await right.advance(4 * MINUTE);
    expect(told).toEqual([]);
    await right.advance(2 * MINUTE);
    expect(told).toEqual(['alert-bridge:WatchdogSilent:monitoring firing']);
    seenAt = right.now();
    await right.advance(MINUTE);
    expect(told.at(-1)).toBe('alert-bridge:WatchdogSilent:monitoring resolved');
    for (let minute = 0; minute < 60; minute += 1) {
      seenAt = right.now();
      await right.advance(MINUTE);
    }
    expect(told.slice(2)).toEqual(['alert-bridge:CheckInMissing:backup firing']);
    await watch.stop();
  });

  it('leaves a check and its figures too old until it has run again', () => {
    const fresh = initialState({ name: 'redis', kind: 'component', intervalMs: 15_000 });
    const run = (at: number) =>
      ({ ok: true, observedAt: at, durationMs: 1, figures: { samples: [], details: {} } }) as const;
    const before = applyRun(fresh, run(then), 2);
    expect(outcomeOf(before, NOW)).toBe('stale');
    expect(figuresAt(before, NOW)).toBeUndefined();
    // What a scrape has kept holds until the answer changes.
    expect(outcomeOf(before, changesAt(before, NOW) - 1)).toBe('stale');
    const again = applyRun(before, run(NOW), 2);
    expect(outcomeOf(again, NOW)).toBe('ok');
    expect(figuresAt(again, NOW)).toBeDefined();
  });

  it('lets requests be counted again, whichever slot they fall into', () => {
    const window = createWindow(
      Array.from({ length: 61 }, (_unused, slot) => [then / 1000 + slot * 5, 1, 0] as const),
    );
    expect(window.at(NOW / 1000).perMinute).toBe(0);
    for (let second = 0; second < 55; second += 1) window.count(NOW / 1000 - second, false);
    expect(window.at(NOW / 1000).perMinute).toBe(55);
  });
});
