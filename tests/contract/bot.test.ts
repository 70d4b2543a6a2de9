import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CHAT_ID, readMetrics } from '../support/bridge/bridge.ts';
import { button, press as pressButton } from '../support/bridge/press.ts';
import { startTalkingBridge, type TalkingBridge } from '../support/bridge/bot.ts';
import type { MessageView } from '../support/telegram/types.ts';
import { COMMANDS } from '../../alert-bridge/bot/commands.ts';
import { until } from '../support/machine/until.ts';

let world: TalkingBridge;
beforeAll(async () => {
  world = await startTalkingBridge();
});
afterAll(() => world.close());
beforeEach(() => world.telegram.clearOutages());

const shown = (predicate: (message: MessageView) => boolean, timeoutMs = 15_000): Promise<MessageView> =>
  world.telegram.waitForMessage(CHAT_ID, predicate, { timeoutMs });

/** Says it and waits for the answer: the first message after it. */
async function ask(text: string): Promise<MessageView> {
  const { message_id: asked } = world.telegram.say(CHAT_ID, { text });
  return shown(({ message_id: id }) => id > asked);
}

const press = (message: MessageView, label: string) => pressButton(world.telegram, message, label);

const now = (message: MessageView): MessageView =>
  world.telegram.messages(CHAT_ID).find(({ message_id: id }) => id === message.message_id) ?? message;

/** Waits until the message reads so. */
const shownAs = ({ message_id: wanted }: MessageView, words: string): Promise<MessageView> =>
  shown(({ message_id: id, text }) => id === wanted && text.includes(words));

let incidents = 0;
/** Fires alerts of a name nothing else has, and waits for their message. */
async function incident(count = 1, severity = 'critical'): Promise<MessageView> {
  incidents += 1;
  const alertname = `Down${incidents}`;
  await world.fire(
    Array.from({ length: count }, (_, index) => ({
      alertname,
      component: 'redis',
      instance: String(index),
      severity: index < 2 ? severity : 'warning',
      summary: `${alertname} не отвечает`,
    })),
  );
  return shown((message) => message.text.includes(alertname) && message.buttons.length > 0);
}

const active = async () => (await world.silences()).filter(({ status }) => status.state === 'active');

