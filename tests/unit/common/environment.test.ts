import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatProblems, formatWarnings } from '../../../common/config/problem.ts';
import { describeReceived } from '../../../common/config/received.ts';
import { loadEnvironment } from '../../../common/env/load.ts';
import { EnvReader } from '../../../common/env/reader.ts';
import { ENV_NAMES, envVariable } from '../../../common/env/variables.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'environment-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const load = (env: Record<string, string>, dotenv = '') =>
  loadEnvironment({ env, dotenvPath: file('.env', dotenv) });
const reader = (values: Record<string, string>) => new EnvReader({ values, problems: [] });

describe('loading the environment', () => {
  it('reads .env, and the process has the last word', () => {
    const { values } = load({ DB_HOST: 'process' }, 'DB_HOST=file\nDB_NAME=file # with a comment\n');
    expect(values).toEqual({ DB_HOST: 'process', DB_NAME: 'file' });
  });

  it('goes on without a .env', () => {
    expect(loadEnvironment({ env: {}, dotenvPath: join(folder, 'none') })).toEqual({
      values: {},
      changedAt: {},
      problems: [],
      warnings: [],
    });
  });

  it('keeps a # in a password, and reads on behind a line without =', () => {
    const { values } = load({}, '\uFEFFDB_PASSWORD=abc#def\nREDIS_PASSWORD\nDB_NAME=n\r\nDB_HOST=h\n');
    expect(values).toEqual({ DB_PASSWORD: 'abc#def', DB_NAME: 'n', DB_HOST: 'h' });
  });

  it('warns of what may not have been meant, with the line and without the value', () => {
    const { values, problems, warnings } = load(
      {},
      [
        '\uFEFFDB_PASSWORD=canary#1',
        'canary',
        'REDIS_PASSWORD=canary $HOME_OF_CANARY',
        'WEBHOOK_TOKEN=canary #canary',
        // Others read these, and these are plain.
        'SECRET_KEY=canary#canary$canary',
        'LOCALE=ru # the language',
        'DB_NAME=${DB_NAME:-bot}',
      ].join('\n'),
    );
    expect(problems).toEqual([]);
    expect(values).toMatchObject({ REDIS_PASSWORD: 'canary', LOCALE: 'ru', DB_NAME: 'bot' });
    const path = join(folder, '.env');
    expect(warnings.map(({ name }) => name)).toEqual([
      `${path}, line 1`,
      `${path}, line 1 (DB_PASSWORD)`,
      `${path}, line 2`,
      `${path}, line 3 (REDIS_PASSWORD)`,
      `${path}, line 4 (WEBHOOK_TOKEN)`,
    ]);
    expect(formatWarnings(warnings)).toMatch(/^(?:warning: .*: [A-Z].*\n){5}$/);
    expect(formatWarnings(warnings)).not.toContain('canary');
  });

  it('refuses what Compose refuses, by its line, and still knows the secrets behind it', () => {
    const { values, problems } = load({}, "canary!=x\nDB_PASSWORD='canary\nWEBHOOK_TOKEN=canary-2\n");
    expect(problems.map(({ name }) => name.replace(folder, ''))).toEqual([
      '/.env, line 1',
      '/.env, line 2 (DB_PASSWORD)',
    ]);
    expect(formatProblems('exporter', problems)).not.toContain('canary');
    expect(values).toEqual({ DB_PASSWORD: 'canary', WEBHOOK_TOKEN: 'canary-2' });
  });

  it('takes empty for unset, also in the process', () => {
    expect(load({ DB_HOST: ' ', DB_NAME: '' }, 'DB_HOST=file').values).toEqual({ DB_HOST: 'file' });
  });

  it('reads secrets from files, without the newline at their end', () => {
    const path = file('secret', 'pass word\n');
    expect(load({ DB_PASSWORD_FILE: path }).values).toEqual({ DB_PASSWORD: 'pass word' });
    expect(load({}, `DB_PASSWORD_FILE=${path}`).values).toEqual({ DB_PASSWORD: 'pass word' });
    expect(load({ DB_HOST_FILE: path }).values).toEqual({});
  });

  it.each([
    ['a file that is not there', { WEBHOOK_TOKEN_FILE: '/nonexistent' }, 'WEBHOOK_TOKEN_FILE', 'ENOENT'],
    ['both forms at once', { WEBHOOK_TOKEN_FILE: '/x', WEBHOOK_TOKEN: 'y' }, 'WEBHOOK_TOKEN', 'not both'],
  ])('names %s', (_what, env, name, text) => {
    const { problems } = load(env);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.name).toBe(name);
    expect(formatProblems('exporter', problems)).toContain(text);
  });

  it('names an empty secret file', () => {
    expect(load({ WEBHOOK_TOKEN_FILE: file('empty', '\n') }).problems[0]?.fix).toMatch(/empty/);
  });
});

