import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { environmentSecrets } from '../../../../common/redact/environment.ts';
import { createRedactor } from '../../../../common/redact/redact.ts';

const SECRET = 's3cr3t/p@ss word';
const redactor = createRedactor({
  secrets: [SECRET, 'abcd', 'x'],
  hashId: (id) => `u_${String(id).replace('-', 'a').padStart(12, '0').slice(-12)}`,
  ids: ['123456789', '-100200300400'],
});
const TOKEN = '123456789:AAEabcdefghijklmnopqrstuvwxyz0123456';
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_def';

describe('what is masked in text', () => {
  it.each([
    ['a known secret', `failed with ${SECRET}!`, 'failed with [secret]!'],
    ['a known secret, URL-encoded', `?a=${encodeURIComponent(SECRET)}&b=1`, '?a=[secret]&b=1'],
    ['a known secret, JSON-escaped', JSON.stringify({ a: SECRET }), '{"a":"[secret]"}'],
    ['a known secret in base64 of user:secret', `x ${btoa(`user:${SECRET}`)}`, 'x dXNlcjp[secret]'],
    ['a short known secret standing alone', 'got abcd.', 'got [secret].'],
    [
      'a Telegram token in a URL',
      `https://api.telegram.org/bot${TOKEN}/getMe`,
      'https://api.telegram.org/bot[token]/getMe',
    ],
    ['a Telegram token in a sentence', `token ${TOKEN} is wrong`, 'token [token] is wrong'],
    ['a bearer', 'sent Bearer abc.def-123', 'sent Bearer [token]'],
    ['basic credentials', 'sent Basic dXNlcjpwYXNz', 'sent Basic [token]'],
    ['an authorization header', 'Authorization: Digest username=a', 'Authorization: [secret]'],
    ['a cookie header', 'Cookie: a=b; c=d', 'Cookie: [secret]'],
    ['postgres credentials', 'postgres://u:pw@db:5432/x', 'postgres://[secret]@db:5432/x'],
    ['a password with @ / # ?', 'postgres://u:p@s/s#w?r@db:5432/x', 'postgres://[secret]@db:5432/x'],
    ['redis credentials', 'redis://:pw@h:6379/0', 'redis://[secret]@h:6379/0'],
    ['smtp credentials', 'smtps://me:pw@mail:465', 'smtps://[secret]@mail:465'],
    ['two URLs in a list', 'redis://a:b@h1,redis://c:d@h2', 'redis://[secret]@h1,redis://[secret]@h2'],
    ['a Sentry DSN', 'https://abc123@o1.ingest.sentry.io/5', 'https://[secret]@o1.ingest.sentry.io/5'],
    ['a password that begins with a digit and holds /', 'redis://u:1p/x@h', 'redis://[secret]@h'],
    ['a password that ends with a digit and holds ?', 'redis://u:p1?x@h', 'redis://[secret]@h'],
    ['a password with a colon after digits', 'redis://u:12:pw/x@h', 'redis://[secret]@h'],
    ['no user and no password', 'redis://@h/0', 'redis://[secret]@h/0'],
    ['an @ in a path', 'https://h/p@x https://h:80/p@x', 'https://h/p@x https://h:80/p@x'],
    [
      'a list of which only the second has any',
      'redis://h1:1,redis://u:p@h2',
      'redis://h1:1,redis://[secret]@h2',
    ],
    [
      'query parameters',
      'GET /x?key=a1&sig=b2&a=1&token=c3',
      'GET /x?key=[secret]&sig=[secret]&a=1&token=[secret]',
    ],
    ['an OpenAI key', 'key sk-proj-abcdefghijklmnop1234', 'key [token]'],
    ['a Google key', 'key AIzaSyA1234567890abcdefghijklmnopqrstu', 'key [token]'],
    ['a JWT', `jwt ${JWT}`, 'jwt [token]'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nAAA\n-----END PRIVATE KEY-----', '[secret]'],
    ['a libpq DSN', "host=db password=a'b user=me", "host=db password=[secret]'b user=me"],
    ['a quoted libpq password', "password='a b\\'c' user=me", "password='[secret]' user=me"],
    ['JSON', '{"password":"a\\"b","n":1}', '{"password":"[secret]","n":1}'],
    ['JSON inside JSON', '{\\"password\\":\\"ab\\",\\"n\\":1}', '{\\"password\\":\\"[secret]\\",\\"n\\":1}'],
    ['an assignment', 'WEBHOOK_TOKEN=hunter22 started', 'WEBHOOK_TOKEN=[secret] started'],
    ['a card with spaces', 'card 4111 1111 1111 1111.', 'card [card].'],
    ['a card with dashes', '5500-0000-0000-0004', '[card]'],
    ['a bare card after a number', '5 4111111111111111', '5 [card]'],
    ['a card of 15 digits', '3782 822463 10005', '[card]'],
    ['an address', 'mail to a.b+c@example.co.uk now', 'mail to [email] now'],
    ['a Cyrillic address', 'иван@пример.рф', '[email]'],
    ['an encoded address', '?to=a%40b.com', '?to=[email]'],
    ['a phone', 'call +7 (916) 123-45-67 now', 'call [phone] now'],
    ['a phone without gaps', '+79161234567', '[phone]'],
    ['a foreign phone', '+44 20 7946 0958', '[phone]'],
    ['a domestic phone', '8 (916) 123-45-67', '[phone]'],
    ['an id by name', 'user_id=5 "chat_id":-1001', 'user_id=u_000000000005 "chat_id":u_0000000a1001'],
    ['a known id', 'chat 123456789 of -100200300400', 'chat u_000123456789 of u_100200300400'],
  ])('%s', (_case, input, output) => {
    expect(redactor.text(input)).toBe(output);
    expect(redactor.text(output)).toBe(output);
  });
});

describe('what stays readable', () => {
  it.each([
    'WEBHOOK_TOKEN: required unless the bridge listens on loopback',
    'Bearer token required',
    'basic settings, basic auth',
    'tokens_used=532 max_tokens: 1000 token_count=7',
    'https://host:8080/path/@user https://h/p?page=2#top',
    'redis://localhost:6379/0',
    '@sentry/node@11.1.0 installed',
    '2025-11-23T10:00:00.123+03:00 2025-11-23 10:00:00 +0300',
    'at 1732323012 1732323012123 1732323012123456 1732323012123456789',
    'ids 4111111111111112 89161234567 6123456789 -1001234567890',
    'values 0.4111111111111111 1e+10 12.5 4096 8192 1048576',
    '10.0.0.1 192.168.100.200 ::1 1.2.3-4 v20.20.2 15.13.0',
    '550e8400-e29b-41d4-a716-446655440000 41111111-1111-4111-8111-111111111111',
    '3fa85f6457174562b3fc2c963f66afa6 abc4111111111111111def',
    'expensebot_host_disk_free_bytes{mountpoint="/"} 41234567890',
    'Error: connect ECONNREFUSED 127.0.0.1:5432 at node:net:1611:16',
    'rate(x_total[5m]) > 0.5 and y == 1',
    'SELECT count(*) FROM users_profile WHERE id > $1',
  ])('%s', (line) => {
    expect(redactor.text(line)).toBe(line);
  });
});

const piece = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    ...[
      TOKEN,
      JWT,
      SECRET,
      'abcd',
      '4111 1111 1111 1111',
      '+79161234567',
      'a@b.com',
      'password=',
      '"token": "',
      "'",
    ],
    ...[
      '://',
      'u:p@',
      '@',
      'Bearer ',
      'Basic ',
      '\\',
      '"',
      '[secret]',
      '[',
      ']',
      '?key=',
      'user_id=',
      ' ',
      '\n',
      '-',
      '1',
    ],
  ),
);
const text = fc.array(piece, { maxLength: 14 }).map((parts) => parts.join(''));

