/** What each of two bridges notices or does by the clock, and the chat is told once. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DateTime } from 'luxon';
import { expect, it } from 'vitest';
import { systemClock } from '../../common/time/clock.ts';
import { CHAT_ID, notification, post, QUIET, readLedger } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { dailyFigures } from '../support/exporter/daily-figures.ts';
import { noonZone } from '../support/machine/noon-zone.ts';
import type { Server } from '../support/servers/process.ts';
import { until } from '../support/machine/until.ts';
const world = useInstallation(() => undefined, { limits: { chatBurst: 1_000 } });

const told = (words: RegExp) =>
  world.telegram.messages(CHAT_ID).filter(({ text, reply_to }) => reply_to === null && words.test(text));
const accepted = async (bridge: Server, type: string): Promise<number> => {
  const response = await fetch(`${bridge.url}/api/v1/signals?${new URLSearchParams({ type }).toString()}`);
  return ((await response.json()) as { signals: unknown[] }).signals.length;
};
/** Until each of the two has noticed it and the chat has been told what it is told. */
const noticed = (type: string, times = 1) =>
  until(
    async () => ({
      each: await Promise.all(world.pair.bridges.map((bridge) => accepted(bridge, type))),
      ledgers: await Promise.all(world.pair.bridges.map(readLedger)),
    }),
    ({ each, ledgers }) =>
      each.every((count) => count >= times) && ledgers.every(({ pending }) => pending === 0),
    { what: `${type} at both`, timeoutMs: 200_000 },
  );

it('a check-in or Watchdog at one counts for both; what is missing at both is told once, and its return', async () => {
  // One deadline for all: once beat is missing, whatever was not reported would be missing too.
  await world.startPair({
    config: `${QUIET}watchdog: { silent_after: 15s }
checkins: [{ name: backup, period: 12s, grace: 3s }, { name: beat, period: 12s, grace: 3s }]
`,
  });
  const [first, second] = world.pair.bridges;
  const reporting = new AbortController();
  const report = (async () => {
    while (!reporting.signal.aborted) {
      await post(first, '/api/v1/checkins/backup', {});
      await post(
        first,
        '/webhooks/alertmanager',
        notification([{ alertname: 'Watchdog', severity: 'info' }]),
      );
      await systemClock.sleep(200);
    }
  })();
  try {
    await noticed('alert-bridge:CheckInMissing:beat');
    expect(told(/beat не вышел на связь/)).toHaveLength(1);
    for (const bridge of world.pair.bridges) {
      expect(await accepted(bridge, 'alert-bridge:CheckInMissing:backup')).toBe(0);
      expect(await accepted(bridge, 'alert-bridge:WatchdogSilent:monitoring')).toBe(0);
    }
    await post(second, '/api/v1/checkins/beat', {});
    await noticed('alert-bridge:CheckInMissing:beat', 2);
    // Missing again later, after its end was told, it has a message of its own.
    expect(told(/beat не вышел на связь/).length).toBeLessThanOrEqual(2);
  } finally {
    reporting.abort();
    await report;
  }
  await noticed('alert-bridge:WatchdogSilent:monitoring');
  expect(told(/Алерты не доходят/)).toHaveLength(1);
});

it('the daily report comes once, also when one of them makes up for it later', async () => {
  const zone = noonZone();
  const local = DateTime.now().setZone(zone);
  const date = local.minus({ days: 1 }).toFormat('yyyy-MM-dd');
  const exporter = createServer((_request, response) => response.end(JSON.stringify(dailyFigures(date))));
  await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve));
  const config = (hours: number): string =>
    `tell_start_and_stop: false\nreport: { at: "${local.plus({ hours }).toFormat('HH:mm')}", give_up_at: "23:59" }\n`;
  try {
    await world.startPair({
      config: config(2),
      env: () => ({
        TIMEZONE: zone,
        EXPORTER_URL: `http://127.0.0.1:${(exporter.address() as AddressInfo).port}`,
      }),
    });
    const [first, second] = world.pair.bridges;
    for (const bridge of world.pair.bridges) writeFileSync(join(bridge.folder, 'config.yml'), config(-1));
    await first.restart();
    await world.telegram.waitForMessage(CHAT_ID, ({ text }) => text.startsWith('📊'), { timeoutMs: 200_000 });
    await second.restart();
    await noticed(`daily_report:${date}`);
    expect(told(/^📊/)).toHaveLength(1);
  } finally {
    exporter.close();
  }
});
