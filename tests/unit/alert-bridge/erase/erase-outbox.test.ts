import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { connectSqlite, type SqliteDatabase } from '../../../../common/state/sqlite.ts';
import { eraseUser } from '../../../../alert-bridge/erase/erase-outbox.ts';
import { mentions, withoutMentions } from '../../../../alert-bridge/erase/mentions.ts';
import type { Outbox } from '../../../../alert-bridge/outbox/outbox.ts';
import { createSeal } from '../../../../alert-bridge/outbox/seal.ts';
import { openOutbox } from '../../../../alert-bridge/outbox/sqlite.ts';
import type { AlertBody, EventBody, NewSignal } from '../../../../alert-bridge/model/signal.ts';
import type { EventIncident } from '../../../../alert-bridge/model/incident.ts';

const USER = '5512345678';
const OTHER = '55123456780';
const seal = createSeal([Buffer.alloc(32, 5)]);

let database: SqliteDatabase;
let outbox: Outbox;
beforeEach(() => {
  database = connectSqlite(':memory:');
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
const incident = (type: string, text: string): EventIncident => ({
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
const settle = (seq: number, chat = 'a', state?: EventIncident) =>
  outbox.settle({
    chat,
    outcomes: [{ seq, outcome: 'delivered', reason: '' }],
    ...(state === undefined ? {} : { incident: { state, stale: false } }),
    now: 2,
  });
const NOTHING = {
  signals: 0,
  waiting: 0,
  incidents: 0,
  openAlerts: 0,
  digestMembers: 0,
  shared: 0,
  settings: 0,
};
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
    for (const { seq } of outbox.signals({ limit: 50 })) for (const chat of ['a', 'b']) settle(seq, chat);
    expect(erase()).toMatchObject({ signals: 5, waiting: 0, unreadable: 0, isLogEmptied: true });
    expect(left()).toEqual(['2', '5', '7']);
    expect(erase()).toEqual({ ...NOTHING, unreadable: 0, isLogEmptied: true });
  });

  it('keeps what waits without the id, behind what waits already, and the law holds', () => {
    accept(
      newUser('1', USER),
      signal('2', { kind: 'critical_error', errorType: 'X', details: `of ${USER}`, userId: USER }),
      custom('3', `of ${USER}`, `custom:${USER}`),
      custom(`for-${USER}`, 'nobody'),
      newUser('5', OTHER),
    );
    settle(1);
    expect(erase()).toMatchObject({ signals: 0, waiting: 4 });
    expect(outbox.waiting('b', 50).map(({ id, type, body }) => [id, type, body])).toEqual([
      ['5', 'new_user', { kind: 'new_user', userId: OTHER }],
      ['1', 'new_user', { kind: 'new_user', userId: '***' }],
      ['2', 'critical_error', { kind: 'critical_error', errorType: 'X', details: 'of ***', userId: '***' }],
      ['3', 'custom:***', { kind: 'custom', title: 'Refund', text: 'of ***' }],
      ['for-***', 'custom', { kind: 'custom', title: 'Refund', text: 'nobody' }],
    ]);
    expect(outbox.waiting('a', 50)).toHaveLength(4);
    expect(outbox.ledger()).toMatchObject({ accepted: 5, delivered: 0, suppressed: {}, pending: 5 });
    for (const { seq } of outbox.waiting('b', 50)) {
      settle(seq);
      settle(seq, 'b');
    }
    expect(outbox.ledger()).toMatchObject({ accepted: 5, delivered: 5, suppressed: {}, pending: 0 });
    accept(newUser('6', OTHER), custom(`for-${USER}`, 'again'));
    erase();
    expect(outbox.waiting('a', 50).map(({ id }) => id)).toEqual([
      '6',
      expect.not.stringMatching(`${USER}|^for-`) as string,
    ]);
  });

  it('removes states of messages and members of summaries, and keeps alerts that fire without the id', () => {
    const hit = alert('f1', `for ${USER}`);
    accept(custom('1', 'x'), custom('2', 'x'), signal('3', hit), signal('4', alert('f2', 'for nobody')));
    settle(1, 'a', incident('t1', `asked by ${USER}`));
    settle(2, 'a', incident('t2', 'asked by nobody'));
    outbox.digests.fold('b', 'quiet', outbox.waiting('b', 50), true);
    expect(erase()).toMatchObject({ incidents: 1, openAlerts: 1, waiting: 1, digestMembers: 0 });
    expect(outbox.incident('a', 't1')).toBeUndefined();
    expect(outbox.incident('a', 't2')).toBeDefined();
    expect(outbox.openAlerts().map(({ body }) => [body.fingerprint, body.annotations])).toEqual([
      ['f1', { summary: 'for ***' }],
      ['f2', { summary: 'for nobody' }],
    ]);
    accept({ ...custom('5', 'x'), body: { kind: 'custom', title: `Refund of ${USER}`, text: '' } });
    outbox.digests.fold('b', 'quiet', outbox.waiting('b', 50), false);
    expect(erase()).toMatchObject({ waiting: 1, digestMembers: 1 });
    outbox.digests.fold('b', 'quiet', outbox.waiting('b', 50), false);
    expect(outbox.digests.summary('b', 'quiet').names.map(({ name }) => name)).toContain('Refund of ***');
  });

  it('removes what bridges tell one another and settings, and nothing of others', () => {
    outbox.close();
    database = connectSqlite(':memory:');
    outbox = openOutbox(database, seal, { isShared: true });
    accept(custom(`pay-${USER}`, 'x'), custom(`pay-${OTHER}`, 'x'));
    settle(1);
    settle(2);
    const entry = { at: 1, identities: [`e:${USER}`, `e:${OTHER}`], members: [] };
    outbox.replication.takeOver('a', { from: '0-0', entries: [entry], position: '1-0', isComplete: true }, 1);
    outbox.state.set('talk:mutes', JSON.stringify([{ value: `Refund ${USER}` }, { value: OTHER }]));
    outbox.state.set('bridge_name', 'me');
    expect(erase()).toMatchObject({ shared: 2, settings: 1 });
    expect(outbox.replication.untold('a', 9).flatMap(({ identities }) => identities)).toEqual([
      `custom:pay-${OTHER}`,
    ]);
    const known = database.prepare('SELECT identity FROM shown_by_others').pluck().all();
    expect(known).toEqual([`e:${OTHER}`]);
    expect(outbox.state.get('talk:mutes')).toBe(JSON.stringify([{ value: OTHER }]));
    expect(outbox.state.get('bridge_name')).toBe('me');
  });

  it('does what another bridge has ordered, and takes over what it told before and after', () => {
    accept(newUser('1', USER), newUser('2', OTHER));
    const told = (type: string, text: string) => ({
      ...{ at: 1, identities: [], members: [] },
      incident: { type, state: incident(type, text), stale: false },
    });
    const entries = [told('t1', USER), told('t2', OTHER), { erase: USER }, told('t4', 'later')];
    const news = { from: '0-0', entries, position: '4-0', isComplete: true };
    outbox.replication.takeOver('a', news, 5);
    expect(outbox.incident('a', 't1')).toBeUndefined();
    expect(outbox.incident('a', 't2')).toBeDefined();
    expect(outbox.incident('a', 't4')).toBeDefined();
    const users = outbox.waiting('a', 9).map(({ body }) => body.kind === 'new_user' && body.userId);
    expect(users).toEqual([OTHER, '***']);
    accept(newUser('3', USER));
    outbox.replication.takeOver('a', news, 6);
    expect(outbox.waiting('a', 9)).toHaveLength(3);
  });

  it('keeps nothing of a message that was on its way meanwhile', () => {
    accept(newUser('1', USER));
    settle(1, 'a', incident('before', USER));
    settle(1, 'b');
    accept(newUser('2', USER));
    outbox.beginAttempt('a', [2], 3);
    const shown = incident('new_user', USER);
    erase();
    settle(2, 'a', shown);
    outbox.refreshed('a', 'before', incident('before', USER), 4);
    expect(outbox.incident('a', 'new_user')).toBeUndefined();
    expect(outbox.incident('a', 'before')).toBeUndefined();
    expect(outbox.ledger()).toMatchObject({ accepted: 2, delivered: 1, suppressed: {}, pending: 1 });
    // It is shown again, without the id: counted as a possible duplicate.
    expect(outbox.waiting('a', 9)).toMatchObject([{ id: '2', body: { userId: '***' }, mayBeShown: true }]);
  });

  it('says how many rows could not be searched', () => {
    accept(newUser('1', USER), newUser('2', USER));
    database.exec('UPDATE signals SET body = zeroblob(50) WHERE seq = 2');
    expect(erase()).toMatchObject({ waiting: 1, unreadable: 1 });
    accept(newUser(`of-${USER}`, OTHER));
    database.exec(`UPDATE signals SET body = zeroblob(50) WHERE id = 'of-${USER}'`);
    expect(erase()).toMatchObject({ waiting: 1, unreadable: 1 });
    expect(outbox.ledger()).toMatchObject({ accepted: 3, failed: { unreadable: 1 }, pending: 2 });
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
        const without = withoutMentions(
          { a: [{ [whole]: before + whole + after }], id, [whole + String(digit)]: '' },
          whole,
        );
        expect(without).toEqual({ a: [{ '***': `${before}***${after}` }], id, [whole + String(digit)]: '' });
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
