import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createIdentityHasher } from '../../common/state/identity.ts';
import { startSentryServer } from '../support/sentry/sentry-server.ts';
import type { SentryServer } from '../support/sentry/sentry-server.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import type { PostgresServer } from '../support/servers/postgres.ts';
import { startRedis } from '../support/servers/redis.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const HASH_KEY = 'ab'.repeat(32);
const DATABASE_PASSWORD = 'canary-db-p@ss/word';
const REDIS_PASSWORD = 'canary-redis-password';

const CANARIES = {
  token: '987654321:AAcanaryTelegramTokenAAAAAAAAAAAAAAA',
  password: 'canary-field-password',
  card: '4111 1111 1111 1111',
  email: 'canary.person@example.com',
  phone: '+7 916 123-45-67',
  bearer: 'canary-bearer-0123456789',
  cookie: 'canary-cookie',
  header: 'canary-header-key',
  body: 'canary-request-body',
  queryToken: 'canary-query-token',
  sqlParameter: 'canary-sql-parameter',
  sqlLiteral: 'canary-sql-literal',
  sqlComment: 'canary-sql-comment',
  redisKey: 'canary-redis-key',
  redisValue: 'canary-redis-value',
  userId: '77700112233',
} as const;

const SECRETS: readonly string[] = [
  ...Object.values(CANARIES),
  DATABASE_PASSWORD,
  encodeURIComponent(DATABASE_PASSWORD),
  REDIS_PASSWORD,
  HASH_KEY,
  'canary',
];

let postgres: PostgresServer;
let redis: Awaited<ReturnType<typeof startRedis>>;
let sentry: SentryServer;
let folder: string;

beforeAll(async () => {
  [postgres, redis] = await Promise.all([
    startPostgres({ password: DATABASE_PASSWORD }),
    startRedis({ password: REDIS_PASSWORD }),
  ]);
});
afterAll(async () => {
  await Promise.all([postgres.close(), redis.close()]);
});
beforeEach(async () => {
  sentry = await startSentryServer();
  folder = mkdtempSync(join(tmpdir(), 'sentry-test-'));
});
afterEach(async () => {
  await sentry.close();
  rmSync(folder, { recursive: true });
});

/**
 * Node 24 strips types itself: there the loader of tsx, which hands packages over unseen, would keep the SDK from
 * instrumenting them, unlike in the built services.
 */
const TYPESCRIPT = 'typescript' in process.features ? [] : ['--import', 'tsx'];

/** Runs the support service with our preload; `with` overrides its environment. */
async function runApp(
  overrides: Readonly<Record<string, string>> = {},
  preload = './common/sentry/instrument.ts',
): Promise<{ status: number; flushed: boolean }> {
  const environment = {
    PATH: process.env['PATH'] ?? '',
    SENTRY_DSN: sentry.dsn,
    SENTRY_TRACES_SAMPLE_RATE: '1',
    SENTRY_PROFILES_SAMPLE_RATE: '1',
    ENVIRONMENT: 'testing',
    RELEASE: 'expensebot-monitoring@9.9.9',
    DEBUG: 'false',
    STATE_DIR: folder,
    HASH_KEY,
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    CANARIES: JSON.stringify(CANARIES),
    ...overrides,
  };
  const { stdout } = await run(
    process.execPath,
    [...TYPESCRIPT, '--import', preload, 'tests/support/sentry/app.ts'],
    { cwd: ROOT, env: environment, timeout: 120_000 },
  );
  return JSON.parse(stdout) as { status: number; flushed: boolean };
}

const text = (value: unknown): string => JSON.stringify(value);

