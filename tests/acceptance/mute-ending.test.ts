/** How a mute ends: through the built bridge and a real Alertmanager, from the button to the phone that rings again. */
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CHAT_ID, QUIET, readLedger } from '../support/bridge/bridge.ts';
import { startTalkingBridge, type TalkingBridge } from '../support/bridge/bot.ts';
import type { MessageView } from '../support/telegram/index.ts';
import { until } from '../support/machine/until.ts';

const BOB = { id: 777, name: 'Bob' };
/** A mute of an hour is announced to end as soon as the bridge looks, and it looks when it starts. */
const CONFIG = `${QUIET}
talk: { announce_before: 1h }
cooldown: 1s
reconcile: { every: 500ms, confirm_after: 500ms, gap_after: 1h }
`;

let world: TalkingBridge;
beforeEach(async () => {
  const admins = { ADMIN_USER_IDS: `${CHAT_ID},${BOB.id}` };
  world = await startTalkingBridge(admins, { chatBurst: 1_000 }, CONFIG);
  // No message has buttons before somebody listens.
  await until(
    () => world.telegram.requests({ method: 'getUpdates' }),
    (polls) => polls.at(-1)?.outcome === 'pending',
  );
});
afterEach(() => world.close());

const shown = (predicate: (message: MessageView) => boolean): Promise<MessageView> =>
  world.telegram.waitForMessage(CHAT_ID, predicate, { timeoutMs: 200_000 });

async function incident(alertname: string): Promise<MessageView> {
  await world.fire([{ alertname, component: 'redis', severity: 'critical', summary: `${alertname}: сбой` }]);
  return shown(({ text, buttons }) => text.includes(`${alertname}: сбой`) && buttons.length > 0);
}

/** @returns what each of those who press it at once is told. */
async function press(
  message: MessageView,
  label: string,
  ...users: readonly (typeof BOB)[]
): Promise<string[]> {
  const found = message.buttons.flat().find(({ text }) => text.includes(label));
  const pressed = { message_id: message.message_id, data: found?.callback_data ?? '' };
  const everybody = users.length === 0 ? [undefined] : users;
  const queries = everybody.map((user) => world.telegram.press(CHAT_ID, { ...pressed, user }));
  return until(
    () => queries.map((query) => world.telegram.callbackAnswer(query)?.text ?? '…'),
    (answers) => !answers.includes('…'),
    { what: `answers to "${label}"` },
  );
}

/** Muted for an hour; the message that says so. */
async function mute(alert: MessageView, radius: string): Promise<MessageView> {
  await press(alert, '1 ч');
  const preview = await shown(({ reply_to: to }) => to === alert.message_id);
  expect(preview.text).toContain(radius);
  await press(preview, 'Заглушить');
  return shown(({ message_id: id, text }) => id === preview.message_id && text.includes('заглушено до'));
}

const active = async () => (await world.silences()).filter(({ status }) => status.state === 'active');
const amtool = (...args: readonly string[]): void => {
  const { status, stderr } = spawnSync('amtool', [...args, `--alertmanager.url=${world.alertmanager.url}`]);
  expect([status, stderr.toString()]).toEqual([0, '']);
};

it('is announced after a restart while it still burns, and extended once by two who press at once', async () => {
  // A pattern that would hit the next one too, were it taken for one.
  const hostile = await incident('Down.*|"x"{a="b"}\\n<b>');
  const other = await incident('Down and out');
  await mute(other, 'Не придёт 1 критический алерт.');
  const [gone] = await active();
  await mute(hostile, 'Не придёт 1 критический алерт.');
  amtool('silence', 'expire', gone?.id ?? '');
  expect(await active()).toHaveLength(1);

  await world.restartBridge();
  const announced = await shown(({ text }) => text.startsWith('⏳'));
  expect(announced.text).toContain('Down.*|"x"{a="b"}');
  expect(announced.text).toMatch(/В .* сообщения снова пойдут\. Ещё активен 1 критический алерт\./);
  const answers = await press(announced, 'Продлить', { id: CHAT_ID, name: 'Админ' }, BOB);
  expect(answers.toSorted()).toEqual([
    expect.stringMatching(/^Заглушено до/),
    expect.stringMatching(/^Продлено до/),
  ]);
  await shown(({ message_id: id, text }) => id === announced.message_id && text.includes('заглушено до'));
  const [extended, ...others] = await active();
  expect(others).toEqual([]);
  const hours = (Date.parse(extended?.endsAt ?? '') - Date.now()) / 3_600_000;
  expect(Math.round(hours)).toBe(2);
  // What was taken away elsewhere was looked at first, and passed over.
  expect(world.telegram.messages(CHAT_ID).filter(({ text }) => text.startsWith('⏳'))).toEqual([]);
});

it('rings again when it is over and the alert is not', async () => {
  const alert = await incident('Down');
  await mute(alert, 'Не придёт 1 критический алерт.');
  // The bridge has seen it muted, and is away when the mute ends.
  await until(
    () => world.bridge.logs(),
    (log) => log.includes('What Alertmanager keeps silent has changed'),
  );
  await world.bridge.stop();
  const [silence] = await active();
  amtool('silence', 'expire', silence?.id ?? '');
  await world.bridge.restart();
  const again = await shown(
    ({ message_id: id, text }) =>
      id > alert.message_id && text.startsWith('🚨') && text.includes('Down: сбой'),
  );
  expect(again.silent).toBe(false);
  await until(
    () => readLedger(world.bridge),
    ({ accepted, delivered, pending }) => accepted === 2 && delivered === 2 && pending === 0,
  );
});
