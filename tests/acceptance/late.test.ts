/** A message that comes late names what kept it: each of the reasons, all of them waited for at the same time. */
import { it } from 'vitest';
import { CHAT_ID, notification, post, QUIET, settled } from '../support/bridge/bridge.ts';
import { Installation } from '../support/bridge/installation.ts';
import type { Server } from '../support/servers/process.ts';
import type { TelegramFake } from '../support/telegram/index.ts';
import { until } from '../support/machine/until.ts';

/** Longer than a restart takes on a busy machine. */
const LATE_MS = 25_000;

async function withBridge(test: (telegram: TelegramFake, bridge: Server) => Promise<void>): Promise<void> {
  const installation = new Installation();
  const config = `${QUIET}late_after: ${LATE_MS / 1_000}s\n`;
  try {
    const telegram = await installation.startTelegram();
    await test(telegram, await installation.startBridge({ LOCALE: 'en' }, { config }));
  } finally {
    await installation.close();
  }
}

const tell = (bridge: Server, startsAt = new Date()) =>
  post(
    bridge,
    '/webhooks/alertmanager',
    notification([{ alertname: 'ComponentDown', component: 'redis', severity: 'critical' }], startsAt),
  );
const asked = (telegram: TelegramFake) =>
  until(
    () => telegram.requests({ method: 'sendMessage' }).length,
    (count) => count >= 1,
  );
const untilLate = async (since: number): Promise<void> => {
  await until(
    () => Date.now() - since,
    (ms) => ms > LATE_MS,
  );
};
const reasons = async (telegram: TelegramFake, bridge: Server): Promise<readonly unknown[]> => {
  await settled(bridge, 200_000);
  return telegram.messages(CHAT_ID).map(({ text }) => /^⏱ .* late: (.*?)\. /m.exec(text)?.[1]);
};

it.concurrent('Telegram that does not answer, whatever restarts meanwhile', ({ expect }) =>
  withBridge(async (telegram, bridge) => {
    const outage = telegram.addOutage({ method: 'sendMessage', answer: 'reset' });
    const since = Date.now();
    await tell(bridge);
    await untilLate(since);
    await bridge.stop();
    telegram.clearOutages(outage);
    await bridge.restart();
    expect(await reasons(telegram, bridge)).toEqual(['Telegram did not answer']);
  }),
);

it.concurrent('Telegram that asks to wait, whatever restarts meanwhile', ({ expect }) =>
  withBridge(async (telegram, bridge) => {
    const retryAfterSeconds = LATE_MS / 1_000 + 1;
    telegram.addOutage({ method: 'sendMessage', answer: '429', times: 1, retryAfterSeconds });
    await tell(bridge);
    await asked(telegram);
    await bridge.restart();
    expect(await reasons(telegram, bridge)).toEqual(["Telegram's limit of messages"]);
  }),
);

it.concurrent(
  'a bridge that did not run: of what had waited in it, and of what fired meanwhile',
  ({ expect }) =>
    withBridge(async (telegram, bridge) => {
      const outage = telegram.addOutage({ method: 'sendMessage', answer: '502' });
      await post(bridge, '/api/v1/events', { type: 'critical_error', error_type: 'DB', details: 'gone' });
      await asked(telegram);
      await bridge.stop();
      telegram.clearOutages(outage);
      const stoppedAt = Date.now();
      await untilLate(stoppedAt + 1_000);
      await bridge.restart();
      await tell(bridge, new Date(stoppedAt + 500));
      const down = 'the alert-bridge was not running';
      expect(await reasons(telegram, bridge)).toEqual([down, down]);
    }),
);
