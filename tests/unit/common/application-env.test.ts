/** ExpenseBot's own `.env`, with every variable that it shares with this project, read by both services as it is. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readBridgeConfig } from '../../../alert-bridge/config/config.ts';
import { loadEnvironment } from '../../../common/env/load.ts';
import { readExporterConfig } from '../../../exporter/config.ts';

const MAIN = '111111:AAmainmainmainmainmainmain';
const OWN = '222222:AAownownownownownownownown';
const APPLICATION = `\uFEFF# Bot settings
BOT_TOKEN=${MAIN}
ADMIN_ID=0
BOT_MODE=webhook  # Options: polling (development) or webhook (production)
MONITORING_BOT_TOKEN=${OWN}
ADMIN_TELEGRAM_ID=123456789

DATABASE_URL=sqlite:///expense_bot.db
# DATABASE_URL=postgresql://user:password@localhost/dbname
SECRET_KEY='django-insecure-#$x'
DEBUG=False
ALLOWED_HOSTS=localhost,127.0.0.1,192.0.2.1,bot.example

OPENAI_API_KEY_1=openai-1
DEEPSEEK_API_KEY_1=deepseek-1
DEEPSEEK_API_KEY_2=deepseek-2
DASHSCOPE_API_KEY_1=qwen-1

REDIS_URL=redis://:redis%23pass@redis:6379/0
CELERY_BROKER_URL=redis://:redis%23pass@redis:6379/0
DB_NAME=expense_bot
DB_USER=expense_user
DB_PASSWORD=secure#password
DB_HOST=db
DB_PORT=5432
REDIS_HOST=redis
REDIS_PORT=6379
REDIS_PASSWORD=redis#pass

WEBHOOK_URL=https://bot.example
WEBHOOK_PATH=/webhook/
WEBHOOK_HOST=0.0.0.0
PUBLIC_HEALTHCHECK_URL=https://bot.example/health/
ENVIRONMENT=production
SENTRY_DSN=
SENTRY_TRACES_SAMPLE_RATE=0.1  # 10% of them
`.replaceAll('\n', '\r\n');

const folder = mkdtempSync(join(tmpdir(), 'application-env-'));
afterAll(() => rmSync(folder, { recursive: true }));

it("the application's own .env serves both services as it is", () => {
  const path = join(folder, '.env');
  writeFileSync(path, APPLICATION);
  const environment = loadEnvironment({ env: {}, dotenvPath: path });
  expect(environment.problems).toEqual([]);
  const exporter = readExporterConfig(environment);
  expect(exporter.telegram.token).toBe(OWN);
  expect(exporter.webhook).toMatchObject({
    access: { token: MAIN },
    expectedUrl: 'https://bot.example/webhook/',
  });
  expect(exporter.database).toEqual({
    host: 'db',
    port: 5432,
    database: 'expense_bot',
    user: 'expense_user',
    password: 'secure#password',
  });
  const keys = exporter.ai.map((access) => [access.provider.name, access.keys.map(({ value }) => value)]);
  expect(Object.fromEntries(keys)).toMatchObject({
    openai_api: ['openai-1'],
    google_ai_api: [],
    deepseek_api: ['deepseek-1', 'deepseek-2'],
    qwen_api: ['qwen-1'],
  });
  expect(exporter.debug).toBe(false);
  const bridge = readBridgeConfig(environment);
  expect(bridge.telegram.token).toBe(OWN);
  expect(bridge.bot.sendOnly).toBeUndefined();
});
