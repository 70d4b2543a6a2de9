/** Two bridges that tell one chat: what both are told is shown once, and nothing is lost when one of them or Redis goes. */
import { expect, it } from 'vitest';
import { LEASE_MS } from '../../alert-bridge/peers/lease.ts';
import { CHAT_ID, notification, post, readLedger, readMetrics, settled } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { alertBoth, startAlertmanagers } from '../support/bridge/bridges.ts';
import type { Server } from '../support/servers/process.ts';
import { withRedis } from '../support/servers/redis.ts';
import { until } from '../support/machine/until.ts';
const world = useInstallation((at) => at.startPair());

const texts = (): string[] => world.telegram.messages(CHAT_ID).map(({ text }) => text);
const occurrences = (word: string): number =>
  texts().reduce((sum, text) => sum + [...text.matchAll(new RegExp(`\\b${word}\\b`, 'g'))].length, 0);

const toBoth = (path: string, body: unknown) =>
  Promise.all(world.pair.bridges.map((bridge) => post(bridge, path, body)));

let payments = 0;
/** The application tells both bridges, with an id of its own; @returns a word that only this payment is shown with. */
async function pay(): Promise<string> {
  const user = `user${(payments += 1)}x`;
  const body = { type: 'payment_received', id: user, user_id: user, amount: 1, payment_type: 'month' };
  for (const { status } of await toBoth('/api/v1/events', body)) expect(status).toBe(202);
  return user;
}

const isUp = (up: number, bridges: readonly Server[] = world.pair.bridges) =>
  until(
    async () => Promise.all(bridges.map(async (bridge) => (await readMetrics(bridge))('alert_bridge_ha_up'))),
    (all) => all.every((value) => value === up),
  );

it('behind two Alertmanagers, they show each alert and event once, in one message, within the limits', async () => {
  const alertmanagers = await startAlertmanagers(world.pair.bridges);
  try {
    const startsAt = new Date().toISOString();
    const alert = (alertname: string, endsAt?: string) => ({
      labels: { alertname, severity: 'critical', component: 'redis' },
      annotations: { summary: alertname },
      startsAt,
      ...(endsAt === undefined ? {} : { endsAt }),
    });
    await alertBoth(alertmanagers.both, [alert('AlertOne'), alert('AlertTwo')]);
    const users: string[] = [];
    for (let i = 0; i < 10; i += 1) users.push(await pay());
    for (const name of ['AlertOne', 'AlertTwo'])
      await world.telegram.waitForMessage(CHAT_ID, ({ text }) => text.includes(name));
    const endsAt = new Date().toISOString();
    await alertBoth(alertmanagers.both, [alert('AlertOne', endsAt), alert('AlertTwo', endsAt)]);
    await until(
      () =>
        world.telegram
          .messages(CHAT_ID)
          .filter(({ text, reply_to }) => reply_to === null && text.includes('Решено')),
      (resolved) => resolved.length === 2,
      { what: 'both resolutions', timeoutMs: 200_000 },
    );
    const ledgers = await Promise.all(
      world.pair.bridges.map((bridge) =>
        until(
          () => readLedger(bridge),
          ({ accepted, pending }) => accepted === 14 && pending === 0,
          { timeoutMs: 200_000 },
        ),
      ),
    );
    for (const user of users) expect([user, occurrences(user)]).toEqual([user, 1]);
    const messages = world.telegram.messages(CHAT_ID);
    for (const name of ['AlertOne', 'AlertTwo']) {
      const about = messages.filter(({ text }) => text.includes(name));
      expect(about).toHaveLength(2);
      expect(about[1]?.reply_to).toBe(about[0]?.message_id);
    }
    const sum = (of: (ledger: (typeof ledgers)[number]) => number) => ledgers.map(of).reduce((a, b) => a + b);
    expect(sum(({ delivered, merged }) => delivered + merged)).toBe(14);
    expect(sum(({ suppressed }) => suppressed)).toBe(14);
    expect(sum(({ possibleDuplicates }) => possibleDuplicates)).toBe(0);
    expect(world.telegram.requests().filter(({ outcome }) => outcome === 'error')).toEqual([]);
  } finally {
    await alertmanagers.close();
  }
});

