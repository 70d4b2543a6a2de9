/** The bot's web application: what nginx passes requests on to. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const FAST_MS = 5;
/** Some updates take long, and some fail: a bot that works has both. */
const SLOW = { every: 50, ms: 400 };
const FAILING = { every: 200, first: 20 };

export interface WebApp {
  /** `http://127.0.0.1:…` */
  readonly url: string;
  readonly isBroken: () => boolean;
  /** From now on every update gets a 500. */
  break(): void;
  heal(): void;
  close(): Promise<void>;
}

/** Answers whatever it is asked; updates at `/webhook/…` are what may fail. */
export async function startWebApp(): Promise<WebApp> {
  let isBroken = false;
  let updates = 0;
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    incoming.resume();
    if (incoming.url?.startsWith('/webhook/') !== true) {
      response.end('{"status":"ok"}\n');
      return;
    }
    updates += 1;
    await delay(updates % SLOW.every === 0 ? SLOW.ms : FAST_MS);
    response.statusCode = isBroken || updates % FAILING.every === FAILING.first ? 500 : 200;
    response.end();
  };
  const server = createServer((incoming, response) => void answer(incoming, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    isBroken: () => isBroken,
    break: () => (isBroken = true),
    heal: () => (isBroken = false),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
