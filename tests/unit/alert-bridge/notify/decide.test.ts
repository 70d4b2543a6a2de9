import { describe, expect, it } from 'vitest';
import {
  decide,
  suppressAtOnce,
  type Decision,
  type Policy,
} from '../../../../alert-bridge/notify/decide.ts';
import type { PendingSignal } from '../../../../alert-bridge/outbox/outbox.ts';
import type { AlertBody, EventBody, Severity } from '../../../../alert-bridge/model/signal.ts';
import type { Downtime, Incident } from '../../../../alert-bridge/model/incident.ts';

const MINUTE = 60_000;
const T0 = Date.parse('2024-09-22T10:00:00Z');
const policy: Policy = { cooldownMs: 30 * MINUTE, sound: ['critical'], lateAfterMs: 2 * MINUTE };
let seq = 0;

interface AlertOptions {
  fingerprint?: string;
  status?: AlertBody['status'];
  severity?: Severity;
  startsAt?: number;
  acceptedAt?: number;
}

function alert({
  fingerprint = 'f1',
  status = 'firing',
  severity = 'critical',
  startsAt = T0,
  acceptedAt = T0,
}: AlertOptions = {}): PendingSignal {
  const ended = status === 'resolved' ? { endsAt: acceptedAt } : {};
  const body: AlertBody = {
    kind: 'alert',
    status,
    fingerprint,
    labels: {},
    annotations: {},
    startsAt,
    ...ended,
  };
  seq += 1;
  return {
    seq,
    id: `a${seq}`,
    type: 'alert:Down:redis',
    severity,
    occurredAt: startsAt,
    acceptedAt,
    body,
    mayBeShown: false,
  };
}

interface EventOptions {
  severity?: Severity;
  occurredAt?: number;
  acceptedAt?: number;
}

function event(
  body: EventBody,
  { severity = 'critical', occurredAt = T0, acceptedAt = occurredAt }: EventOptions = {},
): PendingSignal {
  seq += 1;
  return { seq, id: `e${seq}`, type: 'event', severity, occurredAt, acceptedAt, body, mayBeShown: false };
}

const run = (
  signals: readonly PendingSignal[],
  incident?: Incident,
  now = T0,
  downtime?: Downtime,
): Decision =>
  decide({ type: signals[0]?.type ?? '', signals }, incident, {
    policy,
    now,
    lateCause: 'telegram_unreachable',
    downtime,
  });

/** The incident a chat has after the decision was carried out. */
function after(decision: Decision, now = T0): Incident {
  if (decision.action === 'send' && decision.incident)
    return { ...decision.incident, messageId: 1, rangAt: now };
  if (decision.action === 'edit' || decision.action === 'reply') return decision.incident;
  throw new Error(`${decision.action} leaves no incident`);
}

const opened = (): Incident => after(run([alert()]));

