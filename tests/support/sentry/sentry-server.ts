/**
 * A strict local Sentry: takes envelopes as the real ingest does and keeps every byte for reading.
 *
 * Envelope format: https://develop.sentry.dev/sdk/foundations/transport/envelopes/
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface SentryItem {
  readonly type: string;
  readonly header: Readonly<Record<string, unknown>>;
  /** Parsed JSON payload. */
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface SentryEnvelope {
  readonly header: Readonly<Record<string, unknown>>;
  readonly items: readonly SentryItem[];
  /** The body as sent, unzipped. */
  readonly body: string;
}

export interface SentryServer {
  /** To be used as SENTRY_DSN. */
  readonly dsn: string;
  readonly publicKey: string;
  readonly envelopes: readonly SentryEnvelope[];
  /** Requests refused, each with its reason; a correct client leaves this empty. */
  readonly refused: readonly string[];
  /** Request lines, headers and bodies of everything received. */
  readonly received: string;
  items(type: string): SentryItem[];
  close(): Promise<void>;
}

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

const PROJECT = '4507';

function parseObject(text: string, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal(400, `${what} is not JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refusal(400, `${what} is not an object`);
  return Object.fromEntries(Object.entries(value));
}

/** Headers end with a newline; a payload has the length its header states, or ends with its line. */
function parseEnvelope(body: Buffer): SentryEnvelope {
  let at = 0;
  const line = (): Buffer => {
    const newline = body.indexOf(0x0a, at);
    const end = newline < 0 ? body.length : newline;
    const out = body.subarray(at, end);
    at = end + 1;
    return out;
  };
  const header = parseObject(line().toString('utf8'), 'envelope header');
  const items: SentryItem[] = [];
  while (at < body.length) {
    const itemHeader = parseObject(line().toString('utf8'), 'item header');
    const { type, length } = itemHeader;
    if (typeof type !== 'string') throw new Refusal(400, 'item header without type');
    let payload: Buffer;
    if (length === undefined) payload = line();
    else if (typeof length === 'number' && Number.isInteger(length) && at + length <= body.length) {
      payload = body.subarray(at, at + length);
      at += length;
      if (at < body.length && body[at] !== 0x0a)
        throw new Refusal(400, `item ${type} is longer than it says`);
      at += 1;
    } else throw new Refusal(400, `item ${type} has a wrong length`);
    items.push({ type, header: itemHeader, payload: parseObject(payload.toString('utf8'), `item ${type}`) });
  }
  if (items.length === 0) throw new Refusal(400, 'envelope without items');
  return { header, items, body: body.toString('utf8') };
}

function checkRequest(request: IncomingMessage, publicKey: string): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (request.method !== 'POST') throw new Refusal(405, `method ${request.method ?? ''}`);
  if (url.pathname !== `/api/${PROJECT}/envelope/`) throw new Refusal(404, `path ${url.pathname}`);
  const header = request.headers['x-sentry-auth'];
  const parts = (
    typeof header === 'string' ? header : [...url.searchParams].map((p) => p.join('=')).join(',')
  )
    .replace(/^Sentry\s+/i, '')
    .split(/,\s*/);
  const fields = new Map(parts.map((part) => [part.split('=')[0] ?? '', part.split('=')[1] ?? '']));
  if (fields.get('sentry_version') !== '7') throw new Refusal(401, 'sentry_version is not 7');
  if (fields.get('sentry_key') !== publicKey) throw new Refusal(403, 'sentry_key is not that of the project');
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
  const raw = Buffer.concat(chunks);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding === 'gzip') return gunzipSync(raw);
  if (encoding !== 'identity') throw new Refusal(415, `content-encoding ${encoding}`);
  return raw;
}

export async function startSentryServer(): Promise<SentryServer> {
  const publicKey = 'c0ffee00c0ffee00c0ffee00c0ffee00';
  const envelopes: SentryEnvelope[] = [];
  const refused: string[] = [];
  const raw: string[] = [];
  const server: Server = createServer((request, response) => {
    void (async () => {
      try {
        const body = await readBody(request);
        raw.push(
          `${request.method ?? ''} ${request.url ?? ''}\n${request.rawHeaders.join('\n')}\n${body.toString('utf8')}`,
        );
        checkRequest(request, publicKey);
        const envelope = parseEnvelope(body);
        envelopes.push(envelope);
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ id: envelope.header['event_id'] ?? null }));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        refused.push(reason);
        response.writeHead(error instanceof Refusal ? error.status : 500);
        response.end(JSON.stringify({ detail: reason }));
      }
    })();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    publicKey,
    dsn: `http://${publicKey}@127.0.0.1:${port}/${PROJECT}`,
    envelopes,
    refused,
    get received() {
      return raw.join('\n');
    },
    items: (type) => envelopes.flatMap((envelope) => envelope.items.filter((item) => item.type === type)),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
