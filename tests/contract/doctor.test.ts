/** `npm run doctor` against real servers: everything well, then one trouble after the other. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createAppDatabase } from '../support/app/database.ts';
import { CREATE_READER, READER } from '../support/app/reader.ts';
import { startAiProviders, type AiProvidersFake } from '../support/exporter/ai-providers.ts';
import { BOT_TOKEN, CHAT_ID, WEBHOOK_TOKEN } from '../support/bridge/bridge.ts';
import { type Installation, useInstallation } from '../support/bridge/installation.ts';
import { lineOf, runDoctor, type DoctorRun } from '../support/machine/doctor.ts';
import { startSentryServer, type SentryServer } from '../support/sentry/sentry-server.ts';
import { startCeleryWorker } from '../support/servers/celery.ts';
import { startPostgres, withClient, type PostgresServer } from '../support/servers/postgres.ts';
import type { Server } from '../support/servers/process.ts';
import { startRedis } from '../support/servers/redis.ts';
import { startService } from '../support/servers/service.ts';

const REDIS_PASSWORD = 'canary-redis-password';
const KEYS = {
  openai: 'canary-openai',
  google: 'canary-google',
  deepseek: 'canary-deep',
  qwen: 'canary-qwen',
  openrouter: 'canary-openrouter',
  yandex: 'canary-yandex',
};

let folder: string;
let postgres: PostgresServer;
let redis: Server;
let exporter: Server;
let ai: AiProvidersFake;
let sentry: SentryServer;
let env: Record<string, string>;

const prepare = async (at: Installation): Promise<void> => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  at.closeAtTheEnd({ close: () => rmSync(folder, { recursive: true, force: true }) });
  chmodSync(folder, 0o755);
  [postgres, redis, ai, sentry] = await Promise.all([
    startPostgres(),
    startRedis({ password: REDIS_PASSWORD }),
    startAiProviders(KEYS),
    startSentryServer(),
  ]);
  await withClient(postgres.url, async (client) => {
    await createAppDatabase(client);
    await client.query(CREATE_READER);
    await client.query(`CREATE SCHEMA monitoring AUTHORIZATION ${READER.user}`);
  });
  const log = join(folder, 'access.log');
  writeFileSync(log, '1.2.3.4 - - [22/Nov/2026:10:00:00 +0300] "GET / HTTP/1.1" 200 5 "-" "curl"\n');
  const shared = { MONITORING_BOT_TOKEN: BOT_TOKEN, TELEGRAM_API_ROOT: at.telegram.apiRoot };
  const [worker, bridge, service] = await Promise.all([
    startCeleryWorker({ brokerUrl: redis.url }),
    at.startBridge(),
    startService('exporter', { ...shared, DATABASE_URL: postgres.urlFor(READER), REDIS_URL: redis.url }),
  ]);
  exporter = service;
  for (const server of [postgres, redis, ai, sentry, worker, exporter]) at.closeAtTheEnd(server);
  env = {
    ...shared,
    ADMIN_TELEGRAM_ID: String(CHAT_ID),
    WEBHOOK_TOKEN,
    DATABASE_URL: postgres.urlFor(READER),
    REDIS_URL: redis.url,
    OPENAI_API_KEY: KEYS.openai,
    OPENAI_BASE_URL: ai.baseUrl('openai'),
    DEEPSEEK_API_KEY: KEYS.deepseek,
    DEEPSEEK_BASE_URL: ai.baseUrl('deepseek'),
    NGINX_ACCESS_LOG: log,
    SENTRY_DSN: sentry.dsn,
    PUBLIC_HEALTHCHECK_URL: `${exporter.url}/-/healthy`,
    EXPORTER_URL: exporter.url,
    BRIDGE_LISTEN: `127.0.0.1:${bridge.port}`,
    // Prometheus and Alertmanager have a test of their own, on the whole chain.
    PROMETHEUS_URL: 'http://127.0.0.1:1',
    ALERTMANAGER_URL: 'http://127.0.0.1:1',
    STATE_DIR: join(bridge.folder, 'state'),
    LOG_DIR: join(folder, 'log'),
  };
};
const world = useInstallation(prepare, { shared: true });

const run = (more: Readonly<Record<string, string>> = {}, args: readonly string[] = []): Promise<DoctorRun> =>
  runDoctor({ ...env, ...more }, folder, args);
const statement = (sql: string) => withClient(postgres.url, (client) => client.query(sql));

/** Of a sabotaged run: the line of the check, and the advice at the end. */
async function saysOf(name: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const found = await run(more, ['--no-send']);
  expect(found.code).toBe(1);
  const advice = found.output.slice(found.output.indexOf('What to do'));
  const at = advice.indexOf(`, ${name}: `);
  return `${lineOf(found, name)}\n${at === -1 ? '' : advice.slice(at).split(/\n {2}\d+\. /)[0]}`;
}

