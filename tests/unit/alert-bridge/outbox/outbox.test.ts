import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Ledger, Outcome } from '../../../../alert-bridge/outbox/outbox.ts';
import type { Incident } from '../../../../alert-bridge/model/incident.ts';
import { accept, openAnew, outbox, prune, settle, signal, incident } from './fresh.ts';

beforeEach(openAnew);

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((a, b) => a + b, 0);
const settledAndPending = (ledger: Ledger): number =>
  ledger.delivered + ledger.merged + sum(ledger.suppressed) + sum(ledger.failed) + ledger.pending;

const seqs = (chat = 'a') => outbox.nextPending(chat, 10)?.signals.map(({ seq }) => seq);

describe('accepting', () => {
  it('commits every signal, in order, for every chat', () => {
    expect(accept([signal('1'), signal('2')], { chats: ['a', 'b'] })).toEqual({
      status: 'accepted',
      count: 2,
    });
    expect(seqs('a')).toEqual([1, 2]);
    expect(seqs('b')).toEqual([1, 2]);
    expect(outbox.ledger()).toMatchObject({ accepted: 2, pending: 2, oldestPendingAt: 10 });
  });

  it('knows an event by its id', () => {
    accept([signal('1')]);
    expect(accept([signal('1')])).toEqual({ status: 'duplicate' });
    expect(outbox.ledger()).toMatchObject({ accepted: 1, duplicates: 1 });
  });

  it('knows a notification by its key, until its window has passed', () => {
    const notification = { key: 'k', since: 5 };
    accept([signal('1')], { notification });
    expect(accept([signal('2')], { notification })).toEqual({ status: 'duplicate' });
    expect(accept([signal('3')], { notification: { key: 'other', since: 5 } }).status).toBe('accepted');
    expect(accept([signal('4')], { notification: { key: 'k', since: 11 } }).status).toBe('accepted');
  });

  it('knows no notification of a clock that was ahead', () => {
    const [minute, now] = [60_000, 10];
    accept([signal('1')], { notification: { key: 'k', since: 0 }, now: now + 2 * minute });
    expect(accept([signal('2')], { notification: { key: 'k', since: 0 }, now }).status).toBe('accepted');
  });

  it('settles at once what is to be left out', () => {
    accept([signal('1')], { suppress: () => 'watchdog' });
    expect(seqs()).toBeUndefined();
    expect(outbox.ledger()).toMatchObject({ accepted: 1, pending: 0, suppressed: { watchdog: 1 } });
  });

  it('commits all of a notification or nothing', () => {
    expect(() => accept([signal('1'), signal('1')], { notification: { key: 'k', since: 0 } })).toThrow(
      /UNIQUE/,
    );
    expect(outbox.ledger()).toMatchObject({ accepted: 0, pending: 0 });
    expect(accept([signal('1')], { notification: { key: 'k', since: 0 } }).status).toBe('accepted');
  });
});

describe('what waits', () => {
  it('is given by urgency, then by age, one type at a time', () => {
    accept([signal('1', 'x'), signal('2', 'y', 'critical'), signal('3', 'x'), signal('4', 'z', 'warning')]);
    const order: (string | undefined)[] = [];
    for (let group = outbox.nextPending('a', 10); group; group = outbox.nextPending('a', 10)) {
      order.push(group.type);
      for (const { seq } of group.signals) settle(seq, 'delivered');
    }
    expect(order).toEqual(['y', 'z', 'x']);
  });

  it('may have been shown when an attempt has no answer', () => {
    accept([signal('1'), signal('2')]);
    outbox.beginAttempt('a', [1, 2], 15);
    outbox.attemptFailed('a', [2]);
    expect(outbox.nextPending('a', 10)?.signals.map(({ mayBeShown }) => mayBeShown)).toEqual([true, false]);
  });

  it('for chats that are told no longer is settled as failed', () => {
    accept([signal('1')], { chats: ['a', 'gone'] });
    accept([signal('2')], { chats: ['gone'] });
    expect(outbox.dropUnknownChats(['a'], 20)).toBe(2);
    expect(outbox.ledger()).toMatchObject({ pending: 1, failed: { chat_not_configured: 1 } });
  });
});

