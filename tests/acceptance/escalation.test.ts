/** A critical alert that nobody takes: the built bridge, a real Alertmanager, mail and a call service. */
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CHAT_ID, QUIET, readMetrics } from '../support/bridge/bridge.ts';
import { startTalkingBridge, type TalkingBridge } from '../support/bridge/bot.ts';
import { readMail, startMailServer, type MailServer } from '../support/bridge/mail-server.ts';
import { until } from '../support/machine/until.ts';

const BOB = 4_242_000_777;
const SECRET = 'canary-webhook-secret';
const LONG = { timeoutMs: 200_000 };
/** Steps in seconds; who is told from the start, and who later. */
const CONFIG = (first: string) => `${QUIET}
reconcile: { every: 500ms, confirm_after: 500ms, gap_after: 1h }
routes:
  - match: ['severity="critical"']
    chats: ['${CHAT_ID}']
    escalation:
      ring_after: [${first}, 2h]
      next: [{ chat: '${BOB}', after: 3s }]
      fallback_after: 5s
      webhook_after: 6s
`;

interface Call {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

let world: TalkingBridge;
let mail: MailServer;
let calls: Call[];
let answers: number[];
const service = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += String(part)));
  request.on('end', () => {
    calls.push({ headers: request.headers, body });
    response.writeHead(answers.shift() ?? 202).end();
  });
});

async function start(first = '2s'): Promise<void> {
  mail = await startMailServer();
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const { port } = service.address() as AddressInfo;
  world = await startTalkingBridge(
    {
      ADMIN_TELEGRAM_ID: `${CHAT_ID},${BOB}`,
      FALLBACK_SMTP_URL: mail.url,
      FALLBACK_EMAIL_TO: 'admin@example.com',
      FALLBACK_WEBHOOK_URL: `http://127.0.0.1:${port}/call`,
      FALLBACK_WEBHOOK_SECRET: SECRET,
    },
    { chatBurst: 1_000 },
    CONFIG(first),
    [{ id: BOB, kind: 'private', title: 'Bob' }],
  );
  await until(
    () => world.telegram.requests({ method: 'getUpdates' }),
    (polls) => polls.at(-1)?.outcome === 'pending',
  );
}
beforeEach(() => {
  calls = [];
  answers = [];
});
afterEach(async () => {
  await world.close();
  await mail.close();
  await new Promise((resolve) => service.close(resolve));
});

const down = { alertname: 'Down', component: 'redis', severity: 'critical', summary: 'Redis не отвечает' };
const texts = (chat: number) => world.telegram.messages(chat).map(({ text }) => text);
const rings = (chat: number) => texts(chat).filter((text) => /Идёт .* никто не занимается/.test(text));

it('rings again, tells the next one, mail and a call service, each once over a restart', async () => {
  await start();
  answers = [500, 503];
  await world.fire([down]);
  const ring = await world.telegram.waitForMessage(
    CHAT_ID,
    ({ text }) => /Идёт .* никто не занимается/.test(text),
    LONG,
  );
  expect(ring.text).toMatch(/^🚨 Redis не отвечает\n📣 Идёт \d+ с, никто не занимается/);
  expect(ring).toMatchObject({ silent: false, buttons: [] });
  const [first] = world.telegram.messages(CHAT_ID);
  expect(ring.reply_to).toBe(first?.message_id);
  await until(
    () => rings(BOB),
    (told) => told.length >= 1,
    LONG,
  );
  expect(texts(BOB)[0]).toMatch(/За \d+ с никто этим не занялся/);
  expect(world.telegram.messages(BOB)[0]).toMatchObject({ silent: false });
  await until(
    () => calls,
    ({ length }) => length >= 1,
    LONG,
  );
  await world.restartBridge();
  await until(
    () => calls,
    ({ length }) => length >= 3,
    LONG,
  );

  expect(mail.mails.map(readMail).map(({ subject }) => subject)).toEqual([
    '🚨 Redis не отвечает (никто не занимается)',
  ]);
  const [call] = calls;
  const id = call?.headers['webhook-id'];
  expect(calls.map(({ headers }) => headers['webhook-id'])).toEqual([id, id, id]);
  const signed = `${String(id)}.${String(call?.headers['webhook-timestamp'])}.${call?.body ?? ''}`;
  expect(call?.headers['webhook-signature']).toBe(
    `v1,${createHmac('sha256', SECRET).update(signed).digest('base64')}`,
  );
  expect(JSON.parse(call?.body ?? '')).toMatchObject({
    type: 'critical_alert',
    data: { id, reason: 'nobody_took_it', title: '🚨 Redis не отвечает (никто не занимается)' },
  });
  // Everything that was due is done: the webhook came last.
  expect(rings(CHAT_ID)).toHaveLength(1);
  expect(rings(BOB)).toHaveLength(1);
  expect((await readMetrics(world.bridge))('alert_bridge_escalation_rings_total')).toBe(1);
  expect(world.bridge.logs()).not.toContain(SECRET);
});

it('whoever takes it ends it for everybody', async () => {
  await start();
  await world.fire([down]);
  const told = await world.telegram.waitForMessage(BOB, ({ buttons }) => buttons.length > 0, LONG);
  const data = told.buttons.flat().find(({ text }) => text.includes('Беру'))?.callback_data ?? '';
  const query = world.telegram.press(BOB, {
    message_id: told.message_id,
    data,
    user: { id: BOB, name: 'Bob' },
  });
  await until(
    () => world.telegram.callbackAnswer(query)?.text,
    (text) => text === 'Взяли вы',
    LONG,
  );
  for (const chat of [CHAT_ID, BOB])
    await world.telegram.waitForMessage(chat, ({ text }) => text.includes('Занимается Bob'), LONG);
  const before = [rings(CHAT_ID).length, rings(BOB).length, mail.mails.length, calls.length];
  // Something else that nobody takes goes all the way meanwhile.
  await world.fire([{ ...down, alertname: 'Other', summary: 'База не отвечает' }]);
  await until(
    () => calls,
    (all) => all.some(({ body }) => body.includes('База')),
    LONG,
  );
  const ofRedis = (all: readonly string[]) => all.filter((text) => text.includes('Redis')).length;
  expect([
    ofRedis(rings(CHAT_ID)),
    ofRedis(rings(BOB)),
    ofRedis(mail.mails.map((one) => readMail(one).subject)),
    ofRedis(calls.map(({ body }) => body)),
  ]).toEqual(before);
});

it('what is silenced at Alertmanager rings no more, although it tells nobody', async () => {
  await start('8s');
  await world.fire([down, { ...down, alertname: 'Silenced', summary: 'Очередь стоит' }]);
  await until(
    () => texts(CHAT_ID),
    (all) => all.length >= 2,
    LONG,
  );
  const silence = await fetch(`${world.alertmanager.url}/api/v2/silences`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      matchers: [{ name: 'alertname', value: 'Silenced', isRegex: false }],
      startsAt: new Date().toISOString(),
      endsAt: new Date(Date.now() + 3_600_000).toISOString(),
      createdBy: 'test',
      comment: 'test',
    }),
  });
  expect(silence.status).toBe(200);
  await until(
    () => calls,
    (all) => all.some(({ body }) => body.includes('Redis')),
    LONG,
  );
  expect([...rings(CHAT_ID), ...texts(BOB), ...calls.map(({ body }) => body)].join('\n')).not.toContain(
    'Очередь',
  );
});
