/** What bridges agree on through a real Redis: in whose turn, what is shown, by whose clock, and how much of it is kept. */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createChatStream, KEPT_ENTRIES } from '../../alert-bridge/peers/stream.ts';
import { eraseInReplication } from '../../alert-bridge/erase/erase-peers.ts';
import { keysOf } from '../../alert-bridge/peers/keys.ts';
import { createSharedBudget } from '../../alert-bridge/peers/shared-budget.ts';
import type { RedisLink } from '../../alert-bridge/peers/redis-link.ts';
import { createSeal } from '../../alert-bridge/outbox/seal.ts';
import type { AlertBody } from '../../alert-bridge/model/signal.ts';
import type { NewSignal } from '../../alert-bridge/model/signal.ts';
import {
  alert,
  CHAT,
  alertIncident,
  KEY,
  startCoordinated,
  type Coordinated,
  type CoordinatedOptions,
} from '../support/bridge/peers.ts';
import type { Server } from '../support/servers/process.ts';
import { startRedis } from '../support/servers/redis.ts';
import { redisThatNames } from '../support/bridge/stores.ts';
import { until } from '../support/machine/until.ts';

const HOUR = 3_600_000;
const START = Date.now();

const REPORT: NewSignal = {
  id: 'daily_report:2024-09-21',
  type: 'daily_report:2024-09-21',
  severity: 'info',
  occurredAt: START,
  body: { kind: 'daily_report', date: '2024-09-21', formedAt: START, figures: null, errors: null },
};

let server: Server;
let redis: Redis;
let bridges: Coordinated[];
beforeEach(async () => {
  server = await startRedis();
  redis = new Redis(server.url, { retryStrategy: () => 100 });
  redis.on('error', () => undefined);
  bridges = [];
});
afterEach(async () => {
  await Promise.all(bridges.map((bridge) => bridge.close()));
  redis.disconnect();
  await server.close();
});

function start(options: Partial<CoordinatedOptions> = {}): Coordinated {
  const bridge = startCoordinated({ url: server.url, ...options });
  bridges.push(bridge);
  return bridge;
}

const isTaken = async (bridge: Coordinated, withinMs = 300): Promise<boolean> => {
  await bridge.lease.take(AbortSignal.timeout(withinMs)).catch(() => undefined);
  const { isMine } = bridge.lease;
  await bridge.lease.end();
  return isMine;
};

describe('bridges whose clocks are hours apart', () => {
  it.each([3 * HOUR, -3 * HOUR])('take turns, and know what the other has shown (%i ms)', async (aheadMs) => {
    const [first, second] = [start(), start({ aheadMs })];
    await first.lease.take(AbortSignal.timeout(60_000));
    expect(await isTaken(second)).toBe(false);
    await first.lease.end();
    expect(await isTaken(second)).toBe(true);

    for (const bridge of [first, second]) bridge.accept([alert('Down', START)]);
    first.accept([REPORT]);
    await first.show(alertIncident('alert:Down', { rangAt: first.now() }));
    await second.hearsOfAll();
    expect(second.ledger().suppressed).toEqual({ shown_by_other_bridge: 1 });

    // The cooldown runs by its own clock.
    const incident = second.outbox.incident(CHAT, 'alert:Down');
    expect(Math.abs((incident?.rangAt ?? 0) - second.now())).toBeLessThan(10_000);

    // Two hours later the same is told again: that is no copy of what was shown then. A report that is made up for is.
    second.setClock(aheadMs + 2 * HOUR);
    second.accept([alert('Down', START)]);
    second.accept([REPORT]);
    const before = second.outbox.replication.position(CHAT);
    first.accept([alert('Other', START)]);
    await first.show();
    await until(
      () => second.outbox.replication.position(CHAT),
      (position) => position !== before,
    );
    expect(second.pending()).toBe(1);
    expect(second.ledger().suppressed).toEqual({ shown_by_other_bridge: 2 });
  });
});

describe('installations that share one Redis', () => {
  it.each([
    ['another bot', { botId: '2' }, 2],
    ['another STATE_KEY', { key: Buffer.alloc(32, 8) }, 1],
  ])('do not mix: %s', async (_, other, leaders) => {
    const [ours, theirs] = [start(), start(other)];
    for (const bridge of [ours, theirs]) bridge.accept([alert('Down', START)]);
    await ours.lease.take(AbortSignal.timeout(60_000));
    expect(await isTaken(theirs)).toBe(true);
    await ours.lease.end();
    await ours.show(alertIncident('alert:Down'));
    await theirs.peers.lease(CHAT).take(AbortSignal.timeout(60_000));
    expect(theirs.pending()).toBe(1);
    expect(theirs.outbox.incident(CHAT, 'alert:Down')).toBeUndefined();
    await theirs.lease.end();
    // One listens to each bot, whoever runs it.
    const leading = () => [ours, theirs].filter(({ peers }) => peers.isLeader).length;
    await until(leading, (count) => count === leaders);
    expect([...ours.log, ...theirs.log].filter((line) => !line.startsWith('info'))).toEqual([]);
  });
});

