/** Every secret of both services is a canary; whatever they say, where and how, none of its feathers is in it. */
import { execFile } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHAT_ID, post, QUIET } from '../support/bridge/bridge.ts';
import { type Installation, useInstallation } from '../support/bridge/installation.ts';
import { runDoctor } from '../support/machine/doctor.ts';
import { everythingIn } from '../support/machine/files.ts';
import { startSentryServer, type SentryServer } from '../support/sentry/sentry-server.ts';
import { makeTemporaryFolder } from '../support/servers/folders.ts';
import type { Server } from '../support/servers/process.ts';
import { PROJECT_ROOT, startService } from '../support/servers/service.ts';
import { until } from '../support/machine/until.ts';

/** As they come out of a generator, with what URLs, JSON and HTML escape, and a `#`, which ends a URL too early. */
const PASSWORD = 'cAnary&p<w"%#/1';
const encoded = encodeURIComponent(PASSWORD);
const TAIL = 'AAcanaryTokenOfTheMonitoringBot01234';
const NTFY_TOPIC = 'canary-topic-of-ntfy';
const KEY = 'ca4a'.repeat(16);

const SECRETS = {
  DATABASE_URL: `postgresql://reader:${encoded}@127.0.0.1:1/db`,
  REDIS_URL: `redis://:${encoded}@127.0.0.1:1/0`,
  CELERY_BROKER_URL: `redis://:${encoded}@127.0.0.1:1/2`,
  OPENAI_API_KEY: 'canary-openai-key',
  OPENAI_API_KEY_2: 'canary-second-openai-key',
  BOT_TOKEN: `7000000002:${TAIL}`,
  GOOGLE_API_KEY: 'canary-google-key',
  DEEPSEEK_API_KEY: 'canary-deepseek-key',
  DASHSCOPE_API_KEY: 'canary-dashscope-key',
  OPENAI_BASE_URL: 'http://127.0.0.1:1/v1',
  GOOGLE_AI_BASE_URL: 'http://127.0.0.1:1/v1',
  DEEPSEEK_BASE_URL: 'http://127.0.0.1:1',
  DASHSCOPE_BASE_URL: 'http://127.0.0.1:1',
  EXPECTED_WEBHOOK_URL: 'https://bot.example/webhook/canary-path-of-webhook',
  SENTRY_WEBHOOK_SECRET: 'canary-sentry-secret',
  ALERTMANAGER_URL: `http://scraper:${encoded}@127.0.0.1:1`,
  PROMETHEUS_URL: `http://scraper:${encoded}@127.0.0.1:1`,
  HEARTBEAT_URL: 'http://127.0.0.1:1/canary-heartbeat-0123?key=canary-query',
  FALLBACK_SMTP_URL: `smtp://mailer:${encoded}@127.0.0.1:1`,
  FALLBACK_EMAIL_TO: 'admin@example.com',
  STATE_KEY: KEY,
  HASH_KEY: KEY.toUpperCase(),
};

const base64 = (text: string): string => Buffer.from(text).toString('base64').replace(/.=*$/, '');
const FEATHERS: readonly string[] = [
  PASSWORD,
  encoded,
  encoded.toLowerCase(),
  encodeURIComponent(encoded),
  JSON.stringify(PASSWORD).slice(1, -1),
  'cAnary&amp;p',
  'cAnary',
  base64(`:${PASSWORD}`),
  base64(`scraper:${PASSWORD}`),
  base64(`ntfy:${PASSWORD}`),
  TAIL,
  KEY,
  'canary-',
];
const found = (text: string): readonly string[] =>
  FEATHERS.filter((feather) => text.toLowerCase().includes(feather.toLowerCase()));

const logsOf = ({ folder }: Server): string =>
  everythingIn(join(folder, 'log'))
    .filter((path) => lstatSync(path).isFile())
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
let sentry: SentryServer;
let ntfyUrl = '';
let exporter: Server;

const prepare = async (at: Installation): Promise<void> => {
  sentry = at.closeAtTheEnd(await startSentryServer());
  const ntfy = createServer((_request, response) => response.writeHead(500).end()).listen(0, '127.0.0.1');
  await new Promise((resolve) => ntfy.once('listening', resolve));
  at.closeAtTheEnd({ close: () => ntfy.close() });
  const address = ntfy.address();
  ntfyUrl = `http://ntfy:${encoded}@127.0.0.1:${typeof address === 'object' ? address?.port : 0}/${NTFY_TOPIC}`;
  const env = {
    ...SECRETS,
    FALLBACK_NTFY_URL: ntfyUrl,
    SENTRY_DSN: sentry.dsn,
    SENTRY_TRACES_SAMPLE_RATE: '1',
    SENTRY_PROFILES_SAMPLE_RATE: '0',
  };
  await at.startBridge(
    { ...env, WEBHOOK_TOKEN: 'canary-webhook-token' },
    { config: `${QUIET}second_channel: { after: 1s }\n` },
  );
  const exporterEnv = { MONITORING_BOT_TOKEN: `7000000001:${TAIL}`, TELEGRAM_API_ROOT: at.telegram.apiRoot };
  exporter = at.closeAtTheEnd(await startService('exporter', { ...env, ...exporterEnv }));
};
const world = useInstallation(prepare, { shared: true });

