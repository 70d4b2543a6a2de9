import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CHAT_ID, post, readLedger, settled, startBridge, startTelegram } from '../support/bridge/bridge.ts';
import type { Server } from '../support/servers/process.ts';
import type { TelegramFake } from '../support/telegram/index.ts';
import { until } from '../support/machine/until.ts';

let telegram: TelegramFake;
let bridge: Server;
beforeEach(async () => {
  telegram = await startTelegram();
  bridge = await startBridge(telegram, {}, { config: '' });
});
afterEach(async () => {
  await bridge.close();
  await telegram.close();
});

const shown = () => telegram.messages(CHAT_ID).map(({ text }) => text.split('\n')[0]);
const heard = (...lines: readonly string[]) =>
  until(shown, (all) => JSON.stringify(all) === JSON.stringify(lines), { what: lines.join(', ') });
const messageOf = (start: string) => telegram.messages(CHAT_ID).find(({ text }) => text.startsWith(start));

it('says that it starts, and before it ends that it stops, both without a sound', async () => {
  await heard('▶️ Мониторинг запущен');
  expect(messageOf('▶️')?.text).toMatch(/^\d+\.\d+\.\d+ · /m);
  await bridge.stop();
  expect(shown()).toEqual(['▶️ Мониторинг запущен', '🛑 Мониторинг остановлен']);
  expect(telegram.messages(CHAT_ID).map(({ silent }) => silent)).toEqual([true, true]);
});

it('counts restarts within the cooldown into the messages that stand', async () => {
  await heard('▶️ Мониторинг запущен');
  await bridge.restart();
  await heard('▶️ Мониторинг запущен ×2', '🛑 Мониторинг остановлен');
  expect(await readLedger(bridge)).toMatchObject({ accepted: 3, pending: 0 });
});

it('says after a crash from when to when it was down, and not after a clean stop', async () => {
  await heard('▶️ Мониторинг запущен');
  // Killed between Telegram's answer and its commit, the bridge would rightly show it twice.
  await settled(bridge);
  await bridge.kill();
  await bridge.restart();
  await heard('▶️ Мониторинг запущен', '⚠️ Мониторинг упал и перезапустился');
  expect(messageOf('⚠️')?.text).toMatch(/Простой .* \(\d\d:\d\d/);
});

it('ends in time while Telegram is away, and says it at the next start', async () => {
  await heard('▶️ Мониторинг запущен');
  telegram.addOutage({ answer: '502' });
  await bridge.stop();
  expect(shown()).toEqual(['▶️ Мониторинг запущен']);
  telegram.clearOutages();
  await bridge.restart();
  await heard('▶️ Мониторинг запущен ×2', '🛑 Мониторинг остановлен');
});

it('sets a damaged state aside, says so aloud, and serves', async () => {
  await heard('▶️ Мониторинг запущен');
  await bridge.stop();
  writeFileSync(join(bridge.folder, 'state/alert-bridge/outbox.sqlite'), 'what a broken disk left of it');
  await bridge.restart();
  const lost = await until(() => messageOf('🚨 База мониторинга'), Boolean);
  expect(lost).toMatchObject({ silent: false });
  expect(lost?.text).toMatch(/outbox\.sqlite\.damaged-\d{8}T\d{6}Z/);
  expect(await post(bridge, '/api/v1/events', { type: 'bot_started' })).toMatchObject({ status: 202 });
  await until(() => messageOf('▶️ Бот запущен'), Boolean);
});

it('sets a state aside whose key was lost, says so aloud, and serves', async () => {
  await heard('▶️ Мониторинг запущен');
  await bridge.stop();
  rmSync(join(bridge.folder, 'state/alert-bridge/state.key'));
  await bridge.restart();
  const lost = await until(() => messageOf('🚨 База мониторинга'), Boolean);
  expect(lost?.text).toMatch(/STATE_KEY[^]*outbox\.sqlite\.other-key-\d{8}T\d{6}Z/);
  expect(await post(bridge, '/api/v1/events', { type: 'bot_started' })).toMatchObject({ status: 202 });
});

it('says of a SIGHUP that it changes nothing, and goes on', async () => {
  await bridge.kill('SIGHUP');
  await until(
    () => bridge.logs(),
    (lines) => lines.includes('SIGHUP changes nothing'),
  );
  expect(await post(bridge, '/api/v1/events', { type: 'bot_started' })).toMatchObject({ status: 202 });
});
