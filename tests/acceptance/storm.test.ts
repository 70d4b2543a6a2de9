import { expect, it } from 'vitest';
import {
  type Alert,
  CHAT_ID,
  notification,
  post,
  readLedger,
  readMetrics,
  settled,
} from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { until } from '../support/machine/until.ts';
const world = useInstallation();

const ALERTS = 10_000;
const PER_POST = 100;
/** Half of them warnings, a third notices, the rest critical; every one of a type of its own. */
const severityOf = (n: number): string => (n % 6 === 5 ? 'critical' : n % 2 === 0 ? 'warning' : 'info');
const stormAlert = (n: number, status: Alert['status'] = 'firing'): Alert => ({
  alertname: `Storm${n % 500}`,
  component: `c${n}`,
  severity: severityOf(n),
  status,
});

/** Posts all of it as fast as it is taken: faster than the minute that is promised. */
async function storm(status: Alert['status'] = 'firing', startsAt = new Date()): Promise<void> {
  for (let first = 0; first < ALERTS; first += PER_POST) {
    const alerts = Array.from({ length: PER_POST }, (_, i) => stormAlert(first + i, status));
    const { status: code } = await post(
      world.bridge,
      '/webhooks/alertmanager',
      notification(alerts, startsAt),
    );
    expect(code).toBe(200);
  }
}

const shown = () => world.telegram.messages(CHAT_ID).map(({ text }) => text);
const memory = async (): Promise<number> =>
  (await readMetrics(world.bridge))('alert_bridge_process_resident_memory_bytes');

it(`a storm of ${ALERTS} distinct alerts: each accounted for, within the budget, critical first, then over`, async () => {
  const startsAt = new Date();
  await post(world.bridge, '/webhooks/alertmanager', notification([stormAlert(5)], startsAt));
  await world.telegram.waitForMessage(CHAT_ID, ({ text }) => text.includes('Storm5'), { timeoutMs: 200_000 });

  const began = Date.now();
  await storm('firing', startsAt);
  expect(await settled(world.bridge, 200_000)).toMatchObject({
    accepted: ALERTS + 1,
    failed: 0,
    suppressed: 1,
  });
  const before = await memory();

  await storm('resolved', startsAt);
  const ledger = await settled(world.bridge, 200_000);
  expect(ledger).toMatchObject({ accepted: 2 * ALERTS + 1, failed: 0, possibleDuplicates: 0 });
  await until(shown, (texts) => texts.filter((text) => text.startsWith('✅')).length >= 7, {
    timeoutMs: 200_000,
    what: 'every digest turned green, with a reply',
  });

  const seconds = (Date.now() - began) / 1_000;
  const requests = world.telegram.requests();
  expect(requests.filter(({ status }) => status === 429)).toEqual([]);
  expect(requests.length).toBeLessThanOrEqual(seconds + 3);
  // One message of its own for the first, three digests, and the replies of each.
  expect(shown().length).toBeLessThan(12);
  const critical = shown().findIndex((text) => text.includes('критическ'));
  const warnings = shown().findIndex((text) => text.includes('предупрежден'));
  expect(critical).toBeLessThan(warnings);
  const counts = shown().map((text) =>
    Number(/^✅ Решено: ([\d\s]+) /.exec(text)?.[1]?.replace(/\s/g, '') ?? 0),
  );
  expect(Math.max(...counts)).toBe(ALERTS / 2);
  // The second storm took the place of the first.
  expect(await memory()).toBeLessThan(before + 64 * 1024 * 1024);
});

it(`${ALERTS} alerts of one name in one post: one message, and a critical alert behind them is told at once`, async () => {
  const alerts = Array.from({ length: ALERTS }, (_, n) => ({
    alertname: 'DiskSpaceLow',
    component: 'disk',
    instance: `host-${n}`,
    severity: 'warning',
  }));
  const crowd = notification(alerts);
  expect(await post(world.bridge, '/webhooks/alertmanager', crowd)).toMatchObject({
    status: 200,
    body: { status: 'accepted', accepted: ALERTS },
  });
  await post(
    world.bridge,
    '/webhooks/alertmanager',
    notification([{ alertname: 'ComponentDown', component: 'database', severity: 'critical' }]),
  );
  await world.telegram.waitForMessage(CHAT_ID, ({ text }) => text.includes('ComponentDown'), {
    timeoutMs: 200_000,
  });
  expect(await settled(world.bridge)).toMatchObject({
    accepted: ALERTS + 1,
    delivered: 2,
    failed: 0,
    suppressed: 0,
  });
  expect(shown().map((text) => text.split('\n')[0])).toContain('⚠️ Сразу 10\u00a0000 предупреждений');
  expect(shown()).toHaveLength(2);

  expect(await post(world.bridge, '/webhooks/alertmanager', crowd)).toMatchObject({
    status: 200,
    body: { status: 'duplicate', accepted: 0 },
  });
  expect(await readLedger(world.bridge)).toMatchObject({ accepted: ALERTS + 1, possibleDuplicates: 0 });
});
