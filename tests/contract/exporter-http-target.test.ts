import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../common/clock.ts';
import { ProbeError, type Collector, type Observation } from '../../exporter/collectors/collector.ts';
import { MAX_BODY_BYTES } from '../../exporter/collectors/http-exchange.ts';
import { httpTargetCollector, type HttpTarget } from '../../exporter/collectors/http-target.ts';
import { catalog } from '../../exporter/metrics/catalog.ts';
import { createAuthority, type Authority, type Identity } from '../support/certificates.ts';

const DAY_MS = 86_400_000;
const clock: Clock = { now: Date.now, sleep: () => Promise.resolve() };
const closers: (() => Promise<void>)[] = [];
let authority: Authority;

beforeAll(async () => {
  authority = await createAuthority();
}, 20_000);
afterAll(() => authority.close());
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function listen(server: Server | TcpServer): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  closers.push(close);
  return { port: (server.address() as AddressInfo).port, close };
}

/** A web server that remembers who asked for what. */
async function serve(answer: RequestListener, identity?: Identity) {
  const asked: Pick<IncomingMessage, 'url' | 'headers'>[] = [];
  const listener: RequestListener = (incoming, response) => {
    asked.push(incoming);
    answer(incoming, response);
  };
  const server = identity === undefined ? createServer(listener) : createTlsServer(identity, listener);
  const { port, close } = await listen(server);
  const host = identity === undefined ? `127.0.0.1:${port}` : `localhost:${port}`;
  return {
    asked,
    close,
    port,
    host,
    url: `${identity === undefined ? 'http' : 'https'}://${host}/health?key=query-secret`,
  };
}

const ok: RequestListener = (_incoming, response) => void response.end('all is well');
const answering =
  (status: number, headers: Record<string, string> = {}): RequestListener =>
  (_incoming, response) =>
    void response.writeHead(status, headers).end();

const probe = (url: string, options: Partial<HttpTarget> = {}): Collector =>
  httpTargetCollector(
    {
      name: 'public_endpoint',
      url: new URL(url),
      expectStatus: undefined,
      expectBody: undefined,
      followRedirects: true,
      caFile: authority.caFile,
      intervalMs: 60_000,
      attemptTimeoutMs: 5_000,
      disabledReason: undefined,
      ...options,
    },
    clock,
  );

interface Outcome extends Partial<Observation> {
  readonly error?: string;
}

async function outcome(
  collector: Collector,
  signal: AbortSignal = new AbortController().signal,
): Promise<Outcome> {
  try {
    return await collector.collect({ signal, now: Date.now() });
  } catch (error) {
    if (!(error instanceof ProbeError)) throw error;
    expect(JSON.stringify([error.message, error.observation])).not.toContain('secret');
    return { error: error.message, ...error.observation };
  }
}

const expiries = ({ samples = [] }: Outcome) =>
  samples
    .filter(({ family }) => family === catalog.tlsCertificateExpiry)
    .map(({ labels, value }) => [labels['target'], value]);
const phases = ({ samples = [] }: Outcome) =>
  samples.filter(({ family }) => family === catalog.httpTargetPhase).map(({ labels }) => labels['phase']);

const inDays = (days: number): Date => new Date(Math.floor(Date.now() / 1000) * 1000 + days * DAY_MS);
const day = (date: Date): string => date.toISOString().slice(0, 10);

