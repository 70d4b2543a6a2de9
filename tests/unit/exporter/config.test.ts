import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../common/config/problem.ts';
import { readExporterConfig, type ExporterConfig } from '../../../exporter/config.ts';

const COMMITTED = fileURLToPath(new URL('../../../exporter/config.yml', import.meta.url));
const TOKEN = '123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw';
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'exporter-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Reads an environment over a configuration file with that text. */
function read(values: Record<string, string> = {}, yaml = ''): ExporterConfig {
  const path = join(folder, 'config.yml');
  writeFileSync(path, yaml);
  return readExporterConfig({ values: { EXPORTER_CONFIG: path, ...values }, problems: [] });
}

function problemsOf(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ name, received, fix }) =>
      [name.replace(`${folder}/`, ''), received ?? '-', fix].join(' | '),
    );
  }
  return [];
}

describe('the configuration of the exporter', () => {
  it('has the values that the committed file shows', () => {
    const shown = read({}, readFileSync(COMMITTED, 'utf8'));
    expect(shown).toEqual(read());
    expect(shown).toMatchObject({
      listen: { host: '127.0.0.1', port: 9847 },
      failuresBeforeDown: 2,
      database: { host: 'localhost', port: 5432, database: 'expense_bot', user: 'expense_user' },
      redis: { host: 'localhost', port: 6379 },
      timing: { database: { intervalMs: 15_000, timeoutMs: 5_000, disabledReason: undefined } },
      celery: {
        connection: { host: 'localhost', port: 6379 },
        settings: 'REDIS_PASSWORD',
        queues: [
          'default',
          'reports',
          'recurring',
          'maintenance',
          'notifications',
          'monitoring',
          'analytics',
        ],
        visibilityTimeoutMs: 3_600_000,
      },
      disk: { minFreeBytes: 1e9, mountpoints: [] },
      memory: { maxUsageRatio: 0.9 },
      cpu: { maxUsageRatio: 0.8 },
      timezone: 'Europe/Moscow',
    });
  });

  it('takes URLs before parts, and the monitoring bot before the main one', () => {
    const config = read({
      DATABASE_URL: 'postgresql://u:p@db/expense_bot',
      DB_HOST: 'ignored',
      REDIS_URL: 'rediss://:p@redis:6380/0',
      REDIS_HOST: 'ignored',
      MONITORING_BOT_TOKEN: TOKEN,
      TELEGRAM_BOT_TOKEN: `9${TOKEN}`,
    });
    expect(config.database).toEqual({ connectionString: 'postgresql://u:p@db/expense_bot' });
    expect(config.redis).toEqual({ url: 'rediss://:p@redis:6380/0' });
    expect(config.telegram.token).toBe(TOKEN);
    expect(read({ TELEGRAM_BOT_TOKEN: `9${TOKEN}` }).telegram.token).toBe(`9${TOKEN}`);
    expect(read().telegram.token).toBeUndefined();
  });

  it.each([
    [{ CELERY_BROKER_URL: 'redis://b/3', REDIS_URL: 'redis://r/1' }, 'redis://b/3', 'CELERY_BROKER_URL'],
    [{ REDIS_URL: 'redis://:p%40@r:6380/1' }, 'redis://:p%40@r:6380/0', 'REDIS_URL'],
    [{ REDIS_URL: 'rediss://r' }, 'rediss://r/0', 'REDIS_URL'],
    [{ REDIS_URL: 'unix:///run/redis.sock?db=1' }, 'unix:///run/redis.sock', 'REDIS_URL'],
    [{ REDIS_URL: 'redis://r/1?db=2' }, 'redis://r/0', 'REDIS_URL'],
    [
      { CELERY_BROKER_URL: 'redis+socket:///run/redis.sock?virtual_host=2' },
      'redis+socket:///run/redis.sock?virtual_host=2',
      'CELERY_BROKER_URL',
    ],
  ])('finds the broker of %j', (values, url, settings) => {
    expect(read(values).celery).toMatchObject({ connection: { url }, settings });
  });

  it.each([
    ['REDIS_URL', 'sentinel://:hunter2@s1:26379;sentinel://s2:26379'],
    ['CELERY_BROKER_URL', 'redis+sentinel://s1:26379/mymaster/0'],
  ])('says of %s=%s that the master itself is to be named', (name, url) => {
    const [problem = '', ...others] = problemsOf(() => read({ [name]: url }));
    expect(others).toEqual([]);
    expect(problem).toMatch(new RegExp(`^${name} .*write the address of the master itself`));
    expect(problem).not.toContain('hunter2');
  });

  it.each([
    ['DATABASE_URL', 'postgresql://u:hun#ter2@db/x', 'cannot be read: write the characters @'],
    ['DATABASE_URL', 'postgresql://u:hunter2@db:99999/x', 'a port up to 65535'],
    ['REDIS_URL', 'redis://:hun/ter2@r:6379/0', 'cannot be read: write the characters @'],
    ['REDIS_URL', 'http://r', 'Write a URL that starts with redis://'],
  ])('says what is wrong with %s=%s', (name, url, sentence) => {
    const problems = problemsOf(() => read({ [name]: url })).join();
    expect(problems).toContain(sentence);
    expect(problems).not.toContain('ter2');
  });

  it('looks at the webhook with the token of the main bot only', () => {
    const both = read({ MONITORING_BOT_TOKEN: TOKEN, TELEGRAM_BOT_TOKEN: `9${TOKEN}` });
    expect(both.webhook).toMatchObject({
      access: { token: `9${TOKEN}`, apiRoot: 'https://api.telegram.org' },
      expectedUrl: undefined,
      maxPendingUpdates: 100,
      errorWindowMs: 300_000,
    });
    expect(read({ MONITORING_BOT_TOKEN: TOKEN }).webhook.access.token).toBeUndefined();
    const alone = read({ TELEGRAM_BOT_TOKEN: TOKEN, EXPECTED_WEBHOOK_URL: 'https://x.example/hook/' });
    expect(alone.webhook).toMatchObject({
      access: { token: TOKEN },
      expectedUrl: 'https://x.example/hook/',
    });
    expect(alone.secrets).toContain('https://x.example/hook/');
    const malformed = problemsOf(() =>
      read({ TELEGRAM_BOT_TOKEN: 'hunter2', EXPECTED_WEBHOOK_URL: 'http://hunter2' }),
    );
    expect(malformed.map((problem) => problem.split(' | ')[0])).toEqual([
      'TELEGRAM_BOT_TOKEN',
      'EXPECTED_WEBHOOK_URL',
    ]);
    expect(malformed.join()).not.toContain('hunter2');
  });

  it('knows the HTTP targets: the public one, and those of the file', () => {
    const { httpTargets } = read(
      { PUBLIC_HEALTHCHECK_URL: 'https://coins.example.com/health/' },
      `
probes: { public_endpoint: { expect_status: [200, 204], expect_body: ok, ca_file: /ca.pem } }
http_targets:
  - { name: bot, url: 'http://bot:8080/health', follow_redirects: false, interval: 60s, timeout: 10s }
  - { name: peer, url: 'https://peer.example.com', enabled: false, expect_status: 401 }`,
    );
    expect(httpTargets).toMatchObject([
      {
        name: 'public_endpoint',
        url: new URL('https://coins.example.com/health/'),
        expectStatus: [200, 204],
        expectBody: 'ok',
        followRedirects: true,
        caFile: '/ca.pem',
        intervalMs: 30_000,
        attemptTimeoutMs: 5_000,
        disabledReason: undefined,
      },
      { name: 'http:bot', followRedirects: false, intervalMs: 60_000, expectStatus: undefined },
      {
        name: 'http:peer',
        expectStatus: [401],
        disabledReason: { code: 'switched_off', file: expect.stringMatching(/config\.yml$/) as string },
      },
    ]);
    expect(read().httpTargets).toMatchObject([
      { name: 'public_endpoint', disabledReason: { code: 'not_set', variable: 'PUBLIC_HEALTHCHECK_URL' } },
    ]);
  });

  it('knows a check that is switched off', () => {
    const { timing } = read({}, 'probes: { cpu: { enabled: false } }');
    expect(timing.cpu.disabledReason).toMatchObject({ code: 'switched_off' });
    expect(timing.memory.disabledReason).toBeUndefined();
  });

  it.each([
    [
      'an unknown key',
      'probes: { databse: {} }',
      'config.yml: probes.databse | - | Remove this key: it is not known here.',
    ],
    [
      'an unknown key of a probe',
      'probes: { cpu: { max_usage: 1 } }',
      'config.yml: probes.cpu.max_usage | - | Remove this key: it is not known here.',
    ],
    [
      'a time-out longer than the interval',
      'probes: { redis: { interval: 2s } }',
      'config.yml: probes.redis.timeout | - | Change it: write a time-out that is not longer than the interval.',
    ],
    [
      'a bare number for a time',
      'probes: { redis: { interval: 15 } }',
      'config.yml: probes.redis.interval | 15 | Change it: write a duration such as 15s, 30m or 4h.',
    ],
    [
      'percent instead of a ratio',
      'probes: { memory: { max_usage_ratio: 90 } }',
      'config.yml: probes.memory.max_usage_ratio | 90 | Change it: write a number from 0 to 1.',
    ],
    [
      'attempts that do not fit into the interval',
      'probes: { public_endpoint: { timeout: 10s } }',
      'config.yml: probes.public_endpoint.timeout | - | Change it: write a time-out of which three, with a tenth of it as a pause after each, fit into the interval.',
    ],
    [
      'a password in the address of a target',
      'http_targets: [{ name: bot, url: "https://me:hunter2@bot" }]',
      'config.yml: http_targets.0.url | a URL with the scheme https:// (22 characters) | Change it: write the URL without a user and a password.',
    ],
    [
      'a target that is not on the web',
      'http_targets: [{ name: bot, url: "ftp://me:hunter2@bot" }]',
      'config.yml: http_targets.0.url | a URL with the scheme ftp:// (20 characters) | Change it: write a URL that starts with http:// or https://.',
    ],
    [
      'a format that no access log has',
      'access_log: { format: common }',
      'config.yml: access_log.format | a text of 6 characters | Change it: write one of combined, combined_time, json.',
    ],
    [
      'a route of the name that all the others have',
      'access_log: { routes: [{ name: other, prefix: /x }] }',
      'config.yml: access_log.routes.0.name | a text of 5 characters | Change it: write another name: other is what fits no route.',
    ],
    [
      'two targets of one name',
      'http_targets: [{ name: bot, url: "http://a" }, { name: bot, url: "http://b" }]',
      'config.yml: http_targets.1.name | a text of 3 characters | Change it: write a name that no other target has.',
    ],
    [
      'a name that is no name',
      'http_targets: [{ name: "My bot", url: "http://a" }]',
      'config.yml: http_targets.0.name | a text of 6 characters | Change it: write up to 32 small letters, digits, - and _.',
    ],
    [
      'an impossible status',
      'http_targets: [{ name: bot, url: "http://a", expect_status: 42 }]',
      'config.yml: http_targets.0.expect_status | 42 | Change it: write an HTTP status such as 200, or a list of them.',
    ],
    [
      'a word for a count',
      'failures_before_down: two',
      'config.yml: failures_before_down | a text of 3 characters | Change it: write a whole number, 1 or more.',
    ],
  ])('refuses %s', (_case, yaml, expected) => {
    expect(problemsOf(() => read({}, yaml))).toEqual([expected]);
  });

  it('tells everything that is wrong at once, and no secret', () => {
    const problems = problemsOf(() =>
      read(
        {
          DATABASE_URL: 'mysql://user:hunter2@db/x',
          REDIS_URL: 'http://:hunter2@redis',
          MONITORING_BOT_TOKEN: 'hunter2',
          TELEGRAM_API_ROOT: 'telegram.example',
          EXPORTER_LISTEN: 'everywhere',
          ALLOWED_NETWORKS: '10.0.0.0/8, home',
          TIMEZONE: 'Moscow',
          DEBUG: 'maybe',
        },
        'probes: { cpu: { enabled: perhaps }, nvme: {} }',
      ),
    );
    expect(problems.map((problem) => problem.split(' | ')[0]).toSorted()).toEqual([
      'ALLOWED_NETWORKS',
      'DATABASE_URL',
      'DEBUG',
      'EXPORTER_LISTEN',
      'MONITORING_BOT_TOKEN',
      'REDIS_URL',
      'TELEGRAM_API_ROOT',
      'TIMEZONE',
      'config.yml: probes.cpu.enabled',
      'config.yml: probes.nvme',
    ]);
    expect(problems.join('\n')).not.toContain('hunter2');
  });

  it('refuses a file that was asked for and is not there', () => {
    const missing = join(folder, 'missing.yml');
    const environment = { values: { EXPORTER_CONFIG: missing }, problems: [] };
    expect(problemsOf(() => readExporterConfig(environment))).toEqual([
      `EXPORTER_CONFIG | a text of ${missing.length} characters that is no readable file | Name a file that this process can read.`,
    ]);
  });

  it.each([
    ['postgresql://u:hunter2@/x', /^Write a host, or the folder of the Unix socket/],
    ['postgresql:///x', /^Write a host, or the folder of the Unix socket/],
    ['postgresql://u:hunter2@one:5432,two:5432/x', /^Write one host and port/],
    ['postgres://one,two/x', /^Write one host and port/],
    ['postgres://one/x?sslmode=required', /^Write one of these for sslmode: disable, allow, prefer, require/],
    ['postgresql:///x?host=/var/run/postgresql&user=u', undefined],
    ['postgresql://u@one/x?sslmode=require', undefined],
  ])('says of %s what to write', (DATABASE_URL, sentence) => {
    if (sentence === undefined) {
      expect(read({ DATABASE_URL }).database).toEqual({ connectionString: DATABASE_URL });
      return;
    }
    const [problem = ''] = problemsOf(() => read({ DATABASE_URL }));
    expect(problem).not.toContain('hunter2');
    expect(problem.split(' | ').at(-1)).toMatch(sentence);
  });

  it('knows every secret and every id for the redactor', () => {
    const config = read({ DATABASE_URL: 'postgresql://u:hunter22@db/x', ADMIN_TELEGRAM_ID: '8675309:4' });
    expect(config.secrets).toEqual(expect.arrayContaining(['hunter22']));
    expect(config.ids).toEqual(['8675309']);
  });
});
