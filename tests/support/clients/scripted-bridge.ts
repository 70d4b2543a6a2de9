/** A bridge that answers as it is told to, and keeps what it was sent. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  /** By a clock that is never set. */
  readonly atMs: number;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ScriptedBridge extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** What to answer; undefined: nothing, ever. */
  reply: (request: Received) => Reply | undefined;
}

export const ACCEPTED: Reply = { status: 202 };

/** @param port default: a free one */
export async function startScriptedBridge(port = 0): Promise<ScriptedBridge> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((text) => {
      const got: Received = {
        path: request.url ?? '',
        authorization: request.headers.authorization,
        body: JSON.parse(text) as Received['body'],
        atMs: performance.now(),
      };
      received.push(got);
      const reply = self.reply(got);
      if (reply !== undefined)
        response.writeHead(reply.status, reply.headers).end(JSON.stringify({ error: { code: 'scripted' } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const self: ScriptedBridge = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    reply: () => ACCEPTED,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return self;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
