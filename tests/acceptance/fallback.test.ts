import { expect, it } from 'vitest';
import {
  CHAT_ID,
  notification,
  post,
  QUIET,
  readLedger,
  readMetrics,
  settled,
} from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { readMail, startMailServer, type MailServer } from '../support/bridge/mail-server.ts';
import { until } from '../support/machine/until.ts';
let mail: MailServer;
const world = useInstallation(async (at) => {
  mail = at.closeAtTheEnd(await startMailServer());
  await at.startBridge(
    { FALLBACK_SMTP_URL: mail.url, FALLBACK_EMAIL_TO: 'admin@example.com' },
    { config: `${QUIET}second_channel: { after: 2s }\n` },
  );
});

const tell = (alertname: string, severity: string) =>
  post(
    world.bridge,
    '/webhooks/alertmanager',
    notification([{ alertname, component: 'database', severity }]),
  );
const mails = () => mail.mails.map(readMail);
const mailed = (count: number) => until(mails, ({ length }) => length >= count, { timeoutMs: 200_000 });
const texts = () => world.telegram.messages(CHAT_ID).map(({ text }) => text);

it('an outage of Telegram: critical alerts go by mail, once, over a restart; afterwards the chat has all, and reads which', async () => {
  const outage = world.telegram.addOutage({ answer: '502' });
  await tell('DiskSpaceLow', 'warning');
  await tell('ComponentDown', 'critical');
  const [first] = await mailed(1);
  expect(first?.subject).toBe('🚨 ComponentDown (Telegram недоступен)');
  expect(first?.text).toContain('ComponentDown');
  expect(first?.text).not.toContain('DiskSpaceLow');
  expect((await readMetrics(world.bridge))('alert_bridge_second_channel_messages_total')).toBe(1);
  // The chat's own note on it waits too.
  expect(await readLedger(world.bridge)).toMatchObject({ accepted: 3, pending: 3 });

  await world.bridge.kill('SIGKILL');
  await world.bridge.restart();
  await tell('QueueStuck', 'critical');
  const [, second] = await mailed(2);
  expect(second?.text).toContain('QueueStuck');
  expect(second?.text).not.toContain('ComponentDown');
  expect(texts()).toEqual([]);

  world.telegram.clearOutages(outage);
  const ledger = await settled(world.bridge, 200_000);
  expect(ledger).toMatchObject({ accepted: 5, delivered: 5, failed: 0 });
  for (const name of ['DiskSpaceLow', 'ComponentDown', 'QueueStuck'])
    expect(
      texts()
        .filter((text) => text.startsWith('🚨') || text.startsWith('⚠️'))
        .join('\n'),
    ).toContain(name);
  const notes = texts().filter((text) => text.includes('отправлено почтой'));
  expect(notes.map((text) => /• (\w+)/.exec(text)?.[1])).toEqual(['ComponentDown', 'QueueStuck']);
  expect(mails()).toHaveLength(2);
});

it('a mail server that is away is tried again, and the failures are counted', async () => {
  await mail.close();
  world.telegram.addOutage({ answer: '502' });
  await tell('ComponentDown', 'critical');
  await until(
    async () => (await readMetrics(world.bridge))('alert_bridge_second_channel_failures_total'),
    (failures) => failures >= 2,
    { timeoutMs: 200_000 },
  );
  expect((await readMetrics(world.bridge))('alert_bridge_second_channel_messages_total')).toBe(0);
});
