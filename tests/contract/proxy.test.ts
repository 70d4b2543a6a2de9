/** The proxy of the compose file, as Debian's Caddy, before both services from the build. Grafana is a stand-in. */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CHAT_ID, startBridge, startTelegram, WEBHOOK_TOKEN } from '../support/bridge/bridge.ts';
import { until } from '../support/machine/until.ts';
import { hashPassword, startCaddy, type Caddy } from '../support/servers/caddy.ts';
import type { Server } from '../support/servers/process.ts';
import { PROJECT_ROOT, startService } from '../support/servers/service.ts';
import type { TelegramFake } from '../support/telegram/index.ts';

const PASSWORD = 'canary-of-the-proxy';
const SENTRY_SECRET = 'canary-sentry-client-secret';
const LOGIN = `Basic ${btoa(`admin:${PASSWORD}`)}`;

let telegram: TelegramFake;
let bridge: Server;
let exporter: Server;
let proxy: Caddy;
/** What Grafana was asked. */
let asked: Pick<IncomingMessage, 'url' | 'headers'>[];
const grafana = createServer((incoming, response) => {
  asked.push(incoming);
  response.end('grafana');
});

beforeAll(async () => {
  await new Promise<void>((resolve) => grafana.listen(0, '127.0.0.1', resolve));
  telegram = await startTelegram();
  [bridge, exporter] = await Promise.all([
    startBridge(telegram, { SENTRY_WEBHOOK_SECRET: SENTRY_SECRET }),
    startService('exporter', {}),
  ]);
  proxy = await startCaddy({
    caddyfile: join(PROJECT_ROOT, 'proxy/Caddyfile'),
    upstreams: {
      'alert-bridge:9848': `127.0.0.1:${bridge.port}`,
      'exporter:9847': `127.0.0.1:${exporter.port}`,
      'grafana:3000': `127.0.0.1:${(grafana.address() as AddressInfo).port}`,
    },
    env: { PROXY_PASSWORD_HASH: hashPassword(PASSWORD) },
  });
});
afterAll(async () => {
  await proxy.server.close();
  await Promise.all([bridge.close(), exporter.close(), telegram.close()]);
  grafana.closeAllConnections();
  grafana.close();
});
beforeEach(() => {
  asked = [];
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** The path is sent as it is written here. */
const ask = (
  path: string,
  { method = 'GET', headers = {}, body = '' }: { method?: string; headers?: object; body?: string } = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(proxy.url);
    request(
      { host: 'localhost', port, path, method, headers: { ...headers }, rejectUnauthorized: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
      },
    )
      .on('error', reject)
      .end(body);
  });
const withLogin = (path: string, method = 'GET') => ask(path, { method, headers: { authorization: LOGIN } });

const PATHS = [
  '/',
  '/celery',
  '/grafana/',
  '/metrics',
  '/health',
  '/api/v1/signals',
  '/nowhere',
  '/webhooks/sentry',
];
const POSTS = [
  '/webhooks/alertmanager',
  '/webhooks/grafana',
  '/api/v1/events',
  '/-/reload',
  '/webhooks/sentry/x',
];

describe('without a login', () => {
  it.each([...PATHS.map((path) => ['GET', path]), ...POSTS.map((path) => ['POST', path])])(
    'nothing is shown: %s %s',
    async (method = '', path = '') => {
      const bearer = { authorization: `Bearer ${WEBHOOK_TOKEN}`, 'content-type': 'application/json' };
      for (const headers of [{}, bearer, { authorization: `Basic ${btoa('admin:wrong')}` }]) {
        const answer = await ask(path, { method, headers });
        expect(answer).toMatchObject({ status: 401, text: '' });
        expect(answer.headers['www-authenticate']).toMatch(/^Basic /);
      }
      expect(asked).toEqual([]);
    },
  );
});

describe('with the login', () => {
  it('the pages of the exporter are there', async () => {
    const page = await withLogin('/');
    expect(page).toMatchObject({ status: 200 });
    expect(page.text).toContain('<!doctype html>');
    expect(page.headers).toMatchObject({ 'strict-transport-security': 'max-age=31536000' });
    expect(page.headers['server']).toBeUndefined();
    expect(await withLogin('/celery')).toMatchObject({ status: 200 });
  });

  it('Grafana is there, under the path of its root URL and the name of the proxy, without the login', async () => {
    expect(await withLogin('/grafana/d/overview?from=now-1h')).toMatchObject({
      status: 200,
      text: 'grafana',
    });
    expect(asked.map(({ url }) => url)).toEqual(['/grafana/d/overview?from=now-1h']);
    expect(asked[0]?.headers).toMatchObject({ host: new URL(proxy.url).host, 'x-forwarded-proto': 'https' });
    expect(asked[0]?.headers.authorization).toBeUndefined();
  });

  it.each([
    ['GET', '/metrics'],
    ['GET', '/health'],
    ['GET', '/api/v1/signals'],
    ['GET', '/api/v1/daily/2026-01-01'],
    ['GET', '/-/ready'],
    ['GET', '/grafanax'],
    ['POST', '/'],
    ['POST', '/-/reload'],
    ['POST', '/api/v1/events'],
    ['POST', '/api/v1/checkins/backup'],
    ['POST', '/webhooks/alertmanager'],
    ['POST', '/webhooks/grafana'],
    ['GET', '/webhooks/sentry'],
    ['PUT', '/webhooks/sentry'],
  ])('nothing else is: %s %s', async (method, path) => {
    expect(await withLogin(path, method)).toMatchObject({ status: 404, text: '' });
    expect(asked).toEqual([]);
  });
});

describe("Sentry's webhook", () => {
  const hook = (title: string) =>
    JSON.stringify({
      action: 'triggered',
      data: {
        event: {
          issue_id: title,
          title,
          culprit: 'bot.handlers',
          level: 'error',
          datetime: '2026-11-30T10:00:00Z',
        },
        triggered_rule: 'first error of a new kind',
      },
    });
  const post = (path: string, body: string, secret = SENTRY_SECRET): Promise<Answer> =>
    ask(path, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'sentry-hook-resource': 'event_alert',
        'sentry-hook-signature': createHmac('sha256', secret).update(body).digest('hex'),
      },
    });
  const isTold = (title: string): boolean =>
    telegram.messages(CHAT_ID).some(({ text }) => text.includes(title));

  it('arrives in the chat without a login', async () => {
    expect(await post('/webhooks/sentry', hook('canary-of-sentry'))).toMatchObject({
      status: 200,
      text: '{"status":"accepted"}',
    });
    await until(
      () => isTold('canary-of-sentry'),
      (told) => told,
      { what: 'the message' },
    );
  });

  it('is refused by the bridge with another signature', async () => {
    const answer = await post('/webhooks/sentry', hook('canary-unsigned'), 'another');
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.text)).toHaveProperty('error.code');
    expect(isTold('canary-unsigned')).toBe(false);
  });

  it.each([
    '/webhooks/sentry/../alertmanager',
    '/webhooks/sentry%2f..%2falertmanager',
    '/webhooks/alertmanager?x=/webhooks/sentry',
    '/webhooks//alertmanager',
  ])('opens the way to no other route: %s', async (path) => {
    expect(await post(path, '{}')).toMatchObject({ status: 401, text: '' });
  });

  it('is what the bridge sees, however its path is written', async () => {
    const path = '/api/v1/events/../../../webhooks/sentry';
    expect(await post(path, hook('canary-by-detour'))).toMatchObject({ text: '{"status":"accepted"}' });
  });
});

it('logs neither password nor secret', () => {
  expect(proxy.server.logs()).not.toContain('canary');
  expect(proxy.server.logs()).not.toContain(btoa(`admin:${PASSWORD}`));
});
