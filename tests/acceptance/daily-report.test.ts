/** The daily report from an exporter's answer to the chat, by the built bridge, whatever restarts. */
import { writeFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DateTime } from 'luxon';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CHAT_ID, startBridge, startTelegram } from '../support/bridge/bridge.ts';
import { dailyFigures } from '../support/exporter/daily-figures.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../support/servers/folders.ts';
import { freePort } from '../support/servers/ports.ts';
import type { Server } from '../support/servers/process.ts';
import { noonZone } from '../support/machine/noon-zone.ts';
import type { MessageView, TelegramFake } from '../support/telegram/index.ts';
import { until } from '../support/machine/until.ts';

const zone = noonZone();
const local = DateTime.now().setZone(zone);
const date = local.minus({ days: 1 }).toFormat('yyyy-MM-dd');
const reportAt = (hours: number): string => {
  const at = local.plus({ hours }).toFormat('HH:mm');
  return `report: { at: "${at}", give_up_at: "23:59" }\n`;
};

let folder: string;
let exporter: HttpServer;
let telegram: TelegramFake;
let bridge: Server;
let asked: (string | undefined)[];

beforeEach(async () => {
  asked = [];
  folder = makeTemporaryFolder();
  exporter = createServer((request, response) => {
    asked.push(request.url);
    response.end(JSON.stringify(dailyFigures(date)));
  });
  await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve));
  telegram = await startTelegram();
  const exporterUrl = `http://127.0.0.1:${(exporter.address() as AddressInfo).port}`;
  bridge = await startBridge(
    telegram,
    { EXPORTER_URL: exporterUrl, TIMEZONE: zone },
    { port: await freePort(), folder, config: reportAt(2) },
  );
});
afterEach(async () => {
  await bridge.close();
  await telegram.close();
  exporter.close();
  removeTemporaryFolder(folder);
});

const reports = (): readonly MessageView[] =>
  telegram.messages(CHAT_ID).filter(({ text }) => text.startsWith('📊'));
const pictures = (): readonly MessageView[] =>
  telegram.messages(CHAT_ID).filter(({ photo }) => photo !== null);

it('comes silently with its picture under it, once, though the bridge is killed and started again', async () => {
  // Ten has not come yet on the first day: nothing was missed.
  expect([reports(), asked]).toEqual([[], []]);
  await bridge.kill('SIGKILL');
  writeFileSync(join(folder, 'config.yml'), reportAt(-1));
  await bridge.restart();
  await until(pictures, (all) => all.length === 1, { timeoutMs: 200_000, what: 'the picture of the report' });
  const [report] = reports();
  expect(report).toMatchObject({ silent: true });
  expect(report?.text).toContain(`за ${DateTime.fromISO(date).toFormat('dd.MM.yyyy')}`);
  expect(report?.text).toContain('  • Активных вчера: 89');
  expect(report?.text).toContain('⚠️ Ошибок за день: нет данных');
  expect(pictures()).toMatchObject([{ silent: true, reply_to: report?.message_id }]);

  await bridge.kill('SIGKILL');
  await bridge.restart();
  await bridge.kill('SIGTERM');
  await bridge.restart();
  expect(asked).toEqual([`/api/v1/daily/${date}`]);
  expect([reports().length, pictures().length]).toEqual([1, 1]);
});
