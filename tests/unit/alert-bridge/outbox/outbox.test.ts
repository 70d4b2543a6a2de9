import Database from 'better-sqlite3';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Ledger, Outbox, Outcome, Submission } from '../../../../alert-bridge/outbox/outbox.ts';
import { openOutbox } from '../../../../alert-bridge/outbox/sqlite.ts';
import type { NewSignal, Severity } from '../../../../alert-bridge/signal.ts';
import type { AlertThread, Thread } from '../../../../alert-bridge/thread.ts';

const signal = (id: string, type = 'event', severity: Severity = 'info'): NewSignal => ({
  id,
  type,
  severity,
  occurredAt: 1,
  body: { kind: 'custom', title: type, text: id },
});

const thread: Thread = {
  kind: 'events',
  type: 'event',
  severity: 'info',
  rangAt: 5,
  messageId: 6,
  count: 1,
  firstAt: 1,
  lastAt: 1,
  body: { kind: 'custom', title: 'event', text: '' },
};

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((a, b) => a + b, 0);
const settledAndPending = (ledger: Ledger): number =>
  ledger.delivered + ledger.merged + sum(ledger.suppressed) + sum(ledger.failed) + ledger.pending;

let database: Database.Database;
let outbox: Outbox;
beforeEach(() => {
  database = new Database(':memory:');
  outbox = openOutbox(database);
});

interface Posted extends Partial<Omit<Submission, 'signals' | 'chatsOf'>> {
  readonly chats?: readonly string[];
}

const accept = (signals: readonly NewSignal[], { chats = ['a'], ...more }: Posted = {}) => {
  const submission = { signals, chatsOf: () => chats, suppress: () => undefined, now: 10, ...more };
  const [result] = outbox.accept([submission]);
  if (result === undefined || result instanceof Error) throw result ?? new Error('no answer');
  return result;
};
const settle = (seq: number, outcome: Outcome, chat = 'a') =>
  outbox.settle({ chat, outcomes: [{ seq, outcome, reason: 'because' }], now: 20 });
const prune = (before: number) => outbox.prune({ settledBefore: before, incidentsBefore: before });
const seqs = (chat = 'a') => outbox.nextPending(chat, 10)?.signals.map(({ seq }) => seq);

describe('acknowledging', () => {
  const incident = (openedAt: number, more: Partial<AlertThread> = {}): AlertThread => ({
    kind: 'alerts',
    type: 'alert:Down:redis',
    severity: 'critical',
    rangAt: 5,
    messageId: 6,
    count: 1,
    lastAt: 1,
    openedAt,
    members: {},
    ...more,
  });
  const show = (state: Thread, chat = 'a') =>
    outbox.settle({ chat, outcomes: [], thread: { state, stale: false }, now: 20 });
  const acknowledged = { by: '@ann', at: 30 };

  it('is noted in every chat, and every message must then say so', () => {
    show(incident(1), 'a');
    show(incident(2), 'b');
    expect(outbox.acknowledge('alert:Down:redis', acknowledged, 30)).toEqual(acknowledged);
    for (const chat of ['a', 'b']) expect(outbox.nextStaleThread(chat)).toMatchObject({ acknowledged });
  });

  it('keeps who was first', () => {
    show(incident(1));
    outbox.acknowledge('alert:Down:redis', acknowledged, 30);
    expect(outbox.acknowledge('alert:Down:redis', { by: '@bob', at: 40 }, 40)).toEqual(acknowledged);
    expect(outbox.alertThreads()).toMatchObject([{ acknowledged }]);
  });

  it('survives a message that was on its way meanwhile, which is then brought up to date', () => {
    show(incident(1));
    outbox.acknowledge('alert:Down:redis', acknowledged, 30);
    show(incident(1, { messageId: 7 }));
    expect(outbox.nextStaleThread('a')).toMatchObject({ messageId: 7, acknowledged });
  });

  it('ends with its incident', () => {
    show(incident(1));
    outbox.acknowledge('alert:Down:redis', acknowledged, 30);
    show(incident(2));
    expect(outbox.thread('a', 'alert:Down:redis')).not.toHaveProperty('acknowledged');
    expect(outbox.nextStaleThread('a')).toBeUndefined();
  });

  it('is no use for what no chat was told of', () => {
    expect(outbox.acknowledge('alert:Up:redis', acknowledged, 30)).toBeUndefined();
    show(thread);
    expect(outbox.acknowledge('event', acknowledged, 30)).toBeUndefined();
  });
});

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

  it('keeps the thread with it, and tells which threads need an edit', () => {
    accept([signal('1')]);
    const outcomes = [{ seq: 1, outcome: 'delivered', reason: 'x' }] as const;
    outbox.settle({ chat: 'a', outcomes, thread: { state: thread, stale: true }, now: 20 });
    expect(outbox.thread('a', 'event')).toEqual(thread);
    expect(outbox.nextStaleThread('a')).toEqual(thread);
    expect(outbox.nextStaleThread('b')).toBeUndefined();
    outbox.refreshed('a', 'event', thread, 30);
    expect(outbox.nextStaleThread('a')).toBeUndefined();
    outbox.refreshed('a', 'event', undefined, 30);
    expect(outbox.thread('a', 'event')).toBeUndefined();
  });
});