describe('an HTTP target', () => {
  it('is well when it answers, with its time by phase', async () => {
    const { url, asked } = await serve(ok);
    const found = await outcome(probe(url));
    expect(found).toMatchObject({ details: { status: 200, redirects: 0, attempts: 1 } });
    expect(phases(found)).toEqual(['connect', 'first_byte', 'transfer']);
    expect(expiries(found)).toEqual([]);
    expect(asked.map((one) => one.url)).toEqual(['/health?key=query-secret']);
  });

  it.each([
    [503, {}, undefined, 'answers 503, expected 200 to 299 (3 attempts)'],
    [200, {}, [204, 404], 'answers 200, expected 204 or 404 (3 attempts)'],
    [404, {}, [204, 404], undefined],
  ])('judges the status %i', async (status, headers, expectStatus, sentence) => {
    const { url, host, asked } = await serve(answering(status, headers));
    const { error } = await outcome(probe(url, { expectStatus }));
    expect(error).toBe(sentence === undefined ? undefined : `${host} ${sentence}`);
    expect(asked).toHaveLength(sentence === undefined ? 1 : 3);
  });

  it('forgives two failures within a run, and not three', async () => {
    let count = 0;
    const { url } = await serve((incoming, response) =>
      answering((count += 1) < 3 ? 502 : 200)(incoming, response),
    );
    expect(await outcome(probe(url))).toMatchObject({ details: { status: 200, attempts: 3 } });
    count = -1;
    expect((await outcome(probe(url))).error).toContain('answers 502');
  });

  it('looks for a text in the first megabyte of the body', async () => {
    const { url, host } = await serve((_incoming, response) => {
      response.end(`needle${'.'.repeat(MAX_BODY_BYTES)}late`);
    });
    expect((await outcome(probe(url, { expectBody: 'needle' }))).error).toBeUndefined();
    expect((await outcome(probe(url, { expectBody: 'late' }))).error).toBe(
      `${host} answers 200, but its body does not hold the expected text (3 attempts)`,
    );
  });

  it('reads no more than that of a body without an end', async () => {
    const { url } = await serve((_incoming, response) => {
      const pump = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024, '.')));
        if (!response.destroyed) response.once('drain', pump);
      };
      pump();
    });
    expect(await outcome(probe(url))).toMatchObject({ details: { status: 200, attempts: 1 } });
  });

  it('sends the credentials of its URL and never shows them', async () => {
    const { url, asked } = await serve(answering(500));
    const withSecret = url.replace('//', '//user:p%40ss-secret@');
    expect((await outcome(probe(withSecret))).error).toContain('answers 500');
    expect(asked[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('user:p@ss-secret').toString('base64')}`,
    );
  });

  it('is not watched without an address', () => {
    expect(probe('http://x', { disabledReason: 'PUBLIC_HEALTHCHECK_URL is not set' }).disabledReason).toBe(
      'PUBLIC_HEALTHCHECK_URL is not set',
    );
  });
});

describe('redirects', () => {
  it('are followed, without the credentials of the first address', async () => {
    const last = await serve(ok);
    const first = await serve(answering(302, { location: last.url }));
    const found = await outcome(
      probe(first.url.replace('//', '//user:secret@'), { expectBody: 'all is well' }),
    );
    expect(found).toMatchObject({ details: { status: 200, redirects: 1 } });
    expect(last.asked[0]?.headers.authorization).toBeUndefined();
  });

  it('are reported when they are not followed, and may be what is expected', async () => {
    const last = await serve(ok);
    const { url, host } = await serve(answering(301, { location: last.url }));
    expect((await outcome(probe(url, { followRedirects: false }))).error).toBe(
      `${host} answers 301 and redirects to ${last.host}, expected 200 to 299 (3 attempts)`,
    );
    expect((await outcome(probe(url, { expectStatus: [301] }))).error).toBeUndefined();
    expect(last.asked).toEqual([]);
  });

  it('end after five', async () => {
    const { url, host, asked } = await serve(answering(307, { location: '/again' }));
    expect((await outcome(probe(url))).error).toBe(`${host} redirects more than 5 times (3 attempts)`);
    expect(asked).toHaveLength(18);
  });

  it('lead to no other protocol, and not from https to http', async () => {
    const { url, host } = await serve(answering(302, { location: 'file:///etc/passwd' }));
    expect((await outcome(probe(url))).error).toContain(
      `${host} redirects to something that is no web address`,
    );
    const plain = await serve(ok);
    const identity = await authority.issue({ names: 'DNS:localhost', to: inDays(20) });
    const secure = await serve(answering(302, { location: plain.url }), identity);
    expect((await outcome(probe(secure.url))).error).toContain(
      `${secure.host} redirects from https to http at ${plain.host}`,
    );
    expect(plain.asked).toEqual([]);
  });
});

describe('a connection that fails', () => {
  it('says that nobody listens, or that the name is unknown', async () => {
    expect((await outcome(probe('http://127.0.0.1:1'))).error).toBe(
      'nothing listens at 127.0.0.1:1 (connection refused) (3 attempts)',
    );
    expect((await outcome(probe('https://nope.invalid'))).error).toBe(
      'the name of nope.invalid is not known to DNS (3 attempts)',
    );
  });

  it.each([
    ['http', 'an answer'],
    ['https', 'the TLS handshake'],
  ])('says what it waited for: %s', async (protocol, waitedFor) => {
    const { port } = await listen(createTcpServer(() => undefined));
    const startedMs = performance.now();
    expect((await outcome(probe(`${protocol}://127.0.0.1:${port}`, { attemptTimeoutMs: 200 }))).error).toBe(
      `127.0.0.1:${port} timed out after 0.2 s, waiting for ${waitedFor} (3 attempts)`,
    );
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  });

  it('says so when only a part of the answer comes, or none before the end', async () => {
    const half = await serve((_incoming, response) => void response.writeHead(200).write('half'));
    expect((await outcome(probe(half.url, { attemptTimeoutMs: 200 }))).error).toContain(
      'waiting for the rest of the answer',
    );
    const { port } = await listen(createTcpServer((socket) => socket.end()));
    for (const protocol of ['http', 'https']) {
      expect((await outcome(probe(`${protocol}://127.0.0.1:${port}`))).error).toBe(
        `127.0.0.1:${port} cut the connection (3 attempts)`,
      );
    }
    const { port: plain } = await serve(ok);
    expect((await outcome(probe(`https://127.0.0.1:${plain}`))).error).toContain(
      `127.0.0.1:${plain} does not speak TLS`,
    );
  });

  it('ends when the run is aborted, without another attempt', async () => {
    let connections = 0;
    const { port } = await listen(createTcpServer(() => void (connections += 1)));
    const startedMs = performance.now();
    const found = await outcome(probe(`http://127.0.0.1:${port}`), AbortSignal.timeout(200));
    expect(found.error).toBeDefined();
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    expect(connections).toBe(1);
    expect(found.details).toMatchObject({ attempts: 1 });
  });
});

