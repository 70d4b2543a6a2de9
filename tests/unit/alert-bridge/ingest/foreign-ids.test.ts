/** What others call their things never takes the place of what the bridge, or anybody else, calls its own. */
import { beforeEach, describe, expect, it } from 'vitest';
import { connectSqlite } from '../../../../common/state/sqlite.ts';
import { parseAlertmanager } from '../../../../alert-bridge/ingest/alertmanager.ts';
import { createReceive, type Receive } from '../../../../alert-bridge/ingest/receive.ts';
import type { Outbox } from '../../../../alert-bridge/outbox/outbox.ts';
import { openOutbox } from '../../../../alert-bridge/outbox/sqlite.ts';
import type { AlertBody, NewSignal } from '../../../../alert-bridge/model/signal.ts';
import { routeAll } from '../../../support/bridge/routing.ts';

const T0 = Date.parse('2026-11-30T10:00:00Z');
const WINDOW_MS = 3_600_000;
const DAY_MS = 24 * WINDOW_MS;
let outbox: Outbox;
let receive: Receive;
let now = T0;
beforeEach(() => {
  now = T0;
  outbox = openOutbox(connectSqlite(':memory:'));
  let ids = 0;
  const nothing = (): void => undefined;
  receive = createReceive({
    outbox,
    sharedState: outbox.state,
    routing: routeAll(['1']),
    duplicateWindowMs: WINDOW_MS,
    now: () => now,
    newId: () => `s${(ids += 1)}`,
    onUser: nothing,
    onAccepted: nothing,
    onStorageError: nothing,
  });
});

describe("a webhook of Sentry's that is posted again", () => {
  const hook = (action: string) => ({
    action,
    data: { issue: { id: '7', title: 'ValueError', level: 'error', firstSeen: '2026-11-30T09:00:00Z' } },
  });
  const post = async (action: string) => (await receive.sentry('issue', hook(action))).status;

  it(
    'is accepted once, also when the window for equal notifications is over',
    {
      meta: {
        tried: 'A signed resolved webhook of Sentry, posted five times within days',
        held: 'accepted once',
      },
    },
    async () => {
      expect(await post('created')).toBe('accepted');
      const answers: string[] = [];
      for (const after of [0, 1_000, WINDOW_MS + 1, 2 * WINDOW_MS, DAY_MS]) {
        now = T0 + after;
        answers.push(await post('resolved'));
      }
      expect(answers).toEqual(['accepted', 'duplicate', 'duplicate', 'duplicate', 'duplicate']);
      expect(outbox.ledger().accepted).toBe(2);
    },
  );

  it('is news again when the issue came back in between', async () => {
    const answers: string[] = [];
    for (const action of ['created', 'resolved', 'unresolved', 'resolved', 'resolved']) {
      now += DAY_MS;
      answers.push(await post(action));
    }
    expect(answers).toEqual(['accepted', 'accepted', 'accepted', 'accepted', 'duplicate']);
  });
});

describe('an event with the id of something of ours', () => {
  const report: NewSignal = {
    id: 'daily_report:2026-11-29',
    type: 'daily_report:2026-11-29',
    severity: 'info',
    occurredAt: T0,
    body: {
      kind: 'daily_report',
      date: '2026-11-29',
      timezone: 'UTC',
      days: {},
    } as unknown as NewSignal['body'],
  };
  const event = (id: string) => ({ type: 'custom', id, title: 'x', text: 'x', severity: 'info' });

  it(
    'takes the place of nothing',
    {
      meta: {
        tried: 'An event of the application whose id is that of the daily report',
        held: 'both are told; each is a duplicate of itself only',
      },
    },
    async () => {
      for (const id of [report.id, `event:${report.id}`, 's1']) {
        expect(await receive.event(event(id))).toEqual({ status: 'accepted', id });
        expect(await receive.event(event(id))).toMatchObject({ status: 'duplicate' });
      }
      expect(await receive.own(report)).toEqual({ status: 'accepted' });
      expect(await receive.own(report)).toEqual({ status: 'duplicate' });
      expect(await receive.own({ ...report, id: 's1' })).toEqual({ status: 'accepted' });
    },
  );
});

describe('names that an alert brings along', () => {
  const read = (fields: object) => {
    const [signal] = parseAlertmanager(
      { groupKey: 'g', alerts: [{ status: 'firing', ...fields }] },
      {
        now: T0,
        newId: () => 'id',
      },
    ).signals;
    const { fingerprint } = signal?.body as AlertBody;
    return { type: signal?.type, fingerprint };
  };

  it.each(['sentry:issue:7', 'alert-bridge/heartbeat', '__proto__', 'constructor', 'x'.repeat(129)])(
    'the fingerprint %j is hashed, the same each time, and another for another',
    (fingerprint) => {
      expect(read({ fingerprint }).fingerprint).toMatch(/^[\da-f]{16}$/);
      expect(read({ fingerprint })).toEqual(read({ fingerprint }));
      expect(read({ fingerprint }).fingerprint).not.toBe(
        read({ fingerprint: `${fingerprint}:` }).fingerprint,
      );
    },
  );

  it('a fingerprint as Alertmanager writes it stays, one that is missing comes of the labels in any order', () => {
    expect(read({ fingerprint: 'c6eadffa33fcdf37' }).fingerprint).toBe('c6eadffa33fcdf37');
    const [one, other] = [
      { a: '1', b: '2' },
      { b: '2', a: '1' },
    ].map((labels) => read({ labels }).fingerprint);
    expect(one).toBe(other);
    expect(read({ labels: { a: '1', b: '3' } }).fingerprint).not.toBe(one);
  });

  it('no two pairs of name and component have one type', () => {
    const parts = ['a', 'b', 'a:b', ':', '', '\\', '\\:', ':a', 'a\\', '{a}', '{', '\\{'];
    const pairs = parts.flatMap((alertname) => parts.map((component) => ({ alertname, component })));
    const types = pairs.map((labels) => read({ labels }).type);
    // The component is what follows the first colon that is not escaped, as it is.
    expect(new Set(types).size).toBe(pairs.length);
  });
});
