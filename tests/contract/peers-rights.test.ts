/** What docs/operations.md lets the bridges do in a Redis that is not theirs alone: all they need, and nothing else. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eraseInReplication } from '../../alert-bridge/erase/erase-peers.ts';
import { keysOf } from '../../alert-bridge/peers/keys.ts';
import { clientOf } from '../../alert-bridge/peers/redis-link.ts';
import { preflight, sayWhatIsMissing } from '../../alert-bridge/peers/preflight.ts';
import { sharingChecks } from '../../alert-bridge/cli/doctor/sharing.ts';
import { createSeal } from '../../alert-bridge/outbox/seal.ts';
import { alert, CHAT, KEY, startCoordinated, type Coordinated } from '../support/bridge/peers.ts';
import type { Server } from '../support/servers/process.ts';
import { startRedis, withRedis } from '../support/servers/redis.ts';
import { until } from '../support/machine/until.ts';

const shown = /ACL SETUSER (bridges .+?)\n```/s.exec(readFileSync('docs/operations.md', 'utf8'))?.[1] ?? '';
const rules = shown.split(/[\s\\]+/);
const seal = createSeal([KEY]);
const { ofInstallation: prefix } = keysOf('1', seal);
/** Whose lack is not seen by asking once: the number of the database, and what only `npm run forget` does. */
const ELSEWHERE = ['+select', '+scan', '+xdel'];

let server: Server;
let url: string;
let bridges: Coordinated[];
beforeEach(async () => {
  server = await startRedis();
  url = `redis://bridges:a-long-password@127.0.0.1:${server.port}/1`;
  bridges = [];
  await setUser(...rules.slice(1));
});
afterEach(async () => {
  await Promise.all(bridges.map((bridge) => bridge.close()));
  await server.close();
});

const setUser = (...change: readonly string[]) =>
  withRedis(server, (redis) => redis.call('ACL', 'SETUSER', 'bridges', ...change));
const asUser = async <T>(ask: (redis: ReturnType<typeof clientOf>) => Promise<T>): Promise<T> => {
  const client = clientOf({ url });
  try {
    await client.connect();
    return await ask(client);
  } finally {
    client.disconnect();
  }
};
const start = (): Coordinated => {
  const bridge = startCoordinated({ url });
  bridges.push(bridge);
  return bridge;
};

it('is enough to share, and to forget a user, and no more', async () => {
  const [first, second] = [start(), start()];
  const startsAt = Date.now();
  for (const bridge of [first, second]) bridge.accept([alert('Down', startsAt)]);
  await first.show();
  await second.hearsOfAll();
  expect([...first.log, ...second.log].filter((line) => !line.startsWith('info'))).toEqual([]);
  await asUser((redis) => eraseInReplication(redis, { prefix, seal, chats: [CHAT] }, '5512345678'));
  await expect(asUser((redis) => redis.set('celery', ''))).rejects.toThrow('NOPERM');
  await expect(asUser((redis) => redis.get(`${prefix}state`))).rejects.toThrow('NOPERM');
});

it('has no right too many: without any one of them the proof fails, and says where they stand', async () => {
  const rights = rules.filter((rule) => rule.startsWith('+') && !ELSEWHERE.includes(rule));
  expect(rights.length).toBeGreaterThan(15);
  const found: string[] = [];
  for (const right of rights) {
    await setUser(right.replace('+', '-'));
    const said = await asUser((redis) => preflight(redis, prefix, randomUUID)).then(
      () => 'nothing',
      (error: unknown) => String(sayWhatIsMissing(error)),
    );
    if (!said.includes('lacks a right')) found.push(`${right}: ${said}`);
    await setUser(right);
  }
  expect(found).toEqual([]);
  await asUser((redis) => preflight(redis, prefix, randomUUID));
});

it('when a right is taken away, a bridge says so once and works alone, until it is back', async () => {
  const bridge = start();
  await setUser('-xadd');
  bridge.accept([alert('Down', Date.now())]);
  await bridge.show();
  expect(bridge.ledger()).toMatchObject({ pending: 0 });
  await until(
    () => bridge.peers.isUp,
    (isUp) => !isUp,
  );
  // Meanwhile it tries again, and reading would work.
  const refusals = async () => {
    const entries = await withRedis(server, (redis) => redis.call('ACL', 'LOG'));
    return (entries as unknown[][]).reduce((sum, [, count]) => sum + Number(count), 0);
  };
  const before = await refusals();
  await until(refusals, (count) => count > before, { what: 'another trial' });
  expect(bridge.log.filter((line) => line.startsWith('warn'))).toEqual([
    expect.stringMatching(/this one works alone.*lacks a right/),
  ]);
  await setUser('+xadd');
  await until(
    () => bridge.peers.isUp,
    (isUp) => isUp,
  );
});

it('is looked at by the doctor', async () => {
  const look = async (password = 'a-long-password') => {
    const redis = { url: url.replace('a-long-password', password) };
    const [check] = sharingChecks({ redis, botId: '1', stateKeys: [KEY] });
    return check?.look(AbortSignal.timeout(60_000));
  };
  expect(await look()).toEqual({ status: 'ok', detail: 'Redis does what several bridges need' });
  await setUser('-xadd');
  expect(await look()).toMatchObject({
    status: 'wrong',
    detail: expect.stringContaining('lacks a right') as string,
  });
  expect(await look('another')).toMatchObject({
    status: 'wrong',
    detail: expect.stringContaining('refuses the password') as string,
  });
  await withRedis(server, (redis) => redis.config('SET', 'maxmemory', '1'));
  await setUser('+xadd');
  expect(await look()).toMatchObject({ detail: expect.stringContaining('Redis is full') as string });
  await withRedis(server, (redis) => redis.config('SET', 'maxmemory', '0'));
  await withRedis(server, (redis) => redis.replicaof('127.0.0.1', 1));
  expect(await look()).toMatchObject({ detail: expect.stringContaining('is a replica') as string });
  expect(sharingChecks({ redis: undefined, botId: '1', stateKeys: [KEY] })).toEqual([]);
});
