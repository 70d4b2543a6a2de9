import { execFile } from 'node:child_process';
import { createServer as createTcpServer } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Collector } from '../../exporter/model/collector.ts';
import { MAX_BODY_BYTES } from '../../exporter/collectors/http/exchange.ts';
import type { HttpTarget } from '../../exporter/collectors/http/target.ts';
import { createAuthority, inDays, type Authority } from '../support/machine/certificates.ts';
import {
  answering,
  closeServers,
  expiries,
  listen,
  ok,
  outcome,
  phases,
  probeOf,
  serve,
} from '../support/exporter/http-target.ts';
import { UNKNOWN_HOST } from '../support/machine/unknown-host.ts';

let authority: Authority;

beforeAll(async () => {
  authority = await createAuthority();
});
afterAll(() => authority.close());
afterEach(closeServers);

const probe = (url: string, options: Partial<HttpTarget> = {}): Collector =>
  probeOf(url, { caFile: authority.caFile, ...options });

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
    [503, {}, undefined, 'answers 503, expected 200–299; 3 attempts'],
    [200, {}, [204, 404], 'answers 200, expected 204 or 404; 3 attempts'],
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
      `${host} answers 200, but its body does not hold the expected text; 3 attempts`,
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
    expect(
      probe('http://x', { disabledReason: { code: 'not_set', variable: 'PUBLIC_HEALTHCHECK_URL' } })
        .disabledReason,
    ).toEqual({ code: 'not_set', variable: 'PUBLIC_HEALTHCHECK_URL' });
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
      `${host} answers 301 and redirects to ${last.host}, expected 200–299; 3 attempts`,
    );
    expect((await outcome(probe(url, { expectStatus: [301] }))).error).toBeUndefined();
    expect(last.asked).toEqual([]);
  });

  it('end after five', async () => {
    const { url, host, asked } = await serve(answering(307, { location: '/again' }));
    expect((await outcome(probe(url))).error).toBe(`${host} redirects more than 5 times; 3 attempts`);
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
      'nothing listens at 127.0.0.1:1 (connection refused); 3 attempts',
    );
    expect((await outcome(probe(`https://${UNKNOWN_HOST}`))).error).toBe(
      `the name of ${UNKNOWN_HOST} is not known to DNS; 3 attempts`,
    );
  });

  it.each([
    ['http', 'an answer'],
    ['https', 'the TLS handshake'],
  ])('says what it waited for: %s', async (protocol, waitedFor) => {
    const { port } = await listen(createTcpServer(() => undefined));
    expect((await outcome(probe(`${protocol}://127.0.0.1:${port}`, { attemptTimeoutMs: 200 }))).error).toBe(
      `127.0.0.1:${port} timed out after 0.2 s, waiting for ${waitedFor}; 3 attempts`,
    );
  });

  it('says so when only a part of the answer comes, or none before the end', async () => {
    const half = await serve((_incoming, response) => void response.writeHead(200).write('half'));
    expect((await outcome(probe(half.url, { attemptTimeoutMs: 200 }))).error).toContain(
      'waiting for the rest of the answer',
    );
    const { port } = await listen(createTcpServer((socket) => socket.end()));
    for (const protocol of ['http', 'https']) {
      expect((await outcome(probe(`${protocol}://127.0.0.1:${port}`))).error).toBe(
        `127.0.0.1:${port} cut the connection; 3 attempts`,
      );
    }
    const { port: plain } = await serve(ok);
    expect((await outcome(probe(`https://127.0.0.1:${plain}`))).error).toContain(
      `127.0.0.1:${plain} does not speak TLS`,
    );
  });

  it('ends when the run is aborted, without another attempt', async () => {
    let connections = 0;
    const run = new AbortController();
    const answerNothing = (): void => {
      connections += 1;
      run.abort(new Error('the run is over'));
    };
    const { port } = await listen(createTcpServer(answerNothing));
    const found = await outcome(probe(`http://127.0.0.1:${port}`), run.signal);
    expect(found.error).toBeDefined();
    expect(connections).toBe(1);
    expect(found.details).toMatchObject({ attempts: 1 });
  });
});

describe('an answer that is not quite HTTP', () => {
  const OK = 'HTTP/1.1 200 OK\r\n';
  const BODY = 'Content-Length: 2\r\n\r\nok';
  const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n`;
  const END = '2\r\nok\r\n0\r\n\r\n';
  const headers = (count: number): string =>
    Array.from({ length: count }, (_, at) => `X${at}: ${'a'.repeat(1_000)}\r\n`).join('');
  const ANSWERS = [
    ...[`${OK}${headers(20)}${BODY}`, `${OK}${headers(250)}${BODY}`, `${OK}${headers(320)}${BODY}`],
    ...[
      'Set-Cookie: a=\x01b',
      'a\x01b: c',
      'X : a',
      'X\t: a',
      ': a',
      ':',
      '"X": a',
      'X: a\rb',
      'X: \xe9',
    ].map((line) => `${OK}${line}\r\n${BODY}`),
    ...['2', ' 2 ', '+2', '2, 2', '2x', '20', '2\r\nContent-Length: 2'].map(
      (length) => `${OK}Content-Length: ${length}\r\n\r\nok`,
    ),
    ...['1.0 200 OK', '1.1 200', '1.1  200 OK', '2 200', '1.1 2000 OK', '1.1 20 OK', '1.1 204 No'].map(
      (line) => `HTTP/${line}\r\n${BODY}`,
    ),
    ...[
      `${OK}${BODY}`.replaceAll('\r\n', '\n'),
      `HTTP/1.1 200 OK\nX: a\r\n${BODY}`,
      `${OK}X: a\r\n b\r\n${BODY}`,
    ],
    ...[
      `http/1.1 200 OK\r\n${BODY}`,
      'ok',
      '',
      'ICY 200 OK\r\n\r\nok',
      OK,
      `${OK}\r\nok`,
      `${OK}${BODY} and more`,
    ],
    ...[
      `${CHUNKED}Content-Length: 2\r\n\r\n${END}`,
      `${OK}Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n${END}`,
    ],
    ...[
      '2\nok\n0\n\n',
      '2 \r\nok\r\n0\r\n\r\n',
      '2;a=b\r\nok\r\n0\r\nX: y\r\n\r\n',
      '2\r\nok\r\n',
      '2\r\nokok\r\n0\r\n\r\n',
    ].map((body) => `${CHUNKED}\r\n${body}`),
    ...[
      `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}${BODY}`,
      `HTTP/1.1 100 Continue\r\n\r\n${OK}${BODY}`,
    ],
  ];

  it('is up and down as it is for curl', async () => {
    let answer = '';
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(Buffer.from(answer, 'latin1')));
    });
    const { port } = await listen(server);
    const address = `http://127.0.0.1:${port}/`;
    const differ: unknown[] = [];
    for (answer of ANSWERS) {
      const { error } = await outcome(probe(address));
      const curl = await promisify(execFile)('curl', [
        '-sf',
        '--max-time',
        '60',
        '-o',
        '/dev/null',
        address,
      ]).then(
        () => 'up',
        (reason: unknown) => String(reason),
      );
      if ((error === undefined) !== (curl === 'up')) differ.push([answer.slice(0, 80), error, curl]);
    }
    expect(differ).toEqual([]);
  });
});
