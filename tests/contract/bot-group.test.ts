/** A group that is told and in which people speak: who may command is a matter of the person, not of the place. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { notification, post, readMetrics } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { type MessageView } from '../support/telegram/index.ts';
import { until } from '../support/machine/until.ts';

const GROUP = -1_004_242_000_009;
const ann = { id: 4_242_000_001, name: 'Ann', username: 'ann' };
const member = { id: 4_242_000_002, name: 'Mallory' };
const world = useInstallation(
  (at) =>
    at.startBridge({
      ADMIN_TELEGRAM_ID: String(GROUP),
      ADMIN_USER_IDS: String(ann.id),
      ALERTMANAGER_URL: 'http://127.0.0.1:1',
      EXPORTER_URL: 'http://127.0.0.1:1',
    }),
  { shared: true, chats: [{ id: GROUP, kind: 'supergroup', title: 'Дежурные' }] },
);

const handled = async (): Promise<number> =>
  (await readMetrics(world.bridge))('alert_bridge_telegram_updates_total');
const ofBot = (): readonly MessageView[] => world.telegram.messages(GROUP).filter(({ from }) => from.is_bot);

it('an administrator is answered in the group, also when the bot is named', async () => {
  world.telegram.say(GROUP, { text: '/help@coins_monitoring_bot', user: ann });
  await world.telegram.waitForMessage(GROUP, ({ text }) => text.startsWith('Команды'));
  world.telegram.say(GROUP, { text: '/status', user: ann });
  await world.telegram.waitForMessage(GROUP, ({ text }) => text.startsWith('⚠️ Экспортёр не отвечает'));
  expect(ofBot()).toHaveLength(2);
});

it('a member is not, and presses nothing; an administrator may press', async () => {
  await post(
    world.bridge,
    '/webhooks/alertmanager',
    notification([{ alertname: 'Down', component: 'redis' }]),
  );
  const alert = await world.telegram.waitForMessage(GROUP, ({ buttons }) => buttons.length > 0);
  const data = alert.buttons[0]?.[0]?.callback_data ?? '';
  const [before, shown] = [await handled(), ofBot().length];
  world.telegram.say(GROUP, { text: '/status@coins_monitoring_bot', user: member });
  world.telegram.say(GROUP, { text: '/mute 4h', user: member });
  const query = world.telegram.press(GROUP, { message_id: alert.message_id, data, user: member });
  world.telegram.say(GROUP, { text: '/mute 4h', user: { id: GROUP, name: 'Дежурные' } });
  await until(handled, (count) => count >= before + 4);
  expect(ofBot()).toHaveLength(shown);
  expect(world.telegram.callbackAnswer(query)).toBeUndefined();
  // Who kept trying is one line, and so is whoever speaks as the group.
  const audit = await until(
    () =>
      readFileSync(join(world.bridge.folder, 'log/alert-bridge/audit.log'), 'utf8').match(
        /^.*no administrator.*$/gm,
      ) ?? [],
    (lines) => lines.length >= 2,
  );
  const said = audit.map((line) => (JSON.parse(line) as { fields: { what: string } }).fields.what);
  expect(said).toEqual(['/status', '/mute']);

  world.telegram.press(GROUP, { message_id: alert.message_id, data, user: ann });
  await world.telegram.waitForMessage(GROUP, ({ text }) => text.includes('👀 Занимается @ann'));
  expect(world.telegram.messages(GROUP).filter(({ text }) => text.includes('👀'))).toHaveLength(1);
});
