/** The client against a strict Telegram on a real socket: what is refused, what is not answered, what may have arrived. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTelegramClient } from '../../alert-bridge/telegram/client.ts';
import type { TelegramClient, TelegramClientOptions } from '../../alert-bridge/telegram/client.ts';
import type { TelegramFailure } from '../../alert-bridge/telegram/errors.ts';
import { systemClock } from '../../common/time/clock.ts';
import { FakeClock } from '../support/machine/fake-clock.ts';
import { startTelegramFake, type TelegramFake } from '../support/telegram/index.ts';
import { UNKNOWN_HOST } from '../support/machine/unknown-host.ts';
import { until } from '../support/machine/until.ts';

const secret = 'AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw';
const token = `111111111:${secret}`;
const admin = 1001;
const group = -1002;
/** The client's own. */
const TIMEOUT_MS = 15_000;
const PACKED = gzipSync(Buffer.alloc(8 * 1024 * 1024));

const closers: (() => Promise<void> | void)[] = [];
let fake: TelegramFake;
let log: string[];

function connect(options: Partial<TelegramClientOptions> = {}): TelegramClient {
  const client = createTelegramClient({
    token,
    apiRoot: fake.apiRoot,
    clock: systemClock,
    onRequest: (method) => log.push(method),
    onFailure: (method, reason) => log.push(`${method} ${reason}`),
    ...options,
  });
  closers.push(() => client.close());
  return client;
}

