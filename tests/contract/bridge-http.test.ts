import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectSqlite, type SqliteDatabase } from '../../common/state/sqlite.ts';
import { createReceive } from '../../alert-bridge/ingest/receive.ts';
import type { Outbox } from '../../alert-bridge/outbox/outbox.ts';
import { openOutbox } from '../../alert-bridge/outbox/sqlite.ts';
import { createBridgeApp } from '../../alert-bridge/server.ts';
import { createCheckIns } from '../../alert-bridge/monitor/check-ins.ts';
import { EnvReader } from '../../common/env/reader.ts';
import { listen, type HttpServer } from '../../common/http/listen.ts';
import { routeAll } from '../support/bridge/routing.ts';

const TOKEN = 'a long random token';
const networks = (cidrs: string) =>
  new EnvReader({ values: { ALLOWED_NETWORKS: cidrs }, problems: [] }).networks('ALLOWED_NETWORKS');

let database: SqliteDatabase;
let outbox: Outbox;
let server: HttpServer | undefined;
let woken: number;
let refused: string[];
let users: string[];
let unexpected: unknown[];
let reasons: string[];

async function serve(
  options: { allowed?: string; proxies?: string; token?: string | undefined } = {},
): Promise<void> {
  await server?.close(0);
  const receive = createReceive({
    outbox,
    sharedState: outbox.state,
    routing: routeAll(['-1001234567890']),
    duplicateWindowMs: 3_600_000,
    now: () => 1_700_000_000_000,
    newId: () => crypto.randomUUID(),
    onUser: (id) => users.push(id),
    onAccepted: () => (woken += 1),
    onStorageError: (error) => unexpected.push(error),
  });
  const checkIn = { name: 'backup', periodMs: 1, graceMs: 1, severity: 'critical' } as const;
  const app = createBridgeApp({
    receive,
    maintenance: { begin: ({ forMs }) => Date.now() + forMs },
    checkIns: createCheckIns([checkIn], outbox.state, () => 1_700_000_000_000),
    outbox,
    metrics: () => Promise.resolve({ contentType: 'text/plain; version=0.0.4', text: 'up 1\n' }),
    notReady: () => reasons,
    webhookToken: 'token' in options ? options.token : TOKEN,
    sentryWebhookSecret: undefined,
    allowedNetworks: networks(options.allowed ?? '127.0.0.0/8'),
    trustedProxies: networks(options.proxies ?? ''),
    onUnexpected: (error) => unexpected.push(error),
    onRefused: ({ code }) => refused.push(code),
    onSlow: () => undefined,
    hashId: () => 'u_hash',
    redact: (text) => text,
  });
  server = await listen(app, { host: '127.0.0.1', port: 0 }, 'BRIDGE_LISTEN');
}

beforeEach(async () => {
  database = connectSqlite(':memory:');
  outbox = openOutbox(database);
  [woken, refused, users, unexpected, reasons] = [0, [], [], [], []];
  await serve();
});
afterEach(() => server?.close(0));

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown> & {
    readonly error?: { readonly code: string; readonly message: string };
  };
}