describe('a service under the preload, against a server that takes real envelopes', () => {
  it('sends errors, a transaction with all spans and a profile, and no secret in any byte', async () => {
    expect(await runApp()).toEqual({ status: 200, flushed: true });
    expect(sentry.refused).toEqual([]);

    const errors = sentry.items('event').map((item) => item.payload);
    const failure = errors.find((event) => text(event).includes('could not pay'));
    expect(failure).toMatchObject({
      environment: 'testing',
      release: 'expensebot-monitoring@9.9.9',
      user: { id: createIdentityHasher(Buffer.from(HASH_KEY, 'hex'))(CANARIES.userId) },
      tags: { module: 'app' },
    });
    expect(text(failure?.['exception'])).toContain('could not pay with [card] for [email], [phone]');
    expect(text(failure?.['exception'])).toContain('[secret]@127.0.0.1');
    expect(text(failure?.['breadcrumbs'])).toContain('https://api.telegram.org/bot[token]/sendMessage');
    expect(errors.find((event) => text(event['tags']).includes('daily-report'))).toMatchObject({
      tags: { job: 'daily-report', module: 'jobs.daily-report' },
    });

    const transactions = sentry.items('transaction').map((item) => item.payload);
    const order = transactions.find((one) => text(one['transaction']).includes('/orders/:id'));
    const spans = order?.['spans'] as { op: string; origin: string; description: string }[];
    const origins = spans.map((span) => span.origin);
    expect(origins).toContain('auto.db.postgres');
    expect(origins).toContain('auto.db.redis.diagnostic_channel');
    expect(origins.some((origin) => origin.includes('express'))).toBe(true);
    expect(spans.map((span) => span.description)).toContain('SELECT $1::text AS value');
    expect(sentry.items('profile_chunk')).not.toHaveLength(0);

    for (const secret of SECRETS) expect(sentry.received.includes(secret), secret).toBe(false);
  });

  it('would have sent them, were it not for the scrubber', async () => {
    expect((await runApp({}, './tests/support/sentry/unredacted.ts')).status).toBe(200);
    const seen = Object.entries(CANARIES).filter(([, value]) => sentry.received.includes(value));
    expect(seen.map(([name]) => name)).toEqual(
      expect.arrayContaining(['token', 'card', 'email', 'phone', 'bearer', 'body', 'userId']),
    );
    expect(sentry.received).toContain(DATABASE_PASSWORD.slice(0, 11));
  });

  it.each([
    ['DEBUG is true', { DEBUG: 'true' }],
    ['there is no DSN', { SENTRY_DSN: '' }],
    ['the DSN is malformed', { SENTRY_DSN: 'not a dsn' }],
    ['DEBUG is neither true nor false', { DEBUG: 'perhaps' }],
    ['a rate is malformed', { SENTRY_TRACES_SAMPLE_RATE: '2' }],
  ])('sends nothing and does not hinder the service when %s', async (_case, overrides) => {
    expect(await runApp(overrides)).toEqual({ status: 200, flushed: true });
    expect(sentry.received).toBe('');
  });

  it('starts without a state folder it can write', async () => {
    expect(await runApp({ HASH_KEY: '', STATE_DIR: '/proc/nowhere' })).toEqual({
      status: 200,
      flushed: true,
    });
    expect(sentry.items('event').length).toBeGreaterThan(0);
  });
});

describe('the strict server itself', () => {
  const post = async (path: string, key: string, body: string): Promise<number> => {
    const url = new URL(path, sentry.dsn.replace(`${sentry.publicKey}@`, ''));
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'x-sentry-auth': `Sentry sentry_version=7, sentry_key=${key}` },
      body,
    });
    await answer.text();
    return answer.status;
  };
  const good = '{"event_id":"a"}\n{"type":"event","length":2}\n{}\n';

  it.each([
    ['a good envelope', '/api/4507/envelope/', good, 200],
    ['another project', '/api/1/envelope/', good, 404],
    ['a length beyond the body', '/api/4507/envelope/', good.replace('2}', '99}'), 400],
    ['a length too short', '/api/4507/envelope/', good.replace('2}', '1}'), 400],
    ['a payload that is not JSON', '/api/4507/envelope/', good.replace('{}', '{!'), 400],
    ['no items', '/api/4507/envelope/', '{}', 400],
  ])('answers %s', async (_case, path, body, status) => {
    expect(await post(path, sentry.publicKey, body)).toBe(status);
  });

  it('refuses a wrong key', async () => {
    expect(await post('/api/4507/envelope/', 'f'.repeat(32), good)).toBe(403);
    expect(sentry.envelopes).toEqual([]);
  });
});