describe('a .env file', () => {
  it('is told of where it may not be read as it was meant, and by whose name a setting is set', async () => {
    const path = join(folder, '.env');
    writeFileSync(path, 'HASH_KEY\nFALLBACK_NTFY_URL=https://ntfy.example/canary#topic\n');
    try {
      const told = await run({ BOT_TOKEN }, ['--no-send']);
      expect(lineOf(told, 'TELEGRAM_BOT_TOKEN')).toBe(
        '✓ ok  TELEGRAM_BOT_TOKEN  set by BOT_TOKEN (a secret, not shown)',
      );
      expect(lineOf(told, '.env, line 1')).toMatch(/^! warning .*without = the line sets nothing/);
      expect(lineOf(told, '.env, line 2 (FALLBACK_NTFY_URL)')).toMatch(/^! warning .*single quotes/);
      expect(told.output).toContain(' 2 with a warning,');
      expect(told.output).not.toContain('canary');
      writeFileSync(path, "WEBHOOK_TOKEN='canary\n");
      const refused = await run({}, ['--no-send']);
      expect(refused.code).toBe(2);
      expect(refused.output).toContain('.env, line 1 (WEBHOOK_TOKEN): Close the quote.');
      expect(refused.output).not.toContain('canary');
    } finally {
      rmSync(path);
    }
  });
});

describe('where everything but Prometheus and Alertmanager is well', () => {
  it('says so of each, sends one message and one event, and shows no secret', async () => {
    const before = world.telegram.messages(CHAT_ID).length;
    const { rows } = await statement('SHOW server_version');
    const version = String((rows as readonly { server_version: string }[])[0]?.server_version);
    const well = await run();
    for (const [name, detail] of Object.entries({
      MONITORING_BOT_TOKEN: 'set (a secret, not shown)',
      TIMEZONE: 'Europe/Moscow (default)',
      NGINX_ACCESS_LOG: `${folder}/access.log`,
      connection: `PostgreSQL ${version}`,
      'statement time-out': 'kept: 200 ms',
      users_profile: '3 columns readable',
      ai_service_metrics: '7 columns readable',
      'history (schema monitoring)': 'may write it',
      redis: 'answers PING',
      celery_workers: 'celery@test',
      public_endpoint: 'status 200',
      openai_api: 'the key is good',
      bot: '@coins_monitoring_bot answers getMe',
      [`message to ${CHAT_ID}`]: 'the test message is in the chat',
      clock: 'within 10 s',
      'test event': 'taken by',
      exporter: 'ready at',
      'alert-bridge': 'ready at',
      WEBHOOK_TOKEN: 'set (a secret, not shown)',
    }))
      expect(lineOf(well, name), name).toMatch(new RegExp(`^✓ ok .*${escape(detail)}`));
    expect(lineOf(well, 'google_ai_api')).toMatch(/^– left out .*GOOGLE_API_KEY is not set/);
    expect(world.telegram.messages(CHAT_ID).length).toBe(before + 1);
    expect(world.telegram.messages(CHAT_ID).at(-1)?.text).toContain('npm run doctor');
    expect(sentry.items('event').map(({ payload }) => payload['message'])).toEqual([
      'Test event of npm run doctor',
    ]);
    expect(sentry.refused).toEqual([]);
    expect(well.output).toContain('✗ wrong     prometheus');
    expect(well.code).toBe(1);
    // Both services still run, with their locks.
    expect(exporter.running && world.bridge.running).toBe(true);
    expectNoSecret(well);
  });

  it('sends nothing with --no-send, and answers in JSON', async () => {
    const before = [world.telegram.messages(CHAT_ID).length, sentry.envelopes.length];
    const found = await run({}, ['--no-send', '--json']);
    const results = JSON.parse(found.output) as { name: string; status: string; detail: string }[];
    expect(results).toContainEqual(expect.objectContaining({ name: 'test event', detail: '--no-send' }));
    expect(results.filter(({ status }) => status === 'wrong').map(({ name }) => name)).toEqual([
      'prometheus',
      'alertmanager',
    ]);
    expect([world.telegram.messages(CHAT_ID).length, sentry.envelopes.length]).toEqual(before);
    expectNoSecret(found);
  });
});

