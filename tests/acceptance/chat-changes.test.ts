/** A chat that is not what it was: its topic was deleted, its group became a supergroup. Nothing is lost either way. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BOT_TOKEN, notification, post, readLedger, startBridge, type Alert } from '../support/bridge.ts';
import type { Server } from '../support/servers/process.ts';
import { startTelegramFake, type MessageView, type TelegramFake } from '../support/telegram/index.ts';
import { until } from '../support/until.ts';

const FORUM = -1_004_242_000_009;
const GROUP = -4_242_000_009;
const TOPIC = 42;

let telegram: TelegramFake;
let bridge: Server;
beforeEach(async () => {
  telegram = await startTelegramFake({
    bots: [{ token: BOT_TOKEN, username: 'coins_monitoring_bot', id: 7_000_000_001, name: 'Coins' }],
    chats: [
      {
        id: FORUM,
        kind: 'supergroup',
        title: 'Дежурные',
        topics: [
          { id: TOPIC, name: 'Тревоги' },
          { id: 43, name: 'Платежи' },
        ],
      },
      { id: GROUP, kind: 'group', title: 'Группа' },
    ],
  });
});
afterEach(async () => {
  await bridge.close();
  await telegram.close();
});

const tell = (alert: Alert): Promise<unknown> =>
  post(bridge, '/webhooks/alertmanager', notification([alert]));
const saying = (chat: number, words: string): Promise<MessageView> =>
  telegram.waitForMessage(chat, ({ text }) => text.includes(words), { timeoutMs: 60_000 });
const allSettled = (accepted: number): Promise<unknown> =>
  until(
    () => readLedger(bridge),
    (ledger) => ledger.accepted === accepted && ledger.pending === 0 && ledger.failed === 0,
  );

it('a route tells a topic; when that is deleted the chat itself is told, and hears why', async () => {
  bridge = await startBridge(
    telegram,
    { ADMIN_TELEGRAM_ID: `${FORUM}:${TOPIC},${FORUM}:43` },
    {
      config: `tell_start_and_stop: false
report: { enabled: false }
routes:
  - { match: ['event="payment_received"'], chats: ['${FORUM}:43'] }
  - { match: ['event!="bridge_topic_gone"'], chats: ['${FORUM}:${TOPIC}'] }
`,
    },
  );
  await tell({ alertname: 'DiskSpaceLow', component: 'disk_space' });
  expect(await saying(FORUM, 'DiskSpaceLow')).toMatchObject({ thread_id: TOPIC });
  await post(bridge, '/api/v1/events', {
    type: 'payment_received',
    user_id: 7,
    amount: 150,
    payment_type: 'month',
  });
  expect(await saying(FORUM, 'Платеж')).toMatchObject({ thread_id: 43 });

  telegram.setChatState(FORUM, { missingThreads: [TOPIC] });
  await tell({ alertname: 'CpuHigh', component: 'cpu' });
  expect(await saying(FORUM, 'CpuHigh')).toMatchObject({ thread_id: null });
  const notice = await saying(FORUM, 'Темы для оповещений больше нет');
  expect(notice.text).toContain(`Чат: ${FORUM}:${TOPIC}`);
  await tell({ alertname: 'MemoryHigh', component: 'memory' });
  expect(await saying(FORUM, 'MemoryHigh')).toMatchObject({ thread_id: null });

  await allSettled(5);
  const shown = telegram.messages(FORUM);
  const notices = shown.filter(({ text }) => text.includes('Темы для оповещений'));
  // Both places that are told hear of it: the chat itself, and the topic that is still there.
  expect(notices.map(({ thread_id: thread }) => thread).sort()).toEqual([43, null]);
  expect(shown).toHaveLength(6);
});

it('a group that became a supergroup is told there from then on, also of what began before', async () => {
  bridge = await startBridge(telegram, { ADMIN_TELEGRAM_ID: String(GROUP) });
  await tell({ alertname: 'DiskSpaceLow', component: 'disk_space' });
  await saying(GROUP, 'DiskSpaceLow');
  telegram.setChatState(GROUP, { migratedTo: FORUM });
  const before = telegram.messages(GROUP);

  await tell({ alertname: 'DiskSpaceLow', component: 'disk_space', status: 'resolved' });
  await saying(FORUM, '✅ Решено');
  await tell({ alertname: 'CpuHigh', component: 'cpu' });
  await saying(FORUM, 'CpuHigh');
  await allSettled(3);
  expect(telegram.messages(GROUP)).toEqual(before);
});