/** A server that is not Telegram; counts the connections that are open. */
async function serve(listener: RequestListener): Promise<{ root: string; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer(listener).on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { root: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}

const hello = (client: TelegramClient, id = admin, signal?: AbortSignal) =>
  client.sendMessage({ chat: { id }, text: 'hello', silent: false }, signal === undefined ? {} : { signal });

async function failureOf(call: Promise<{ ok: true } | { ok: false; failure: TelegramFailure }>) {
  const result = await call;
  if (result.ok) throw new Error('it was accepted');
  expect(JSON.stringify(result)).not.toContain(secret);
  return result.failure;
}

const texts = (): string[] => fake.messages(admin).map(({ text }) => text);

beforeEach(async () => {
  log = [];
  fake = await startTelegramFake({
    bots: [{ token, username: 'monitor_bot', id: 111_111_111 }],
    chats: [
      { id: admin, kind: 'private', title: 'Admin' },
      { id: group, kind: 'supergroup', title: 'On call', topics: [{ id: 7, name: 'Alerts' }] },
    ],
    limits: { chatBurst: 100, perGroupPerMinute: 1_000 },
  });
  closers.push(() => fake.close());
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe('what is shown', () => {
  test('a silent message with markup and buttons in a topic, and a reply to it', async () => {
    const client = connect();
    const first = await client.sendMessage({
      chat: { id: group, topicId: 7 },
      html: '🚨 <b>Redis &lt;down&gt;</b> https://example.com',
      silent: true,
      buttons: [
        [
          { text: 'Open', url: 'https://example.com/d/1' },
          { text: 'Hush', callbackData: 'mute:1' },
        ],
      ],
    });
    expect(first).toEqual({ ok: true, messageId: 1, chatId: group });
    const reply = { chat: { id: group, topicId: 7 }, text: 'a < b & c', silent: false, replyTo: 1 };
    expect(await client.sendMessage(reply)).toEqual({ ok: true, messageId: 2, chatId: group });
    expect(fake.messages(group)).toMatchObject([
      {
        text: '🚨 Redis <down> https://example.com',
        silent: true,
        thread_id: 7,
        buttons: [
          [
            { text: 'Open', url: 'https://example.com/d/1' },
            { text: 'Hush', callback_data: 'mute:1' },
          ],
        ],
      },
      { text: 'a < b & c', silent: false, reply_to: 1 },
    ]);
    expect(fake.requests()[0]?.params['link_preview_options']).toEqual({ is_disabled: true });
    expect(log).toEqual(['sendMessage', 'sendMessage']);
  });

  test('a reply to a message that is gone is sent without it', async () => {
    const result = await connect().sendMessage({
      chat: { id: admin },
      text: 'x',
      silent: false,
      replyTo: 99,
    });
    expect(result).toMatchObject({ ok: true });
    expect(fake.messages(admin)).toMatchObject([{ reply_to: null }]);
  });

  test('an edit replaces text and buttons', async () => {
    const client = connect();
    const buttons = [[{ text: 'Hush', callbackData: 'mute' }]];
    await client.sendMessage({ chat: { id: admin }, text: 'down', silent: false, buttons });
    const edited = await client.editMessage({ chat: { id: admin }, messageId: 1, html: '<i>up</i>' });
    expect(edited).toEqual({ ok: true, messageId: 1, chatId: admin });
    expect(fake.messages(admin)).toMatchObject([{ html: '<i>up</i>', buttons: [] }]);
  });

  test('getMe', async () => {
    expect(await connect().getMe()).toEqual({ ok: true, id: 111_111_111, username: 'monitor_bot' });
  });

  test('nothing but these three methods is ever called', async () => {
    const client = connect();
    await hello(client);
    await client.editMessage({ chat: { id: admin }, messageId: 1, text: 'x' });
    await client.getMe();
    expect(fake.requests().map(({ method }) => method)).toEqual(['sendMessage', 'editMessageText', 'getMe']);
  });
});

describe('what Telegram refuses', () => {
  const rejected = (reason: string, more: object = {}) =>
    expect.objectContaining({ outcome: 'rejected', reason, ...more }) as TelegramFailure;

  test('not modified, and an edit of nothing', async () => {
    const client = connect();
    await hello(client);
    const same = client.editMessage({ chat: { id: admin }, messageId: 1, text: 'hello' });
    expect(await failureOf(same)).toEqual(rejected('not_modified'));
    const gone = client.editMessage({ chat: { id: admin }, messageId: 9, text: 'x' });
    expect(await failureOf(gone)).toEqual(rejected('edit_target_missing'));
    expect(log).toContain('editMessageText not_modified');
  });

  test('entities, length, buttons, topics', async () => {
    const client = connect();
    const send = (more: object) =>
      failureOf(client.sendMessage({ chat: { id: group }, text: 'x', silent: false, ...more }));
    expect(await send({ html: '<h1>x</h1>' })).toEqual(rejected('cannot_parse_entities'));
    expect(await send({ text: 'я'.repeat(4_097) })).toEqual(rejected('too_long'));
    expect(await send({ text: 'a'.repeat(32_769) })).toEqual(rejected('too_long'));
    expect(await send({ chat: { id: group, topicId: 8 } })).toEqual(rejected('thread_missing'));
    expect(await send({ buttons: [[{ text: 'x', url: 'http://localhost' }]] })).toEqual(
      rejected('bad_request'),
    );
  });

  test('429 says how long to wait', async () => {
    fake.addOutage({ answer: '429', times: 1, retryAfterSeconds: 17 });
    expect(await failureOf(hello(connect()))).toEqual(rejected('rate_limited', { retryAfterMs: 17_000 }));
    expect(log).toEqual(['sendMessage', 'sendMessage rate_limited']);
  });

  test('chats that went away', async () => {
    const client = connect();
    fake.setChatState(admin, { blocked: true });
    expect(await failureOf(hello(client))).toEqual(rejected('blocked'));
    fake.setChatState(admin, { blocked: false, missing: true });
    expect(await failureOf(hello(client))).toEqual(rejected('chat_not_found'));
    fake.setChatState(group, { migratedTo: -1009 });
    expect(await failureOf(hello(client, group))).toEqual(rejected('chat_migrated', { newChatId: -1009 }));
  });

  test('a token that is nobody’s, and one that was taken back', async () => {
    const stranger = connect({ token: `222222222:${secret}` });
    expect(await failureOf(stranger.getMe())).toEqual(rejected('unauthorized'));
    fake.setBotState('monitor_bot', { revoked: true });
    expect(await failureOf(hello(connect()))).toEqual(rejected('unauthorized'));
    expect(await failureOf(connect({ token: '' }).getMe())).toEqual(rejected('unauthorized'));
  });
});

describe('nobody answers', () => {
  const unreachable = (reason: string, mayHaveArrived: boolean) =>
    expect.objectContaining({ outcome: 'unreachable', reason, mayHaveArrived }) as TelegramFailure;

  test.each([
    ['502', 'server_error'],
    ['500', 'server_error'],
    ['hang', 'timeout'],
    ['reset', 'connection'],
    ['accept_then_hang', 'timeout'],
    ['accept_then_reset', 'connection'],
    ['accept_then_502', 'server_error'],
  ] as const)('%s: it may have arrived, and the next one does', async (answer, reason) => {
    const clock = new FakeClock(0);
    const client = connect({ clock });
    fake.addOutage({ answer, times: 1 });
    const call = failureOf(hello(client));
    const accepted = answer.startsWith('accept') ? ['hello'] : [];
    await until(
      () => fake.requests().length === 1 && texts().length === accepted.length,
      (isThere) => isThere,
    );
    if (reason === 'timeout') await clock.advance(TIMEOUT_MS);
    expect(await call).toEqual(unreachable(reason, true));
    expect(log).toEqual(['sendMessage', `sendMessage ${reason}`]);
    expect(texts()).toEqual(accepted);
    expect(await hello(client)).toMatchObject({ ok: true });
  });

  test('a page with 200 is no answer of the Bot API', async () => {
    const { root } = await serve((_request, response) => response.end('<html>Access is restricted</html>'));
    expect(await failureOf(hello(connect({ apiRoot: root })))).toEqual(unreachable('server_error', true));
  });

  // node-fetch 2 does not hear that the body was cut short.
  test.each(['stays silent', 'is cut off'])(
    'an answer that stops half-way and %s ends at the deadline',
    async (how) => {
      let isWritten = false;
      const { root, sockets } = await serve((_request, response) => {
        response.writeHead(200, { 'content-length': '999' });
        response.write('{"ok":true,', () => {
          isWritten = true;
          if (how === 'is cut off') response.destroy();
        });
      });
      const clock = new FakeClock(0);
      const call = failureOf(hello(connect({ apiRoot: root, clock })));
      await until(
        () => isWritten && (how === 'stays silent' || sockets.size === 0),
        (isThere) => isThere,
      );
      await clock.advance(TIMEOUT_MS);
      expect(await call).toEqual(unreachable('timeout', true));
    },
  );

  test.each<[string, string]>([
    ['no object', '5'],
    ['nothing', 'null'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    ['no result', '{"ok":true}'],
    ['null as the result', '{"ok":true,"result":null}'],
    ['true as the message', '{"ok":true,"result":true}'],
    ['no id of the message', '{"ok":true,"result":{"chat":{"id":1001}}}'],
    ['an id that is text', '{"ok":true,"result":{"message_id":"7","chat":{"id":1001}}}'],
    ['a negative id', '{"ok":true,"result":{"message_id":-7,"chat":{"id":1001}}}'],
    ['an id that is no whole number', '{"ok":true,"result":{"message_id":7.5,"chat":{"id":1001}}}'],
    [
      'an id too large to be told from its neighbour',
      '{"ok":true,"result":{"message_id":1e300,"chat":{"id":1}}}',
    ],
    ['no chat', '{"ok":true,"result":{"message_id":7}}'],
    ['yes and no in one', '{"ok":"false","error_code":400,"description":"no"}'],
    ['a code that is text', '{"ok":false,"error_code":"400","description":"no"}'],
    ['a refusal without a code', '{"ok":false,"description":"no"}'],
    ['a million nested lists', `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`],
    ['nested lists as the result', `{"ok":true,"result":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ])(
    'an answer with %s is none of the Bot API',
    {
      meta: {
        tried: 'JSON of another shape from the Bot API, also nested a million deep',
        held: 'counted as no answer; the message is tried again',
      },
    },
    async (_what, body) => {
      const { root } = await serve((_request, response) => response.end(body));
      expect(await failureOf(hello(connect({ apiRoot: root })))).toEqual(unreachable('server_error', true));
    },
  );

  test.each<[string, number, Record<string, string>, (part: number) => Buffer]>([
    ['a page without an end', 200, {}, () => Buffer.alloc(1024 * 1024, 'x')],
    [
      'JSON without an end',
      200,
      {},
      (part) => Buffer.from(part === 0 ? '{"ok":true,"result":"' : 'x'.repeat(1_048_576)),
    ],
    ['a refusal without an end', 403, {}, () => Buffer.alloc(1024 * 1024, ' ')],
    ['the page of a gateway without an end', 502, {}, () => Buffer.alloc(1024 * 1024, 'x')],
    ['a packed page without an end', 200, { 'content-encoding': 'gzip' }, () => PACKED],
  ])(
    '%s is not read to its end',
    {
      meta: {
        tried: 'Telegram, or a proxy, answers with a page that does not end',
        held: 'reading stops at 16 MB; the message is tried again',
      },
    },
    async (_what, status, headers, part) => {
      let sentBytes = 0;
      const { root, sockets } = await serve((_request, response) => {
        response.writeHead(status, headers);
        let parts = 0;
        const write = (): void => {
          while (!response.destroyed && sentBytes < 200 * 1024 * 1024) {
            const chunk = part(parts++);
            sentBytes += chunk.length;
            if (!response.write(chunk)) return void response.once('drain', write);
          }
        };
        write();
      });
      const before = process.memoryUsage().rss;
      const failure = await failureOf(hello(connect({ apiRoot: root })));
      expect(failure).toEqual(unreachable('server_error', true));
      await expect.poll(() => sockets.size).toBe(0);
      // The limit, and what the system holds between the two of us.
      expect(sentBytes).toBeLessThan(64 * 1024 * 1024);
      expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    },
  );

  test('what is packed although nobody asked for it is none', async () => {
    const { root } = await serve((request, response) => {
      expect(request.headers['accept-encoding']).toBe('identity');
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync('{"ok":true,"result":{"message_id":1,"chat":{"id":1001}}}'));
    });
    expect(await failureOf(hello(connect({ apiRoot: root })))).toEqual(unreachable('server_error', true));
  });

  test('the pages of gateways leave no connection behind', async () => {
    const { root, sockets } = await serve((_request, response) => {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad Gateway</html>');
    });
    const client = connect({ apiRoot: root });
    for (let sent = 0; sent < 5; sent += 1) await failureOf(hello(client));
    // One may wait to be used again.
    expect(sockets.size).toBeLessThanOrEqual(1);
  });

  test('a chunked answer that is cut off', async () => {
    const { root } = await serve((_request, response) => {
      response.write('{"ok":true,', () => response.destroy());
    });
    expect(await failureOf(hello(connect({ apiRoot: root })))).toEqual(unreachable('connection', true));
  });

  test('a closed port and a name without address: surely not arrived', async () => {
    const { root, sockets } = await serve(() => undefined);
    expect(sockets.size).toBe(0);
    await closers.pop()?.();
    expect(await failureOf(hello(connect({ apiRoot: root })))).toEqual(unreachable('connection', false));
    const nowhere = connect({ apiRoot: `https://${UNKNOWN_HOST}` });
    expect(await failureOf(hello(nowhere))).toEqual(unreachable('connection', false));
  });

  test('no TLS at the other end, or one that never finishes its handshake: surely not arrived', async () => {
    const { root, sockets } = await serve(() => undefined);
    const plain = connect({ apiRoot: root.replace('http', 'https') });
    expect(await failureOf(hello(plain))).toEqual(unreachable('connection', false));
    const mute = await serveMute();
    const clock = new FakeClock(0);
    const waiting = failureOf(hello(connect({ apiRoot: `https://127.0.0.1:${mute.port}`, clock })));
    await until(
      () => mute.open.size,
      (open) => open === 1,
    );
    await clock.advance(TIMEOUT_MS);
    expect(await waiting).toEqual(unreachable('timeout', false));
    await expect.poll(() => sockets.size).toBe(0);
  });

  test('a caller who gives up is answered at once', async () => {
    fake.addOutage({ answer: 'hang' });
    const stop = new AbortController();
    const call = failureOf(hello(connect(), admin, stop.signal));
    await expect.poll(() => fake.requests().length).toBe(1);
    stop.abort();
    expect(await call).toEqual(unreachable('aborted', true));
    expect(await failureOf(hello(connect(), admin, AbortSignal.abort()))).toEqual(
      unreachable('aborted', false),
    );
  });

  test('a redirect is refused: it would carry the token elsewhere', async () => {
    const seen: (string | undefined)[] = [];
    const elsewhere = await serve((request, response) => {
      seen.push(request.url);
      response.end('{"ok":true,"result":{}}');
    });
    const { root } = await serve((request, response) => {
      response.writeHead(302, { location: `${elsewhere.root}${request.url ?? ''}` }).end();
    });
    const failure = await failureOf(hello(connect({ apiRoot: root })));
    expect(failure).toMatchObject({ outcome: 'unreachable', reason: 'connection' });
    expect(seen).toEqual([]);
  });
});

describe('connections', () => {
  const answer =
    (seen: IncomingMessage[]): RequestListener =>
    (request, response) => {
      seen.push(request);
      response.end('{"ok":true,"result":{"message_id":1,"chat":{"id":1001}}}');
    };

  test.each(['', '/', '/telegram', '/telegram/', '/a/b?x=1#y'])(
    'an API root that ends in %j',
    async (path) => {
      const seen: IncomingMessage[] = [];
      const { root } = await serve(answer(seen));
      expect(await hello(connect({ apiRoot: `${root}${path}` }))).toMatchObject({ ok: true });
      const prefix = path.replace(/[?#].*/, '').replace(/\/$/, '');
      expect(seen[0]?.url).toBe(`${prefix}/bot${token}/sendMessage`);
    },
  );

  test.each(['api.telegram.org', 'ftp://x', ''])('%j is no API root', (apiRoot) => {
    expect(() => connect({ apiRoot })).toThrow(/TELEGRAM_API_ROOT: Write a URL that starts with https:\/\//);
  });

  test('calls share a connection, and none is left after close', async () => {
    const seen: IncomingMessage[] = [];
    const { root, sockets } = await serve(answer(seen));
    const client = connect({ apiRoot: root });
    for (let sent = 0; sent < 3; sent++) expect(await hello(client)).toMatchObject({ ok: true });
    expect(new Set(seen.map(({ socket }) => socket.remotePort)).size).toBe(1);
    expect(sockets.size).toBe(1);
    client.close();
    await expect.poll(() => sockets.size).toBe(0);
  });

  test('a reset on a connection that was used before may have arrived', async () => {
    const seen: IncomingMessage[] = [];
    const { root } = await serve((request, response) =>
      seen.length === 0 ? answer(seen)(request, response) : request.socket.resetAndDestroy(),
    );
    const client = connect({ apiRoot: root });
    await hello(client);
    expect(await failureOf(hello(client))).toMatchObject({ outcome: 'unreachable', mayHaveArrived: true });
  });
});

/** Takes connections and says nothing. */
async function serveMute(): Promise<{ port: number; open: ReadonlySet<Socket> }> {
  const open = new Set<Socket>();
  const server = createTcpServer((socket) => void open.add(socket.on('error', () => undefined).resume()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, open };
}