const PASTED = [
  PASSWORD,
  encoded,
  TAIL,
  `Basic ${Buffer.from(`ntfy:${PASSWORD}`).toString('base64')}`,
  'canary-openai-key',
  'canary-second-openai-key',
  `{\\"password\\":${JSON.stringify(JSON.stringify(PASSWORD))}}`,
].join(' and ');

describe('secrets that are known', () => {
  it('are in no answer, message, log, console, event or breadcrumb of either service', async () => {
    const outage = world.telegram.addOutage({ answer: '502' });
    const answers = [
      await post(world.bridge, '/api/v1/events', {
        type: 'custom',
        title: PASTED,
        text: PASTED,
        severity: 'critical',
      }),
      await post(world.bridge, '/api/v1/events', {
        type: 'critical_error',
        error_type: PASTED,
        details: PASTED,
      }),
      await post(world.bridge, '/api/v1/events', { type: PASTED }),
    ];
    // The second channel is tried, and refused: the breadcrumb of that request is what would hold the password.
    await until(
      () => logsOf(world.bridge),
      (log) => log.includes('ntfy answered 500'),
      { timeoutMs: 30_000, what: 'a refusal of ntfy' },
    );
    world.telegram.clearOutages(outage);
    await world.telegram.waitForMessage(CHAT_ID, ({ text }) => text.includes('[secret]'));
    const pages = ['/api/v1/signals', '/metrics', '/-/ready', '/', '/nowhere'].map(
      (path) => `${world.bridge.url}${path}`,
    );
    const others = ['/health', '/metrics', '/', '/celery', '/-/ready'].map(
      (path) => `${exporter.url}${path}`,
    );
    for (const url of [...pages, ...others])
      answers.push({ status: 200, body: { text: await (await fetch(url)).text() } });
    await exporter.stop();
    await world.bridge.stop();
    expect(found(JSON.stringify(answers)), 'answers').toEqual([]);
    expect(found(JSON.stringify(world.telegram.messages(CHAT_ID))), 'messages').toEqual([]);
    for (const service of [world.bridge, exporter]) {
      expect(found(logsOf(service)), `${service.name}, logs`).toEqual([]);
      expect(found(service.logs()), `${service.name}, console`).toEqual([]);
    }
    expect(sentry.items('transaction').length).toBeGreaterThan(0);
    expect(found(sentry.received), 'Sentry').toEqual([]);
  }, 200_000);

  it('are not in what the doctor and a check of the configuration print', async () => {
    const env = {
      ...SECRETS,
      FALLBACK_NTFY_URL: ntfyUrl,
      ADMIN_TELEGRAM_ID: '1',
      MONITORING_BOT_TOKEN: `7000000001:${TAIL}`,
      TELEGRAM_API_ROOT: 'http://127.0.0.1:1',
    };
    const doctor = await runDoctor(env, makeTemporaryFolder(), ['--no-send']);
    expect(doctor.output).toContain('ALERTMANAGER_URL');
    expect(found(doctor.output)).toEqual([]);
  });

  it('are not in the last words of a service that cannot start, nor in what its own log fails to take', async () => {
    const crash = (how: string) => `
      import { runService } from ${JSON.stringify(join(PROJECT_ROOT, 'dist/common/process/shutdown.js'))};
      const fail = () => { throw Object.assign(new Error('no way to ' + process.env.DATABASE_URL), { config: { auth: process.env.HASH_KEY } }); };
      await runService(async () => { ${how}; return { stop: async () => {}, onUnexpected: (error) => { setImmediate(() => process.exit(1)); throw error; } }; });`;
    const run = (how: string): Promise<{ code: unknown; output: string }> =>
      new Promise((resolve) => {
        const args = ['--input-type=module', '-e', crash(how)];
        execFile(
          process.execPath,
          args,
          { env: SECRETS, cwd: makeTemporaryFolder() },
          (error, stdout, stderr) => resolve({ code: error?.code, output: stdout + stderr }),
        );
      });
    for (const how of [
      'fail()',
      'setImmediate(fail)',
      'void Promise.reject(Object.assign(new Error(), { url: process.env.REDIS_URL })); await new Promise(() => setInterval(() => {}, 1000))',
    ]) {
      const { code, output } = await run(how);
      expect(code, how).toBe(1);
      expect(output).toMatch(/Error/);
      expect(found(output), output).toEqual([]);
    }
  });
});
