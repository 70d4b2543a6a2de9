import type { Event } from '@sentry/node';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createRedactor } from '../../../common/redact/redact.ts';
import {
  activateSentry,
  breadcrumb,
  captureError,
  captureJobError,
  flushSentry,
  isolateSentryScope,
  setUser,
} from '../../../common/sentry/capture.ts';
import { sampleProfiles } from '../../../common/sentry/profiling.ts';
import { createScrubber } from '../../../common/sentry/scrub.ts';
import { readSentrySettings } from '../../../common/sentry/settings.ts';
import { stripRedisArguments, stripSqlLiterals } from '../../../common/sentry/sql.ts';

const DSN = 'https://abc@o1.ingest.sentry.io/5';

describe('readSentrySettings', () => {
  it('takes the contract defaults', () => {
    expect(readSentrySettings({ SENTRY_DSN: DSN }, '1.2.3')).toEqual({
      dsn: DSN,
      environment: 'production',
      release: '1.2.3',
      tracesSampleRate: 0.1,
      profilesSampleRate: 0.1,
    });
  });

  it('takes what is set', () => {
    const values = {
      SENTRY_DSN: DSN,
      DEBUG: 'no',
      ENVIRONMENT: 'stage',
      RELEASE: 'r1',
      SENTRY_TRACES_SAMPLE_RATE: '0',
    };
    expect(readSentrySettings(values, '1')).toMatchObject({
      environment: 'stage',
      release: 'r1',
      tracesSampleRate: 0,
    });
  });

  it.each([
    ['no DSN', {}],
    ['DEBUG', { SENTRY_DSN: DSN, DEBUG: 'true' }],
    ['an unreadable DEBUG', { SENTRY_DSN: DSN, DEBUG: '?' }],
    ['a DSN without key', { SENTRY_DSN: 'https://o1.ingest.sentry.io/5' }],
    ['a DSN without project', { SENTRY_DSN: 'https://abc@o1.ingest.sentry.io/' }],
    ['a rate over 1', { SENTRY_DSN: DSN, SENTRY_TRACES_SAMPLE_RATE: '1.1' }],
    ['a rate that is no number', { SENTRY_DSN: DSN, SENTRY_PROFILES_SAMPLE_RATE: 'x' }],
  ])('is inactive with %s', (_case, values) => {
    expect(readSentrySettings(values, '1')).toBeUndefined();
  });
});

describe('stripSqlLiterals', () => {
  it.each([
    [
      "SELECT 'a''b', E'c\\'d', x FROM t1 WHERE id = 42 AND y < 1.5e3",
      'SELECT ?, ?, x FROM t1 WHERE id = ? AND y < ?',
    ],
    ['SELECT $1::text, "col 7" FROM a.b2', 'SELECT $1::text, "col 7" FROM a.b2'],
    ['SELECT $$secret$$, $t$it$s$t$ -- why\n/* x */ FROM t', 'SELECT ?, ? \n FROM t'],
    ["SELECT 'never closed", 'SELECT ?'],
  ])('%s', (sql, expected) => {
    expect(stripSqlLiterals(sql)).toBe(expected);
  });

  it('lets no literal through, however it is quoted', () => {
    fc.assert(
      fc.property(fc.string(), (secret) => {
        const quoted = `'canary${secret.replaceAll("'", "''")}canary'`;
        expect(stripSqlLiterals(`SELECT a FROM t WHERE b = ${quoted} AND c`)).toBe(
          'SELECT a FROM t WHERE b = ? AND c',
        );
      }),
    );
  });
});

it('keeps only the name of a Redis command', () => {
  expect(stripRedisArguments('set user:5 {"a":1}')).toBe('set');
});

