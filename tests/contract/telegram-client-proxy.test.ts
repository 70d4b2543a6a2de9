/** Telegram through a proxy, with and without TLS: the proxy is really used, and what it refuses has not arrived. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import type { Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createTelegramClient, type TelegramClient } from '../../alert-bridge/telegram/client.ts';
import { systemClock, type Clock } from '../../common/time/clock.ts';
import { FakeClock } from '../support/machine/fake-clock.ts';

const secret = 'AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw';
const token = `111111111:${secret}`;
const password = 'pa:ss/w0rd';
const credentials = `monitor:${encodeURIComponent(password)}`;
const sent = '{"ok":true,"result":{"message_id":1,"chat":{"id":1001}}}';
const closers: (() => void)[] = [];
let tls: { key: Buffer; cert: Buffer };

afterEach(() => {
  delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  for (const close of closers.splice(0).reverse()) close();
});

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'telegram-proxy-test-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...newKey, ...name, '-days', '2', '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  tls = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
});

afterAll(() => expect(closers).toEqual([]));

/** Listens on a free port of loopback; `sockets` are the connections that are open. */
async function listen(server: TcpServer): Promise<{ port: number; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}

async function startApi(scheme: string, listener: RequestListener): Promise<string> {
  const server: Server = scheme === 'https' ? createTlsServer(tls, listener) : createServer(listener);
  return `${scheme}://localhost:${(await listen(server)).port}`;
}

interface Proxy {
  readonly url: string;
  /** What it was asked for: `host:port`, and who asked. */
  readonly asked: string[];
  readonly sockets: Set<Socket>;
}

function tunnel(near: Socket, port: number, onOpen: () => void): void {
  const far = connect(port, '127.0.0.1', onOpen).on('error', () => near.destroy());
  near.pipe(far).pipe(near);
  near.once('close', () => far.destroy());
}

type Behaviour = 'connects' | 'refuses' | 'hangs';

/** https://www.rfc-editor.org/rfc/rfc9110#name-connect */
async function startHttpProxy(behaviour: Behaviour): Promise<Proxy> {
  const asked: string[] = [];
  const server = createServer();
  server.on('connect', (request, near: Socket) => {
    const authorization = request.headers['proxy-authorization']?.replace('Basic ', '') ?? '';
    asked.push(`${request.url ?? ''} by ${Buffer.from(authorization, 'base64').toString()}`);
    if (behaviour === 'refuses') near.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
    if (behaviour === 'hangs') near.resume().once('end', () => near.destroy());
    if (behaviour !== 'connects') return;
    tunnel(near, Number(request.url?.split(':')[1]), () => near.write('HTTP/1.1 200 OK\r\n\r\n'));
  });
  const { port, sockets } = await listen(server);
  return { url: `http://${credentials}@127.0.0.1:${port}`, asked, sockets };
}

/** https://www.rfc-editor.org/rfc/rfc1928, names and passwords by RFC 1929. */
async function startSocksProxy(behaviour: Behaviour): Promise<Proxy> {
  const asked: string[] = [];
  const server = createTcpServer((near) => {
    let user = '';
    const steps = [
      () => near.write(Buffer.from([5, 2])),
      (login: Buffer) => {
        const nameEnd = 2 + (login[1] ?? 0);
        user = `${login.toString('utf8', 2, nameEnd)}:${login.toString('utf8', nameEnd + 1)}`;
        near.write(Buffer.from([1, 0]));
      },
      (wish: Buffer) => {
        const port = wish.readUInt16BE(wish.length - 2);
        const host =
          wish[3] === 3 ? wish.toString('utf8', 5, wish.length - 2) : wish.subarray(4, -2).join('.');
        asked.push(`${host}:${port} by ${user}`);
        const reply = (status: number) => near.write(Buffer.from([5, status, 0, 1, 0, 0, 0, 0, 0, 0]));
        if (behaviour === 'refuses') reply(2);
        if (behaviour === 'connects') tunnel(near, port, () => reply(0));
      },
    ];
    near.on('data', (data) => steps.shift()?.(data));
  });
  const { port, sockets } = await listen(server);
  return { url: `socks5://${credentials}@127.0.0.1:${port}`, asked, sockets };
}

