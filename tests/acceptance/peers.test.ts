/** Two installations that watch each other: the heartbeat of each is a check-in at the other. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CHAT_ID, notification, post, QUIET, WEBHOOK_TOKEN } from '../support/bridge/bridge.ts';
import { Installation } from '../support/bridge/installation.ts';
import { freePort } from '../support/servers/ports.ts';
import type { MessageView } from '../support/telegram/index.ts';
import { until } from '../support/machine/until.ts';

let moscow: Installation;
let kazan: Installation;

beforeEach(async () => {
  const ports = { moscow: await freePort(), kazan: await freePort() };
  const start = async (own: keyof typeof ports, peer: keyof typeof ports): Promise<Installation> => {
    const installation = new Installation();
    await installation.startTelegram();
    const env = {
      HEARTBEAT_URL: `http://127.0.0.1:${ports[peer]}/api/v1/checkins/${own}`,
      HEARTBEAT_TOKEN: WEBHOOK_TOKEN,
    };
    const config = `${QUIET}checkins: [{ name: ${peer}, period: 3s, grace: 1s }]\n`;
    await installation.startBridge(env, { port: ports[own], config });
    return installation;
  };
  moscow = await start('moscow', 'kazan');
  kazan = await start('kazan', 'moscow');
});
afterEach(async () => {
  for (const installation of [moscow, kazan]) await installation.close();
});

const heard = ({ telegram }: Installation, words: string) =>
  telegram.waitForMessage(CHAT_ID, ({ text }) => text.includes(words), { timeoutMs: 200_000 });

/** Waits until the message begins so. */
const shows = ({ telegram }: Installation, { message_id: wanted }: MessageView, emoji: string) =>
  telegram.waitForMessage(CHAT_ID, ({ message_id: id, text }) => id === wanted && text.startsWith(emoji), {
    timeoutMs: 200_000,
  });

it('the end of one is told by the other, and so is its return; no token is in a log', async () => {
  const watchdog = notification([{ alertname: 'Watchdog' }]);
  for (const { bridge } of [moscow, kazan])
    expect((await post(bridge, '/webhooks/alertmanager', watchdog)).status).toBe(200);
  // Nobody has had a Watchdog to pass on when they started.
  const missing = await heard(kazan, 'moscow не вышел на связь');
  expect(missing).toMatchObject({ silent: false });

  // Known across the restart: the first heartbeat goes out at once.
  await moscow.bridge.restart();
  const back = await heard(kazan, '✅ moscow снова на связи');
  expect(back.reply_to).toBe(missing.message_id);
  await shows(kazan, missing, '✅');

  // Its chat is told nothing, its Telegram is away: that is no working chain either.
  moscow.telegram.addOutage({ answer: '500' });
  await moscow.bridge.restart();
  await until(
    () => moscow.bridge.logs(),
    (log) => log.includes('Telegram does not answer'),
  );
  await kazan.telegram.waitForMessage(
    CHAT_ID,
    ({ message_id: id, text }) => id > back.message_id && text.startsWith('🚨'),
    { timeoutMs: 20_000 },
  );
  for (const { bridge } of [moscow, kazan]) expect(bridge.logs()).not.toContain(WEBHOOK_TOKEN);
});