describe('createScrubber', () => {
  const scrubber = createScrubber(createRedactor({ secrets: ['canary-secret'] }));

  it('keeps the source of regular expressions, which hold the secrets, out of profiles', () => {
    const names = [
      'send',
      'get url',
      'Object.<anonymous>',
      '#run',
      'RegExp: canary-secret|7000%3AAA',
      'x'.repeat(300),
    ];
    const frames = names.map((name, lineno) => ({ function: name, lineno }));
    const cleaned = scrubber.profile({ version: '2', profile: { frames, stacks: [[0, 4]] } });
    expect(cleaned).toMatchObject({
      version: '2',
      profile: {
        stacks: [[0, 4]],
        frames: [...names.slice(0, 4), '(native)', '(native)'].map((name, lineno) => ({
          function: name,
          lineno,
        })),
      },
    });
    expect(JSON.stringify(cleaned)).not.toContain('canary');
  });
  const scrub = (event: Event): Event => scrubber.event(event);

  it('keeps of a request method and path, of a user the hash only', () => {
    const event = scrubber.event({
      request: {
        method: 'POST',
        url: 'http://h/bot123456789:AAEabcdefghijklmnopqrstuvwxyz0123456/x?token=a#b',
        query_string: 'token=a',
        data: 'body',
        headers: { a: 'b' },
        cookies: { c: 'd' },
        env: { E: 'f' },
      },
      user: { id: 'u_0123456789ab', ip_address: '10.0.0.1', email: 'a@b.com', username: 'me' },
    });
    expect(event.request).toEqual({ method: 'POST', url: 'http://h/bot[token]/*', query_string: '[query]' });
    expect(event.user).toEqual({ id: 'u_0123456789ab' });
    expect(scrubber.event({ user: { id: '123456789' } }).user).toEqual({});
  });

  it('cleans message, exceptions, tags, extra, contexts and breadcrumbs, and drops local variables', () => {
    const event = scrub({
      message: 'canary-secret',
      exception: {
        values: [
          {
            type: 'E',
            value: 'canary-secret',
            stacktrace: { frames: [{ filename: 'a.js', vars: { p: 1 } }] },
          },
        ],
      },
      tags: { a: 'canary-secret' },
      extra: { password: 'x' },
      contexts: {
        app: { a: 'canary-secret' },
        trace: { trace_id: 'a'.repeat(32), span_id: '4111111111111111' },
      },
      breadcrumbs: [{ message: 'canary-secret', data: { url: 'http://h/?q=1', token: 'x' } }],
    });
    expect(JSON.stringify(event)).not.toContain('canary');
    expect(event.exception?.values?.[0]?.stacktrace?.frames).toEqual([{ filename: 'a.js' }]);
    expect(event.contexts?.trace?.span_id).toBe('4111111111111111');
    expect(event.extra).toEqual({ password: '[secret]' });
    expect(event.breadcrumbs?.[0]?.data).toEqual({ url: 'http://h/', token: '[secret]' });
  });

  it('strips values from spans of databases and of HTTP', () => {
    const span = { span_id: 'b', trace_id: 'c', start_timestamp: 1, timestamp: 2, status: 'ok' };
    const sql = scrubber.span({
      ...span,
      op: 'db',
      description: "SELECT 'x'",
      data: {
        'db.system': 'postgresql',
        'db.statement': "SELECT 'x'",
        'db.query.parameter.0': 'x',
        'db.user': 'me',
      },
    });
    expect(sql).toMatchObject({ description: 'SELECT ?' });
    expect(sql.data).toEqual({ 'db.system': 'postgresql', 'db.statement': 'SELECT ?' });
    const redis = scrubber.span({
      ...span,
      op: 'db.query',
      description: 'set a b',
      data: { 'db.system.name': 'redis', 'db.query.text': 'set a b' },
    });
    expect(redis).toMatchObject({ description: 'set', data: { 'db.query.text': 'set' } });
    const http = scrubber.span({
      ...span,
      op: 'http.client',
      description: 'GET http://h/p?token=a',
      data: { 'http.url': 'http://h/p?token=a', 'http.query': 'token=a', 'http.request.header.cookie': 'x' },
    });
    expect(http.description).toBe('GET http://h/*');
    expect(http.data).toEqual({ 'http.url': 'http://h/*', 'http.query': '[query]' });
  });
});