describe('a TLS certificate', () => {
  it('that is good is told with its expiry, and one more phase', async () => {
    const to = inDays(20);
    const { url, host } = await serve(ok, await authority.issue({ names: 'DNS:localhost', to }));
    const found = await outcome(probe(url));
    expect(found.error).toBeUndefined();
    expect(expiries(found)).toEqual([[host, to.getTime() / 1000]]);
    expect(phases(found)).toEqual(['dns', 'connect', 'tls', 'first_byte', 'transfer']);
  });

  it('is good for an address too, and with the whole chain', async () => {
    const named = await serve(ok, await authority.issue({ names: 'IP:127.0.0.1', to: inDays(5) }));
    expect((await outcome(probe(`https://127.0.0.1:${named.port}`))).error).toBeUndefined();
    const identity = await authority.issue({ names: 'DNS:localhost', to: inDays(5), chain: 'complete' });
    expect((await outcome(probe((await serve(ok, identity)).url))).error).toBeUndefined();
  });

  it.each([
    [
      'expired',
      (host: string, to: Date) => `the TLS certificate of ${host} expired on ${day(to)}`,
      () => authority.issue({ names: 'DNS:localhost', from: inDays(-9), to: inDays(-2) }),
      -2,
    ],
    [
      'not yet valid',
      (host: string) =>
        `the TLS certificate of ${host} is not valid before ${day(inDays(2))}: compare the clocks`,
      () => authority.issue({ names: 'DNS:localhost', from: inDays(2), to: inDays(9) }),
      9,
    ],
    [
      'self-signed',
      (host: string) => `the TLS certificate of ${host} is self-signed`,
      () => authority.selfSigned('DNS:localhost'),
      30,
    ],
    [
      'for another name',
      (host: string) => `the TLS certificate of ${host} is for another name: a.example, *.b.example`,
      () => authority.issue({ names: 'DNS:a.example,DNS:*.b.example', to: inDays(9) }),
      9,
    ],
    [
      'without its chain',
      (host: string) =>
        `${host} sends its TLS certificate without the one that signed it (incomplete chain), or the issuer is not known here`,
      () => authority.issue({ names: 'DNS:localhost', to: inDays(9), chain: 'incomplete' }),
      9,
    ],
  ])('that is %s is refused before anything is sent', async (_case, sentence, identity, days) => {
    const { url, host, asked } = await serve(ok, await identity());
    const found = await outcome(probe(url.replace('//', '//user:secret@')));
    expect(found.error).toBe(sentence(host, inDays(days)));
    expect(asked).toEqual([]);
    const [[target, expiry] = []] = expiries(found);
    expect(target).toBe(host);
    expect(Math.abs(Number(expiry) - inDays(days).getTime() / 1000)).toBeLessThan(60);
  });

  it('of an authority that nobody trusts is refused', async () => {
    const identity = await authority.issue({ names: 'DNS:localhost', to: inDays(9), chain: 'complete' });
    const { url, host } = await serve(ok, identity);
    expect((await outcome(probe(url, { caFile: undefined }))).error).toBe(
      `the issuer of the TLS certificate of ${host} is not known here`,
    );
  });

  it('is told although the answer is bad, and kept while the server is away', async () => {
    const to = inDays(3);
    let status = 500;
    const server = await serve(
      (incoming, response) => answering(status)(incoming, response),
      await authority.issue({ names: 'DNS:localhost', to }),
    );
    const collector = probe(server.url);
    const known = [[server.host, to.getTime() / 1000]];
    const bad = await outcome(collector);
    expect(bad).toMatchObject({
      error: expect.stringContaining('answers 500') as string,
      details: { status: 500 },
    });
    expect(expiries(bad)).toEqual(known);
    status = 200;
    expect(expiries(await outcome(collector))).toEqual(known);
    await server.close();
    const away = await outcome(collector);
    expect(away.error).toContain('nothing listens');
    expect(expiries(away)).toEqual(known);
    expect(expiries(await outcome(probe(server.url)))).toEqual([]);
  });

  it('of every host on the way is told, and forgotten once the way is another', async () => {
    const identity = await authority.issue({ names: 'DNS:localhost', to: inDays(3) });
    const last = await serve(ok, identity);
    let answer = answering(302, { location: last.url });
    const first = await serve((incoming, response) => answer(incoming, response), identity);
    const collector = probe(first.url);
    expect(expiries(await outcome(collector)).map(([host]) => host)).toEqual([first.host, last.host]);
    answer = ok;
    expect(expiries(await outcome(collector)).map(([host]) => host)).toEqual([first.host]);
  });

  it('needs the file that says whom to trust', async () => {
    expect((await outcome(probe('https://localhost:1', { caFile: '/nowhere/ca.pem' }))).error).toBe(
      'the ca_file /nowhere/ca.pem cannot be read (ENOENT)',
    );
  });
});