describe('when Redis forgets everything', () => {
  it('what waits may have been shown, is said to, and what comes next is shared again', async () => {
    const [first, second] = [start(), start()];
    // An id of the time to come: Redis on a new host may have a clock that is behind.
    const [prefix] = await prefixes(first);
    await redis.xadd(`${prefix}shown:${CHAT}`, '9999999999999-0', 'entry', 'not sealed');
    await until(
      () => second.outbox.replication.position(CHAT),
      (position) => position === '9999999999999-0',
    );

    for (const bridge of [first, second]) bridge.accept([alert('Lost', START)]);
    await redis.flushall();
    await until(
      () => second.outbox.replication.position(CHAT),
      (position) => position !== '9999999999999-0',
    );
    expect(second.outbox.waiting(CHAT, 10).map(({ mayBeShown }) => mayBeShown)).toEqual([true]);
    expect(second.log).toContainEqual(expect.stringContaining('Redis has lost'));

    for (const bridge of [first, second]) bridge.accept([alert('Next', START)]);
    await first.show();
    await second.hearsOfAll();
    // Once for the chat, once for the second channel.
    expect(second.log.filter((line) => line.includes('has lost'))).toHaveLength(2);
  });
});

describe('when Redis was away', () => {
  it('a bridge that has nothing more to show tells what it showed alone', async () => {
    const [first, second] = [start(), start()];
    for (const bridge of [first, second]) bridge.accept([alert('Alone', START)]);
    await server.stop();
    await until(
      () => first.peers.isUp,
      (isUp) => !isUp,
    );
    await first.show(alertIncident('alert:Alone'));
    expect(first.ledger()).toMatchObject({ pending: 0 });
    await server.restart();
    await second.hearsOfAll();
    expect(second.outbox.incident(CHAT, 'alert:Alone')).toMatchObject({ messageId: 1 });
  });
});

describe('a user who is to be forgotten', () => {
  const USER = '5512345678';
  /** The chat, and the second channel. */
  const PLACES = 2;
  const seal = createSeal([KEY]);
  const place = { prefix: keysOf('1', seal).ofInstallation, seal, chats: [CHAT] };
  const erase = () => eraseInReplication(redis, place, USER);
  const member = (name: string) => alert(name, START).body as AlertBody;
  const of = (type: string, user: string) =>
    alertIncident(type, { members: { [user]: { ...member(type), annotations: { summary: `of ${user}` } } } });
  const named = () => redisThatNames(USER, server, KEY, '1');

  it('is erased by all bridges, by those that were away, and told of by none of them afterwards', async () => {
    const [first, second] = [start(), start()];
    for (const bridge of [first, second]) bridge.accept([alert(`Of${USER}`, START), alert('Down', START)]);
    await first.show(of('alert:Down', USER));
    await second.hearsOfAll();
    await until(
      () => redis.keys('*:shown:*'),
      (streams) => streams.length === PLACES,
    );
    expect(await named()).toMatchObject({ entries: 1, incidents: 1, orders: 0 });

    // What is on its way while the order comes is told after it.
    second.accept([alert('Late', START)]);
    await second.lease.take(AbortSignal.timeout(60_000));
    const [late] = second.outbox.waiting(CHAT, 1);
    const erased = erase();
    await until(named, ({ orders }) => orders === PLACES);
    const outcomes = [{ seq: late?.seq ?? 0, outcome: 'delivered', reason: 'shown' }] as const;
    const incident = { state: of('alert:Late', USER), stale: false };
    second.outbox.settle({ chat: CHAT, outcomes, incident, now: second.now() });
    await second.lease.end();
    expect(await erased).toEqual({ named: 2, unreadable: 0 });
    const nothing = { entries: 0, incidents: 0, orders: PLACES, state: 0, clear: [] };
    expect(await named()).toEqual(nothing);
    for (const bridge of [first, second]) {
      await until(
        () => bridge.log,
        (log) => log.includes(`erased: ${USER}`),
      );
      for (const type of ['alert:Down', 'alert:Late'])
        expect(bridge.outbox.incident(CHAT, type)).toBeUndefined();
      expect(bridge.log.filter((line) => line.startsWith('warn'))).toEqual([]);
    }
    const third = start();
    third.accept([alert(`Of${USER}`, START), alert('Down', START)]);
    await until(
      () => third.log,
      (log) => log.includes(`erased: ${USER}`),
    );
    const types = third.outbox.waiting(CHAT, 9).map(({ type }) => type);
    expect(types).toEqual(['alert:Of***']);
    // Asked for again, there is one order in each place, and what others were shown is still known.
    expect(await erase()).toEqual({ named: 0, unreadable: 0 });
    expect(await named()).toEqual(nothing);
  });
});