describe('capture', () => {
  it('does nothing, and runs the work, while inactive', async () => {
    captureError(new Error('x'), { module: 'm' });
    setUser(1);
    expect(isolateSentryScope(() => 7)).toBe(7);
    expect(await flushSentry(1)).toBe(true);
  });

  it('tags errors with module and job, hashes the user, passes log lines on, and survives a failing flush', async () => {
    const port = {
      captureException: vi.fn(),
      addBreadcrumb: vi.fn(),
      setUser: vi.fn(),
      hashId: (id: string | number | bigint) => `u_${String(id)}`,
      isolate: <T>(work: () => T): T => work(),
      flush: () => Promise.reject(new Error('no')),
    };
    activateSentry(port);
    try {
      const error = new Error('x');
      captureError(error, { module: 'm', tags: { a: 'b' }, fields: { c: 1 } });
      captureJobError('daily', error);
      setUser(5n);
      const time = '1970-01-01T00:00:02.500Z';
      const head = { service: 's', module: 'm', process: 1, thread: 0, message: 'hi' };
      breadcrumb({ ...head, level: 'warn', time, fields: { d: 2 } });
      expect(port.captureException.mock.calls).toEqual([
        [error, { a: 'b', module: 'm' }, { c: 1 }],
        [error, { module: 'jobs.daily', job: 'daily' }, {}],
      ]);
      expect(port.setUser).toHaveBeenCalledWith('u_5');
      expect(port.addBreadcrumb).toHaveBeenCalledWith({
        category: 'm',
        level: 'warning',
        message: 'hi',
        timestamp: 2.5,
        data: { d: 2 },
      });
      expect(await flushSentry(1)).toBe(false);
    } finally {
      activateSentry(undefined);
    }
  });
});

describe('sampleProfiles', () => {
  it('draws every window anew, and sends what is running when it ends', () => {
    vi.useFakeTimers();
    try {
      const calls: string[] = [];
      const draws = [0.5, 0.05, 0.05, 0.9, 0.01];
      const end = sampleProfiles({
        rate: 0.1,
        random: () => draws.shift() ?? 1,
        start: () => calls.push('start'),
        stop: () => calls.push('stop'),
      });
      expect(calls).toEqual([]);
      vi.advanceTimersByTime(4 * 60_000);
      expect(calls).toEqual(['start', 'stop', 'start']);
      end();
      vi.advanceTimersByTime(10 * 60_000);
      expect(calls).toEqual(['start', 'stop', 'start', 'stop']);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('names of transactions and spans', () => {
  const scrubber = createScrubber(createRedactor({ secrets: [] }));
  const named = (transaction: string, source?: 'url' | 'route' | 'custom') =>
    scrubber.event({
      transaction,
      ...(source === undefined ? {} : { transaction_info: { source } }),
    }).transaction;

  it.each([
    ['POST /orders/7', 'url', 'POST /*/*'],
    ['POST /orders/7', 'route', 'POST /orders/*'],
    ['POST /orders/:id', 'route', 'POST /orders/:id'],
    ['GET /users/ivan.petrov?token=a#b', 'url', 'GET /*/*'],
    ['GET /users/ivan', 'custom', 'GET /*/*'],
    ['GET /users/ivan', undefined, 'GET /*/*'],
    ['POST /api/v1/checkins/:name', 'route', 'POST /api/v1/checkins/:name'],
    ['POST /api/v1/checkins/ivan', 'url', 'POST /api/v1/checkins/*'],
    ['GET /api/v1/signals', 'url', 'GET /api/v1/signals'],
    ['GET https://hc.example/0b9c/ping', 'url', 'GET https://hc.example/*/*'],
    ['middleware - jsonParser', 'custom', 'middleware - jsonParser'],
  ] as const)('%s of source %s is sent as %s', (name, source, sent) => {
    expect(named(name, source)).toBe(sent);
  });

  it.each(['url.full', 'http.target', 'http.url', 'url.path', 'http.route', 'url', 'server.uri'])(
    'no id is left in %s, of a span, a breadcrumb or the trace itself',
    (attribute) => {
      const data = { [attribute]: 'http://h/orders/7/u-12?q=7', 'url.query': 'q=7', 'http.query': '?q=7' };
      const ids = { span_id: 'a', trace_id: 'b', start_timestamp: 0, status: 'ok' } as const;
      const sent = [
        scrubber.span({ ...ids, op: 'http.client', description: 'GET http://h/orders/7?q=7', data }),
        scrubber.breadcrumb({ category: 'http', data }),
        scrubber.event({
          contexts: { trace: { trace_id: 'b', span_id: 'a', data } },
          request: { url: 'http://h/orders/7?q=7', query_string: 'q=7' },
        }),
      ];
      expect(JSON.stringify(sent)).not.toMatch(/7|u-12/);
    },
  );

  it('a password with a # in it does not reach a breadcrumb', () => {
    const data = { url: 'https://me:hunter#2secret@ntfy.example/topic' };
    expect(JSON.stringify(scrubber.breadcrumb({ category: 'fetch', data }))).not.toMatch(/hunter|2secret/);
  });
});
