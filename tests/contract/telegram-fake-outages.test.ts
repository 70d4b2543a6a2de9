/** Scripted outages and the control API over HTTP, seen from outside as a client sees them. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../support/machine/until.ts';
import { startTelegramFake } from '../support/telegram/index.ts';
import type { TelegramFake } from '../support/telegram/index.ts';

const token = '111111:test-monitoring-bot';
const admin = 1001;
let fake: TelegramFake;

beforeEach(async () => {
  fake = await startTelegramFake({
    bots: [{ token, username: 'monitor_bot', id: 111_111 }],
    chats: [{ id: admin, kind: 'private', title: 'Админ' }],
  });
});

afterEach(async () => {
  await fake.close();
});

function send(text: string, signal = AbortSignal.timeout(60_000)): Promise<Response> {
  return fetch(`${fake.apiRoot}/bot${token}/sendMessage`, {
    method: 'POST',
    body: new URLSearchParams({ chat_id: String(admin), text }),
    signal,
  });
}

function control(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(new URL(path, fake.url), {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
}

const texts = (): string[] => fake.messages(admin).map(({ text }) => text);

describe('outages', () => {
  test('429 for the next two requests, then all is well', async () => {
    fake.addOutage({ answer: '429', times: 2, retryAfterSeconds: 17 });
    const refused = await send('1');
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([
      429,
      '17',
      {
        ok: false,
        error_code: 429,
        description: 'Too Many Requests: retry after 17',
        parameters: { retry_after: 17 },
      },
    ]);
    expect((await send('2')).status).toBe(429);
    expect((await send('3')).status).toBe(200);
    expect(texts()).toEqual(['3']);
  });

  test('502 is a page, not JSON, and lasts until cleared', async () => {
    const id = fake.addOutage({ answer: '502', method: 'sendMessage' });
    for (const text of ['1', '2', '3', '4']) {
      const answer = await send(text);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([502, 'text/html']);
      expect(await answer.text()).toContain('<h1>502 Bad Gateway</h1>');
    }
    expect((await fetch(`${fake.apiRoot}/bot${token}/getMe`)).status).toBe(200);
    fake.clearOutages(id);
    expect((await send('5')).status).toBe(200);
    expect(texts()).toEqual(['5']);
  });

  test('no answer at all, a reset, and the same after the message was taken', async () => {
    for (const [index, answer] of ['hang', 'reset', 'accept_then_hang', 'accept_then_reset'].entries()) {
      fake.addOutage({ answer, times: 1 } as Parameters<TelegramFake['addOutage']>[0]);
      const patience = new AbortController();
      const refused = expect(send(answer, patience.signal)).rejects.toThrow(
        answer.endsWith('hang') ? /nobody waits/ : /fetch failed/,
      );
      await until(
        () => fake.requests().length,
        (arrived) => arrived === index + 1,
      );
      if (answer.endsWith('hang')) patience.abort(new Error('nobody waits any more'));
      await refused;
    }
    expect(texts()).toEqual(['accept_then_hang', 'accept_then_reset']);
    expect(fake.requests().map(({ outcome, status }) => [outcome, status])).toEqual([
      ['hang', null],
      ['reset', null],
      ['accept_then_hang', null],
      ['accept_then_reset', null],
    ]);
  });

  test('slow answers late, and only for its chat', async () => {
    fake.addOutage({ answer: 'slow', delayMs: 10_000, chatId: admin });
    await expect(send('x', AbortSignal.timeout(300))).rejects.toThrow(/timeout/);
    expect((await fetch(`${fake.apiRoot}/bot${token}/getChat?chat_id=5`)).status).toBe(400);
    fake.clearOutages();
    fake.addOutage({ answer: 'slow', delayMs: 1 });
    expect((await send('y')).status).toBe(200);
  });
});

describe('control API', () => {
  test('scripts outages, reads chats and requests; a token is nowhere', async () => {
    expect((await control('POST', '/_/outages', { answer: '500', times: 1 })).status).toBe(200);
    expect((await send('1')).status).toBe(500);
    await control('POST', '/_/outages', { answer: 'hang' });
    await control('DELETE', '/_/outages');
    await send('2');
    const messages = await (await control('GET', `/_/chats/${admin}/messages`)).json();
    expect(messages).toMatchObject([{ message_id: 1, text: '2', edit_date: null, deleted: false }]);
    const log = await (await control('GET', '/_/requests?method=sendmessage')).text();
    expect(JSON.parse(log)).toMatchObject([
      { bot: 'monitor_bot', method: 'sendMessage', params: { text: '1' }, outcome: '500', status: 500 },
      { params: { text: '2' }, outcome: 'ok', status: 200 },
    ]);
    expect(log).not.toContain(token);
    expect(await (await control('GET', '/_/chats')).json()).toMatchObject([{ id: admin, kind: 'private' }]);
  });

  test('says and presses for a person', async () => {
    await fetch(`${fake.apiRoot}/bot${token}/sendMessage`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        chat_id: admin,
        text: 'x',
        reply_markup: { inline_keyboard: [[{ text: 'Тише', callback_data: 'mute' }]] },
      }),
    });
    expect((await control('POST', `/_/chats/${admin}/say`, { text: '/help' })).status).toBe(200);
    expect((await control('POST', `/_/chats/${admin}/press`, { message_id: 1, data: 'mute' })).status).toBe(
      200,
    );
    const updates = await (await fetch(`${fake.apiRoot}/bot${token}/getUpdates`)).json();
    expect(updates).toMatchObject({
      result: [
        { message: { text: '/help', entities: [{ type: 'bot_command', offset: 0, length: 5 }] } },
        { callback_query: { data: 'mute', from: { id: admin }, message: { message_id: 1 } } },
      ],
    });
  });

  test.each([
    ['POST', '/_/outages', { answer: 'flood' }, 400],
    ['POST', '/_/outages', { answer: '500', forever: true }, 400],
    ['POST', '/_/chats/5/say', { text: 'x' }, 400],
    ['POST', `/_/chats/${admin}/press`, { message_id: 1, data: 'nothing' }, 400],
    ['GET', '/_/nothing', undefined, 404],
  ])('%s %s with %j is refused', async (method, path, body, status) => {
    const answer = await control(method, path, body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: { message: expect.any(String) as string } });
  });

  test('tells listeners of messages as they come', async () => {
    const stop = new AbortController();
    const events = await fetch(new URL('/_/events', fake.url), { signal: stop.signal });
    await send('живое');
    let heard = '';
    for await (const chunk of events.body ?? []) {
      heard += Buffer.from(chunk as Uint8Array).toString();
      if (heard.includes('живое')) break;
    }
    expect(heard).toContain('"type":"message"');
    stop.abort();
  });
});

test('waitForMessage says what the chat shows instead', async () => {
  await send('не то');
  await expect(fake.waitForMessage(admin, ({ text }) => text === 'то', { timeoutMs: 50 })).rejects.toThrow(
    /no such message in chat 1001 within 50 ms; it shows: \n#1 не то/,
  );
});
