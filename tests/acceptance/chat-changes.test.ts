/** A chat that is not what it was: its topic was deleted, its group became a supergroup. Nothing is lost either way. */
import { expect, it } from 'vitest';
import { notification, post, readLedger, type Alert } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import type { ChatSetup, MessageView } from '../support/telegram/index.ts';
import { until } from '../support/machine/until.ts';

const FORUM = -1_004_242_000_009;
const GROUP = -4_242_000_009;
const TOPIC = 42;
const CHATS: ChatSetup[] = [
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
];
const world = useInstallation(() => undefined, { chats: CHATS });

const tell = (alert: Alert): Promise<unknown> =>
  post(world.bridge, '/webhooks/alertmanager', notification([alert]));
const saying = (chat: number, words: string): Promise<MessageView> =>
  world.telegram.waitForMessage(chat, ({ text }) => text.includes(words), { timeoutMs: 200_000 });
const allSettled = (accepted: number): Promise<unknown> =>
  until(
    () => readLedger(world.bridge),
    (ledger) => ledger.accepted === accepted && ledger.pending === 0 && ledger.failed === 0,
  );

it('a route tells a topic; when that is deleted the chat itself is told, and hears why', async () => {
  await world.startBridge(
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
  await post(world.bridge, '/api/v1/events', {
    type: 'payment_received',
    user_id: 7,
    amount: 150,
    payment_type: 'month',
  });
  expect(await saying(FORUM, 'Платёж')).toMatchObject({ thread_id: 43 });

  world.telegram.setChatState(FORUM, { missingTopics: [TOPIC] });
  await tell({ alertname: 'CpuHigh', component: 'cpu' });
  expect(await saying(FORUM, 'CpuHigh')).toMatchObject({ thread_id: null });
  const notice = await saying(FORUM, 'Тема в группе закрыта или удалена');
  expect(notice.text).toContain(`Чат: ${FORUM}:${TOPIC}`);
  await tell({ alertname: 'MemoryHigh', component: 'memory' });
  expect(await saying(FORUM, 'MemoryHigh')).toMatchObject({ thread_id: null });

  await allSettled(5);
  const shown = world.telegram.messages(FORUM);
  const notices = shown.filter(({ text }) => text.includes('Тема в группе закрыта'));
  // Both places that are told hear of it: the chat itself, and the topic that is still there.
  expect(notices.map(({ thread_id: topic }) => topic).sort()).toEqual([43, null]);
  expect(shown).toHaveLength(6);
});

it('a group that became a supergroup is told there from then on, also of what began before', async () => {
  await world.startBridge({ ADMIN_TELEGRAM_ID: String(GROUP) });
  await tell({ alertname: 'DiskSpaceLow', component: 'disk_space' });
  await saying(GROUP, 'DiskSpaceLow');
  world.telegram.setChatState(GROUP, { migratedTo: FORUM });
  const before = world.telegram.messages(GROUP);
  expect(before.map(({ message_id: id }) => id)).toEqual([1]);

  await tell({ alertname: 'DiskSpaceLow', component: 'disk_space', status: 'resolved' });
  await saying(FORUM, '✅ Решено');
  await tell({ alertname: 'CpuHigh', component: 'cpu' });
  await saying(FORUM, 'CpuHigh');
  await allSettled(3);
  expect(world.telegram.messages(GROUP)).toEqual(before);
});

it(
  'a message of the old group never changes its namesake in the supergroup',
  {
    meta: {
      tried: 'A group becomes a supergroup while incidents go on: messages there count from 1 again',
      held: 'each incident gets a message in the supergroup; no other message is changed',
    },
  },
  async () => {
    await world.startBridge({ ADMIN_TELEGRAM_ID: String(GROUP) });
    await tell({ alertname: 'DiskSpaceLow', component: 'disk_space', severity: 'warning' });
    await saying(GROUP, 'DiskSpaceLow');
    await tell({ alertname: 'CpuHigh', component: 'cpu', severity: 'warning' });
    await saying(GROUP, 'CpuHigh');
    world.telegram.setChatState(GROUP, { migratedTo: FORUM });

    // The first message there: number 1, as DiskSpaceLow has in the group.
    await tell({ alertname: 'MemoryHigh', component: 'memory', severity: 'warning' });
    await saying(FORUM, 'MemoryHigh');
    await tell({ alertname: 'DiskSpaceLow', component: 'disk_space', instance: 'b', severity: 'warning' });
    await saying(FORUM, 'DiskSpaceLow');
    await world.bridge.restart();
    await tell({ alertname: 'DiskSpaceLow', component: 'disk_space', instance: 'b', status: 'resolved' });
    await tell({ alertname: 'CpuHigh', component: 'cpu', status: 'resolved' });
    await allSettled(6);
    const [first, second] = world.telegram.messages(FORUM);
    expect(first?.text).toContain('MemoryHigh');
    expect(first?.edits).toEqual([]);
    expect(second?.text).toContain('DiskSpaceLow');
    expect(world.telegram.messages(GROUP).map(({ text }) => /DiskSpaceLow|CpuHigh/.exec(text)?.[0])).toEqual([
      'DiskSpaceLow',
      'CpuHigh',
    ]);
  },
);

it.each(['TOPIC_CLOSED', 'CHANNEL_PRIVATE', 'SOMETHING_NOBODY_KNOWS'])(
  'a chat that refuses with %s loses nothing; the other chat hears of it, and of its end',
  {
    meta: {
      tried: 'Telegram refuses every message of one chat, with words that look final or that nobody knows',
      held: 'its messages wait, the bridge is not ready, the other chats are told; all arrives once it is mended',
    },
  },
  async (words) => {
    await world.startBridge({ ADMIN_TELEGRAM_ID: `${FORUM},${GROUP}` });
    world.telegram.setChatState(FORUM, { refusal: words });
    await tell({ alertname: 'RedisDown', component: 'redis', severity: 'critical' });
    await saying(GROUP, 'RedisDown');
    const notice = await saying(GROUP, 'не принимает сообщения');
    expect(notice.text).toContain(`Чат ${FORUM}`);
    const ready = await fetch(`${world.bridge.url}/-/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('takes no messages');
    expect(await readLedger(world.bridge)).toMatchObject({ failed: 0 });

    world.telegram.setChatState(FORUM, { refusal: null });
    // A start tries at once what would wait for up to ten minutes.
    await world.bridge.restart();
    await saying(FORUM, 'RedisDown');
    await saying(GROUP, 'снова принимает сообщения');
    await allSettled(3);
  },
);

it(
  'a message that Telegram refuses for its words holds up no other one',
  {
    meta: {
      tried: 'Telegram refuses one message, in either form, with words that nobody knows',
      held: 'a line in words of the bridge stands for it; the other messages arrive',
    },
  },
  async () => {
    await world.startBridge({ ADMIN_TELEGRAM_ID: String(FORUM) });
    world.telegram.setChatState(FORUM, { refusal: 'SOMETHING_NOBODY_KNOWS', refusedWords: 'Poison' });
    await tell({ alertname: 'Poison', component: 'redis', severity: 'critical' });
    await tell({ alertname: 'CpuHigh', component: 'cpu' });
    await saying(FORUM, 'Telegram не принимает текст этого сообщения');
    await saying(FORUM, 'CpuHigh');
    await allSettled(2);
    expect((await fetch(`${world.bridge.url}/-/ready`)).status).toBe(200);
  },
);