describe('commands', () => {
  it('are registered in both languages', async () => {
    const commands = await until(
      () => world.telegram.commands('coins_monitoring_bot'),
      (sets) => Object.keys(sets).length === 3,
    );
    const names = Object.values(commands).map((list) => list.map(({ command }) => command));
    expect(names).toEqual([COMMANDS, COMMANDS, COMMANDS]);
    expect(JSON.stringify(commands)).toMatch(/список команд.*list of commands/);
  });

  it('/help and an unknown command list what there is', async () => {
    expect((await ask('/help')).text).toContain('/silences —');
    const unknown = await ask('/reboot');
    expect(unknown.text).toBe('Нет такой команды: /reboot. Список: /help');
  });

  it('/status tells what is known while the exporter is away', async () => {
    const first = await incident();
    const { text } = await ask('/status');
    expect(text).toContain('Экспортёр не отвечает');
    expect(text).toMatch(/Активные алерты: \d+ \(критическ.* · \/alerts/);
    expect(text).not.toContain('Заглушено');
    expect((await ask('/alerts')).text).toContain(first.text.split('\n')[0]?.slice(3));
  });

  it('/health, /kpi and /report say that the exporter is away', async () => {
    expect((await ask('/health')).text).toContain('Экспортёр не отвечает');
    expect((await ask('/kpi')).text).toContain('За вчера данных нет: экспортёр не ответил.');
    expect((await ask('/report')).text).toContain('Ежедневный отчет');
    expect((await ask('/report 2199-01-01')).text).toContain('Отчёт за этот день ещё не готов');
  });

  it('of another bot are none', async () => {
    world.telegram.say(CHAT_ID, { text: '/help@another_bot' });
    const { text } = await ask('/kpi@coins_monitoring_bot');
    expect(text).toContain('Показатели');
  });
});

describe('acknowledging', () => {
  it('is shown in the message, once, by whoever was first, and silences nothing', async () => {
    const message = await incident();
    expect(await press(message, 'Беру')).toBe('Взяли вы');
    const acknowledged = await shownAs(message, '👀 Занимается Админ, с ');
    expect(acknowledged.buttons.flat().map(({ text }) => text)).not.toContain('👀 Беру');
    expect(acknowledged.buttons.flat().map(({ text }) => text)).toContain('🔕 1 ч');
    expect(await active()).toEqual([]);
  });
});

describe('muting', () => {
  it('shows what it would hit, creates the silence once, and takes it away again', async () => {
    const message = await incident(17);
    await until(
      async () => (await (await fetch(`${world.alertmanager.url}/api/v2/alerts`)).json()) as unknown[],
      (alerts) => alerts.length >= 17,
    );
    expect(await press(message, '1 ч')).toBe('');
    const preview = await shown(({ reply_to: to }) => to === message.message_id);
    expect(preview.text).toContain('Не придут 17 алертов, из них 2 критических.');
    expect(await active()).toEqual([]);

    const data = button(preview, 'Заглушить');
    const both = [1, 2].map(() => world.telegram.press(CHAT_ID, { message_id: preview.message_id, data }));
    const muted = await shownAs(preview, 'заглушено до');
    await until(
      () => both.map((query) => world.telegram.callbackAnswer(query)),
      (answers) => answers.every((answer) => answer?.text.startsWith('Заглушено до') === true),
    );
    const [silence, ...others] = await active();
    expect(others).toEqual([]);
    expect(silence).toMatchObject({
      createdBy: 'Админ',
      matchers: [
        { name: 'alertname', value: `Down${incidents}` },
        { name: 'component', value: 'redis' },
      ],
    });
    expect(Date.parse(silence?.endsAt ?? '') - Date.now()).toBeGreaterThan(59 * 60_000);
    // The preview counted exactly what the silence hits.
    const alerts = (await (await fetch(`${world.alertmanager.url}/api/v2/alerts`)).json()) as {
      status: { silencedBy: string[] };
    }[];
    expect(alerts.filter(({ status }) => status.silencedBy.includes(silence?.id ?? ''))).toHaveLength(17);

    expect(await press(muted, 'Включить')).toBe('Снова включено');
    await until(active, (list) => list.length === 0);
    const over = await shownAs(preview, 'снова включено');
    expect(over.buttons).toEqual([]);
  });

  it('can be thought better of', async () => {
    const message = await incident();
    await press(message, '4 ч');
    const preview = await shown(({ reply_to: to }) => to === message.message_id);
    expect(await press(preview, 'Отмена')).toBe('Отменено');
    await shownAs(preview, 'Отменено');
    expect(await active()).toEqual([]);
  });

  it('goes on where it was after a restart, also until morning', async () => {
    const message = await incident();
    await press(message, 'до утра');
    const preview = await shown(({ reply_to: to }) => to === message.message_id);
    await world.restartBridge();
    expect(await press(preview, 'Заглушить')).toMatch(/^Заглушено до .*09:00$/);
    const muted = await shownAs(preview, 'заглушено до');
    await world.restartBridge();
    expect(await press(muted, 'Включить')).toBe('Снова включено');
    await until(active, (list) => list.length === 0);
  });

  it('keeps the question while Alertmanager does not answer', async () => {
    const message = await incident();
    await press(message, '1 ч');
    const preview = await shown(({ reply_to: to }) => to === message.message_id);
    world.alertmanager.freeze();
    try {
      expect(await press(preview, 'Заглушить')).toContain('Alertmanager не отвечает, ничего не изменено.');
      expect((await ask('/alerts')).text).toContain('Последние известные данные');
    } finally {
      // The tests after this one need it.
      world.alertmanager.thaw();
    }
    expect(await press(preview, 'Заглушить')).toContain('Заглушено до');
    const list = await ask('/silences');
    expect(list.text).toContain(`Down${incidents}`);
    expect(await press(list, 'Включить 1')).toBe('Снова включено');
    await shownAs(list, 'Ничего не заглушено');
    await until(active, (silences) => silences.length === 0);
    // It waits out the deadlines of two questions.
  });

  it('of everything leaves the Watchdog alone, and the Watchdog cannot be named', async () => {
    const preview = await ask('/mute 4h');
    expect(preview.text).toContain('Заглушить все алерты на 4 ч?');
    await press(preview, 'Заглушить');
    const [silence] = await until(active, (list) => list.length === 1);
    expect(JSON.stringify(silence?.matchers)).toContain('Watchdog');
    await press(await shownAs(preview, 'заглушено до'), 'Включить');
    expect((await ask('/mute 1h Watchdog')).text).toContain('заглушить нельзя');
    expect((await ask('/mute 2h')).text).toContain('Примеры: /mute 1ч');
  });
});

it('shows the runbook behind a button', async () => {
  const message = await incident();
  await press(message, 'Что делать');
  const runbook = await shown(({ reply_to: to }) => to === message.message_id);
  expect(runbook.text).toContain('ComponentDown — не работает компонент');
  expect(runbook.text).toContain('docker logs expense_bot_redis --tail 50');
  expect(runbook.text).not.toContain('expense_bot_db');
});

describe('somebody who is no administrator', () => {
  it('hears nothing, whatever they do, and is counted', async () => {
    const message = await incident();
    const stranger = { id: 666, name: 'Mallory' };
    const before = world.telegram.requests().length;
    const data = button(message, 'Беру');
    const refused = async () => (await readMetrics(world.bridge))('alert_bridge_telegram_updates_total');
    const handled = await refused();
    for (const text of ['/status', '/mute 4h', 'hello'])
      world.telegram.say(CHAT_ID, { text, user: stranger });
    const query = world.telegram.press(CHAT_ID, { message_id: message.message_id, data, user: stranger });
    await until(refused, (count) => count >= handled + 4);
    const made = world.telegram.requests().slice(before);
    expect(made.filter(({ method }) => method !== 'getUpdates').map(({ method }) => method)).toEqual([]);
    expect(world.telegram.callbackAnswer(query)).toBeUndefined();
    expect(now(message).text).not.toContain('👀');
  });
});

describe('trouble with polling', () => {
  it('another poller is outlasted, and nothing is handled twice', async () => {
    await until(
      () => world.telegram.requests({ method: 'getUpdates' }),
      (polls) => polls.at(-1)?.outcome === 'pending',
    );
    const thief = await fetch(
      `${world.telegram.apiRoot}/bot7000000001:AAcanaryTokenOfTheMonitoringBot01234/getUpdates?timeout=0`,
    );
    expect(thief.ok).toBe(true);
    await until(
      () => world.telegram.requests({ method: 'getUpdates' }),
      (polls) => polls.some(({ status }) => status === 409),
    );
    const { message_id: asked } = world.telegram.say(CHAT_ID, { text: '/help' });
    await shown(({ message_id: id }) => id > asked, 30_000);
    await ask('/kpi');
    expect(
      world.telegram
        .messages(CHAT_ID)
        .filter(({ message_id: id, text }) => id > asked && text.startsWith('Команды')),
    ).toHaveLength(1);
  });

  it('alerts go out while updates cannot be asked for', async () => {
    world.telegram.addOutage({ answer: 'hang', method: 'getUpdates' });
    expect((await incident()).text).toContain('не отвечает');
  });
});