describe("the application's own names", () => {
  const warned = (env: Record<string, string>) =>
    load(env).warnings.map(({ name, fix }) => `${name}: ${fix}`);
  const read = (env: Record<string, string>) => new EnvReader(load(env));

  it('are read where ours are not set', () => {
    const env = read({ BOT_TOKEN: 'a', DEEPSEEK_API_KEY_2: 'k2', DEEPSEEK_API_KEY_1: 'k1' });
    expect(env.optional('TELEGRAM_BOT_TOKEN')).toBe('a');
    expect(env.isSet('TELEGRAM_BOT_TOKEN')).toBe(true);
    expect(env.every('DEEPSEEK_API_KEY')).toEqual([
      { name: 'DEEPSEEK_API_KEY_1', value: 'k1' },
      { name: 'DEEPSEEK_API_KEY_2', value: 'k2' },
    ]);
    expect(env.every('OPENAI_API_KEY')).toEqual([]);
  });

  it('give way to ours, and the difference is told without a value', () => {
    const env = { TELEGRAM_BOT_TOKEN: 'canary', BOT_TOKEN: 'canary-2' };
    expect(read(env).every('TELEGRAM_BOT_TOKEN')).toEqual([{ name: 'TELEGRAM_BOT_TOKEN', value: 'canary' }]);
    expect(warned(env)).toEqual([
      'TELEGRAM_BOT_TOKEN: Remove TELEGRAM_BOT_TOKEN, or BOT_TOKEN: they differ, and TELEGRAM_BOT_TOKEN is the one that counts.',
    ]);
    expect(warned({ TELEGRAM_BOT_TOKEN: 'a', BOT_TOKEN: 'a' })).toEqual([]);
    expect(warned({ OPENAI_API_KEY: 'a', OPENAI_API_KEY_1: 'a', OPENAI_API_KEY_2: 'b' })).toEqual([
      expect.stringContaining('Remove OPENAI_API_KEY, or OPENAI_API_KEY_2:'),
    ]);
    expect(warned({ OPENAI_API_KEY_1: 'a', OPENAI_API_KEY_2: 'b' })).toEqual([]);
  });

  it.each([
    [{ WEBHOOK_URL: 'https://bot.example' }, 'https://bot.example/webhook/'],
    [{ WEBHOOK_URL: 'https://bot.example/', WEBHOOK_PATH: 'hook' }, 'https://bot.example/hook'],
    [
      { WEBHOOK_URL: 'https://bot.example', WEBHOOK_PATH: '/a/', BOT_MODE: 'WEBHOOK' },
      'https://bot.example/a/',
    ],
    [{ WEBHOOK_URL: 'https://bot.example', BOT_MODE: 'polling' }, undefined],
    [{ WEBHOOK_PATH: '/webhook/' }, undefined],
  ])('make the address of the webhook as the application does: %j', (env, url) => {
    expect(read(env).optional('EXPECTED_WEBHOOK_URL')).toBe(url);
  });

  it('stand in what is said of a bad value', () => {
    const env = read({ WEBHOOK_URL: 'ftp://canary' });
    env.url('EXPECTED_WEBHOOK_URL', ['https:']);
    expect(formatProblems('exporter', env.problems)).toContain(
      'WEBHOOK_URL (read as EXPECTED_WEBHOOK_URL): received a secret (not shown);',
    );
  });

  it("leave the SQLite of the application's example aside, where DB_HOST names a database", () => {
    const env = { DATABASE_URL: 'sqlite:///expense_bot.db' };
    expect(load(env).values).toEqual(env);
    expect(load({ ...env, DB_HOST: 'db' }).values).toEqual({ DB_HOST: 'db' });
    expect(warned({ ...env, DB_HOST: 'db' })).toEqual([expect.stringMatching(/^DATABASE_URL: Remove it/)]);
  });
});