describe('alerts', () => {
  it('are told at once, a critical one with sound and a warning without', () => {
    expect(run([alert()])).toMatchObject({ action: 'send', silent: false, reason: 'first_notification' });
    expect(run([alert({ severity: 'warning' })])).toMatchObject({ action: 'send', silent: true });
  });

  it('of one type within the cooldown are counted into the message', () => {
    const decision = run([alert({ fingerprint: 'f2', severity: 'warning' })], opened(), T0 + 29 * MINUTE);
    expect(decision).toMatchObject({
      action: 'edit',
      reason: 'within_cooldown',
      incident: { count: 2, messageId: 1 },
    });
    expect(Object.keys((decision as { incident: { members: object } }).incident.members)).toEqual([
      'f1',
      'f2',
    ]);
  });

  it('that are critical and new to the incident ring with a message of their own within the cooldown', () => {
    const decision = run([alert({ fingerprint: 'f2' })], opened(), T0 + MINUTE);
    expect(decision).toMatchObject({ action: 'send', silent: false, reason: 'new_critical_member' });
    const shown = after(decision, T0 + MINUTE);
    expect(Object.keys((shown as { members: object }).members)).toEqual(['f1', 'f2']);
    expect(run([alert({ fingerprint: 'f2' })], shown, T0 + 2 * MINUTE)).toMatchObject({ action: 'suppress' });
    const again = alert({ fingerprint: 'f2', startsAt: T0 + 2 * MINUTE });
    expect(run([again], shown, T0 + 2 * MINUTE)).toMatchObject({ action: 'edit' });
  });

  it('that are critical and new ring beside one that the chat knows', () => {
    const both = [alert({ startsAt: T0 + MINUTE }), alert({ fingerprint: 'f2' })];
    expect(run(both, opened(), T0 + MINUTE)).toMatchObject({ action: 'send', reason: 'new_critical_member' });
  });

  it('get a message of their own once the cooldown is over', () => {
    const decision = run([alert({ fingerprint: 'f2' })], opened(), T0 + 30 * MINUTE);
    expect(decision).toMatchObject({
      action: 'send',
      reason: 'cooldown_elapsed',
      silent: false,
      incident: { count: 2 },
    });
  });

  it('stay acknowledged in every message about one incident, and no longer', () => {
    const acknowledged = { by: '@ann', at: T0 + 1 };
    const incident = { ...opened(), acknowledged } as Incident;
    for (const minutes of [1, 30])
      expect(run([alert({ fingerprint: 'f2' })], incident, T0 + minutes * MINUTE)).toMatchObject({
        incident: { acknowledged, openedAt: T0 },
      });
    const over = after(run([alert({ status: 'resolved' })], incident, T0 + MINUTE));
    expect(over).toMatchObject({ acknowledged });
    const anew = run([alert({ startsAt: T0 + 60 * MINUTE })], over, T0 + 60 * MINUTE);
    expect(anew).toMatchObject({ reason: 'cooldown_elapsed', incident: { openedAt: T0 + 60 * MINUTE } });
    expect(after(anew)).not.toHaveProperty('acknowledged');
  });

  it('that repeat what is shown are left out, until the cooldown is over', () => {
    expect(run([alert()], opened(), T0 + MINUTE)).toEqual({ action: 'suppress', reason: 'repeat' });
    expect(run([alert()], opened(), T0 + 240 * MINUTE)).toMatchObject({
      action: 'send',
      reason: 'still_firing',
    });
  });

  it('ring again when they get worse', () => {
    const warned = after(run([alert({ severity: 'warning' })]));
    expect(run([alert({ fingerprint: 'f2' })], warned, T0 + MINUTE)).toMatchObject({
      action: 'send',
      silent: false,
      reason: 'severity_raised',
    });
  });

  it('are resolved by a silent reply once the last of them is, and by an edit before', () => {
    const two = after(run([alert({ fingerprint: 'f2' })], opened(), T0 + MINUTE));
    const first = run([alert({ status: 'resolved' })], two, T0 + 2 * MINUTE);
    expect(first).toMatchObject({ action: 'edit', reason: 'members_changed' });
    const last = run([alert({ fingerprint: 'f2', status: 'resolved' })], after(first), T0 + 3 * MINUTE);
    expect(last).toMatchObject({
      action: 'reply',
      reason: 'resolved',
      silent: true,
      incident: { messageId: 1 },
    });
  });

  it('told resolved twice are told once', () => {
    const resolved = after(run([alert({ status: 'resolved' })], opened(), T0 + MINUTE));
    expect(run([alert({ status: 'resolved' })], resolved, T0 + 2 * MINUTE)).toMatchObject({
      action: 'suppress',
    });
  });

  it('that fire again after an end that was told ring again with a message of their own', () => {
    const resolved = after(run([alert({ status: 'resolved' })], opened(), T0 + MINUTE));
    const again = run([alert({ startsAt: T0 + 2 * MINUTE })], resolved, T0 + 2 * MINUTE);
    expect(again).toMatchObject({
      action: 'send',
      silent: false,
      reason: 'fired_again',
      incident: { count: 1, openedAt: T0 + 2 * MINUTE },
    });
    expect(run([alert({ status: 'resolved', startsAt: T0 + 2 * MINUTE })], after(again))).toMatchObject({
      action: 'reply',
    });
  });

  it('that fire again with the same start, because Alertmanager took its own end back, ring too', () => {
    const resolved = after(run([alert({ status: 'resolved' })], opened(), T0 + MINUTE));
    expect(run([alert()], resolved, T0 + 2 * MINUTE)).toMatchObject({ action: 'send', silent: false });
  });

  it('that were never told as firing start no cooldown by their end', () => {
    const over = after(run([alert({ status: 'resolved' })]));
    expect(run([alert({ startsAt: T0 + 1 })], over, T0 + 2_500)).toMatchObject({
      action: 'send',
      silent: false,
    });
    const beside = after(run([alert({ status: 'resolved' }), alert({ fingerprint: 'g' })]));
    expect(run([alert({ startsAt: T0 + 1 })], beside, T0 + 2_500)).toMatchObject({
      action: 'send',
      silent: false,
      reason: 'new_critical_member',
    });
  });

  it('that are over make nothing worse: a warning beside them neither rings nor looks critical', () => {
    const warning = alert({ fingerprint: 'w', severity: 'warning' });
    const shown = run([alert({ status: 'resolved' }), warning]);
    expect(shown).toMatchObject({ action: 'send', silent: true, incident: { severity: 'warning' } });
    expect(run([alert()], after(shown), T0 + MINUTE)).toMatchObject({ action: 'send', silent: false });
    const burning = after(run([warning]));
    const edited = run([alert({ status: 'resolved' })], burning, T0 + MINUTE);
    expect(edited).toMatchObject({ action: 'edit', incident: { severity: 'warning' } });
    expect(run([alert()], after(edited), T0 + 2 * MINUTE)).toMatchObject({ action: 'send', silent: false });
  });

  it('start a new incident, without the old members, after the cooldown', () => {
    const resolved = after(run([alert({ status: 'resolved' })], opened(), T0 + MINUTE));
    const next = run([alert({ fingerprint: 'f9', startsAt: T0 + 60 * MINUTE })], resolved, T0 + 60 * MINUTE);
    expect(next).toMatchObject({ action: 'send', incident: { count: 1 } });
    expect(Object.keys((next as { incident: { members: object } }).incident.members)).toEqual(['f9']);
  });

  it('that fired and were resolved before anybody could be told are told once, silently and as late', () => {
    const signals = [alert(), alert({ status: 'resolved' })];
    expect(run(signals, undefined, T0 + 60 * MINUTE)).toMatchObject({
      action: 'send',
      silent: true,
      incident: { late: { happenedAt: T0, deliveredAt: T0 + 60 * MINUTE, cause: 'telegram_unreachable' } },
    });
  });

  it('resolved without ever having been seen firing are told silently', () => {
    expect(run([alert({ status: 'resolved' })])).toMatchObject({ silent: true, reason: 'unseen_resolution' });
  });

  it('are late by when they were accepted, not by their "for" time', () => {
    const longBurning = alert({ startsAt: T0 - 10 * MINUTE });
    expect((run([longBurning]) as { incident: object }).incident).not.toHaveProperty('late');
    expect((run([longBurning], undefined, T0 + 3 * MINUTE) as { incident: object }).incident).toHaveProperty(
      'late',
    );
  });

  describe('that fired while no bridge ran', () => {
    const downtime = { from: T0 - 60 * MINUTE, to: T0 };
    const firedAt = T0 - 20 * MINUTE;
    const missed = alert({ startsAt: firedAt, acceptedAt: T0 + MINUTE });
    const told = (signal: PendingSignal, incident?: Incident) =>
      run([signal], incident, signal.acceptedAt, downtime) as { incident: object };

    it('are late, for that reason', () => {
      expect(told(missed).incident).toMatchObject({
        late: { happenedAt: firedAt, deliveredAt: T0 + MINUTE, cause: 'bridge_down' },
      });
    });

    it('are told once: what the chat knows already is not late when it is repeated', () => {
      const later = alert({ startsAt: firedAt, acceptedAt: T0 + 240 * MINUTE });
      expect(told(later, after(told(missed) as Decision, T0)).incident).not.toHaveProperty('late');
    });

    it('are those whose "for" time was over by then', () => {
      const startingAt = (startsAt: number): PendingSignal => {
        const signal = alert({ startsAt, acceptedAt: T0 + 4 * MINUTE });
        return { ...signal, body: { ...(signal.body as AlertBody), annotations: { pending_for: '10m' } } };
      };
      expect(told(startingAt(T0 - 20 * MINUTE)).incident).toHaveProperty('late');
      expect(told(startingAt(T0 - 9 * MINUTE)).incident).not.toHaveProperty('late');
    });
  });

  it('whose notification never came are late by their sender', () => {
    const body = { ...(alert({ startsAt: T0 - 10 * MINUTE }).body as AlertBody), isMissed: true as const };
    expect(run([{ ...alert({ startsAt: T0 - 10 * MINUTE }), body }])).toMatchObject({
      incident: { late: { cause: 'sender' } },
    });
  });
});