describe('settling', () => {
  it('waits for the last chat, and the best-informed one decides', () => {
    accept([signal('1')], { chats: ['a', 'b'] });
    settle(1, 'failed', 'a');
    expect(outbox.ledger()).toMatchObject({ pending: 1, failed: {} });
    settle(1, 'delivered', 'b');
    expect(outbox.ledger()).toMatchObject({ pending: 0, delivered: 1, failed: {} });
    expect(outbox.signals({ limit: 1 })[0]).toMatchObject({
      outcome: 'delivered',
      reason: 'because',
      deliveries: [
        { chat: 'a', outcome: 'failed' },
        { chat: 'b', outcome: 'delivered' },
      ],
    });
  });

  it('twice counts once', () => {
    accept([signal('1')]);
    settle(1, 'delivered');
    settle(1, 'failed');
    expect(outbox.ledger()).toMatchObject({ delivered: 1, failed: {} });
  });

  it('keeps the incident with it, and tells which incidents need an edit', () => {
    accept([signal('1')]);
    const outcomes = [{ seq: 1, outcome: 'delivered', reason: 'x' }] as const;
    outbox.settle({ chat: 'a', outcomes, incident: { state: incident, stale: true }, now: 20 });
    expect(outbox.incident('a', 'event')).toEqual(incident);
    expect(outbox.nextStaleIncident('a')).toEqual(incident);
    expect(outbox.nextStaleIncident('b')).toBeUndefined();
    outbox.refreshed('a', 'event', incident, 30);
    expect(outbox.nextStaleIncident('a')).toBeUndefined();
    outbox.refreshed('a', 'event', undefined, 30);
    expect(outbox.incident('a', 'event')).toBeUndefined();
  });
});

it('forgets what was settled long ago, and keeps the totals and what waits', () => {
  accept([signal('1'), signal('2')]);
  settle(1, 'delivered');
  prune(21);
  expect(outbox.signals({ limit: 10 }).map(({ id }) => id)).toEqual(['2']);
  expect(outbox.ledger()).toMatchObject({ accepted: 2, delivered: 1, pending: 1 });
});

it('forgets thousands in parts, between which posts are answered', () => {
  accept(Array.from({ length: 600 }, (_, n) => signal(String(n + 1))));
  for (let seq = 1; seq <= 600; seq += 1) settle(seq, 'delivered');
  const parts: string[] = [];
  do parts.push(prune(100));
  while (parts.at(-1) === 'more');
  expect(parts).toEqual(['more', 'more', 'done']);
  expect(outbox.signals({ limit: 10 })).toEqual([]);
});

it('forgets incidents nobody has added to for long, those too whose message could not be edited', () => {
  accept([signal('1'), signal('2', 'other')]);
  const settleWith = (seq: number, state: Incident, stale: boolean) =>
    outbox.settle({
      chat: 'a',
      outcomes: [{ seq, outcome: 'delivered', reason: 'x' }],
      incident: { state, stale },
      now: 20,
    });
  settleWith(1, incident, false);
  settleWith(2, { ...incident, type: 'other' }, true);
  prune(20);
  expect(outbox.incident('a', 'event')).toEqual(incident);
  prune(21);
  expect(outbox.incident('a', 'event')).toBeUndefined();
  expect(outbox.incident('a', 'other')).toBeUndefined();
});

it('answers queries by id, type and outcome', () => {
  accept([signal('1', 'x'), signal('2', 'y')]);
  settle(1, 'merged');
  const ids = (query: object) => outbox.signals({ limit: 10, ...query }).map(({ id }) => id);
  expect(ids({})).toEqual(['2', '1']);
  expect(ids({ id: '1' })).toEqual(['1']);
  expect(ids({ type: 'y' })).toEqual(['2']);
  expect(ids({ outcome: 'merged' })).toEqual(['1']);
  expect(ids({ outcome: 'pending' })).toEqual(['2']);
});

it('keeps small values', () => {
  expect(outbox.state.get('k')).toBeUndefined();
  outbox.state.set('k', '1');
  outbox.state.set('k', '2');
  expect(outbox.state.get('k')).toBe('2');
});

it("holds the ledger's law after any sequence of posts and settlements", () => {
  const chats = ['a', 'b'] as const;
  const operation = fc.oneof(
    fc.record({
      op: fc.constant('accept' as const),
      id: fc.integer({ max: 20, min: 0 }),
      both: fc.boolean(),
      drop: fc.boolean(),
    }),
    fc.record({
      op: fc.constant('settle' as const),
      seq: fc.integer({ min: 1, max: 20 }),
      chat: fc.constantFrom(...chats),
      outcome: fc.constantFrom<Outcome>('delivered', 'merged', 'suppressed', 'failed'),
    }),
    fc.record({ op: fc.constant('fold' as const), chat: fc.constantFrom(...chats) }),
    fc.record({ op: fc.constant('prune' as const) }),
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      openAnew();
      for (const step of operations) {
        if (step.op === 'accept') {
          const suppress = () => (step.drop ? 'dropped' : undefined);
          accept([signal(String(step.id))], { chats: step.both ? chats : ['a'], suppress });
        } else if (step.op === 'settle') settle(step.seq, step.outcome, step.chat);
        else if (step.op === 'fold')
          outbox.digests.fold(step.chat, 'info', outbox.waiting(step.chat, 3), false);
        else prune(100);
        const ledger = outbox.ledger();
        expect(settledAndPending(ledger)).toBe(ledger.accepted);
      }
    }),
  );
});