describe('reading values', () => {
  it('gives defaults where nothing is set, each of them valid', () => {
    const env = reader({});
    expect(env.listen('EXPORTER_LISTEN')).toEqual({ host: '127.0.0.1', port: 9847 });
    expect(env.boolean('DEBUG')).toBe(false);
    expect(env.timezone('TIMEZONE')).toBe('Europe/Moscow');
    expect(env.ratio('SENTRY_TRACES_SAMPLE_RATE')).toBe(0.1);
    expect(env.networks('ALLOWED_NETWORKS').length).toBeGreaterThan(5);
    expect(env.url('TELEGRAM_API_ROOT', ['https:'])).toBe('https://api.telegram.org');
    expect(env.oneOf('LOCALE', ['ru', 'en'])).toBe('ru');
    expect(env.problems).toEqual([]);
  });

  it.each([
    ['EXPORTER_LISTEN', 'localhost', (env: EnvReader) => env.listen('EXPORTER_LISTEN')],
    ['EXPORTER_LISTEN', '127.0.0.1:70000', (env: EnvReader) => env.listen('EXPORTER_LISTEN')],
    ['DEBUG', 'maybe', (env: EnvReader) => env.boolean('DEBUG')],
    ['DB_PORT', '0', (env: EnvReader) => env.port('DB_PORT')],
    ['TIMEZONE', 'Europe/Nowhere', (env: EnvReader) => env.timezone('TIMEZONE')],
    ['LOCALE', 'de', (env: EnvReader) => env.oneOf('LOCALE', ['ru', 'en'])],
    ['SENTRY_TRACES_SAMPLE_RATE', '10%', (env: EnvReader) => env.ratio('SENTRY_TRACES_SAMPLE_RATE')],
    ['ALLOWED_NETWORKS', '10.0.0.0/99', (env: EnvReader) => env.networks('ALLOWED_NETWORKS')],
    ['EXPORTER_URL', 'ftp://host', (env: EnvReader) => env.url('EXPORTER_URL', ['http:', 'https:'])],
  ] as const)('refuses %s=%s by name, with what was received and the fix', (name, value, read) => {
    const env = reader({ [name]: value });
    read(env);
    expect(env.problems).toEqual([
      { name, received: describeReceived(value), fix: expect.stringMatching(/^Write /) as string },
    ]);
  });

  it('accepts IPv6 addresses, bare addresses as networks, and a URL without its last slash', () => {
    const env = reader({
      EXPORTER_LISTEN: '[::1]:99',
      ALLOWED_NETWORKS: '10.1.2.3, ::1',
      EXPORTER_URL: 'http://exporter:9847/',
    });
    expect(env.listen('EXPORTER_LISTEN')).toEqual({ host: '::1', port: 99 });
    expect(env.networks('ALLOWED_NETWORKS').map(([, bits]) => bits)).toEqual([32, 128]);
    expect(env.url('EXPORTER_URL', ['http:'])).toBe('http://exporter:9847');
  });

  it('never shows a secret it refuses', () => {
    const env = reader({ DATABASE_URL: 'canary', TELEGRAM_PROXY_URL: 'canary' });
    env.url('DATABASE_URL', ['postgres:']);
    env.url('TELEGRAM_PROXY_URL', ['http:']);
    expect(env.problems).toHaveLength(2);
    expect(formatProblems('exporter', env.problems)).not.toContain('canary');
  });
});

it('the contract marks everything as secret that can hold one', () => {
  const suspicious = ENV_NAMES.filter((name) =>
    /TOKEN|PASSWORD|_KEY$|SECRET|DSN|SMTP|NTFY|PROXY_URL|DATABASE_URL/.test(name),
  );
  expect(suspicious.filter((name) => envVariable(name).secret !== true)).toEqual([]);
});
