/** Two bridges, one chat that nobody looks at: every step of the escalation once, whichever bridge takes it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CHAT_ID, notification, post, QUIET, startTelegram } from '../support/bridge/bridge.ts';
import { startBridges, type Bridges } from '../support/bridge/bridges.ts';
import type { TelegramFake } from '../support/telegram/index.ts';
import { until } from '../support/machine/until.ts';

const STEPS = 'escalation: { ring_after: [2s, 20s], fallback_after: never, webhook_after: 25s }\n';

let telegram: TelegramFake;
let set: Bridges;
let calls: string[];
const service = createServer((request, response) => {
  calls.push(String(request.headers['webhook-id']));
  request.resume().on('end', () => response.end());
});

beforeEach(async () => {
  calls = [];
  telegram = await startTelegram({ chatBurst: 1_000 });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const { port } = service.address() as AddressInfo;
  set = await startBridges(telegram, {
    config: `${QUIET}${STEPS}`,
    env: () => ({
      FALLBACK_WEBHOOK_URL: `http://127.0.0.1:${port}/call`,
      FALLBACK_WEBHOOK_SECRET: 'canary',
    }),
  });
});
afterEach(async () => {
  await set.close();
  await telegram.close();
  await new Promise((resolve) => service.close(resolve));
});

it('each step is taken once by two bridges, also when one of them is killed between two steps', async () => {
  const down = { alertname: 'Down', component: 'redis', severity: 'critical' };
  const body = notification([down]);
  for (const bridge of set.bridges) await post(bridge, '/webhooks/alertmanager', body);
  const rings = () => telegram.messages(CHAT_ID).filter(({ text }) => text.includes('никто не занимается'));
  // The living message is brought up to date once the ring is settled, and the other bridge was told of it.
  await until(
    () => telegram.requests({ method: 'editMessageText' }),
    (edits) => rings().length >= 1 && edits.length >= 1,
    { timeoutMs: 200_000 },
  );
  await set.bridges[0].kill('SIGKILL');
  await until(
    () => [rings().length, calls.length],
    ([rung = 0, called = 0]) => rung >= 2 && called >= 1,
    { timeoutMs: 200_000 },
  );
  await set.bridges[0].restart();
  // Something else goes through both meanwhile, all the way to the last step.
  const other = notification([{ ...down, component: 'database' }]);
  for (const bridge of set.bridges) await post(bridge, '/webhooks/alertmanager', other);
  await until(
    () => calls,
    ({ length }) => length >= 2,
    { timeoutMs: 200_000 },
  );
  expect(new Set(calls).size).toBe(calls.length);
  const ofFirst = telegram.messages(CHAT_ID)[0]?.message_id;
  expect(rings().filter(({ reply_to }) => reply_to === ofFirst)).toHaveLength(2);
});
