import { expect, it } from 'vitest';
import { CHAT_ID, notification, post, QUIET, settled } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { until } from '../support/machine/until.ts';
// The long run takes longer than a cooldown: a storm after it would begin a message of its own.
const world = useInstallation((at) => at.startBridge({}, { config: `${QUIET}cooldown: 4h\n` }));

it('killed between accepting and sending, it sends after the restart, once, or counts a possible duplicate', async () => {
  const outage = world.telegram.addOutage({ answer: '502' });
  const alert = notification([{ alertname: 'ComponentDown', component: 'redis', severity: 'critical' }]);
  expect(await post(world.bridge, '/webhooks/alertmanager', alert)).toMatchObject({
    status: 200,
    body: { status: 'accepted' },
  });
  await world.bridge.kill('SIGKILL');
  world.telegram.clearOutages(outage);
  await world.bridge.restart();
  const ledger = await settled(world.bridge, 200_000);
  expect(ledger).toMatchObject({ accepted: 1, delivered: 1 });
  // On a busy machine Telegram may read what the dead bridge has sent after the outage is over.
  const { length } = world.telegram.messages(CHAT_ID);
  expect(length).toBeGreaterThanOrEqual(1);
  expect(length).toBeLessThanOrEqual(1 + ledger.possibleDuplicates);
});

it('killed while Telegram had taken the message and not answered, it sends again and counts a possible duplicate', async () => {
  world.telegram.addOutage({ method: 'sendMessage', answer: 'accept_then_hang', times: 1 });
  await post(world.bridge, '/api/v1/events', { type: 'critical_error', error_type: 'DB', details: 'gone' });
  await until(
    () => world.telegram.messages(CHAT_ID).length,
    (count) => count === 1,
  );
  await world.bridge.kill('SIGKILL');
  await world.bridge.restart();
  expect(await settled(world.bridge, 200_000)).toMatchObject({
    accepted: 1,
    delivered: 1,
    possibleDuplicates: 1,
  });
  expect(world.telegram.messages(CHAT_ID)).toHaveLength(2);
});

const KILLS = process.env['TEST_LONG'] === '1' ? 200 : 20;

/** Words of a digest of warnings, and how many it says there are. */
const DIGEST = /^⚠️ Сразу ([\d\s]+) предупрежден/;

it(
  `killed ${KILLS} times at random moments of a storm: each post accepted once, nothing lost, every duplicate counted`,
  { timeout: KILLS * 10_000 + 60_000 },
  async () => {
    // Slow enough for many a kill to come while Telegram has a message and the bridge has no answer.
    world.telegram.addOutage({ method: 'sendMessage', answer: 'slow', delayMs: 400 });
    let stopped = false;
    const sent = { payments: 0, alerts: 0 };
    /** Sends the same post until it is answered, as Alertmanager does. */
    const persist = async (path: string, body: unknown): Promise<void> => {
      for (;;) {
        try {
          const { status } = await post(world.bridge, path, body);
          if (status < 300) return;
        } catch {
          // Cut by the kill: whether it was accepted, its sender does not know.
          await until(() => world.bridge.running, Boolean, { timeoutMs: 200_000, everyMs: 5 });
        }
      }
    };
    const storm = async (): Promise<void> => {
      while (!stopped) {
        const id = (sent.payments += 1);
        await persist('/api/v1/events', {
          type: 'payment_received',
          id: `payment-${id}`,
          user_id: `user-${id}`,
          amount: 1,
          payment_type: 'month',
        });
        const component = `c${(sent.alerts += 1)}`;
        await persist(
          '/webhooks/alertmanager',
          notification([{ alertname: 'Storm', component, severity: 'warning' }]),
        );
      }
    };
    const storming = storm();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = sent.payments;
      const pause = Math.floor(Math.random() * 30);
      await until(
        () => sent.payments,
        (count) => count > before + pause,
        { timeoutMs: 200_000, everyMs: 1 },
      );
      await world.bridge.kill('SIGKILL');
      await world.bridge.restart();
    }
    stopped = true;
    await storming;

    const ledger = await settled(world.bridge, 200_000);
    expect(ledger).toMatchObject({ accepted: sent.payments + sent.alerts, failed: 0, suppressed: 0 });
    expect(ledger.possibleDuplicates).toBeLessThanOrEqual(KILLS);

    const shown = world.telegram.messages(CHAT_ID).map(({ text }) => text);
    const rosters = shown.map((text) => [...text.matchAll(/\buser-(\d+)\b/g)].map(([, id]) => Number(id)));
    const told = new Set(rosters.flat());
    expect(told.size).toBe(sent.payments);
    const alone = new Set(shown.flatMap((text) => /\bc\d+\b/.exec(text)?.[0] ?? []));
    const counts = shown.map((text) => Number(DIGEST.exec(text)?.[1]?.replaceAll(/\s/g, '') ?? 0));
    const alerts = alone.size + Math.max(...counts);
    expect(alerts).toBeGreaterThanOrEqual(sent.alerts);
    expect(alerts).toBeLessThanOrEqual(sent.alerts + ledger.possibleDuplicates);

    const seen = new Set<number>();
    const repeated = rosters.filter((ids) => {
      const isRepeated = ids.some((id) => seen.has(id));
      for (const id of ids) seen.add(id);
      return isRepeated;
    });
    expect(repeated.length).toBeLessThanOrEqual(ledger.possibleDuplicates);
  },
);
