/**
 * A way of 300 ms to a name with an IPv4 address that answers and an IPv6 address that does not: everything connects.
 * Left out where no network namespace may be made.
 */
import { createServer, type Server as HttpServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BOT_TOKEN, CHAT_ID, startTelegram } from '../support/bridge/bridge.ts';
import { startMailServer, type MailServer } from '../support/bridge/mail-server.ts';
import { startSentryServer, type SentryServer } from '../support/sentry/sentry-server.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../support/servers/folders.ts';
import { startPostgres, type PostgresServer } from '../support/servers/postgres.ts';
import type { Server } from '../support/servers/process.ts';
import { startRedis } from '../support/servers/redis.ts';
import { PROJECT_ROOT } from '../support/servers/service.ts';
import type { SlowAddresses } from '../support/slow-way/callers.ts';
import { mayMakeSlowWays, runOverSlowWay, SLOW_HOST, type SlowWay } from '../support/slow-way/slow-way.ts';
import type { TelegramFake } from '../support/telegram/index.ts';

const folder = makeTemporaryFolder();
const may = mayMakeSlowWays(folder);
let postgres: PostgresServer;
let redis: Server;
let telegram: TelegramFake;
let mail: MailServer;
let sentry: SentryServer;
let web: HttpServer;

beforeAll(async () => {
  if (!may) return;
  [postgres, redis, telegram, mail, sentry] = await Promise.all([
    startPostgres(),
    startRedis(),
    startTelegram(),
    startMailServer(),
    startSentryServer(),
  ]);
  web = createServer((_request, response) => response.end('{}'));
  // Also the proxy: https://www.rfc-editor.org/rfc/rfc9110#name-connect
  web.on('connect', (request, near) => {
    const far = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n');
      near.pipe(far).pipe(near);
    });
    for (const socket of [near, far]) socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  if (may) {
    web.closeAllConnections();
    web.close();
    for (const server of [postgres, redis, telegram, mail, sentry]) await server.close();
  }
  removeTemporaryFolder(folder);
});

const webUrl = (): string => `http://127.0.0.1:${(web.address() as AddressInfo).port}/`;
const overSlowWay = (url: string): string => url.replace('127.0.0.1', SLOW_HOST);
const way = (ipv6: SlowWay['ipv6']): SlowWay => ({
  delayMs: 150,
  ipv6,
  ports: [postgres.url, redis.url, telegram.apiRoot, mail.url, sentry.dsn, webUrl()].map((url) =>
    Number(new URL(url).port),
  ),
});

describe.runIf(may)('over a way of 300 ms, to a name whose IPv6 address', () => {
  it.each(['absent', 'swallowed'] as const)(
    'is %s: every client connects',
    {
      meta: {
        tried: 'A way of 300 ms to a name whose IPv6 address does not answer',
        held: 'Telegram, PostgreSQL, Redis, HTTP and mail are all connected to',
      },
    },
    async (ipv6) => {
      const to: SlowAddresses = {
        database: overSlowWay(postgres.url),
        redis: overSlowWay(redis.url),
        http: overSlowWay(webUrl()),
        telegram: overSlowWay(telegram.apiRoot),
        proxy: overSlowWay(webUrl()),
        mail: overSlowWay(mail.url),
        token: BOT_TOKEN,
        chat: String(CHAT_ID),
      };
      const script = join(import.meta.dirname, '../support/slow-way/callers.ts');
      const tsx = import.meta.resolve('tsx');
      const before = telegram.messages(CHAT_ID).length;
      const said = await runOverSlowWay(
        way(ipv6),
        [process.execPath, '--import', tsx, script, JSON.stringify(to)],
        { folder },
      );
      const outcomes = JSON.parse(said) as Record<string, string>;
      expect(Object.entries(outcomes).filter(([, outcome]) => outcome !== 'connected')).toEqual([]);
      expect(Object.keys(outcomes).length).toBeGreaterThan(8);
      expect(telegram.messages(CHAT_ID).length).toBe(before + 2);
    },
  );

  it('is absent: npm run doctor reaches everything', async () => {
    const said = await runOverSlowWay(
      way('absent'),
      [process.execPath, join(PROJECT_ROOT, 'dist/bin/doctor.js'), '--json'],
      {
        folder,
        codes: [0, 1],
        env: {
          MONITORING_BOT_TOKEN: BOT_TOKEN,
          TELEGRAM_API_ROOT: overSlowWay(telegram.apiRoot),
          ADMIN_TELEGRAM_ID: String(CHAT_ID),
          DATABASE_URL: overSlowWay(postgres.url),
          REDIS_URL: overSlowWay(redis.url),
          PUBLIC_HEALTHCHECK_URL: overSlowWay(webUrl()),
          EXPORTER_URL: overSlowWay(webUrl()).slice(0, -1),
          SENTRY_DSN: overSlowWay(sentry.dsn),
          STATE_DIR: join(folder, 'state'),
          LOG_DIR: join(folder, 'log'),
        },
      },
    );
    const results = JSON.parse(said) as readonly { name: string; status: string }[];
    const well = results.filter(({ status }) => status === 'ok').map(({ name }) => name);
    expect(well).toEqual(
      expect.arrayContaining([
        'connection',
        'redis',
        'public_endpoint',
        'bot',
        `message to ${CHAT_ID}`,
        'exporter',
        'test event',
      ]),
    );
  });
});
