/** Browsers, proxies and foreign names: what is refused by both services, and what must go on working. */
import { describe, expect, it } from 'vitest';
import { request as send } from 'node:http';
import { type Installation, useInstallation } from '../support/bridge/installation.ts';
import { startService } from '../support/servers/service.ts';
import type { Server } from '../support/servers/process.ts';

const STATUS_URL = 'https://status.example.com/coins';
const EVENT = JSON.stringify({ type: 'custom', title: 'x', text: 'y', severity: 'info' });
let bridge: Server;
let open: Server;
let exporter: Server;
const prepare = async (at: Installation): Promise<void> => {
  const hosts = { ALLOWED_HOSTS: 'mon.example.com,.corp.example', TRUSTED_PROXIES: '127.0.0.0/8' };
  [open, bridge, exporter] = await Promise.all([
    at.startBridge({ ...hosts, WEBHOOK_TOKEN: '' }),
    at.startBridge({ ...hosts, STATUS_PUBLIC_URL: STATUS_URL }),
    startService('exporter', { ...hosts, STATUS_PUBLIC_URL: STATUS_URL }),
  ]);
  at.closeAtTheEnd(exporter);
};
useInstallation(prepare, { shared: true });

interface Reply {
  readonly status: number;
  readonly error: { readonly code: string; readonly message: string } | undefined;
}

/** fetch sends no Host but its own. */
function ask(
  server: Server,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    send(`${server.url}${path}`, { method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.once('end', () => {
        const isJson = (response.headers['content-type'] ?? '').includes('json');
        const { error } = (isJson ? JSON.parse(text) : {}) as Partial<Reply>;
        resolve({ status: response.statusCode ?? 0, error });
      });
    })
      .once('error', reject)
      .end(body);
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };

describe('a foreign name', () => {
  const meta = {
    tried: 'A page whose name was made to lead to 127.0.0.1 (DNS rebinding) asks both services',
    held: '403 that names ALLOWED_HOSTS; nothing is shown or taken, and the log has it once for each name',
  };
  it('is refused by every route that asks for no token', { meta }, async () => {
    const routes = [
      [exporter, 'GET', ['/metrics', '/health', '/', '/celery', '/api/v1/daily/2024-01-01', '/-/ready']],
      [exporter, 'POST', ['/-/reload']],
      [bridge, 'GET', ['/metrics', '/api/v1/signals', '/', '/-/ready', '/-/healthy']],
      [
        open,
        'POST',
        [
          '/api/v1/events',
          '/webhooks/alertmanager',
          '/webhooks/grafana',
          '/api/v1/checkins/x',
          '/api/v1/maintenance',
        ],
      ],
    ] as const;
    for (const [server, method, paths] of routes) {
      for (const path of paths) {
        for (const host of [
          'rebound.example',
          'rebound.example:9848',
          'mon.example.com.evil.example',
          'a b',
        ]) {
          const reply = await ask(server, method, path, { ...JSON_TYPE, host });
          expect([path, host, reply.status, reply.error?.code]).toEqual([path, host, 403, 'foreign_host']);
          expect(reply.error?.message).toContain('ALLOWED_HOSTS');
        }
      }
    }
    for (const server of [exporter, bridge]) {
      expect(server.logs().match(/known as rebound\.example:9848/g)).toHaveLength(1);
    }
  });

  it('is refused from a trusted proxy too', async () => {
    const forwarded = { 'x-forwarded-host': 'rebound.example' };
    for (const server of [exporter, bridge]) {
      expect((await ask(server, 'GET', '/metrics', forwarded)).error?.code).toBe('foreign_host');
    }
  });

  it('does not matter where the token is shown: no page knows it', async () => {
    const headers = { ...JSON_TYPE, host: 'rebound.example', authorization: 'Bearer canary-webhook-token' };
    expect((await ask(bridge, 'POST', '/api/v1/events', headers, EVENT)).status).toBe(202);
  });

  it.each([
    'localhost:1234',
    'LOCALHOST.',
    '127.0.0.1:80',
    '[::1]:9847',
    '10.1.2.3',
    '203.0.113.7:9847',
    'exporter:9847',
    'alert-bridge:9848',
    'host.docker.internal:9847',
    'status.example.com',
    'Mon.Example.com:443',
    'a.b.corp.example',
    'corp.example',
  ])('is not %s', async (host) => {
    for (const server of [exporter, bridge]) {
      expect((await ask(server, 'GET', '/metrics', { host })).status).toBe(200);
    }
  });
});

describe('a page in a browser', () => {
  const browsers = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ];
  const meta = {
    tried: 'A web page posts to the bridge or to POST /-/reload from the browser of whoever looks at it',
    held: '403; nothing is reloaded, nothing is told',
  };
  it.each(browsers)('changes nothing with %j', { meta }, async (headers) => {
    const paths = [
      '/webhooks/alertmanager',
      '/webhooks/grafana',
      '/webhooks/sentry',
      '/api/v1/events',
      '/api/v1/checkins/x',
      '/api/v1/maintenance',
    ];
    for (const path of paths) {
      for (const server of [bridge, open]) {
        const all = { ...JSON_TYPE, authorization: 'Bearer canary-webhook-token', ...headers };
        expect(await ask(server, 'POST', path, all, EVENT)).toMatchObject({
          status: 403,
          error: { code: 'cross_site' },
        });
      }
    }
    expect(await ask(exporter, 'POST', '/-/reload', headers)).toMatchObject({
      status: 403,
      error: { code: 'cross_site' },
    });
  });

  it.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'Text/Plain;charset=utf-8',
  ])(
    'sends no form of type %s where there is no token, also when it does not say where it comes from',
    async (type) => {
      const reply = await ask(open, 'POST', '/api/v1/events', { 'content-type': type }, EVENT);
      expect(reply).toMatchObject({ status: 415, error: { code: 'unsupported_type' } });
      const authorization = 'Bearer canary-webhook-token';
      const known = await ask(
        bridge,
        'POST',
        '/api/v1/events',
        { 'content-type': type, authorization },
        EVENT,
      );
      expect(known.status).toBe(202);
    },
  );

  it('may follow a link to a page of ours', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    for (const server of [exporter, bridge])
      expect((await ask(server, 'GET', '/', headers)).status).toBe(200);
  });
});