it('one killed while it sends, the other goes on within the time of the lease, in the same message', async () => {
  const [first, second] = world.pair.bridges;
  const startsAt = new Date();
  const alert = (status: 'firing' | 'resolved') =>
    notification(
      [{ alertname: 'ComponentDown', component: 'redis', severity: 'critical', status }],
      startsAt,
    );
  await post(first, '/webhooks/alertmanager', alert('firing'));
  await settled(first);
  const [shown] = world.telegram.messages(CHAT_ID);

  // The second has been told of no outage: that there is one to resolve, and where it is shown, it has from the first.
  const outage = world.telegram.addOutage({ answer: 'hang', method: 'sendMessage' });
  const resolution = alert('resolved');
  await post(first, '/webhooks/alertmanager', resolution);
  await until(
    () => world.telegram.requests({ method: 'sendMessage' }).at(-1)?.outcome,
    (outcome) => outcome === 'hang',
  );
  await post(second, '/webhooks/alertmanager', resolution);
  world.telegram.clearOutages(outage);
  expect(await readLedger(second)).toMatchObject({ accepted: 1, pending: 1 });
  await first.kill('SIGKILL');
  expect(await settled(second, LEASE_MS + 3_000)).toMatchObject({ delivered: 1, possibleDuplicates: 1 });
  const [firing, reply] = await until(
    () => world.telegram.messages(CHAT_ID),
    ([one]) => one?.text.includes('Решено') === true,
  );
  expect(firing?.message_id).toBe(shown?.message_id);
  expect(reply?.reply_to).toBe(shown?.message_id);

  await first.restart();
  expect(await settled(first)).toMatchObject({ accepted: 2, delivered: 1, suppressed: 1 });
  expect(world.telegram.messages(CHAT_ID)).toHaveLength(2);
});

it('Redis stopped and started under load: nothing is lost, and what is shown twice was counted', async () => {
  const before: string[] = [];
  for (let i = 0; i < 20; i += 1) before.push(await pay());
  await Promise.all(world.pair.bridges.map((bridge) => settled(bridge)));

  const during: string[] = [];
  const loading = new AbortController();
  const load = (async () => {
    while (!loading.signal.aborted) during.push(await pay());
  })();
  const more = (count: number) => {
    const target = during.length + count;
    return until(
      () => during.length,
      (length) => length >= target,
      { timeoutMs: 200_000 },
    );
  };
  await more(50);
  await world.pair.redis.stop();
  await isUp(0);
  await more(50);
  await world.pair.redis.restart();
  await isUp(1);
  await more(50);
  loading.abort();
  await load;
  await Promise.all(world.pair.bridges.map((bridge) => settled(bridge, 200_000)));

  const after: string[] = [];
  for (let i = 0; i < 20; i += 1) after.push(await pay());
  const ledgers = await Promise.all(world.pair.bridges.map((bridge) => settled(bridge)));

  const shown = new Map([...before, ...during, ...after].map((user) => [user, occurrences(user)]));
  expect([...shown].filter(([, times]) => times === 0)).toEqual([]);
  for (const user of [...before, ...after]) expect([user, shown.get(user)]).toEqual([user, 1]);
  const messages = texts();
  const repeated = [...shown].filter(([, times]) => times > 1).map(([user]) => user);
  const counted = ledgers.reduce((sum, { possibleDuplicates }) => sum + possibleDuplicates, 0);
  const withRepeated = messages.filter((text) =>
    repeated.some((user) => new RegExp(`\\b${user}\\b`).test(text)),
  );
  expect(counted).toBeGreaterThanOrEqual(withRepeated.length / 2);
});

it('without Redis from the start, each works alone, at once', async () => {
  await world.pair.redis.stop();
  const [first] = world.pair.bridges;
  await first.restart();
  const user = `user${(payments += 1)}x`;
  await post(first, '/api/v1/events', {
    type: 'payment_received',
    user_id: user,
    amount: 1,
    payment_type: 'month',
  });
  expect(await settled(first)).toMatchObject({ delivered: 1, possibleDuplicates: 1 });
});

it('leaves no key in Redis without an end, none outside its own names, and nothing to read', async () => {
  await pay();
  await Promise.all(world.pair.bridges.map((bridge) => settled(bridge)));
  const keys = await withRedis(world.pair.redis, async (redis) =>
    Promise.all((await redis.keys('*')).map(async (key) => ({ key, ttl: await redis.pttl(key) }))),
  );
  expect(keys.length).toBeGreaterThan(0);
  const [name = ''] = keys.map(({ key }) => key).filter((key) => key.endsWith(`:shown:${CHAT_ID}`));
  const stream = await withRedis(world.pair.redis, (redis) => redis.xrange(name, '-', '+'));
  expect(stream.length).toBeGreaterThan(0);
  expect(JSON.stringify(stream)).not.toContain('payment');
  expect(keys.filter(({ key, ttl }) => !key.startsWith('expensebot:bridge:') || ttl <= 0)).toEqual([]);
});

it('one of them listens to the bot, and the other when it is gone', async () => {
  const leads = () =>
    Promise.all(
      world.pair.bridges.map(async (bridge) =>
        bridge.running ? (await readMetrics(bridge))('alert_bridge_ha_leader') : 0,
      ),
    );
  const [one] = [await until(leads, (all) => all.filter((value) => value === 1).length === 1)];
  const leader = world.pair.bridges[one.indexOf(1)];
  await leader?.kill('SIGKILL');
  const other = await until(leads, (all) => all.includes(1), { timeoutMs: 200_000 });
  expect(other).toEqual(one.map((value) => 1 - value));
});