describe('events', () => {
  const error: EventBody = { kind: 'critical_error', errorType: 'DB', details: 'gone' };

  it('of a bot that stops make no sound: every deployment does that', () => {
    expect(run([event({ kind: 'bot_stopped' })])).toMatchObject({ action: 'send', silent: true });
  });

  it('of one kind of error are one message per cooldown, counted', () => {
    const first = run([event(error), event(error)]);
    expect(first).toMatchObject({ action: 'send', silent: false, incident: { count: 2 } });
    const later = event({ ...error, details: 'still' }, { occurredAt: T0 + MINUTE });
    const second = run([later], after(first), T0 + MINUTE);
    expect(second).toMatchObject({
      action: 'edit',
      incident: { count: 3, body: { details: 'still' }, firstAt: T0, lastAt: T0 + MINUTE },
    });
    expect(run([later], after(second), T0 + 31 * MINUTE)).toMatchObject({
      action: 'send',
      incident: { count: 1 },
    });
  });

  it('that stand for several are counted as so many', () => {
    const counted: EventBody = { kind: 'critical_error', errorType: 'DB', details: 'gone', count: 36 };
    const first = after(run([event(error), event(counted)]));
    expect(first).toMatchObject({ count: 37 });
    expect(run([event(counted)], first)).toMatchObject({ incident: { count: 73 } });
  });

  it('that are worse within the cooldown ring in a message of their own', () => {
    const custom: EventBody = { kind: 'custom', title: 'Backup', text: 'slow' };
    const mild = after(run([event(custom, { severity: 'warning' })]));
    expect(run([event(custom, { severity: 'warning' })], mild, T0 + MINUTE)).toMatchObject({
      action: 'edit',
    });
    expect(run([event(custom, { severity: 'critical' })], mild, T0 + MINUTE)).toMatchObject({
      action: 'send',
      reason: 'severity_raised',
      silent: false,
    });
  });

  it.each([
    ['at once', 0],
    ['within the time that counts as prompt', 2 * MINUTE],
  ])('told %s say nothing of being late', (_when, delayMs) => {
    const prompt = event(error, { occurredAt: T0 - delayMs, acceptedAt: T0 });
    const { incident } = run([prompt]) as { incident: object };
    expect(incident).not.toHaveProperty('late');
  });

  it('told late by their sender say so', () => {
    const old = event(error, { occurredAt: T0 - 5 * MINUTE, acceptedAt: T0 });
    expect(run([old])).toMatchObject({
      incident: { late: { happenedAt: T0 - 5 * MINUTE, cause: 'sender' } },
    });
  });

  it('that are payments or new users share one silent message and are never counted away', () => {
    const payment: EventBody = {
      kind: 'payment_received',
      userId: '1',
      amount: 150,
      currency: 'XTR',
      paymentType: 'month',
    };
    const signals = [1, 2, 3].map(() => event(payment, { severity: 'info' }));
    const decision = run(signals);
    expect(decision).toMatchObject({
      action: 'send',
      silent: true,
      incident: undefined,
      reason: 'never_dropped',
    });
    expect(decision).toMatchObject({ content: { entries: signals.map(() => ({ body: payment })) } });
  });
});

it('leaves out the Watchdog, and nothing else, before any chat is asked', () => {
  const { body, ...rest } = alert();
  expect(
    suppressAtOnce({ ...rest, body: { ...(body as AlertBody), labels: { alertname: 'Watchdog' } } }),
  ).toBe('watchdog');
  expect(suppressAtOnce(alert())).toBeUndefined();
  expect(suppressAtOnce(event({ kind: 'custom', title: 'Watchdog', text: '' }))).toBeUndefined();
});
