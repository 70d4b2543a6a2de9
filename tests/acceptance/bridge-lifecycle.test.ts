import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHAT_ID, post, readLedger, settled } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { until } from '../support/machine/until.ts';
const world = useInstallation((at) => at.startBridge({}, { config: '' }));

const shown = () => world.telegram.messages(CHAT_ID).map(({ text }) => text.split('\n')[0]);
const heard = (...lines: readonly string[]) =>
  until(shown, (all) => JSON.stringify(all) === JSON.stringify(lines), { what: lines.join(', ') });
const messageOf = (start: string) =>
  world.telegram.messages(CHAT_ID).find(({ text }) => text.startsWith(start));

it('says that it starts, and before it ends that it stops, both without a sound', async () => {
  await heard('▶️ Мониторинг запущен');
  expect(messageOf('▶️')?.text).toMatch(/^\d+\.\d+\.\d+ · /m);
  await world.bridge.stop();
  expect(shown()).toEqual(['▶️ Мониторинг запущен', '🛑 Мониторинг остановлен']);
  expect(world.telegram.messages(CHAT_ID).map(({ silent }) => silent)).toEqual([true, true]);
});

it('counts restarts within the cooldown into the messages that stand', async () => {
  await heard('▶️ Мониторинг запущен');
  await world.bridge.restart();
  await heard('▶️ Мониторинг запущен ×2', '🛑 Мониторинг остановлен');
  expect(await readLedger(world.bridge)).toMatchObject({ accepted: 3, pending: 0 });
});

it('says after a crash from when to when it was down, and not after a clean stop', async () => {
  await heard('▶️ Мониторинг запущен');
  // Killed between Telegram's answer and its commit, the bridge would rightly show it twice.
  await settled(world.bridge);
  await world.bridge.kill();
  await world.bridge.restart();
  await heard('▶️ Мониторинг запущен', '⚠️ Мониторинг упал и перезапустился');
  expect(messageOf('⚠️')?.text).toMatch(/Простой .* \(\d\d:\d\d/);
});

it('ends in time while Telegram is away, and says it at the next start', async () => {
  await heard('▶️ Мониторинг запущен');
  world.telegram.addOutage({ answer: '502' });
  await world.bridge.stop();
  expect(shown()).toEqual(['▶️ Мониторинг запущен']);
  world.telegram.clearOutages();
  await world.bridge.restart();
  await heard('▶️ Мониторинг запущен ×2', '🛑 Мониторинг остановлен');
});

it('sets a damaged state aside, says so aloud, and serves', async () => {
  await heard('▶️ Мониторинг запущен');
  await world.bridge.stop();
  writeFileSync(
    join(world.bridge.folder, 'state/alert-bridge/outbox.sqlite'),
    'what a broken disk left of it',
  );
  await world.bridge.restart();
  const lost = await until(() => messageOf('🚨 База мониторинга'), Boolean);
  expect(lost).toMatchObject({ silent: false });
  expect(lost?.text).toMatch(/outbox\.sqlite\.damaged-\d{8}T\d{6}Z/);
  expect(await post(world.bridge, '/api/v1/events', { type: 'bot_started' })).toMatchObject({ status: 202 });
  await until(() => messageOf('▶️ Бот запущен'), Boolean);
});

it('sets a state aside whose key was lost, says so aloud, and serves', async () => {
  await heard('▶️ Мониторинг запущен');
  await world.bridge.stop();
  rmSync(join(world.bridge.folder, 'state/alert-bridge/state.key'));
  await world.bridge.restart();
  const lost = await until(() => messageOf('🚨 База мониторинга'), Boolean);
  expect(lost?.text).toMatch(/STATE_KEY[^]*outbox\.sqlite\.other-key-\d{8}T\d{6}Z/);
  expect(await post(world.bridge, '/api/v1/events', { type: 'bot_started' })).toMatchObject({ status: 202 });
});

it('says of a SIGHUP that it changes nothing, and goes on', async () => {
  await world.bridge.kill('SIGHUP');
  await until(
    () => world.bridge.logs(),
    (lines) => lines.includes('SIGHUP changes nothing'),
  );
  expect(await post(world.bridge, '/api/v1/events', { type: 'bot_started' })).toMatchObject({ status: 202 });
});
