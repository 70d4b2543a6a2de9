import Database from 'better-sqlite3';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { eraseUser } from '../../../../alert-bridge/outbox/erase.ts';
import { mentions } from '../../../../alert-bridge/outbox/mentions.ts';
import type { Outbox } from '../../../../alert-bridge/outbox/outbox.ts';
import { createSeal } from '../../../../alert-bridge/outbox/seal.ts';
import { openOutbox } from '../../../../alert-bridge/outbox/sqlite.ts';
import type { AlertBody, EventBody, NewSignal } from '../../../../alert-bridge/signal.ts';
import type { EventThread } from '../../../../alert-bridge/thread.ts';

const USER = '5512345678';
const OTHER = '55123456780';
const seal = createSeal([Buffer.alloc(32, 5)]);

let database: Database.Database;
let outbox: Outbox;
beforeEach(() => {
  database = new Database(':memory:');
  outbox = openOutbox(database, seal);
});

const signal = (id: string, body: EventBody | AlertBody, type: string = body.kind): NewSignal => ({
  id,
  type,
  severity: 'info',
  occurredAt: 1,
  body,
});
const newUser = (id: string, userId: string) => signal(id, { kind: 'new_user', userId });
const custom = (id: string, text: string, type?: string) =>
  signal(id, { kind: 'custom', title: 'Refund', text }, type);
const alert = (fingerprint: string, summary: string): AlertBody => ({
  kind: 'alert',
  status: 'firing',
  fingerprint,
  labels: { alertname: 'Down' },
  annotations: { summary },
  startsAt: 1,
});
const accept = (...signals: readonly NewSignal[]) =>
  outbox.accept([{ signals, chatsOf: () => ['a', 'b'], suppress: () => undefined, now: 1 }]);
const thread = (type: string, text: string): EventThread => ({
  kind: 'events',
  type,
  severity: 'info',
  rangAt: 1,
  messageId: 1,
  count: 1,
  firstAt: 1,
  lastAt: 1,
  body: { kind: 'custom', title: type, text },
});
const settle = (seq: number, state?: EventThread) =>
  outbox.settle({
    chat: 'a',
    outcomes: [{ seq, outcome: 'delivered', reason: '' }],
    ...(state === undefined ? {} : { thread: { state, stale: false } }),
    now: 2,
  });
const erase = () => eraseUser(database, seal, USER, 3);
const left = () =>
  outbox
    .signals({ limit: 50 })
    .map(({ id }) => id)
    .toSorted();

describe('erasing a user', () => {
  it('removes what names it, by its field, in a text, in a type or an id, and nothing else', () => {
    accept(
      newUser('1', USER),
      newUser('2', OTHER),
      signal('3', { kind: 'critical_error', errorType: 'X', details: 'd', userId: USER }),
      custom('4', `of user ${USER}, 2 days late`),
      custom('5', `of user ${OTHER} and 0${USER}`),
      custom('6', 'nobody', `custom:${USER}`),
      custom(`user-${USER}`, 'nobody'),
      signal('7', {
        kind: 'payment_received',
        userId: '1',
        amount: Number(USER),
        currency: 'XTR',
        paymentType: 'month',
      }),
    );
    expect(erase()).toMatchObject({ signals: 5, waiting: 5, unreadable: 0 });
    expect(left()).toEqual(['2', '5', '7']);
    expect(outbox.waiting('a', 50)).toHaveLength(3);
    expect(erase()).toMatchObject({ signals: 0, waiting: 0, threads: 0, openAlerts: 0, digestMembers: 0 });
  });

  it('settles what waits as erased, unless another chat was shown it, and the law holds', () => {
    accept(newUser('1', USER), newUser('2', USER), newUser('3', OTHER));
    settle(1);
    expect(erase()).toMatchObject({ signals: 2, waiting: 2 });
    expect(outbox.ledger()).toMatchObject({
      accepted: 3,
      delivered: 1,
      suppressed: { erased: 1 },
      pending: 1,
    });
  });

  it('removes states of messages, open alerts and members of summaries', () => {
    const hit = alert('f1', `for ${USER}`);
    accept(custom('1', 'x'), custom('2', 'x'), signal('3', hit), signal('4', alert('f2', 'for nobody')));
    settle(1, thread('t1', `asked by ${USER}`));
    settle(2, thread('t2', 'asked by nobody'));
    outbox.digests.fold('b', 'quiet', outbox.waiting('b', 50), true);
    expect(erase()).toMatchObject({ threads: 1, openAlerts: 1, signals: 1, digestMembers: 0 });
    expect(outbox.thread('a', 't1')).toBeUndefined();
    expect(outbox.thread('a', 't2')).toBeDefined();
    expect(outbox.openAlerts()).toHaveLength(1);
    accept({ ...custom('5', 'x'), body: { kind: 'custom', title: `Refund of ${USER}`, text: '' } });
    outbox.digests.fold('b', 'quiet', outbox.waiting('b', 50), false);
    expect(erase()).toMatchObject({ signals: 1, digestMembers: 1 });
  });

  it('keeps nothing of a message that was on its way meanwhile', () => {
    accept(newUser('1', USER));
    settle(1, thread('before', USER));
    accept(newUser('2', USER));
    const shown = thread('new_user', USER);
    erase();
    settle(2, shown);
    outbox.refreshed('a', 'before', thread('before', USER), 4);
    expect(outbox.thread('a', 'new_user')).toBeUndefined();
    expect(outbox.thread('a', 'before')).toBeUndefined();
    expect(outbox.ledger()).toMatchObject({
      accepted: 2,
      delivered: 1,
      suppressed: { erased: 1 },
      pending: 0,
    });
  });

  it('says how many rows could not be searched', () => {
    accept(newUser('1', USER), newUser('2', USER));
    database.exec('UPDATE signals SET body = zeroblob(50) WHERE seq = 2');
    expect(erase()).toMatchObject({ signals: 1, unreadable: 1 });
  });
});

describe('naming an id', () => {
  it('is found as a whole wherever it stands, and never as a part of a longer number', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '/', '=', ':', 'я', '\n', '"') });
    fc.assert(
      fc.property(fc.nat(), text, text, fc.nat({ max: 9 }), (id, before, after, digit) => {
        const whole = String(id);
        expect(mentions({ a: [{ b: before + whole + after }] }, whole)).toBe(true);
        expect(mentions({ [before + whole + after]: 1 }, whole)).toBe(true);
        expect(mentions(before + whole + String(digit) + after, whole)).toBe(false);
        expect(mentions(before + String(digit) + whole + after, whole)).toBe(false);
        expect(mentions({ amount: id }, whole)).toBe(false);
      }),
    );
  });

  it.each([
    ['by a@b.c+d!', 'a@b.c+d', true],
    ['by a@bxc+d!', 'a@b.c+d', false],
    ['userAnna', 'Anna', false],
    ['user Anna.', 'Anna', true],
    ['Аннапа', 'Анна', false],
  ])('%j names %j: %s', (text, id, expected) => {
    expect(mentions(text, id)).toBe(expected);
  });
});
