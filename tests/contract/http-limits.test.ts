/** What a client may take of a service: time, connections, memory; and what it is told when it takes more. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as send } from 'node:http';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { listen, type HttpServer } from '../../common/http/listen.ts';
import { WEBHOOK_TOKEN } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import type { Server } from '../support/servers/process.ts';
import { until } from '../support/machine/until.ts';

const MIB = 1024 * 1024;
/** Far below the memory that docker-compose.yml gives the bridge. */
const MOST_RSS_BYTES = 400 * MIB;

/** The most memory that the process has ever had in use, bytes. */
const peakRss = ({ pid }: Server): number =>
  Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

describe('memory', () => {
  it('has a limit in Docker Compose that is beyond what any of these takes', () => {
    const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
      readonly services: Readonly<Record<string, { readonly mem_limit?: string }>>;
    };
    for (const name of ['exporter', 'alert-bridge']) {
      const [, mebibytes] = /^(\d+)m$/.exec(compose.services[name]?.mem_limit ?? '') ?? [];
      expect(Number(mebibytes) * MIB, name).toBeGreaterThan(MOST_RSS_BYTES);
    }
  });

  const world = useInstallation(() => undefined);

  /** Statuses of that many posts of the same bytes at once; undefined for a connection that was cut. */
  const flood = (
    bridge: Server,
    path: string,
    count: number,
    { headers = {}, body }: { readonly headers?: Record<string, string>; readonly body: string | Buffer },
  ): Promise<(number | undefined)[]> => {
    const bytes = Buffer.from(body);
    const post = (): Promise<number | undefined> =>
      new Promise((resolve) => {
        const options = { method: 'POST', headers: { ...headers, 'content-length': bytes.length } };
        const outgoing = send(`${bridge.url}${path}`, options, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        outgoing.once('error', () => resolve(undefined)).end(bytes);
      });
    return Promise.all(Array.from({ length: count }, post));
  };

  const signature = createHmac('sha256', 'wrong').update('').digest('hex');
  const zeros = gzipSync(Buffer.alloc(31 * MIB));
  const plain = 'x'.repeat(3 * MIB);

  it.each([
    ['no secret is set', {}, { 'content-encoding': 'gzip' }, zeros, [404]],
    ['nothing is signed', { SENTRY_WEBHOOK_SECRET: 's' }, { 'content-encoding': 'gzip' }, zeros, [401]],
    [
      'the signature is wrong, and the sender is no reader',
      { SENTRY_WEBHOOK_SECRET: 's', TRUSTED_PROXIES: '127.0.0.1' },
      {
        'content-encoding': 'gzip',
        'sentry-hook-signature': signature,
        'x-forwarded-for': '203.0.113.1',
      },
      zeros,
      [415],
    ],
    [
      'nothing is packed',
      { SENTRY_WEBHOOK_SECRET: 's' },
      { 'sentry-hook-signature': signature },
      plain,
      [401, 503],
    ],
  ])(
    'stays small when 100 posts come to /webhooks/sentry at once and %s',
    {
      meta: {
        tried:
          '100 posts at once to /webhooks/sentry, each of them 31 kB of gzip that unpack to 31 MB, or 3 MB as they are',
        held: 'refused by their headers, or by the room for bodies; memory stays far below mem_limit',
      },
    },
    async (_what, env, headers, body, statuses) => {
      const bridge = await world.startBridge(env);
      const answers = await flood(bridge, '/webhooks/sentry', 100, { headers, body });
      expect(answers.filter((status) => status !== undefined && !statuses.includes(status))).toEqual([]);
      expect(answers).toContain(statuses[0]);
      expect(peakRss(bridge)).toBeLessThan(MOST_RSS_BYTES);
      expect((await fetch(`${bridge.url}/-/healthy`)).status).toBe(200);
    },
  );

  it(
    'stays small under 32 MB bodies with the token, and those that find no room are told to come again',
    {
      meta: {
        tried: 'Ten posts of 32 MB at once, with the token',
        held: 'two are held at a time, the others get 503 with Retry-After; memory stays below mem_limit',
      },
    },
    async () => {
      const bridge = await world.startBridge();
      const alert = { labels: { alertname: 'a', pad: 'x'.repeat(3_000) }, status: 'firing' };
      const body = JSON.stringify({ alerts: [], pad: Array.from({ length: 10_000 }, () => alert) });
      expect(body.length).toBeGreaterThan(29 * MIB);
      const headers = { authorization: `Bearer ${WEBHOOK_TOKEN}` };
      const answers = await flood(bridge, '/webhooks/alertmanager', 10, { headers, body });
      expect(answers).toContain(200);
      expect(answers).toContain(503);
      expect(peakRss(bridge)).toBeLessThan(MOST_RSS_BYTES);
      expect((await flood(bridge, '/webhooks/alertmanager', 1, { headers, body }))[0]).toBe(200);
    },
  );

  it('has no room for more than a few bodies whose senders fall silent, and has it again when they are gone', async () => {
    const bridge = await world.startBridge();
    const head = `POST /webhooks/alertmanager HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${WEBHOOK_TOKEN}\r\n`;
    const sockets: Socket[] = [];
    for (let n = 0; n < 2; n += 1) {
      const socket = connect(bridge.port, '127.0.0.1');
      socket.write(`${head}Content-Length: ${32 * MIB}\r\n\r\n{`);
      sockets.push(socket);
    }
    const headers = { authorization: `Bearer ${WEBHOOK_TOKEN}` };
    const post = () =>
      fetch(`${bridge.url}/webhooks/alertmanager`, { method: 'POST', headers, body: '{"alerts":[]}' });
    const busy = await until(post, ({ status }) => status === 503);
    expect(busy.headers.get('retry-after')).toBe('1');
    expect(await busy.json()).toMatchObject({ error: { code: 'busy' } });
    for (const socket of sockets) socket.destroy();
    await until(post, ({ status }) => status === 200);
  });

  it(
    'refuses what is nested or counted beyond what anybody sends, at once',
    {
      meta: {
        tried: '32 MB of nested brackets, 2,000,000 values or 60,000 alerts in one post',
        held: '413 before it is parsed; the next alert is taken',
      },
    },
    async () => {
      const bridge = await world.startBridge();
      const headers = { authorization: `Bearer ${WEBHOOK_TOKEN}` };
      for (const body of [
        '['.repeat(32 * MIB - 1),
        `{"alerts":[${'0,'.repeat(2_000_000)}0]}`,
        `{"alerts":[],"x":"${'x'.repeat(2 * MIB)}"}`,
        `{"alerts":[${'{},'.repeat(60_000)}{}]}`,
      ]) {
        expect(await flood(bridge, '/webhooks/alertmanager', 1, { headers, body })).toEqual([413]);
      }
      expect(peakRss(bridge)).toBeLessThan(MOST_RSS_BYTES);
      const body = '{"alerts":[{"labels":{"alertname":"after"}}]}';
      expect(await flood(bridge, '/webhooks/alertmanager', 1, { headers, body })).toEqual([200]);
    },
  );
});