describe('digests', () => {
  const burning = (name: string, status: 'firing' | 'resolved' = 'firing'): NewSignal => ({
    id: `${name} ${status}`,
    type: name,
    severity: 'critical',
    occurredAt: 1,
    body: {
      kind: 'alert',
      status,
      fingerprint: name,
      labels: { alertname: name.slice(0, 1) },
      annotations: {},
      startsAt: 3,
      ...(status === 'resolved' ? { endsAt: 9 } : {}),
    },
  });
  const fold = (isNew = false) => outbox.digests.fold('a', 'critical', outbox.waiting('a', 10), isNew);

  it('hold what waits apart, count it, and name the worst first', () => {
    accept([burning('B1'), burning('A1'), burning('B2'), signal('event')]);
    fold();
    expect(outbox.nextPending('a', 10)).toBeUndefined();
    expect(outbox.ledger()).toMatchObject({ pending: 4 });
    expect(outbox.digests.unshown('a')).toEqual(['critical']);
    expect(outbox.digests.folded('a', 'critical').map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(outbox.digests.summary('a', 'critical')).toMatchObject({
      members: 4,
      firing: 3,
      resolved: 0,
      startedAt: 1,
      nameCount: 3,
      names: [
        { name: 'B', severity: 'critical', members: 2, resolved: 0 },
        { name: 'A', members: 1 },
        { name: 'event', severity: 'info' },
      ],
    });
  });

  it('know their alerts, and leave the resolved ones behind when they begin anew', () => {
    accept([burning('A1'), burning('A2')]);
    fold();
    accept([burning('A1', 'resolved')]);
    fold();
    expect(outbox.digests.member('a', 'A1')).toEqual({ digest: 'critical', status: 'resolved', startsAt: 3 });
    expect(outbox.digests.member('b', 'A1')).toBeUndefined();
    expect(outbox.digests.summary('a', 'critical')).toMatchObject({ members: 2, resolved: 1, endedAt: 9 });
    accept([burning('A3')]);
    fold(true);
    expect(outbox.digests.member('a', 'A1')).toBeUndefined();
    expect(outbox.digests.summary('a', 'critical')).toMatchObject({ members: 2, firing: 2, resolved: 0 });
  });

  it('agree on what is over: an alert that two of them show is resolved in both', () => {
    accept([burning('A1')]);
    fold();
    accept([{ ...burning('A1'), id: 'again' }]);
    outbox.digests.fold('a', 'quiet', outbox.waiting('a', 10), true);
    accept([burning('A1', 'resolved')]);
    outbox.digests.fold('a', 'quiet', outbox.waiting('a', 10), false);
    for (const digest of ['critical', 'quiet'] as const) {
      expect(outbox.digests.summary('a', digest)).toMatchObject({ members: 1, firing: 0, resolved: 1 });
    }
  });

  it('are forgotten with their thread, once nothing waits for them', () => {
    accept([burning('A1')]);
    fold();
    prune(100);
    expect(outbox.digests.member('a', 'A1')).toBeDefined();
    settle(1, 'failed');
    prune(100);
    expect(outbox.digests.member('a', 'A1')).toBeUndefined();
  });
});

it('forgets what was settled long ago, and keeps the totals and what waits', () => {
  accept([signal('1'), signal('2')]);
  settle(1, 'delivered');
  prune(21);
  expect(outbox.signals({ limit: 10 }).map(({ id }) => id)).toEqual(['2']);
  expect(outbox.ledger()).toMatchObject({ accepted: 2, delivered: 1, pending: 1 });
});

it('forgets threads nobody has added to for long, but none whose message is still to be edited', () => {
  accept([signal('1'), signal('2', 'other')]);
  const settleWith = (seq: number, state: Thread, stale: boolean) =>
    outbox.settle({
      chat: 'a',
      outcomes: [{ seq, outcome: 'delivered', reason: 'x' }],
      thread: { state, stale },
      now: 20,
    });
  settleWith(1, thread, false);
  settleWith(2, { ...thread, type: 'other' }, true);
  prune(20);
  expect(outbox.thread('a', 'event')).toEqual(thread);
  prune(21);
  expect(outbox.thread('a', 'event')).toBeUndefined();
  expect(outbox.thread('a', 'other')).toBeDefined();
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
      outbox = openOutbox(new Database(':memory:'));
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
