/** A real Alertmanager raises the severity of an incident: the message before the newest says that it goes on there. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHAT_ID, settled, WEBHOOK_TOKEN } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { startAlertmanager } from '../support/servers/alertmanager.ts';
import { until } from '../support/machine/until.ts';

const world = useInstallation((at) => at.startBridge({ LOCALE: 'en' }));

it('a message that a newer one replaces says so, loses its buttons, and stays so when all of it is over', async () => {
  const { telegram, bridge } = world;
  const configFile = join(world.makeFolder(), 'alertmanager.yml');
  writeFileSync(
    configFile,
    `route: { receiver: alert-bridge, group_by: [alertname, component], group_wait: 0s, group_interval: 1s }
receivers:
  - name: alert-bridge
    webhook_configs:
      - url: ${bridge.url}/webhooks/alertmanager
        http_config: { authorization: { credentials: ${WEBHOOK_TOKEN} } }
`,
  );
  const alertmanager = world.closeAtTheEnd(await startAlertmanager({ configFile }));
  const startsAt = new Date().toISOString();
  const tell = async (severity: string, more: object = {}): Promise<void> => {
    const labels = { alertname: 'DiskSpaceLow', component: 'disk', severity };
    const alert = { labels, annotations: { summary: 'The disk is nearly full' }, startsAt, ...more };
    const response = await fetch(`${alertmanager.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([alert]),
    });
    expect(response.status).toBe(200);
  };
  const messages = () => telegram.messages(CHAT_ID).map(({ text, buttons }) => ({ text, buttons }));
  const firstLines = () => messages().map(({ text }) => text.split('\n')[0]);
  const has = (what: string, isSo: (shown: ReturnType<typeof messages>) => boolean) =>
    until(messages, isSo, { what, timeoutMs: 200_000 });
  await tell('warning');
  const [before] = await has('a warning with buttons', ([first]) => first?.text.startsWith('⚠️') === true);
  expect(before?.buttons).not.toEqual([]);

  await tell('critical');
  const [old, current] = await has('that it goes on', ([first]) => first?.text.includes('⤵️') === true);
  expect(old?.text).toMatch(/The disk is nearly full\n⤵️ /);
  expect(old?.buttons ?? []).toEqual([]);
  expect(current?.text).toMatch(/^🚨/);
  expect(current?.buttons ?? []).not.toEqual([]);

  const endsAt = new Date().toISOString();
  await tell('warning', { endsAt });
  await tell('critical', { endsAt });
  await has('the end', (shown) => shown[1]?.text.startsWith('✅') === true && shown.length === 3);
  expect(firstLines()[2]).toMatch(/^✅ Resolved/);
  expect(messages()[0]).toEqual(old);
  expect(await settled(bridge)).toMatchObject({ failed: 0, possibleDuplicates: 0 });
});
