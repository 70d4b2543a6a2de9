/** Every route of both services under requests that nobody should send: 500 each, 10,000 each with TEST_LONG=1. */
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectSqlite } from '../../common/state/sqlite.ts';
import { createReceive } from '../../alert-bridge/ingest/receive.ts';
import { openOutbox } from '../../alert-bridge/outbox/sqlite.ts';
import { createBridgeApp } from '../../alert-bridge/server.ts';
import { createCheckIns } from '../../alert-bridge/monitor/check-ins.ts';
import { systemClock } from '../../common/time/clock.ts';
import { ConfigError } from '../../common/config/problem.ts';
import { listen, type HttpServer } from '../../common/http/listen.ts';
import { logged, ProbeError } from '../../exporter/model/collector.ts';
import { createDailyApi } from '../../exporter/daily/api.ts';
import { mountPages } from '../../exporter/pages/routes.ts';
import { createServer } from '../../exporter/server.ts';
import { faultOf, fuzzedRequest, sendFuzzed } from '../support/robustness/http-fuzz.ts';
import { routeAll } from '../support/bridge/routing.ts';

/** Always as many, however busy the machine is. */
const RUNS = process.env['TEST_LONG'] === '1' ? 10_000 : 500;
const SEED = process.env['TEST_SEED'];
const TOKEN = 'a long random token';
const LOOPBACK = [ipaddr.parseCIDR('127.0.0.0/8')];

const servers: HttpServer[] = [];
const unexpected: unknown[] = [];
const urls = new Map<string, string>();

const sharedState = {
  allowedNetworks: LOOPBACK,
  trustedProxies: LOOPBACK,
  onUnexpected: (error: unknown) => void unexpected.push(error),
  onRefused: () => undefined,
  onSlow: () => undefined,
};

function bridgeApp(webhookToken: string | undefined) {
  const outbox = openOutbox(connectSqlite(':memory:'));
  const now = (): number => 1_700_000_000_000;
  const receive = createReceive({
    outbox,
    sharedState: outbox.state,
    routing: routeAll(['-1001234567890']),
    duplicateWindowMs: 3_600_000,
    now,
    newId: () => crypto.randomUUID(),
    onUser: () => undefined,
    onAccepted: () => undefined,
    onStorageError: sharedState.onUnexpected,
  });
  const checkIn = { name: 'backup', periodMs: 1, graceMs: 1, severity: 'critical' } as const;
  return createBridgeApp({
    ...sharedState,
    receive,
    maintenance: { begin: ({ forMs }) => Date.now() + forMs },
    checkIns: createCheckIns([checkIn], outbox.state, now),
    outbox,
    metrics: () => Promise.resolve({ contentType: 'text/plain; version=0.0.4', text: 'up 1\n' }),
    notReady: () => [],
    webhookToken,
    sentryWebhookSecret: 'secret',
    hashId: () => 'u_hash',
    redact: (text) => text,
  });
}

function exporterApp() {
  const snapshot = () => ({ collectors: [] });
  const analytics = {
    figures: () => undefined,
    record: () => Promise.reject(new ProbeError(logged('it is away'))),
  };
  return createServer({
    ...sharedState,
    snapshot,
    isPolling: () => true,
    self: () => Promise.resolve([]),
    daily: createDailyApi({ analytics, timezone: 'Europe/Moscow', now: () => Date.now() }),
    clock: systemClock,
    mountPages: (app) =>
      mountPages(app, {
        snapshot,
        isPolling: () => true,
        history: { changes: () => [] },
        celery: () => ({}),
        clock: systemClock,
        locale: 'en',
        timezone: 'Europe/Moscow',
        grafanaUrl: undefined,
      }),
    reload: () => ({ isLoaded: false, error: new ConfigError('exporter', []) }),
  });
}