const TIMEOUT_MS = 5_000;

/** The clock rules the deadline of a call; a proxy that does not connect is waited for by the real one. */
function open(apiRoot: string, proxyUrl: string, clock: Clock = systemClock): TelegramClient {
  const client = createTelegramClient({ token, apiRoot, proxyUrl, timeoutMs: TIMEOUT_MS, clock });
  closers.push(() => client.close());
  return client;
}

const hello = (client: TelegramClient) =>
  client.sendMessage({ chat: { id: 1001 }, text: 'hello', silent: false });

const proxies = [
  ['http', startHttpProxy],
  ['socks5', startSocksProxy],
] as const;

describe.each(proxies)('through a proxy by %s', (_scheme, startProxy) => {
  test.each(['http', 'https'])('an API root by %s: two messages over one tunnel', async (scheme) => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const root = await startApi(scheme, (_request, response) => response.end(sent));
    const proxy = await startProxy('connects');
    const client = open(root, proxy.url);
    expect(await hello(client)).toEqual({ ok: true, messageId: 1, chatId: 1001 });
    expect(await hello(client)).toMatchObject({ ok: true });
    expect(proxy.asked).toEqual([`${root.replace(/.*\//, '')} by monitor:${password}`]);
    client.close();
    await expect.poll(() => proxy.sockets.size).toBe(0);
  });

  test.each(['http', 'https'])('an API by %s that takes the request and is silent', async (scheme) => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    let arrived = 0;
    const root = await startApi(scheme, () => (arrived += 1));
    const proxy = await startProxy('connects');
    const clock = new FakeClock(0);
    const call = hello(open(root, proxy.url, clock));
    await expect.poll(() => arrived).toBe(1);
    await clock.advance(TIMEOUT_MS);
    expect(await call).toMatchObject({
      failure: { outcome: 'unreachable', reason: 'timeout', mayHaveArrived: true },
    });
  });

  test('a certificate nobody vouches for: surely not arrived', async () => {
    let arrived = 0;
    const root = await startApi('https', () => (arrived += 1));
    const proxy = await startProxy('connects');
    expect(await hello(open(root, proxy.url))).toMatchObject({
      failure: { outcome: 'unreachable', reason: 'connection', mayHaveArrived: false },
    });
    expect([proxy.asked.length, arrived]).toEqual([1, 0]);
  });

  test.each<[Behaviour, RegExp]>([
    ['refuses', /connection|server_error/],
    ['hangs', /timeout/],
  ])('a proxy that %s: surely not arrived, nothing told, nothing left open', async (behaviour, reason) => {
    const proxy = await startProxy(behaviour);
    const clock = new FakeClock(0);
    const call = hello(open('https://api.telegram.org', proxy.url, clock));
    await expect.poll(() => proxy.asked.length).toBe(1);
    if (behaviour === 'hangs') await clock.advance(TIMEOUT_MS);
    const result = await call;
    expect(result).toMatchObject({
      ok: false,
      failure: {
        outcome: 'unreachable',
        reason: expect.stringMatching(reason) as string,
        mayHaveArrived: false,
      },
    });
    expect(proxy.asked).toEqual([`api.telegram.org:443 by monitor:${password}`]);
    const told = JSON.stringify(result);
    for (const hidden of [secret, password, credentials]) expect(told).not.toContain(hidden);
    await expect.poll(() => proxy.sockets.size).toBe(0);
  });

  test('a proxy that is not there', async () => {
    const proxy = await startProxy('connects');
    closers.pop()?.();
    const result = await hello(open('https://api.telegram.org', proxy.url));
    expect(result).toMatchObject({ failure: { reason: 'connection', mayHaveArrived: false } });
    expect(JSON.stringify(result)).not.toContain(credentials);
  });
});

test.each(['ftp://proxy', 'proxy:3128', 'nonsense'])('%j is no proxy', (proxyUrl) => {
  expect(() => open('https://api.telegram.org', proxyUrl)).toThrow(
    'TELEGRAM_PROXY_URL: received a secret (not shown); Write a URL that starts with http://, https://, socks5:// or socks5h://.',
  );
});
