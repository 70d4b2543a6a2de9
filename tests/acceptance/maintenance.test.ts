/** A deploy script says that it begins and that it is done; meanwhile only what is critical is told. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CHAT_ID, post, QUIET, readLedger } from '../support/bridge/bridge.ts';
import { startTalkingBridge, type TalkingBridge } from '../support/bridge/bot.ts';
import { until } from '../support/machine/until.ts';

const LONG = { timeoutMs: 200_000 };

let world: TalkingBridge;
beforeEach(async () => {
  world = await startTalkingBridge({}, { chatBurst: 1_000 }, QUIET);
});
afterEach(() => world.close());

const texts = () => world.telegram.messages(CHAT_ID).map(({ text }) => text);
const shown = (part: string) =>
  world.telegram.waitForMessage(CHAT_ID, ({ text }) => text.includes(part) && !text.startsWith('/'), LONG);
const accepted = (count: number) =>
  until(
    () => readLedger(world.bridge),
    (ledger) => ledger.accepted >= count,
    LONG,
  );

it('what is not critical is held over a restart, and told in one message at the end', async () => {
  const begun = await post(world.bridge, '/api/v1/maintenance', { id: 'deploy', duration: '30m' });
  expect(begun).toMatchObject({ status: 202, body: { status: 'accepted', id: 'deploy' } });
  await world.fire([
    { alertname: 'Slow', component: 'redis', severity: 'warning', summary: 'Redis отвечает медленно' },
    { alertname: 'Disk', component: 'disk', severity: 'info', summary: 'Мало места' },
  ]);
  await accepted(2);
  await world.fire([
    { alertname: 'Down', component: 'web', severity: 'critical', summary: 'Бот не отвечает' },
  ]);
  await shown('Бот не отвечает');
  await world.restartBridge();
  world.telegram.say(CHAT_ID, { text: '/silences' });
  const list = await shown('Обслуживание до');
  expect(list.text).toMatch(/^Ничего не заглушено\n🛠 Обслуживание до \d\d:\d\d$/);
  expect(texts().join()).not.toContain('медленно');

  await post(world.bridge, '/api/v1/maintenance', { id: 'deploy', duration: '0s' });
  const summary = await shown('За время обслуживания');
  expect(summary.text).toContain('🛠 За время обслуживания: 2 события, ещё активны 2');
  for (const name of ['Redis отвечает медленно', 'Мало места']) expect(summary.text).toContain(name);
  expect(summary.silent).toBe(true);
  world.telegram.say(CHAT_ID, { text: '/maintenance 30м component="redis"' });
  expect((await shown('component="redis"')).text).toMatch(/^🛠 Обслуживание до .* · component="redis"\n/);
  world.telegram.say(CHAT_ID, { text: '/maintenance стоп' });
  await shown('Обслуживания нет');
});
