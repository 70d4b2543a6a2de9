import { beforeEach, describe, expect, it } from 'vitest';
import { connectSqlite } from '../../../../common/state/sqlite.ts';
import { createReceive, type Receive } from '../../../../alert-bridge/ingest/receive.ts';
import type { Outbox } from '../../../../alert-bridge/outbox/outbox.ts';
import { openOutbox } from '../../../../alert-bridge/outbox/sqlite.ts';
import { routeAll } from '../../../support/bridge/routing.ts';

const T0 = Date.parse('2024-09-22T10:00:00Z');
const SECOND = 1_000;
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
    duplicateWindowMs: 3_600_000,
    now: () => now,
    newId: () => `s${(ids += 1)}`,
    onUser: nothing,
    onAccepted: nothing,
    onStorageError: nothing,
  });
});

const time = (at: number): string => new Date(at).toISOString();
interface Post {
  status?: 'firing' | 'resolved';
  startsAt?: number;
  endsAt?: number;
  from?: string;
}
const notification = ({
  status = 'firing',
  startsAt = T0,
  endsAt = T0 + SECOND,
  from = 'http://a',
}: Post) => ({
  receiver: 'alert-bridge',
  groupKey: 'g',
  status,
  externalURL: from,
  alerts: [
    {
      status,
      labels: { alertname: 'Down', severity: 'critical' },
      annotations: {},
      startsAt: time(startsAt),
      endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : time(endsAt),
      fingerprint: 'f',
    },
  ],
});
/** What becomes of the posts, one a second: accepted, a copy, or left out because another state has overtaken it. */
async function say(...posts: Post[]): Promise<string[]> {
  const said: string[] = [];
  for (const post of posts) {
    now += SECOND;
    const { status } = await receive.alertmanager(notification(post));
    const [newest] = outbox.signals({ limit: 1 });
    said.push(status === 'accepted' && newest?.reason === 'overtaken' ? 'overtaken' : status);
  }
  return said;
}
const fires = { status: 'firing' } as const;
const ends = { status: 'resolved' } as const;

describe('of one Alertmanager', () => {
  it(
    'a firing with the same start after its end is new, and so is the end after that',
    {
      meta: {
        tried: 'Alertmanager resolves by time-out and takes it back with the same start',
        held: 'it is told as firing again',
      },
    },
    async () => {
      expect(await say(fires, fires, ends, ends, fires, fires, ends)).toEqual(
        'accepted duplicate accepted duplicate accepted duplicate accepted'.split(' '),
      );
      expect(outbox.openAlerts()).toEqual([]);
      expect(await say(fires)).toEqual(['accepted']);
      expect(outbox.openAlerts()).toMatchObject([{ body: { again: 2 } }]);
    },
  );

  it('the same is so without an external URL, and for Grafana', async () => {
    expect(await say(...[fires, ends, fires].map((one) => ({ ...one, from: '' })))).not.toContain(
      'duplicate',
    );
    for (const post of [fires, ends, fires, ends])
      expect(await receive.grafana(notification(post))).toEqual({ status: 'accepted', accepted: 1 });
  });

  it('the end of what fired before is no end of what fires now', async () => {
    const later = { startsAt: T0 + 60 * SECOND };
    expect(await say(fires, ends, { ...fires, ...later }, ends)).toEqual([
      'accepted',
      'accepted',
      'accepted',
      'duplicate',
    ]);
    expect(outbox.openAlerts()).toHaveLength(1);
  });
});

describe('of two Alertmanagers', () => {
  const b = { from: 'http://b' };

  it('each post is taken once', async () => {
    expect(await say(fires, { ...fires, ...b }, { ...ends, ...b }, ends, { ...fires, ...b }, fires)).toEqual(
      'accepted duplicate accepted duplicate accepted duplicate'.split(' '),
    );
  });

  it(
    'a firing that comes late behind its end reopens nothing, nor does a late end close anything',
    {
      meta: {
        tried: 'The second Alertmanager tells of a firing after the first one has told its end',
        held: 'it is a copy; after a minute it is told',
      },
    },
    async () => {
      expect(await say(fires, ends, { ...fires, ...b })).toEqual(['accepted', 'accepted', 'duplicate']);
      expect(await say(fires, { ...ends, ...b })).toEqual(['accepted', 'duplicate']);
      expect(outbox.openAlerts()).toHaveLength(1);
    },
  );

  it('what the second one says of its own is new, and so is what it says long after', async () => {
    expect(await say(fires, ends, { ...ends, ...b }, { ...fires, ...b })).toEqual(
      'accepted accepted duplicate accepted'.split(' '),
    );
    expect(await say(ends)).toEqual(['duplicate']);
    expect(await say({ ...ends, endsAt: T0 + 90 * SECOND })).toEqual(['accepted']);
    now += 61 * SECOND;
    expect(await say({ ...fires, from: 'http://c' })).toEqual(['accepted']);
  });
});

it('an issue of Sentry that is resolved, comes back and is resolved is accepted each time', async () => {
  const hook = (action: string) => ({
    action,
    data: { issue: { id: '1', title: 'E', level: 'fatal', firstSeen: time(T0) } },
  });
  for (const action of ['created', 'resolved', 'unresolved', 'resolved', 'unresolved', 'resolved']) {
    now += SECOND;
    expect(await receive.sentry('issue', hook(action))).toEqual({ status: 'accepted' });
  }
});

it('a metric alert of Sentry that gets worse is no copy of itself', async () => {
  const hook = (action: string) => ({
    action,
    data: { metric_alert: { id: '1', title: 'M', date_started: time(T0) } },
  });
  for (const action of ['warning', 'critical', 'warning'])
    expect(await receive.sentry('metric_alert', hook(action))).toEqual({ status: 'accepted' });
  expect(await receive.sentry('metric_alert', hook('warning'))).toEqual({ status: 'duplicate' });
});