beforeAll(async () => {
  const apps = {
    bridge: bridgeApp(TOKEN),
    'bridge without a token': bridgeApp(undefined),
    exporter: exporterApp(),
  };
  for (const [name, app] of Object.entries(apps)) {
    const server = await listen(app, { host: '127.0.0.1', port: 0 }, 'LISTEN');
    servers.push(server);
    urls.set(name, `http://127.0.0.1:${server.port}`);
  }
});
afterAll(() => Promise.all(servers.map((server) => server.close(0))));

const POSTS = [
  '/webhooks/alertmanager',
  '/webhooks/grafana',
  '/webhooks/sentry',
  '/api/v1/events',
  '/api/v1/maintenance',
  '/api/v1/checkins/backup',
];
const BRIDGE_GETS = ['/api/v1/signals', '/metrics', '/-/healthy', '/-/ready', '/', '/nowhere/'];
const EXPORTER_GETS = [
  '/metrics',
  '/health',
  '/api/v1/daily/2024-01-01',
  '/-/healthy',
  '/-/ready',
  '/',
  '/celery',
  '/nowhere/',
];
const of = (service: string, method: string, paths: readonly string[]) =>
  paths.map((path) => ({ service, method, path }));
const ROUTES = [
  ...of('bridge', 'POST', POSTS),
  ...of('bridge', 'GET', BRIDGE_GETS),
  ...of('bridge without a token', 'POST', POSTS),
  ...of('exporter', 'GET', EXPORTER_GETS),
  ...of('exporter', 'POST', ['/-/reload']),
];

describe('whatever is asked', () => {
  it.each(ROUTES)(
    'of the $service at $method $path is answered, never by a failure of its own',
    {
      timeout: RUNS * 1_000,
      meta: {
        tried:
          'Every route of both services under thousands of invented methods, paths, queries, headers and bodies',
        held: 'an answer below 500, or 503 on purpose, without a stack; the next request is answered',
      },
    },
    async ({ service, method, path }) => {
      const url = urls.get(service) ?? '';
      const always = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
      await fc.assert(
        fc.asyncProperty(fuzzedRequest({ method, path }, always), async (request) => {
          expect(faultOf(request, await sendFuzzed(url, request))).toBeUndefined();
          expect(unexpected).toEqual([]);
        }),
        {
          numRuns: RUNS,
          ...(SEED === undefined ? {} : { seed: Number(SEED) }),
        },
      );
      expect((await fetch(`${url}/-/healthy`)).status).toBe(200);
    },
  );

  it.each([
    ['exporter', 'GET', '/api/v1/daily/%ff', 400],
    ['exporter', 'GET', '/%ff', 404],
    ['bridge', 'POST', '/api/v1/checkins/%ff', 400],
    ['bridge', 'POST', '/api/v1/checkins/%E0%A4%A', 400],
    ['bridge', 'GET', '/api/v1/signals?limit=%ff', 400],
    ['bridge', 'GET', '/api/v1/signals?id=%ff&id=%00', 200],
  ])('of the %s at %s %s has the status %i', async (service, method, path, status) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const request = { method, path, headers, body: Buffer.alloc(0) };
    const answer = await sendFuzzed(urls.get(service) ?? '', request);
    expect([answer.status, faultOf(request, answer)]).toEqual([status, undefined]);
  });

  it.each([
    ['gzip that is none', { 'content-encoding': 'gzip' }, 'x', 415],
    ['an unknown charset', { 'content-type': 'application/json; charset=koi8' }, '{}', 415],
    ['a type that is none', { 'content-type': ';;=' }, '{"alerts":[]}', 200],
    ['a byte order mark', {}, '\uFEFF{"alerts":[]}', 200],
    ['UTF-8 that is none', {}, Buffer.from([0x7b, 0xff, 0x7d]), 400],
  ])('in a body with %s', async (_what, headers, body, status) => {
    const request = {
      method: 'POST',
      path: '/webhooks/alertmanager',
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
      body: Buffer.from(body),
    };
    const answer = await sendFuzzed(urls.get('bridge') ?? '', request);
    expect([answer.status, faultOf(request, answer)]).toEqual([status, undefined]);
  });
});
