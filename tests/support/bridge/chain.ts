import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAppDatabase } from '../app/database.ts';
import { seed } from '../app/seed.ts';
import { BOT_TOKEN, startBridge, startTelegram, WEBHOOK_TOKEN } from './bridge.ts';
import { startAlertmanager } from '../servers/alertmanager.ts';
import { rewriteAlertmanagerConfig, rewritePrometheusConfig, scaleRules } from '../servers/configs.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../servers/folders.ts';
import { freePort } from '../servers/ports.ts';
import { startPostgres, withClient } from '../servers/postgres.ts';
import type { Server } from '../servers/process.ts';
import { startPrometheus } from '../servers/prometheus.ts';
import { startRedis } from '../servers/redis.ts';
import { PROJECT_ROOT, startService } from '../servers/service.ts';
import type { TelegramFake } from '../telegram/index.ts';

export interface Chain {
  readonly telegram: TelegramFake;
  readonly postgres: Server;
  readonly redis: Server;
  readonly exporter: Server;
  readonly bridge: Server;
  readonly prometheus: Server;
  readonly alertmanager: Server;
  /** Every secret that was given to any of them. */
  readonly secrets: readonly string[];
  close(): Promise<void>;
}

export interface ChainOptions {
  /** Environment of both services beside what connects them. */
  readonly shared?: Readonly<Record<string, string>>;
  /** Environment of the bridge beside what connects it. */
  readonly bridge?: Readonly<Record<string, string>>;
  /** Text of its config.yml. */
  readonly bridgeConfig?: string;
  /** Files of rules that count; all of them where left out. */
  readonly rules?: readonly string[];
}

const REDIS_PASSWORD = 'canary-redis-password';
const DATABASE_PASSWORD = 'canary-database-password';

/** The exporter's own intervals are those of production; a test has no minutes to wait. */
const EXPORTER_CONFIG = `
probes:
  database: { interval: 1s, timeout: 1s }
  redis: { interval: 1s, timeout: 1s }
  telegram_api: { interval: 2s, timeout: 2s }
  celery_workers: { enabled: false }
  # A busy test machine is no outage.
  cpu: { interval: 2s, timeout: 2s, max_usage_ratio: 1 }
figures:
  current: { interval: 2s, timeout: 2s }
  daily: { interval: 2s, timeout: 2s }
`;

const read = (path: string): string => readFileSync(join(PROJECT_ROOT, path), 'utf8');

/**
 * Everything from the application's database to the chat, all real but Telegram, on the project's own configuration
 * with only addresses and waiting times changed.
 */
export async function startChain(options: ChainOptions = {}): Promise<Chain> {
  const folder = makeTemporaryFolder();
  const [prometheusPort, alertmanagerPort, exporterPort, bridgePort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  const telegram = await startTelegram();
  const postgres = await startPostgres({
    database: 'expense_bot',
    user: 'expense_user',
    password: DATABASE_PASSWORD,
  });
  await withClient(postgres.url, async (client) => {
    await createAppDatabase(client);
    await seed({ client, users: 300, days: 40, now: new Date() });
  });
  const redis = await startRedis({ password: REDIS_PASSWORD });

  const exporter = await startService(
    'exporter',
    {
      ...options.shared,
      MONITORING_BOT_TOKEN: BOT_TOKEN,
      TELEGRAM_API_ROOT: telegram.apiRoot,
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
    },
    { port: exporterPort, config: EXPORTER_CONFIG },
  );
  const bridge = await startBridge(
    telegram,
    {
      ...options.shared,
      ...options.bridge,
      PROMETHEUS_URL: `http://127.0.0.1:${prometheusPort}`,
      ALERTMANAGER_URL: `http://127.0.0.1:${alertmanagerPort}`,
      EXPORTER_URL: exporter.url,
    },
    { port: bridgePort, ...(options.bridgeConfig === undefined ? {} : { config: options.bridgeConfig }) },
  );

  const alertmanager = await startAlertmanager({
    port: alertmanagerPort,
    configFile: write(
      'alertmanager.yml',
      rewriteAlertmanagerConfig(read('prometheus/alertmanager.yml'), {
        webhookUrl: `${bridge.url}/webhooks/alertmanager`,
        token: WEBHOOK_TOKEN,
        groupWaitMs: 500,
        groupIntervalMs: 1_000,
        factor: 1 / 30,
      }),
    ),
  });
  const ruleNames = options.rules ?? readdirSync(join(PROJECT_ROOT, 'prometheus/rules'));
  const ruleFiles = ruleNames.map((name) =>
    write(name, scaleRules(read(`prometheus/rules/${name}`), { forMs: 1_000 })),
  );
  const prometheus = await startPrometheus({
    port: prometheusPort,
    resendDelayMs: 2_000,
    configFile: write(
      'prometheus.yml',
      rewritePrometheusConfig(read('prometheus/prometheus.yml'), {
        scrapeIntervalMs: 500,
        evaluationIntervalMs: 500,
        targets: {
          exporter: `127.0.0.1:${exporterPort}`,
          'alert-bridge': `127.0.0.1:${bridgePort}`,
          prometheus: `127.0.0.1:${prometheusPort}`,
          alertmanager: `127.0.0.1:${alertmanagerPort}`,
        },
        alertmanagers: [`127.0.0.1:${alertmanagerPort}`],
        ruleFiles,
      }),
    ),
  });

  const servers = [prometheus, alertmanager, bridge, exporter, redis, postgres];
  return {
    telegram,
    postgres,
    redis,
    exporter,
    bridge,
    prometheus,
    alertmanager,
    secrets: [BOT_TOKEN, WEBHOOK_TOKEN, REDIS_PASSWORD, DATABASE_PASSWORD],
    close: async () => {
      for (const server of servers) await server.close();
      await telegram.close();
      removeTemporaryFolder(folder);
    },
  };
}
