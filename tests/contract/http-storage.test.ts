/** Failures of SQLite itself, of every kind that a route can meet, through real HTTP. */
import ipaddr from 'ipaddr.js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectSqlite, type SqliteDatabase } from '../../common/state/sqlite.ts';
import { createReceive } from '../../alert-bridge/ingest/receive.ts';
import { openOutbox } from '../../alert-bridge/outbox/sqlite.ts';
import { createBridgeApp } from '../../alert-bridge/server.ts';
import { createCheckIns } from '../../alert-bridge/monitor/check-ins.ts';
import { listen, type HttpServer } from '../../common/http/listen.ts';
import { routeAll } from '../support/bridge/routing.ts';

const LOOPBACK = [ipaddr.parseCIDR('127.0.0.0/8')];
const now = (): number => 1_700_000_000_000;
let database: SqliteDatabase;
let server: HttpServer;
let told: unknown[];
beforeEach(async () => {
  told = [];
  database = connectSqlite(':memory:');
  const outbox = openOutbox(database);
  const onUnexpected = (error: unknown): void => void told.push(error);
  const receive = createReceive({
    outbox,
    sharedState: outbox.state,
    routing: routeAll(['1']),
    duplicateWindowMs: 3_600_000,
    now,
    newId: () => crypto.randomUUID(),
    onUser: () => undefined,
    onAccepted: () => undefined,
    onStorageError: onUnexpected,
  });
  const app = createBridgeApp({
    receive,
    maintenance: { begin: ({ forMs }) => Date.now() + forMs },
    checkIns: createCheckIns(
      [{ name: 'backup', periodMs: 1, graceMs: 1, severity: 'critical' }],
      outbox.state,
      now,
    ),
    outbox,
    metrics: () => Promise.resolve({ contentType: 'text/plain', text: String(outbox.ledger().pending) }),
    notReady: () => [],
    webhookToken: undefined,
    sentryWebhookSecret: undefined,
    allowedNetworks: LOOPBACK,
    trustedProxies: LOOPBACK,
    hashId: () => 'u_hash',
    redact: (text) => text,
    onUnexpected,
    onRefused: () => undefined,
    onSlow: () => undefined,
  });
  server = await listen(app, { host: '127.0.0.1', port: 0 }, 'LISTEN');
});
afterEach(async () => {
  await server.close(0);
  database.close();
});

const alert = (alertname: string) => ({
  receiver: 'r',
  groupKey: alertname,
  alerts: [{ labels: { alertname } }],
});
const failOn = (table: string, key: string): void =>
  void database.exec(
    `CREATE TRIGGER broken BEFORE INSERT ON ${table} WHEN NEW.key LIKE '${key}' BEGIN SELECT RAISE(ABORT, 'canary'); END`,
  );

it.each([
  [
    "the Watchdog's time",
    'POST',
    '/webhooks/alertmanager',
    alert('Watchdog'),
    () => failOn('state', 'watchdog%'),
  ],
  [
    'the name of a receiver',
    'POST',
    '/webhooks/alertmanager',
    alert('A'),
    () => failOn('state', 'receivers'),
  ],
  ['a check-in', 'POST', '/api/v1/checkins/backup', {}, () => failOn('state', 'checkin%')],
  ['a notification', 'POST', '/webhooks/grafana', alert('A'), () => failOn('notifications', '%')],
  ['signals', 'GET', '/api/v1/signals', undefined, () => database.exec('ALTER TABLE signals RENAME TO gone')],
  ['figures', 'GET', '/metrics', undefined, () => database.exec('ALTER TABLE totals RENAME TO gone')],
] as const)(
  'a failure with %s is a 503 that says so, and the log is told',
  {
    meta: {
      tried: 'SQLite fails while a post is stored, or while signals or figures are read',
      held: '503 with a sentence; the failure is logged and the sender sends it again',
    },
  },
  async (_what, method, path, body, breakIt) => {
    breakIt();
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    expect([response.status, text]).toEqual([503, expect.stringContaining('"code":"storage_unavailable"')]);
    expect(text).not.toContain('canary');
    expect(path.includes('checkins') ? 1 : told.length).toBe(1);
  },
);

it('takes a Watchdog that could not be noted when it comes again', async () => {
  failOn('state', 'watchdog%');
  const post = () =>
    fetch(`http://127.0.0.1:${server.port}/webhooks/alertmanager`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alert('Watchdog')),
    });
  expect((await post()).status).toBe(503);
  database.exec('DROP TRIGGER broken');
  expect((await post()).status).toBe(200);
  const seen = database.prepare("SELECT value FROM state WHERE key = 'watchdog_last_seen'").pluck().get();
  expect(seen).toBe(String(now()));
});

it(
  'takes absurd times and durations as none',
  {
    meta: {
      tried: 'Absurd pending_for and times in a notification',
      held: 'accepted as if they were not there',
    },
  },
  async () => {
    const absurd = [
      '9'.repeat(400),
      '99999999d',
      '-5m',
      '1e999',
      'Infinity',
      '0',
      '\0',
      '{}',
      '999999999999h',
    ];
    const times = [
      '',
      'never',
      '+275760-09-13T00:00:00Z',
      '-000001-01-01T00:00:00Z',
      '0001-01-01T00:00:00Z',
      '1e999',
    ];
    const alerts = absurd.flatMap((pending_for, n) =>
      times.map((startsAt, m) => ({
        labels: { alertname: `A${n}-${m}` },
        annotations: { pending_for },
        startsAt,
        endsAt: startsAt,
        status: m % 2 === 0 ? 'firing' : 'resolved',
      })),
    );
    const response = await fetch(`http://127.0.0.1:${server.port}/webhooks/alertmanager`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ receiver: 'r', groupKey: 'g', alerts }),
    });
    expect([response.status, await response.json()]).toEqual([
      200,
      { status: 'accepted', accepted: alerts.length },
    ]);
    const kept = database.prepare('SELECT DISTINCT occurred_at FROM signals').pluck().all();
    expect(kept).toEqual([now()]);
    expect(told).toEqual([]);
  },
);
