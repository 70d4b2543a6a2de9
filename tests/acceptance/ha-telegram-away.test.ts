/** Two bridges, and no way to Telegram for one or both: what goes past it goes once, whatever ends meanwhile. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { LEASE_MS } from '../../alert-bridge/peers/lease.ts';
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

const AFTER_MS = 1_000;
const config = `${QUIET}second_channel: { after: ${AFTER_MS / 1_000}s }\n`;
let mail: MailServer;
const world = useInstallation(async (at) => {
  mail = at.closeAtTheEnd(await startMailServer());
});

const byMail = () => ({ FALLBACK_SMTP_URL: mail.url, FALLBACK_EMAIL_TO: 'admin@example.com' });

async function tellBoth(alertname: string): Promise<void> {
  const body = notification([{ alertname, component: 'database', severity: 'critical' }]);
  for (const bridge of world.pair.bridges)
    expect((await post(bridge, '/webhooks/alertmanager', body)).status).toBe(200);
}

const mailsWith = (name: string) => mail.mails.map(readMail).filter(({ text }) => text.includes(name)).length;
const mailed = (name: string) =>
  until(
    () => mailsWith(name),
    (count) => count > 0,
    { what: `a mail about ${name}`, timeoutMs: 200_000 },
  );

it('by mail goes each critical alert once, and the chat reads once that it did', async () => {
  await world.startPair({ config, env: byMail });
  const outage = world.telegram.addOutage({ answer: '502' });
  const names = ['AlertOne', 'AlertTwo', 'AlertThree'];
  for (const name of names) {
    await tellBoth(name);
    await mailed(name);
  }
  world.telegram.clearOutages(outage);
  for (const bridge of world.pair.bridges) expect((await settled(bridge)).failed).toBe(0);
  expect(names.map((name) => [name, mailsWith(name)])).toEqual(names.map((name) => [name, 1]));
  const notes = world.telegram
    .messages(CHAT_ID)
    .map(({ text }) => text)
    .filter((text) => text.includes('отправлено почтой'));
  expect(notes.flatMap((text) => [...text.matchAll(/• (\w+)/g)].map(([, name]) => name)).sort()).toEqual(
    names.toSorted(),
  );

  // Without Redis one may go twice, but none stays.
  await world.pair.redis.stop();
  world.telegram.addOutage({ answer: '502' });
  await tellBoth('AlertFour');
  await mailed('AlertFour');
});

/** An ntfy of which the first who asks never hears. */
async function startDeafNtfy(): Promise<{ server: Server; url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (asked.length > 1) response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

it('one killed while it sends past Telegram, the other sends within the time of the lease', async () => {
  const ntfy = await startDeafNtfy();
  try {
    await world.startPair({
      config,
      env: (index) => ({ FALLBACK_NTFY_URL: `${ntfy.url}/${index}` }),
    });
    world.telegram.addOutage({ answer: '502' });
    await tellBoth('AlertOne');
    const [first = ''] = await until(
      () => ntfy.asked,
      ({ length }) => length > 0,
      { timeoutMs: 200_000 },
    );
    await world.pair.bridges[Number(first.slice(1)) as 0 | 1].kill('SIGKILL');
    expect(ntfy.asked).toEqual([first]);
    const asked = await until(
      () => ntfy.asked,
      ({ length }) => length > 1,
      { what: 'the other bridge', timeoutMs: LEASE_MS + AFTER_MS + 2_000 },
    );
    expect(asked).toEqual([first, first === '/0' ? '/1' : '/0']);
  } finally {
    ntfy.server.closeAllConnections();
    ntfy.server.close();
  }
});

it('one that has no way to Telegram leaves the chat to the other', async () => {
  await world.startPair({
    env: (index): Record<string, string> => (index === 0 ? { TELEGRAM_API_ROOT: 'http://127.0.0.1:1' } : {}),
  });
  const [cutOff, other] = world.pair.bridges;
  const body = notification([{ alertname: 'AlertOne', component: 'database', severity: 'critical' }]);
  await post(cutOff, '/webhooks/alertmanager', body);
  await until(
    async () =>
      (await readMetrics(cutOff))(
        'alert_bridge_telegram_failures_total{method="sendMessage",reason="connection"}',
      ),
    (failures) => failures >= 3,
    { what: 'pauses that grow', timeoutMs: 200_000 },
  );
  await post(other, '/webhooks/alertmanager', body);
  await world.telegram.waitForMessage(CHAT_ID, ({ text }) => text.includes('AlertOne'));
  await settled(cutOff);
  expect(await settled(other)).toMatchObject({ delivered: 1, possibleDuplicates: 0 });
  expect(await readLedger(cutOff)).toMatchObject({ delivered: 0, suppressed: 1 });
});
