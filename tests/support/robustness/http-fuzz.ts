/** Requests that nobody should send, for every route of a service; and what every answer to them must be. */
import { Agent, request as send } from 'node:http';
import fc from 'fast-check';

export interface FuzzedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface FuzzedAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'];
const PIECES = [
  ...[
    '%ff',
    '%',
    '%00',
    '%c3%28',
    '%2e%2e%2f',
    '/',
    '//',
    '..',
    '?',
    '&',
    '=',
    '#',
    '[',
    ']',
    '\\',
    '"',
    '<',
    'é',
    ';',
  ],
  ...[
    'id=',
    'type=',
    'outcome=pending',
    'limit=',
    'before=',
    'limit[]=',
    '__proto__',
    '0',
    '-1',
    '1e999',
    '2024-02-30',
    'a',
  ],
];
const tail = fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }).map((pieces) => pieces.join(''));
const token = fc.string({
  unit: fc.constantFrom('a', ';', '=', ',', '"', '/', '*', '%ff', ' ', ':', '\\', 'é', '['),
  maxLength: 12,
});

const HEADERS: Readonly<Record<string, readonly string[]>> = {
  'content-type': [
    'application/json',
    'application/json; charset=utf-16',
    'application/json; charset="',
    'text/plain;charset=x',
    'x;;;=',
    '/',
  ],
  'content-encoding': ['gzip', 'br', 'identity', 'deflate, gzip', 'x'],
  'transfer-encoding': ['chunked'],
  authorization: ['Bearer wrong', 'Bearer', 'Basic %%%'],
  accept: ['application/openmetrics-text', '*/*;q=x', ',;,'],
  'accept-encoding': ['gzip', 'gzip;q=0', '*;q=9,,'],
  expect: ['100-continue'],
  range: ['bytes=0-0'],
  'if-none-match': ['*'],
  origin: ['null', 'https://evil.example'],
  'sec-fetch-site': ['cross-site'],
  'x-forwarded-for': ['1.2.3.4', '::1, x', 'unknown'],
  'x-forwarded-host': ['evil.example', '%'],
  'x-forwarded-proto': ['x'],
  'sentry-hook-signature': ['00', 'f'.repeat(64)],
  'sentry-hook-resource': ['issue', '__proto__'],
  cookie: ['a=%ff'],
};

const header = fc
  .constantFrom(...Object.keys(HEADERS))
  .chain((name) => fc.tuple(fc.constant(name), fc.oneof(fc.constantFrom(...(HEADERS[name] ?? [''])), token)))
  // A length or an encoding that is not kept is no request of its own but half of the next.
  .map(
    ([name, value]) =>
      [name, name === 'transfer-encoding' || name === 'expect' ? (HEADERS[name]?.[0] ?? '') : value] as const,
  );

const json = fc.json({ maxDepth: 6 });
const body = fc.oneof(
  fc.constant(Buffer.alloc(0)),
  json.map((text) => Buffer.from(text)),
  fc
    .record({
      alerts: fc.anything(),
      groupKey: fc.anything(),
      status: fc.anything(),
      type: fc.string(),
      data: fc.anything(),
    })
    .map((value) => Buffer.from(safely(value))),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(Buffer.from('['.repeat(10_000))),
  fc.constant(Buffer.from('\uFEFF{}')),
);

function safely(value: unknown): string {
  try {
    return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
  } catch {
    return '{}';
  }
}

/** @param always headers that a request has more often than not, so that some come further */
export const fuzzedRequest = (
  route: { readonly method: string; readonly path: string },
  always: Readonly<Record<string, string>>,
): fc.Arbitrary<FuzzedRequest> =>
  fc.record({
    method: fc.oneof({ weight: 3, arbitrary: fc.constant(route.method) }, fc.constantFrom(...METHODS)),
    path: fc.oneof(fc.constant(''), tail).map((end) => `${route.path}${end}`),
    headers: fc
      .tuple(fc.array(header, { maxLength: 5 }), fc.boolean(), fc.boolean())
      .map(([some, isKnown, isOnly]) => ({
        ...(isOnly ? {} : Object.fromEntries(some)),
        ...(isKnown ? always : {}),
      })),
    body,
  });

const agent = new Agent({ keepAlive: true, maxSockets: 4 });

/** @throws Error when nothing is answered */
export function sendFuzzed(
  url: string,
  { method, path, headers, body }: FuzzedRequest,
): Promise<FuzzedAnswer> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(url);
    const isChunked = 'transfer-encoding' in headers;
    const length = isChunked ? {} : { 'content-length': String(body.length) };
    const outgoing = send(
      { host: '127.0.0.1', port, path, method, agent, headers: { ...headers, ...length } },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.once('error', reject);
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text }),
        );
      },
    );
    outgoing.once('error', reject).end(body);
  });
}

/** What is wrong with an answer; undefined when nothing is. 503 is said on purpose. */
export function faultOf({ method }: FuzzedRequest, { status, type, text }: FuzzedAnswer): string | undefined {
  if (status >= 500 && status !== 503) return `the status is ${status}`;
  if (/\n\s+at |node_modules/.test(text)) return 'the answer shows a stack';
  if (status >= 400 && method !== 'HEAD' && !type.startsWith('application/json'))
    return `a ${status} is ${type}`;
  return undefined;
}