describe('what is kept in Redis', () => {
  it('grows neither with each change of a large incident nor for ever, and ends by itself', async () => {
    const stream = createChatStream('expensebot:bridge:test:', CHAT);
    const large = 'x'.repeat(300_000);
    for (let change = 0; change < 200; change += 1)
      await stream.append(redis, ['changed'], new Map([['alert:Large', large]]));
    const batch = Array.from({ length: 500 }, () => 'y'.repeat(100));
    for (let many = 0; many < KEPT_ENTRIES + 2_000; many += batch.length)
      await stream.append(redis, batch, new Map());
    expect(await redis.xlen(`expensebot:bridge:test:shown:${CHAT}`)).toBeLessThan(KEPT_ENTRIES + 200);
    const keys = await redis.keys('*');
    expect(keys).toHaveLength(2);
    const bytes = await Promise.all(keys.map(async (key) => Number(await redis.memory('USAGE', key))));
    expect(bytes.reduce((a, b) => a + b)).toBeLessThan(5_000_000);
    for (const key of keys) expect([key, (await redis.pttl(key)) > 0]).toEqual([key, true]);
  });

  it('tells of many signals in many small entries, and of its incident once', async () => {
    const [first, second] = [start(), start()];
    const many = Array.from({ length: 1_000 }, (_, n) => alert(`Down${n}`, START));
    for (const bridge of [first, second]) bridge.accept(many.map((one) => ({ ...one, id: randomUUID() })));
    const members = Object.fromEntries(
      many.flatMap(({ body }) => (body.kind === 'alert' ? [[body.fingerprint, body]] : [])),
    );
    await first.show(alertIncident('alert:Down', { members }));
    await second.hearsOfAll();
    expect(second.ledger().suppressed).toEqual({ shown_by_other_bridge: 1_000 });
    const [stream = ''] = await redis.keys(`*:shown:${CHAT}`);
    // Each may have begun it.
    expect((await redis.xlen(stream)) - 20).toBeLessThanOrEqual(2);
    expect(await redis.xlen(stream)).toBeGreaterThanOrEqual(20);
    expect(await redis.keys('*:thread:*')).toHaveLength(1);
  });
});

describe('the budget over all bridges', () => {
  const answering: Pick<RedisLink, 'ask'> = { ask: (command) => command(redis) };
  const budget = () => createSharedBudget(answering, 'budget:', randomUUID);
  const budgets = () => [budget(), budget()] as const;

  it('gives one of many who ask at once the chat, and the next one no sooner than a second later', async () => {
    const [one, two] = budgets();
    const waits = await Promise.all(
      Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? one : two).take(4242)),
    );
    expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(1);
    for (const waitMs of waits.filter((wait) => wait > 0)) {
      expect(waitMs).toBeGreaterThan(900);
      expect(waitMs).toBeLessThanOrEqual(1_050);
    }
    expect(await two.take(4243)).toBe(0);
  });

  it('lets 25 requests to as many chats go at once, and holds the chat, or all, for as long as Telegram asks', async () => {
    const [one, two] = budgets();
    const takes = Array.from({ length: 26 }, (_, n) => (n % 2 === 0 ? one : two).take(n + 1));
    expect((await Promise.all(takes)).filter((waitMs) => waitMs > 0)).toHaveLength(1);
    await one.pause(99, 60_000);
    await two.pause(99, 1_000);
    expect(await two.take(99)).toBeGreaterThan(50_000);
    await two.pause('all', 90_000);
    expect(await one.take(100)).toBeGreaterThan(80_000);
  });
});

const prefixes = (bridge: Coordinated) =>
  until(
    async () => {
      await bridge.lease.take(AbortSignal.timeout(60_000));
      const keys = await redis.keys(`*:turn:${CHAT}`);
      await bridge.lease.end();
      return keys.map((key) => key.slice(0, -`turn:${CHAT}`.length));
    },
    ({ length }) => length === 1,
  );
