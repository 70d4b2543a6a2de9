import { expect, it } from 'vitest';
import { CHAT_ID, notification, post, readLedger, readMetrics, settled } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { until } from '../support/machine/until.ts';
const world = useInstallation();

const down = (component: string) =>
  notification([{ alertname: 'ComponentDown', component, severity: 'critical' }]);
const shown = () => world.telegram.messages(CHAT_ID).map(({ text }) => text);

it('429: waits as long as Telegram asks, then delivers once', async () => {
  world.telegram.addOutage({ method: 'sendMessage', answer: '429', times: 1, retryAfterSeconds: 3 });
  const before = Date.now();
  await post(world.bridge, '/webhooks/alertmanager', down('redis'));
  await until(
    () => readMetrics(world.bridge),
    (value) => value('alert_bridge_telegram_paused_until_timestamp_seconds') > 0,
  );
  expect(await settled(world.bridge)).toMatchObject({ delivered: 1, possibleDuplicates: 0 });
  expect(Date.now() - before).toBeGreaterThanOrEqual(3_000);
  expect(shown()).toHaveLength(1);
});

it.each(['502', '500', 'reset'] as const)('%s: tries again until it is delivered', async (answer) => {
  world.telegram.addOutage({ method: 'sendMessage', answer, times: 2 });
  await post(world.bridge, '/webhooks/alertmanager', down('redis'));
  expect(await settled(world.bridge)).toMatchObject({ delivered: 1 });
  expect(shown()).toHaveLength(1);
});

it('no answer although the message arrived: sent again, and counted as a possible duplicate', async () => {
  world.telegram.addOutage({ method: 'sendMessage', answer: 'accept_then_reset', times: 1 });
  await post(world.bridge, '/webhooks/alertmanager', down('redis'));
  expect(await settled(world.bridge)).toMatchObject({ delivered: 1, possibleDuplicates: 1 });
  expect(shown()).toHaveLength(2);
});

it('a blocked bot: everything waits, the bridge is not ready and says why, and goes on when it is mended', async () => {
  world.telegram.setChatState(CHAT_ID, { blocked: true });
  await post(world.bridge, '/webhooks/alertmanager', down('redis'));
  const notReady = async () => {
    const response = await fetch(`${world.bridge.url}/-/ready`);
    return { status: response.status, text: await response.text() };
  };
  const { text } = await until(notReady, ({ status }) => status === 503);
  expect(text).toMatch(/blocked/);
  expect(text).not.toContain(String(CHAT_ID));
  expect(await readLedger(world.bridge)).toMatchObject({ pending: 1, failed: 0 });
  expect((await readMetrics(world.bridge))('alert_bridge_channel_up')).toBe(0);
  world.telegram.setChatState(CHAT_ID, { blocked: false });
  // The next try is half a minute away; a restart tries at once.
  await world.bridge.restart();
  expect(await settled(world.bridge)).toMatchObject({ delivered: 1 });
});

it('a group that became a supergroup: found under its new id, also after a restart', async () => {
  await world.bridge.close();
  await world.startTelegram({}, [
    { id: -400, kind: 'group', title: 'old' },
    { id: -1_000_000_000_400, kind: 'supergroup', title: 'new' },
  ]);
  world.telegram.setChatState(-400, { migratedTo: -1_000_000_000_400 });
  await world.startBridge({ ADMIN_TELEGRAM_ID: '-400' });
  await post(world.bridge, '/webhooks/alertmanager', down('redis'));
  await settled(world.bridge);
  await world.bridge.restart();
  const before = world.telegram.requests().length;
  await post(world.bridge, '/webhooks/alertmanager', down('database'));
  await settled(world.bridge);
  expect(world.telegram.messages(-1_000_000_000_400)).toHaveLength(2);
  const sent = world.telegram
    .requests()
    .slice(before)
    .filter(({ method }) => method === 'sendMessage');
  expect(sent.map(({ params }) => params['chat_id'])).toEqual([-1_000_000_000_400]);
});

it('the signals of an outage are all accounted for, critical ones told first', async () => {
  const outage = world.telegram.addOutage({ answer: '502' });
  await post(
    world.bridge,
    '/webhooks/alertmanager',
    notification([{ alertname: 'DiskSpaceLow', component: 'disk_space', severity: 'warning' }]),
  );
  for (let user = 1; user <= 5; user += 1)
    await post(world.bridge, '/api/v1/events', { type: 'new_user', user_id: user });
  await post(world.bridge, '/webhooks/alertmanager', down('database'));
  await until(
    () => world.telegram.requests({ method: 'sendMessage' }).length,
    (count) => count >= 2,
  );
  world.telegram.clearOutages(outage);
  expect(await settled(world.bridge)).toMatchObject({ accepted: 7, delivered: 3, merged: 4 });
  const order = shown();
  expect(order[0]).toContain('ComponentDown');
  expect(order[1]).toContain('DiskSpaceLow');
  for (let user = 1; user <= 5; user += 1) expect(order[2]).toContain(String(user));
});