describe('what is wrong is said, with what to do', () => {
  it('the configuration: every problem of both services, exit code 2', async () => {
    const found = await run({ TIMEZONE: 'Moscow', ADMIN_TELEGRAM_ID: '@me' });
    expect(found.code).toBe(2);
    expect(found.output).toContain('TIMEZONE: received a text of 6 characters; Write an IANA time zone');
    expect(found.output).toContain('ADMIN_TELEGRAM_ID: received a text of 3 characters that begins with @');
    const usage = await run({}, ['--quietly']);
    expect([usage.code, usage.output]).toEqual([2, 'Use: npm run doctor -- [--no-send] [--json]\n']);
  });

  it('a table without the right to read it: the GRANT, which mends it', async () => {
    await statement(`REVOKE SELECT ON subscriptions FROM ${READER.user}`);
    await statement(`REVOKE SELECT (amount) ON subscriptions FROM ${READER.user}`);
    const said = await saysOf('subscriptions');
    expect(said).toContain('the role monitoring_reader may not read: id, profile_id, is_active, end_date');
    const grant = /GRANT SELECT .*;/.exec(said)?.[0] ?? '';
    await statement(grant);
    expect(lineOf(await run({}, ['--no-send']), 'subscriptions')).toMatch(/^✓ ok/);
  });

  it('a missing table and a missing column, by name', async () => {
    await statement('ALTER TABLE ai_service_metrics RENAME TO away');
    await statement('ALTER TABLE incomes_income RENAME currency TO money');
    const [table, column] = [await saysOf('ai_service_metrics'), await saysOf('incomes_income')];
    await statement('ALTER TABLE away RENAME TO ai_service_metrics');
    await statement('ALTER TABLE incomes_income RENAME money TO currency');
    expect(table).toContain('the table is missing');
    expect(column).toContain('columns are missing: currency');
  });

  it('a history that may not be written: the statements, which mend it', async () => {
    await statement('DROP SCHEMA monitoring CASCADE');
    const said = await saysOf('history (schema monitoring)');
    for (const line of said.match(/^ +(?:GRANT|CREATE) .*;$/gm) ?? []) await statement(line);
    expect(lineOf(await run({}, ['--no-send']), 'history (schema monitoring)')).toMatch(/^✓ ok/);
  });

  it.each([
    [
      'connection',
      { DATABASE_URL: 'postgresql://u:canary-wrong@127.0.0.1:1/x' },
      'nothing listens at 127.0.0.1:1',
    ],
    ['redis', { REDIS_URL: 'redis://:canary-wrong@127.0.0.1:1/0' }, 'nothing listens at 127.0.0.1:1'],
    ['bot', { MONITORING_BOT_TOKEN: '7000000001:AAanotherTokenThatIsNobodys0123456789' }, '@BotFather'],
    ['openai_api', { OPENAI_API_KEY: 'canary-wrong' }, 'Check OPENAI_API_KEY'],
    ['public_endpoint', { PUBLIC_HEALTHCHECK_URL: 'http://127.0.0.1:1/' }, '127.0.0.1:1'],
    ['NGINX_ACCESS_LOG', { NGINX_ACCESS_LOG: '/nonexistent/access.log' }, 'there is no file'],
    [
      'exporter',
      { EXPORTER_URL: 'http://127.0.0.1:1', INSTALLATION: 'docker' },
      'Start it: docker compose up -d exporter; or mend EXPORTER_URL.',
    ],
    [
      'exporter',
      { EXPORTER_URL: 'http://127.0.0.1:1' },
      'Start it: sudo systemctl restart expensebot-exporter; or mend EXPORTER_URL.',
    ],
    ['WEBHOOK_TOKEN', { WEBHOOK_TOKEN: 'canary-another' }, 'the running bridge has another'],
    ['prometheus', {}, 'PROMETHEUS_URL'],
  ])('%s', async (name, more, words) => {
    const found = await run(more, ['--no-send']);
    expect(found.code).toBe(1);
    expect(found.output.slice(found.output.indexOf('Files\n'))).toMatch(new RegExp(`✗ wrong +${name} `));
    expect(found.output).toContain(words);
    expectNoSecret(found, ['canary-wrong', 'canary-another']);
  });

  it('a chat that the bot may not write to, and a DSN that Sentry refuses', async () => {
    world.telegram.setChatState(CHAT_ID, { missing: true });
    const found = await run({ SENTRY_DSN: sentry.dsn.replace(sentry.publicKey, 'f'.repeat(32)) });
    world.telegram.setChatState(CHAT_ID, { missing: false });
    expect(lineOf(found, `message to ${CHAT_ID}`)).toMatch(/^✗ wrong .*chat not found/);
    expect(found.output).toContain('Press Start in the chat with the bot');
    expect(lineOf(found, 'test event')).toMatch(/^✗ wrong .*answers 40[13]/);
  });

  it('servers that are frozen', async () => {
    for (const server of [postgres, redis, world.bridge]) server.freeze();
    const found = await run({}, ['--no-send']).finally(() => {
      for (const server of [postgres, redis, world.bridge]) server.thaw();
    });
    for (const name of ['connection', 'redis', 'celery_workers', 'alert-bridge'])
      expect(lineOf(found, name), name).toMatch(/^✗ wrong/);
  });
});

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

function expectNoSecret({ output }: DoctorRun, more: readonly string[] = []): void {
  const secrets = [
    BOT_TOKEN,
    WEBHOOK_TOKEN,
    REDIS_PASSWORD,
    READER.password,
    ...Object.values(KEYS),
    ...more,
  ];
  // The control: it does show what is no secret.
  expect(output).toContain('Europe/Moscow');
  expect(secrets.filter((secret) => output.includes(secret))).toEqual([]);
  expect(output).not.toContain(sentry.publicKey);
}
