/** What one of two bridges does for both, and how people know them apart. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHAT_ID, notification, post, readLedger, readMetrics } from '../support/bridge/bridge.ts';
import { type Installation, useInstallation } from '../support/bridge/installation.ts';
import { press } from '../support/bridge/press.ts';
import { startAlertmanager } from '../support/servers/alertmanager.ts';
import type { Server } from '../support/servers/process.ts';
import { withRedis } from '../support/servers/redis.ts';
import type { MessageView } from '../support/telegram/index.ts';
import { until } from '../support/machine/until.ts';

const NAMES = ['alpha', 'beta'] as const;
const config = `report: { enabled: false }\nreconcile: { every: 1s, confirm_after: 1s, gap_after: 0s }\n`;

let alertmanager: Server;
const prepare = async (at: Installation): Promise<void> => {
  const configFile = join(at.makeFolder(), 'alertmanager.yml');
  writeFileSync(configFile, 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n');
  alertmanager = at.closeAtTheEnd(await startAlertmanager({ configFile }));
  await at.startPair({
    config,
    env: (index) => ({ BRIDGE_NAME: NAMES[index], ALERTMANAGER_URL: alertmanager.url }),
  });
};
const world = useInstallation(prepare, { limits: { chatBurst: 1_000 } });

const shown = (words: string): Promise<MessageView> =>
  world.telegram.waitForMessage(CHAT_ID, ({ text }) => text.includes(words), { timeoutMs: 200_000 });
const count = (words: string): number =>
  world.telegram.messages(CHAT_ID).filter(({ text }) => text.includes(words)).length;

/** Index of the one that listens. */
async function leader(among: readonly (0 | 1)[] = [0, 1]): Promise<0 | 1> {
  const leads = async (index: 0 | 1) =>
    (await readMetrics(world.pair.bridges[index]))('alert_bridge_ha_leader') === 1;
  const found = await until(
    async () => {
      const states = await Promise.all(among.map(leads));
      return among.filter((_, position) => states[position]);
    },
    ({ length }) => length === 1,
    { what: 'one leader', timeoutMs: 200_000 },
  );
  return found[0] ?? 0;
}

const labels = { alertname: 'ComponentDown', component: 'redis', severity: 'critical' };
const startsAt = new Date();
/** Alertmanager tells nobody of it by itself, but what fires there when it is asked. */
async function fire(endsAt = new Date(Date.now() + 3_600_000)): Promise<void> {
  const response = await fetch(`${alertmanager.url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ labels, startsAt, endsAt }]),
  });
  expect(response.status).toBe(200);
}

async function tell(bridge: Server): Promise<void> {
  const asked = await fetch(`${alertmanager.url}/api/v2/alerts`);
  const [{ fingerprint } = { fingerprint: '' }] = (await asked.json()) as { fingerprint: string }[];
  const body = notification([labels], startsAt) as { alerts: object[] };
  const alerts = body.alerts.map((alert) => ({ ...alert, fingerprint }));
  expect((await post(bridge, '/webhooks/alertmanager', { ...body, alerts })).status).toBe(200);
}

const commandsSet = (): number => world.telegram.requests({ method: 'setMyCommands' }).length;

it('each is told by its name; one hears the buttons of the other’s messages, and what it began the other goes on with', async () => {
  for (const name of NAMES) await shown(`Копия alert-bridge запущена: ${name}`);
  const one = await leader();
  const other = one === 0 ? 1 : 0;
  await until(commandsSet, (calls) => calls === 3);

  await fire();
  await tell(world.pair.bridges[other]);
  const alert = await shown('ComponentDown');
  // A person is slower than the first bridge is in telling the other what it has just shown; a test is not.
  await until(
    () => press(world.telegram, alert, 'Беру'),
    (toast) => toast.includes('Взяли вы'),
  );
  await until(
    () => world.telegram.messages(CHAT_ID).find(({ message_id: id }) => id === alert.message_id)?.text,
    (text) => text?.includes('👀') === true,
    { what: 'who took it' },
  );
  await tell(world.pair.bridges[one]);
  await press(world.telegram, alert, '1 ч');
  const preview = await shown('Заглушить');
  await until(
    () =>
      withRedis(world.pair.redis, async (redis) => {
        const [key = ''] = await redis.keys('expensebot:bridge:*:state');
        return redis.hexists(key, 'talk:mutes');
      }),
    (isTold) => isTold === 1,
  );

  await world.pair.bridges[one].kill('SIGKILL');
  await leader([other]);
  await press(world.telegram, preview, 'Заглушить');
  const silences = (await (await fetch(`${alertmanager.url}/api/v2/silences`)).json()) as unknown[];
  expect(silences).toHaveLength(1);
  expect(commandsSet()).toBe(6);

  await world.pair.bridges[one].restart();
  await shown(`Копия alert-bridge упала и перезапустилась: ${NAMES[one]}`);
  // Both find out that it is over, and the one that was away has looked back by then.
  await fire(new Date());
  await until(
    () => readLedger(world.pair.bridges[one]),
    ({ accepted, pending }) => accepted === 4 && pending === 0,
    { what: 'start, alert, crash and resolution', timeoutMs: 200_000 },
  );
  // On a busy machine the goodbye is left for the next start.
  await world.pair.bridges[one].restart();
  await shown(`Копия alert-bridge остановлена: ${NAMES[one]}`);
  expect(count('не принимал алерты')).toBe(0);
  const replies = world.telegram.messages(CHAT_ID).filter(({ reply_to }) => reply_to === alert.message_id);
  expect(replies.filter(({ text }) => text.includes('Решено'))).toHaveLength(1);
});