describe('properties', () => {
  it('is a fixed point: redacting twice changes nothing', () => {
    fc.assert(
      fc.property(text, (raw) => {
        const once = redactor.text(raw);
        expect(redactor.text(once)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });

  it('never lets a long known secret or a Telegram token through, whatever stands around', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(redactor.text(`${before}${SECRET}${after}`)).not.toContain(SECRET);
        expect(redactor.text(`${before} ${TOKEN} ${after}`)).not.toContain(TOKEN.slice(10));
      }),
      { numRuns: 1000 },
    );
  });

  it('copies any value into JSON types, without throwing and without a known secret', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withMap: true, withSet: true, withDate: true }),
        text,
        (value, s) => {
          const copied = JSON.stringify(redactor.value({ value, nested: [`${s}${SECRET}`] }));
          expect(JSON.parse(copied)).toHaveProperty('value');
          expect(copied).not.toContain(SECRET);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each(
    Object.entries({
      digits: '1',
      gaps: '1 ',
      groups: '1234 ',
      addresses: 'a@',
      tokens: '123456:AA ',
      jwt: 'eyJ',
      quotes: 'password="',
      escapes: 'password=\\"\'',
      schemes: '://',
      urls: 'http://a:b',
      phones: '+7 ',
      keys: 'sk-',
      pem: '-----BEGIN PRIVATE KEY-----',
      backslashes: '\\',
      encoded: '%40',
      ids: 'user_id=1 ',
    }),
  )('takes linear time on a hostile megabyte of %s', (_case, unit) => {
    const hostile = unit.repeat(Math.ceil(1_000_000 / unit.length));
    const start = process.cpuUsage();
    redactor.text(hostile);
    // Its own time, whatever else the machine does. Quadratic on a megabyte it would be minutes.
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(10_000);
  });
});

