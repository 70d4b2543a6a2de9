import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { serveBotApi } from './bot-api.ts';
import { serveControl } from './control-http.ts';
import { Control } from './control.ts';
import { realLimits } from './limits.ts';
import type { Limits } from './limits.ts';
import { servePage } from './page-files.ts';
import type { BotSetup, ChatSetup } from './types.ts';
import { World } from './world.ts';

export type * from './types.ts';
export { realLimits } from './limits.ts';
export type { Limits } from './limits.ts';

export interface TelegramFakeOptions {
  /** 127.0.0.1 by default. */
  host?: string;
  /** 0, the default: any free port. */
  port?: number;
  bots: BotSetup[];
  chats: ChatSetup[];
  /** Unix milliseconds; the real clock by default. Rules dates, rates and ages, not time-outs of polls. */
  now?: () => number;
  /** Telegram's own where not given. */
  limits?: Partial<Limits>;
}

/** A running fake. `url` is the chat page, `apiRoot` what a bot takes for https://api.telegram.org. */
export class TelegramFake extends Control {
  readonly url: string;
  readonly apiRoot: string;
  readonly port: number;
  readonly #server: Server;

  constructor(world: World, server: Server, host: string, port: number) {
    super(world);
    this.#server = server;
    this.port = port;
    this.apiRoot = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    this.url = `${this.apiRoot}/`;
  }

  /** Ends every connection, hanging ones too. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

/** Starts the strict Telegram and its chat page. Rejects when the port is taken. */
export async function startTelegramFake(options: TelegramFakeOptions): Promise<TelegramFake> {
  const { host = '127.0.0.1', port = 0, bots, chats, now = Date.now, limits = {} } = options;
  const world = new World(bots, chats, { ...realLimits, ...limits }, now);
  const control = new Control(world);
  const server = createServer((request, response) => {
    serve(world, control, request, response).catch((error: unknown) => {
      console.error('telegram fake: a request failed', error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const boundPort = typeof address === 'object' && address !== null ? address.port : port;
  return new TelegramFake(world, server, host, boundPort);
}

async function serve(
  world: World,
  control: Control,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://fake');
  if (url.pathname.startsWith('/_/')) return serveControl(world, control, request, response, url);
  const isPage = request.method === 'GET' || request.method === 'HEAD';
  if (isPage && (await servePage(response, url, request.headers['accept-language'] ?? ''))) return;
  return serveBotApi(world, request, response, url);
}