async function request(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const response = await fetch(`http://127.0.0.1:${server?.port ?? 0}${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    body: (isJson ? JSON.parse(text) : { text }) as Reply['body'],
  };
}
const post = (path: string, body: unknown, headers?: Record<string, string>) =>
  request('POST', path, body, headers);

const notification = (count = 1, status = 'firing') => ({
  groupKey: 'group',
  status,
  alerts: Array.from({ length: count }, (_, index) => ({
    status,
    labels: { alertname: 'Down', component: 'redis', severity: 'critical', padding: 'x'.repeat(500) },
    startsAt: '2024-09-22T10:00:00Z',
    fingerprint: `f${index}`,
  })),
});
const event = { type: 'new_user', user_id: 1, id: 'key' };

describe('accepting', () => {
  it('takes the token whatever the case of its scheme, and the token itself only as it is', async () => {
    for (const [authorization, status] of [
      [`bearer ${TOKEN}`, 202],
      [`BEARER  ${TOKEN}`, 202],
      [`Bearer ${TOKEN.toUpperCase()}`, 401],
      [`Basic ${TOKEN}`, 401],
      [TOKEN, 401],
      ['bearer', 401],
    ] as const)
      expect([authorization, (await post('/api/v1/events', event, { authorization })).status]).toEqual([
        authorization,
        status,
      ]);
  });

  it('tells that alerts were cut off, once for a notification of many parts', async () => {
    const body = { ...notification(600), receiver: 'telegram', truncatedAlerts: 23 };
    expect((await post('/webhooks/alertmanager', body)).body).toEqual({ status: 'accepted', accepted: 600 });
    const told = outbox.waiting('-1001234567890', 1_000).filter(({ body: { kind } }) => kind !== 'alert');
    expect(told).toMatchObject([
      { severity: 'critical', body: { kind: 'alerts_truncated', hidden: 23, receiver: 'telegram' } },
    ]);
    expect((await post('/webhooks/alertmanager', body)).body).toMatchObject({ status: 'duplicate' });
    for (const truncatedAlerts of [0, null, '7', -1, undefined])
      await post('/webhooks/alertmanager', {
        ...notification(2),
        groupKey: String(truncatedAlerts),
        truncatedAlerts,
      });
    const over = { ...notification(1, 'resolved'), truncatedAlerts: 5 };
    await post('/webhooks/alertmanager', over);
    expect(outbox.signals({ type: 'alerts_truncated', limit: 10 })).toHaveLength(1);
  });

  it('commits a notification before it answers, whatever its content type', async () => {
    expect((await post('/webhooks/alertmanager', notification(2))).body).toEqual({
      status: 'accepted',
      accepted: 2,
    });
    expect(outbox.ledger()).toMatchObject({ accepted: 2, pending: 2 });
    expect(woken).toBe(1);
    expect(
      await post('/webhooks/alertmanager', notification(2), { 'content-type': 'text/plain' }),
    ).toMatchObject({
      status: 200,
      body: { status: 'duplicate', accepted: 0 },
    });
    expect(outbox.ledger()).toMatchObject({ accepted: 2, duplicates: 1 });
  });

  it('answers an event with 202 and its id, and its repetition as a duplicate', async () => {
    expect(await post('/api/v1/events', event)).toMatchObject({
      status: 202,
      body: { status: 'accepted', id: 'key' },
    });
    expect(await post('/api/v1/events', event)).toMatchObject({
      status: 202,
      body: { status: 'duplicate', id: 'key' },
    });
    expect((await post('/api/v1/events', { ...event, id: undefined })).body['id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(users).toEqual(['1', '1', '1']);
  });

  it('takes a storm of 10,000 alerts in one post', async () => {
    expect((await post('/webhooks/alertmanager', notification(10_000))).body).toEqual({
      status: 'accepted',
      accepted: 10_000,
    });
    expect(outbox.ledger()).toMatchObject({ accepted: 10_000, pending: 10_000 });
  });

  it('remembers when the Watchdog was last seen, and leaves it out', async () => {
    const watchdog = {
      ...notification(),
      alerts: [{ status: 'firing', labels: { alertname: 'Watchdog' }, fingerprint: 'w' }],
    };
    await post('/webhooks/alertmanager', watchdog);
    expect(outbox.state.get('watchdog_last_seen')).toBe('1700000000000');
    expect(outbox.ledger()).toMatchObject({ accepted: 1, suppressed: { watchdog: 1 }, pending: 0 });
    expect((await request('GET', '/api/v1/signals')).body['signals']).toEqual([]);
    expect((await request('GET', '/api/v1/signals?outcome=suppressed')).body['signals']).toHaveLength(1);
  });

  it('takes check-ins by name, and knows those that are expected', async () => {
    expect(await post('/api/v1/checkins/backup', {})).toMatchObject({
      status: 202,
      body: { status: 'accepted' },
    });
    expect(outbox.state.get('checkin:backup:last')).toBe('1700000000000');
    expect(await post('/api/v1/checkins/other', {})).toMatchObject({
      status: 404,
      body: { error: { code: 'unknown_checkin' } },
    });
    expect((await post('/api/v1/checkins/backup', {}, { authorization: '' })).status).toBe(401);
  });

  it('answers 503 while the outbox cannot be written, and works again afterwards', async () => {
    database.pragma('query_only = ON');
    for (const [path, body] of [
      ['/webhooks/alertmanager', notification()],
      ['/api/v1/events', event],
    ] as const) {
      expect(await post(path, body)).toMatchObject({
        status: 503,
        body: { error: { code: 'storage_unavailable' } },
      });
    }
    expect(unexpected).toHaveLength(2);
    database.pragma('query_only = OFF');
    expect((await post('/api/v1/events', event)).status).toBe(202);
  });
});

describe('refusing', () => {
  it.each([
    ['no token', {}, 401],
    ['a wrong token', { authorization: 'Bearer wrong' }, 401],
    ['the token without its scheme', { authorization: TOKEN }, 401],
  ])('%s', async (_what, headers, status) => {
    const reply = await post('/api/v1/events', event, { authorization: '', ...headers });
    expect(reply).toMatchObject({ status, body: { error: { code: 'unauthorized' } } });
    expect(reply.headers.get('www-authenticate')).toBe('Bearer');
    expect(refused).toEqual(['unauthorized']);
    expect(outbox.ledger().accepted).toBe(0);
  });

  it('nothing for want of a token when none is set', async () => {
    await serve({ token: undefined });
    const headers = { authorization: '', 'content-type': 'application/json' };
    expect((await post('/api/v1/events', event, headers)).status).toBe(202);
  });

  it.each([
    ['broken JSON', '/api/v1/events', '{"type":', 400, 'invalid_json'],
    ['an unknown type', '/api/v1/events', { type: 'other' }, 400, 'invalid_payload'],
    ['no body', '/webhooks/alertmanager', undefined, 400, 'invalid_payload'],
    ['a number', '/webhooks/alertmanager', '7', 400, 'invalid_payload'],
    [
      'an event over 64 kB',
      '/api/v1/events',
      { ...event, source: 'x'.repeat(66_000) },
      413,
      'body_too_large',
    ],
    [
      'a notification over 32 MB',
      '/webhooks/alertmanager',
      JSON.stringify({ pad: 'x'.repeat(34_000_000) }),
      413,
      'body_too_large',
    ],
  ])('%s', async (_what, path, body, status, code) => {
    expect(await post(path, body)).toMatchObject({ status, body: { error: { code } } });
    expect(outbox.ledger().accepted).toBe(0);
  });

  it('unknown paths and methods, as JSON', async () => {
    expect(await request('GET', '/nowhere')).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found' } },
    });
    const reply = await request('GET', '/api/v1/events');
    expect(reply).toMatchObject({ status: 405, body: { error: { code: 'method_not_allowed' } } });
    expect(reply.headers.get('allow')).toBe('POST');
  });

  it('readers outside ALLOWED_NETWORKS, also behind a trusted proxy, but not senders', async () => {
    await serve({ allowed: '10.0.0.0/8', proxies: '127.0.0.1' });
    for (const path of ['/metrics', '/', '/-/ready', '/-/healthy', '/api/v1/signals']) {
      expect(await request('GET', path)).toMatchObject({
        status: 403,
        body: { error: { code: 'forbidden' } },
      });
    }
    expect((await request('GET', '/metrics', undefined, { 'x-forwarded-for': '10.1.1.1' })).status).toBe(200);
    expect((await request('GET', '/metrics', undefined, { 'x-forwarded-for': '8.8.8.8' })).status).toBe(403);
    expect((await post('/api/v1/events', event)).status).toBe(202);
  });

  it('forwarded addresses from anybody else', async () => {
    await serve({ allowed: '10.0.0.0/8' });
    expect((await request('GET', '/metrics', undefined, { 'x-forwarded-for': '10.1.1.1' })).status).toBe(403);
  });
});

describe('telling', () => {
  it('what became of a signal', async () => {
    await post('/api/v1/events', event);
    outbox.settle({
      chat: '-1001234567890',
      outcomes: [{ seq: 1, outcome: 'delivered', reason: 'first' }],
      now: 1_700_000_001_000,
    });
    const { body } = await request('GET', '/api/v1/signals?id=key');
    expect(body['signals']).toEqual([
      {
        id: 'key',
        kind: 'new_user',
        type: 'new_user',
        severity: 'info',
        occurred_at: '2023-11-14T22:13:20.000Z',
        accepted_at: '2023-11-14T22:13:20.000Z',
        outcome: 'delivered',
        reason: 'first',
        settled_at: '2023-11-14T22:13:21.000Z',
        deliveries: [{ chat: 'u_hash', outcome: 'delivered', reason: 'first' }],
      },
    ]);
    expect((await request('GET', '/api/v1/signals?outcome=pending')).body['signals']).toEqual([]);
    expect((await request('GET', '/api/v1/signals?outcome=lost')).status).toBe(400);
    expect((await request('GET', '/api/v1/signals?limit=0')).status).toBe(400);
  });

  it('what became of thousands, page by page', async () => {
    for (let n = 0; n < 5; n += 1) await post('/api/v1/events', { ...event, id: `e${n}` });
    const page = async (query: string) => {
      const { body } = await request('GET', `/api/v1/signals?limit=2${query}`);
      return { ids: (body['signals'] as { id: string }[]).map(({ id }) => id), next: body['next'] };
    };
    const first = await page('');
    expect(first.ids).toEqual(['e4', 'e3']);
    const second = await page(`&before=${String(first.next)}`);
    expect(second.ids).toEqual(['e2', 'e1']);
    expect(await page(`&before=${String(second.next)}`)).toEqual({ ids: ['e0'], next: null });
    expect((await page('&outcome=pending')).ids).toEqual(['e4', 'e3']);
    expect((await request('GET', '/api/v1/signals?before=soon')).status).toBe(400);
  });

  it('whether it is ready, and why not', async () => {
    expect(await request('GET', '/-/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
    reasons = ['u_1 takes no messages: blocked'];
    expect(await request('GET', '/-/ready')).toMatchObject({ status: 503, body: { reasons } });
    expect((await request('GET', '/-/healthy')).status).toBe(200);
  });

  it('its metrics and a page with links', async () => {
    expect((await request('GET', '/metrics')).body).toEqual({ text: 'up 1\n' });
    expect((await request('GET', '/')).headers.get('content-type')).toContain('text/html');
    expect((await request('HEAD', '/metrics')).status).toBe(200);
  });
});

describe('POST /api/v1/maintenance', () => {
  it('begins one, whose end it answers with', async () => {
    const before = Date.now();
    const { status, body } = await post('/api/v1/maintenance', {
      id: 'deploy',
      duration: '30m',
      matchers: ['component="redis"'],
    });
    expect([status, body['status'], body['id']]).toEqual([202, 'accepted', 'deploy']);
    expect(Date.parse(String(body['until'])) - before).toBeGreaterThanOrEqual(30 * 60_000);
  });

  it.each([
    [{}, 'duration'],
    [{ duration: 'soon' }, 'duration'],
    [{ duration: '25h' }, 'duration'],
    [{ duration: '30m', matchers: ['redis'] }, 'matchers'],
  ])('refuses %j by name', async (wanted, name) => {
    const { status, body } = await post('/api/v1/maintenance', wanted);
    expect([status, body.error?.code]).toEqual([400, 'invalid_payload']);
    expect(body.error?.message).toContain(name);
  });

  it('asks for the token', async () => {
    const { status } = await post(
      '/api/v1/maintenance',
      { duration: '30m' },
      { authorization: 'Bearer wrong' },
    );
    expect(status).toBe(401);
  });
});