describe('values', () => {
  it('masks fields by their names, whatever they hold', () => {
    const names = [
      'password',
      'DB_PASSWORD',
      'passwd',
      'token',
      'accessToken',
      'secret',
      'api_key',
      'apiKey',
    ];
    const more = [
      'x-api-key',
      'Authorization',
      'set-cookie',
      'dsn',
      'private_key',
      'credentials',
      'DATABASE_URL',
    ];
    const all = [...names, ...more];
    const input = Object.fromEntries(all.map((name, i) => [name, [1, null, { a: 1 }, 'v', true][i % 5]]));
    expect(redactor.value(input)).toEqual(Object.fromEntries(all.map((name) => [name, '[secret]'])));
  });

  it('keeps fields that only look similar', () => {
    const plain = {
      tokens_used: 5,
      total_tokens: 9,
      key: 'alertname',
      author: 'a',
      passed: true,
      keyboard: 'b',
    };
    expect(redactor.value(plain)).toEqual(plain);
  });

  it('hashes ids by the name of their field', () => {
    expect(redactor.value({ telegram_id: 5n, user_id: '7', chatId: -9, profile_ids: [1], user: 3 })).toEqual({
      telegram_id: 'u_000000000005',
      user_id: 'u_000000000007',
      chatId: 'u_0000000000a9',
      profile_ids: ['u_000000000001'],
      user: 3,
    });
  });

  it('copies errors with stack, causes and own properties', () => {
    const error = Object.assign(new AggregateError([new Error('one a@b.com')], 'top'), { code: 'E1' });
    error.cause = new Map<unknown, unknown>([['token', 'v']]);
    const copied = redactor.value(error) as Record<string, unknown>;
    expect(copied).toMatchObject({
      name: 'AggregateError',
      message: 'top',
      code: 'E1',
      cause: { token: '[secret]' },
    });
    expect(copied['errors']).toMatchObject([{ message: 'one [email]' }]);
    expect(copied['stack']).toContain('redact.test.ts');
  });

  it('names what it cannot copy', () => {
    const cycle: Record<string, unknown> = {
      set: new Set([1]),
      map: new Map([[{ a: 1 }, 2]]),
      bytes: Buffer.from('ab'),
      date: new Date(0),
      bad: new Date(NaN),
      nan: NaN,
      none: undefined,
      call: () => 1,
      url: new URL('http://u:p@h/'),
      get broken(): never {
        throw new Error('no');
      },
    };
    cycle['self'] = cycle;
    expect(redactor.value(cycle)).toEqual({
      set: [1],
      map: [[{ a: 1 }, 2]],
      bytes: '[binary, 2 bytes]',
      date: '1970-01-01T00:00:00.000Z',
      bad: 'Invalid Date',
      nan: 'NaN',
      none: null,
      call: '[function call]',
      url: 'http://[secret]@h/',
      broken: '[unreadable]',
      self: '[circular]',
    });
  });

  it('bounds depth, breadth and length, and says what is left out', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 20; i++) deep = { deep };
    expect(JSON.stringify(redactor.value(deep))).toContain('[too deep]');
    const wide = redactor.value(Array.from({ length: 600 }, () => 1)) as unknown[];
    expect(wide.at(-1)).toBe('[100 more items]');
    expect(redactor.value('ab '.repeat(20_000))).toMatch(/…\[27232 more characters\]$/);
  });
});

describe('secrets of an environment', () => {
  it('takes secret values, passwords inside URLs, DSN keys and administrators', () => {
    const found = environmentSecrets({
      DATABASE_URL: 'postgres://u:p%40ss@db/x',
      SENTRY_DSN: 'https://abcdef@o1.ingest.sentry.io/5',
      WEBHOOK_TOKEN: 'hook-token',
      ENVIRONMENT: 'production',
      ADMIN_TELEGRAM_ID: '55555, -100777:12',
    });
    expect([...found.secrets].sort()).toEqual([
      'abcdef',
      'hook-token',
      'p%40ss',
      'p@ss',
      'u:p%40ss',
      'u:p@ss',
    ]);
    expect(found.ids).toEqual(['55555', '-100777']);
  });

  it("takes them under the application's names, also those that do not count", () => {
    const { secrets } = environmentSecrets({
      BOT_TOKEN: '123456:bot-token',
      OPENAI_API_KEY: 'openai-own',
      OPENAI_API_KEY_1: 'openai-1',
      OPENAI_API_KEY_9: 'openai-9',
      DEEPSEEK_API_KEY_2: 'deepseek-2',
      WEBHOOK_URL: 'https://bot.example',
      WEBHOOK_PATH: '/webhook/path-that-is-secret',
    });
    expect([...secrets].sort()).toEqual([
      '123456:bot-token',
      'bot-token',
      'deepseek-2',
      'https://bot.example/webhook/path-that-is-secret',
      'openai-1',
      'openai-9',
      'openai-own',
      'path-that-is-secret',
    ]);
  });
});
