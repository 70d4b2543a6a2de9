/** The daily report from an exporter's answer to the chat, by the built bridge, whatever restarts. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DateTime } from 'luxon';
import { expect, it } from 'vitest';
import { CHAT_ID } from '../support/bridge/bridge.ts';
import { type Installation, useInstallation } from '../support/bridge/installation.ts';
import { dailyFigures } from '../support/exporter/daily-figures.ts';
import { noonZone } from '../support/machine/noon-zone.ts';
import type { MessageView } from '../support/telegram/index.ts';
import { until } from '../support/machine/until.ts';

const zone = noonZone();
const local = DateTime.now().setZone(zone);
const date = local.minus({ days: 1 }).toFormat('yyyy-MM-dd');
const reportAt = (hours: number): string => {
  const at = local.plus({ hours }).toFormat('HH:mm');
  return `report: { at: "${at}", give_up_at: "23:59" }\n`;
};

let folder: string;
let asked: (string | undefined)[];

const prepare = async (at: Installation): Promise<void> => {
  asked = [];
  folder = at.makeFolder();
  const exporter = createServer((request, response) => {
    asked.push(request.url);
    response.end(JSON.stringify(dailyFigures(date)));
  });
  await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve));
  at.closeAtTheEnd({ close: () => exporter.close() });
  const exporterUrl = `http://127.0.0.1:${(exporter.address() as AddressInfo).port}`;
  await at.startBridge({ EXPORTER_URL: exporterUrl, TIMEZONE: zone }, { folder, config: reportAt(2) });
};
const world = useInstallation(prepare);

const reports = (): readonly MessageView[] =>
  world.telegram.messages(CHAT_ID).filter(({ text }) => text.startsWith('📊'));
const pictures = (): readonly MessageView[] =>
  world.telegram.messages(CHAT_ID).filter(({ photo }) => photo !== null);

it('comes silently with its picture under it, once, though the bridge is killed and started again', async () => {
  // Ten has not come yet on the first day: nothing was missed.
  expect([reports(), asked]).toEqual([[], []]);
  await world.bridge.kill('SIGKILL');
  writeFileSync(join(folder, 'config.yml'), reportAt(-1));
  await world.bridge.restart();
  await until(pictures, (all) => all.length === 1, { timeoutMs: 200_000, what: 'the picture of the report' });
  const [report] = reports();
  expect(report).toMatchObject({ silent: true });
  expect(report?.text).toContain(`за ${DateTime.fromISO(date).toFormat('dd.MM.yyyy')}`);
  expect(report?.text).toContain('  • Активных вчера: 89');
  expect(report?.text).toContain('⚠️ Ошибок за день: нет данных');
  expect(pictures()).toMatchObject([{ silent: true, reply_to: report?.message_id }]);

  await world.bridge.kill('SIGKILL');
  await world.bridge.restart();
  await world.bridge.kill('SIGTERM');
  await world.bridge.restart();
  expect(asked).toEqual([`/api/v1/daily/${date}`]);
  expect([reports().length, pictures().length]).toEqual([1, 1]);
});