describe('time and connections', () => {
  const servers: HttpServer[] = [];
  const sockets: Socket[] = [];
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await Promise.all(servers.splice(0).map((server) => server.close(0)));
  });

  const serve = async (limits?: Parameters<typeof listen>[3]): Promise<number> => {
    const server = await listen(
      (request, response) => {
        request.resume().once('end', () => response.end('ok'));
      },
      { host: '127.0.0.1', port: 0 },
      'TEST_LISTEN',
      limits,
    );
    servers.push(server);
    return server.port;
  };

  /** What comes back until the server ends the connection. */
  const talk = (port: number, text: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      sockets.push(socket);
      let answer = '';
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
      socket.on('error', () => undefined);
      socket.once('close', () => resolve(answer));
      socket.write(text);
    });

  it(
    'ends a request whose headers or body do not come within its time, not some half minute later',
    {
      meta: {
        tried: 'Clients that send a header or a body byte by byte (slow loris)',
        held: '408 within a second of the 10 s for headers and the 60 s for the whole; at most 500 connections',
      },
    },
    async () => {
      const limits = { headersMs: 300, requestMs: 600, connections: 10 };
      const port = await serve(limits);
      for (const text of [
        'GET / HTTP/1.1\r\nHost: x\r\n',
        'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab',
      ]) {
        const startedMs = performance.now();
        const answer = await talk(port, text);
        expect(answer).toMatch(/^HTTP\/1\.1 408 .*"code":"timeout"/s);
        // Node's own interval of looking is 30 s.
        expect(performance.now() - startedMs).toBeLessThan(20_000);
      }
    },
  );

  it('cuts connections beyond the limit', async () => {
    const port = await serve({ headersMs: 60_000, requestMs: 60_000, connections: 2 });
    const held = [talk(port, 'GET'), talk(port, 'GET')];
    await expect.poll(() => talk(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('');
    for (const socket of sockets.splice(0)) socket.destroy();
    await Promise.all(held);
    await expect
      .poll(() => talk(port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'))
      .toMatch(/^HTTP\/1\.1 200/);
  });

  it.each([
    ['headers of 20 kB', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    ['a broken URL', 'GET http://[::1/ HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ])('answers %s', async (_what, text, status) => {
    expect(await talk(await serve(), text)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });
});
