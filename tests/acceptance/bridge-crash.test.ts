import { afterEach, beforeEach, expect, it } from 'vitest';
import { CHAT_ID, notification, post, settled, startBridge, startTelegram } from '../support/bridge.ts';
import { freePort } from '../support/servers/ports.ts';
import type { Server } from '../support/servers/process.ts';
import type { TelegramFake } from '../support/telegram/index.ts';
import { until } from '../support/until.ts';

let telegram: TelegramFake;
let bridge: Server;
beforeEach(async () => {
  telegram = await startTelegram();
  bridge = await startBridge(telegram, {}, { port: await freePort() });
});
afterEach(async () => {
  await bridge.close();
  await telegram.close();
});

it('killed between accepting and sending, it sends after the restart, once, and says that it is late', async () => {
  const outage = telegram.addOutage({ answer: '502' });
  const alert = notification([{ alertname: 'ComponentDown', component: 'redis', severity: 'critical' }]);
  expect(await post(bridge, '/webhooks/alertmanager', alert)).toMatchObject({
    status: 200,
    body: { status: 'accepted' },
  });
  await bridge.kill('SIGKILL');
  telegram.clearOutages(outage);
  await bridge.restart();
  expect(await settled(bridge, 10_000)).toMatchObject({ accepted: 1, delivered: 1 });
  expect(telegram.messages(CHAT_ID)).toHaveLength(1);
});

it('killed while Telegram had taken the message and not answered, it sends again and counts a possible duplicate', async () => {
  telegram.addOutage({ method: 'sendMessage', answer: 'accept_then_hang', times: 1 });
  await post(bridge, '/api/v1/events', { type: 'critical_error', error_type: 'DB', details: 'gone' });
  await until(
    () => telegram.messages(CHAT_ID).length,
    (count) => count === 1,
  );
  await bridge.kill('SIGKILL');
  await bridge.restart();
  expect(await settled(bridge, 10_000)).toMatchObject({ accepted: 1, delivered: 1, possibleDuplicates: 1 });
  expect(telegram.messages(CHAT_ID)).toHaveLength(2);
});

const KILLS = process.env['TEST_LONG'] === '1' ? 200 : 20;

it(
  `killed ${KILLS} times at random moments of a storm, nothing accepted is lost`,
  { timeout: KILLS * 5_000 + 60_000 },
  async () => {
    const accepted = new Set<string>();
    let stopped = false;
    let sent = 0;
    /** Sends payments as fast as they are taken; what was answered with 202 counts as accepted. */
    const storm = async (): Promise<void> => {
      while (!stopped) {
        const id = `payment-${(sent += 1)}`;
        try {
          const { status } = await post(bridge, '/api/v1/events', {
            type: 'payment_received',
            id,
            user_id: `user-${sent}`,
            amount: 1,
            payment_type: 'month',
          });
          if (status === 202) accepted.add(id);
        } catch {
          // Refused or cut by the kill: not accepted as far as the sender knows. It would send it again.
          await until(() => bridge.running || stopped, Boolean, { timeoutMs: 30_000, everyMs: 5 });
        }
      }
    };
    const storming = storm();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = accepted.size;
      const pause = Math.floor(Math.random() * 30);
      await until(
        () => accepted.size,
        (size) => size > before + pause,
        { timeoutMs: 30_000, everyMs: 1 },
      );
      await bridge.kill('SIGKILL');
      await bridge.restart();
    }
    stopped = true;
    await storming;

    const ledger = await settled(bridge, 60_000);
    expect(accepted.size).toBeGreaterThan(KILLS);
    // A post that was cut may have been committed: it is accepted too, only its sender does not know.
    expect(ledger.accepted).toBeGreaterThanOrEqual(accepted.size);
    expect(ledger).toMatchObject({ failed: 0, suppressed: 0 });
    const shown = telegram
      .messages(CHAT_ID)
      .map(({ text }) => text)
      .join('\n');
    const lost = [...accepted].filter(
      (id) => !new RegExp(`\\b${id.replace('payment', 'user')}\\b`).test(shown),
    );
    expect(lost).toEqual([]);
  },
);
