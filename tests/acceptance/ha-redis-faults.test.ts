/** Two bridges and a Redis that is there but does not do what it should: frozen; with TEST_LONG=1 all else, too. */
import { expect, it } from 'vitest';
import { systemClock } from '../../common/time/clock.ts';
import { CHAT_ID, notification, post, readMetrics, settled } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { withRedis } from '../support/servers/redis.ts';
import { startTcpProxy, type TcpProxy } from '../support/servers/tcp-proxy.ts';
import { until } from '../support/machine/until.ts';

/** Keeps the chat busy and does not flood it. */
const PAYMENT_EVERY_MS = 200;
let proxies: TcpProxy[];
const world = useInstallation(async (at) => {
  proxies = [];
  await at.startPair({
    env: async (_, redis) => {
      const proxy = at.closeAtTheEnd(await startTcpProxy(redis.port));
      proxies.push(proxy);
      return { REDIS_URL: `redis://127.0.0.1:${proxy.port}/0` };
    },
  });
});

const config = (name: string, value: string) =>
  withRedis(world.pair.redis, (redis) => redis.config('SET', name, value));
const onBoth = (change: (proxy: TcpProxy) => void): void => proxies.forEach(change);

interface Fault {
  readonly name: string;
  readonly begin: () => unknown;
  readonly end: () => unknown;
  /** What they say of it. */
  readonly up: 0 | 1;
}
const FAULTS: readonly Fault[] = [
  { name: 'frozen', begin: () => world.pair.redis.freeze(), end: () => world.pair.redis.thaw(), up: 0 },
  { name: 'full', begin: () => config('maxmemory', '1'), end: () => config('maxmemory', '0'), up: 0 },
  {
    name: 'behind a network that drops everything',
    begin: () => onBoth((proxy) => (proxy.isOpen = false)),
    end: () => onBoth((proxy) => (proxy.isOpen = true)),
    up: 0,
  },
  {
    name: 'slow',
    begin: () => onBoth((proxy) => (proxy.delayMs = 150)),
    end: () => onBoth((proxy) => (proxy.delayMs = 0)),
    up: 1,
  },
  {
    name: 'a replica that may only be read',
    begin: () => withRedis(world.pair.redis, (redis) => redis.replicaof('127.0.0.1', 1)),
    end: () => withRedis(world.pair.redis, (redis) => redis.replicaof('NO', 'ONE')),
    up: 0,
  },
  {
    name: 'emptied',
    begin: () => withRedis(world.pair.redis, (redis) => redis.flushall()),
    end: () => undefined,
    up: 1,
  },
];
const faults = process.env['TEST_LONG'] === '1' ? FAULTS : FAULTS.slice(0, 1);

const isUp = (up: number) =>
  until(
    () => Promise.all(world.pair.bridges.map(async (one) => (await readMetrics(one))('alert_bridge_ha_up'))),
    (all) => all.every((value) => value === up),
    { what: `alert_bridge_ha_up of ${up}` },
  );

let payments = 0;
async function toBoth(path: string, body: unknown): Promise<void> {
  const answers = await Promise.all(world.pair.bridges.map((bridge) => post(bridge, path, body)));
  for (const { status } of answers) expect(status).toBeLessThan(300);
}
async function pay(): Promise<string> {
  const user = `user${(payments += 1)}x`;
  const body = { type: 'payment_received', id: user, user_id: user, amount: 1, payment_type: 'month' };
  await toBoth('/api/v1/events', body);
  return user;
}

const timesShown = (word: string): number =>
  world.telegram
    .messages(CHAT_ID)
    .reduce((sum, { text }) => sum + [...text.matchAll(new RegExp(`\\b${word}\\b`, 'g'))].length, 0);

it.each(faults)(
  'a Redis that is $name: no post waits for it, a critical alert is told at once, nothing is lost',
  async ({ begin, end, up }) => {
    const paid: string[] = [];
    const loading = new AbortController();
    const load = (async () => {
      while (!loading.signal.aborted) {
        paid.push(await pay());
        await systemClock.sleep(PAYMENT_EVERY_MS);
      }
    })();
    await until(
      () => world.telegram.messages(CHAT_ID).length,
      (count) => count > 0,
    );
    await begin();
    await isUp(up);
    // Both happen before the fault ends: neither waits for Redis.
    const critical = { alertname: 'ComponentDown', component: 'database', severity: 'critical' };
    await toBoth('/webhooks/alertmanager', notification([critical]));
    await world.telegram.waitForMessage(CHAT_ID, ({ text }) => text.includes('ComponentDown'));
    await end();
    await isUp(1);
    loading.abort();
    await load;
    for (const bridge of world.pair.bridges) await settled(bridge);

    const after: string[] = [];
    for (let n = 0; n < 10; n += 1) after.push(await pay());
    const ledgers = await Promise.all(world.pair.bridges.map((bridge) => settled(bridge)));
    expect(paid.filter((user) => timesShown(user) === 0)).toEqual([]);
    for (const user of after) expect([user, timesShown(user)]).toEqual([user, 1]);
    const repeated = paid.filter((user) => timesShown(user) > 1);
    const withRepeated = world.telegram
      .messages(CHAT_ID)
      .filter(({ text }) => repeated.some((user) => new RegExp(`\\b${user}\\b`).test(text)));
    const counted = ledgers.reduce((sum, { possibleDuplicates }) => sum + possibleDuplicates, 0);
    expect(counted).toBeGreaterThanOrEqual(withRepeated.length / 2);
    for (const { failed } of ledgers) expect(failed).toBe(0);
  },
);
