import { expect, it } from 'vitest';
import { BOT_TOKEN, CHAT_ID, notification, post } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { until } from '../support/machine/until.ts';

const world = useInstallation(() => undefined, { limits: { chatBurst: 1_000 } });

const MAIN_TOKEN = `${BOT_TOKEN.split(':')[0] ?? ''}:AAanotherTokenOfTheVerySameBot000000`;

it.each([
  ['there is only the main bot', { MONITORING_BOT_TOKEN: '', TELEGRAM_BOT_TOKEN: BOT_TOKEN }, '', []],
  ['both tokens are the same', { TELEGRAM_BOT_TOKEN: BOT_TOKEN }, '', []],
  ['both tokens are of one bot', { TELEGRAM_BOT_TOKEN: MAIN_TOKEN }, '', []],
  ['the token has a webhook', {}, 'https://bot.example.com/webhook', ['getMe', 'getWebhookInfo']],
])('is send-only when %s', async (_when, env, webhookUrl, asked) => {
  const { telegram } = world;
  telegram.setBotState('coins_monitoring_bot', { webhookUrl });
  const bridge = await world.startBridge(env);
  await post(bridge, '/webhooks/alertmanager', notification([{ alertname: 'Down', component: 'redis' }]));
  const message = await telegram.waitForMessage(CHAT_ID, ({ text }) => text.includes('Down'));
  expect(message.buttons).toEqual([]);
  const methods = new Set(telegram.requests().map(({ method }) => method));
  methods.delete('sendMessage');
  expect([...methods].toSorted()).toEqual(asked);
  const [bot] = telegram.bots();
  expect(bot?.webhookUrl).toBe(webhookUrl);
});

it('becomes send-only when the main program sets a webhook while it runs, and leaves that alone', async () => {
  const { telegram } = world;
  const webhookUrl = 'https://bot.example.com/webhook';
  const tell = (alertname: string) =>
    post(bridge, '/webhooks/alertmanager', notification([{ alertname, component: 'redis' }]));
  const bridge = await world.startBridge();
  await until(
    () => telegram.requests({ method: 'getUpdates' }),
    (polls) => polls.at(-1)?.outcome === 'pending',
  );
  await tell('Before');
  await telegram.waitForMessage(
    CHAT_ID,
    ({ text, buttons }) => text.includes('Before') && buttons.length > 0,
  );
  telegram.setBotState('coins_monitoring_bot', { webhookUrl });
  // Ends the poll that is under way.
  telegram.say(CHAT_ID, { text: '/help' });
  await until(
    () => bridge.logs(),
    (log) => log.includes('send-only'),
    { timeoutMs: 200_000 },
  );
  await tell('After');
  const { buttons } = await telegram.waitForMessage(CHAT_ID, ({ text }) => text.includes('After'));
  expect(buttons).toEqual([]);
  expect(telegram.requests({ method: 'deleteWebhook' })).toEqual([]);
  expect(telegram.bots()[0]?.webhookUrl).toBe(webhookUrl);
});
