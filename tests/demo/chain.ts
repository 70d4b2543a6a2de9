/** Everything that runs in the demo, in the order it is started, and how it ends. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../common/time/clock.ts';
import { createRandom } from '../support/app/random.ts';
import { startWriter } from '../support/app/writer.ts';
import type { AiProvidersFake } from '../support/exporter/ai-providers.ts';
import { startAiProviders } from '../support/exporter/ai-providers.ts';
import { readLedger } from '../support/bridge/bridge.ts';
import { startAlertmanager } from '../support/servers/alertmanager.ts';
import {
  rewriteAlertmanagerConfig,
  rewritePrometheusConfig,
  scaleRules,
} from '../support/servers/configs.ts';
import type { Server } from '../support/servers/process.ts';
import { startPrometheus } from '../support/servers/prometheus.ts';
import { startRedis } from '../support/servers/redis.ts';
import { startService } from '../support/servers/service.ts';
import type { TelegramFake } from '../support/telegram/index.ts';
import { startTelegramFake } from '../support/telegram/index.ts';
import { address, ADMIN_CHAT_ID, PORTS, urlOf } from './addresses.ts';
import { hastenBridge, hastenExporter, SCRAPE_INTERVAL_MS, TIME_FACTOR } from './configs.ts';
import { countRows, createMonitoringRole, hasUsableData, makeData, startDatabase } from './database.ts';
import { startBackgroundTasks, startSchedule, type Schedule } from './background-tasks.ts';
import { startApplication } from './events.ts';
import type { DemoFolder } from './folder.ts';
import { waitUntilLogIsRead } from './ready.ts';
import { startSite } from './site.ts';
import { startVisitors } from './visitors.ts';
import type { WebApp } from './web-app.ts';

/** One beat of the application's life; a beat writes 1.5 expenses, a registration every 20 beats, a payment every 33. */
const BEAT_MS = 8000;
const MAIN_BOT = 'coins_bot';

export interface ChainOptions {
  readonly folder: DemoFolder;
  /** Root of the project, absolute. */
  readonly project: string;
  readonly locale: 'ru' | 'en';
  readonly clock: Clock;
  /** Tells the person at the terminal what has just been done. */
  readonly say: (line: string) => void;
  /** Aborted: the start goes no further than the step it is in. */
  readonly signal: AbortSignal;
}

export type ServerName =
  'postgres' | 'redis' | 'worker' | 'beat' | 'nginx' | 'exporter' | 'bridge' | 'prometheus' | 'alertmanager';

export interface Chain {
  readonly servers: Readonly<Record<ServerName, Server>>;
  readonly telegram: TelegramFake;
  readonly ai: AiProvidersFake;
  readonly web: WebApp;
  readonly schedule: Schedule;
  /** Where the worker runs. */
  readonly workerFolder: string;
}

interface Part {
  close(): Promise<void>;
}

/** What has been started so far; filled while the chain starts, so that a start can be ended half-way. */
export class Running {
  /** Those that use others, and end first. */
  readonly users: Part[] = [];
  readonly used: Part[] = [];
  readonly servers: Server[] = [];

  /** Ends everything, in order; what is not gone by the deadline is killed. */
  async close(deadlineMs: number): Promise<void> {
    const orderly = async () => {
      // Nobody gets an answer, or says goodbye, while the database is frozen.
      for (const server of this.servers) if (server.running) server.thaw();
      await closeAll(this.users);
      await closeAll(this.used);
    };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMs);
    });
    await Promise.race([orderly(), late]);
    clearTimeout(timer);
    await Promise.all(this.servers.map((server) => server.kill('SIGKILL')));
  }
}

async function closeAll(parts: readonly Part[]): Promise<void> {
  await Promise.allSettled(parts.map((part) => part.close()));
}

/** Starts everything; what is started is in `running` at once. */
export async function startChain(options: ChainOptions, running: Running): Promise<Chain> {
  const { folder, locale, clock, say, signal } = options;
  const { secrets, room } = folder;
  const server = async (
    starting: Promise<Server>,
    parts: Part[],
    close = (started: Server) => started.close(),
  ): Promise<Server> => {
    const started = await starting;
    parts.push({ close: () => close(started) });
    running.servers.push(started);
    signal.throwIfAborted();
    return started;
  };

  const telegram = await startTelegramFake({
    port: PORTS.telegram,
    bots: [
      { token: secrets.botToken, username: 'coins_monitor_bot', id: 7_000_000_001, name: 'Coins Monitor' },
      { token: secrets.mainBotToken, username: MAIN_BOT, id: 7_000_000_002, name: 'Coins' },
    ],
    chats: [
      { id: ADMIN_CHAT_ID, kind: 'private', title: locale === 'ru' ? 'Администратор' : 'Administrator' },
    ],
  });
  running.used.push(telegram);
  const ai = await startAiProviders(secrets);
  running.used.push(ai);
  say('The local Telegram and the AI providers answer.');

  const database = await startDatabase(room('postgres'), secrets.databasePassword);
  await server(Promise.resolve(database), running.used);
  if (!(await hasUsableData(database, clock.now()))) {
    say('PostgreSQL runs; writing a year of the life of ExpenseBot ...');
    await makeData(database, clock.now());
  }
  signal.throwIfAborted();
  const databaseUrl = await createMonitoringRole(database, secrets.monitoringPassword);
  const { users, expenses } = await countRows(database);
  say(`The application's database has ${count(users)} users and ${count(expenses)} expenses, and grows.`);
  const writer = startWriter({
    connectionString: database.url,
    intervalMs: BEAT_MS,
    clock,
    random: createRandom(clock.now()),
  });
  running.users.push({ close: () => writer.stop() });

  const redis = await server(
    startRedis({ folder: room('redis'), password: secrets.redisPassword }),
    running.used,
  );
  const { worker, beat } = await startBackgroundTasks(redis.url, {
    worker: room('worker'),
    beat: room('beat'),
  });
  // Nobody waits for a task of theirs at the end.
  for (const one of [worker, beat]) await server(Promise.resolve(one), running.users, () => one.kill());
  const schedule = await startSchedule(database.url);
  running.users.push(schedule);
  say('Redis and a Celery worker run.');

  const site = await startSite(room('nginx'), secrets.webhookSecret, clock.now());
  running.used.push(site);
  const nginx = await server(Promise.resolve(site.nginx.server), running.used);
  telegram.setBotState(MAIN_BOT, { webhookUrl: site.webhookUrl });
  say('nginx runs, in front of the bot.');

  const shared = {
    MONITORING_BOT_TOKEN: secrets.botToken,
    TELEGRAM_API_ROOT: telegram.apiRoot,
    LOCALE: locale,
    // The clock of who looks at the chat: times in messages and those of the bubbles agree.
    TIMEZONE: Intl.DateTimeFormat().resolvedOptions().timeZone,
    ENVIRONMENT: 'demo',
    WEBHOOK_TOKEN: secrets.webhookToken,
  };
  const exporter = await server(
    startService(
      'exporter',
      {
        ...shared,
        TELEGRAM_BOT_TOKEN: secrets.mainBotToken,
        EXPECTED_WEBHOOK_URL: site.webhookUrl,
        PUBLIC_HEALTHCHECK_URL: `${site.url}/health`,
        NGINX_ACCESS_LOG: site.nginx.accessLog,
        DATABASE_URL: databaseUrl,
        REDIS_URL: redis.url,
        OPENAI_API_KEY: secrets.openai,
        OPENAI_BASE_URL: ai.baseUrl('openai'),
        GOOGLE_API_KEY: secrets.google,
        GOOGLE_AI_BASE_URL: ai.baseUrl('google'),
        DEEPSEEK_API_KEY: secrets.deepseek,
        DEEPSEEK_BASE_URL: ai.baseUrl('deepseek'),
        DASHSCOPE_API_KEY: secrets.qwen,
        DASHSCOPE_BASE_URL: ai.baseUrl('qwen'),
        OPENROUTER_API_KEY: secrets.openrouter,
        OPENROUTER_BASE_URL: ai.baseUrl('openrouter'),
        YANDEX_API_KEY: secrets.yandex,
        YANDEX_BASE_URL: ai.baseUrl('yandex'),
      },
      {
        port: PORTS.exporter,
        folder: room('exporter'),
        config: hastenExporter(read(options, 'exporter/config.yml'), { caFile: site.caFile }),
      },
    ),
    running.users,
  );
  // Whoever came before would not be counted: the first start begins at the end of the log.
  await waitUntilLogIsRead(clock, signal);
  const visitors = startVisitors({ site, botUsername: MAIN_BOT, telegram, clock });
  running.users.push({ close: () => visitors.stop() });
  say('The exporter runs.');
  const bridge = await server(
    startService(
      'alert-bridge',
      {
        ...shared,
        ADMIN_TELEGRAM_ID: String(ADMIN_CHAT_ID),
        EXPORTER_URL: urlOf('exporter'),
        ALERTMANAGER_URL: urlOf('alertmanager'),
        PROMETHEUS_URL: urlOf('prometheus'),
      },
      {
        port: PORTS.bridge,
        folder: room('bridge'),
        config: hastenBridge(read(options, 'alert-bridge/config.yml')),
        beforeStop: readLedger,
      },
    ),
    running.users,
  );
  say('The alert bridge runs.');

  const alertmanager = await server(
    startAlertmanager({
      configFile: writeAlertmanagerConfig(options),
      port: PORTS.alertmanager,
      folder: room('alertmanager'),
    }),
    running.users,
  );
  const prometheus = await server(
    startPrometheus({
      configFile: writePrometheusConfig(options),
      port: PORTS.prometheus,
      folder: room('prometheus'),
    }),
    running.users,
  );
  say('Prometheus and Alertmanager run.');

  const application = startApplication({
    databaseUrl: database.url,
    bridgeUrl: urlOf('bridge'),
    webhookToken: secrets.webhookToken,
    clock,
  });
  running.users.push({ close: () => application.stop() });
  const servers = {
    postgres: database,
    redis,
    worker,
    beat,
    nginx,
    exporter,
    bridge,
    prometheus,
    alertmanager,
  };
  return { servers, telegram, ai, web: site.web, schedule, workerFolder: room('worker') };
}

function writeAlertmanagerConfig(options: ChainOptions): string {
  const folder = options.folder.room('alertmanager');
  const tokenFile = join(folder, 'webhook_token');
  writeFileSync(tokenFile, options.folder.secrets.webhookToken, { mode: 0o600 });
  const text = rewriteAlertmanagerConfig(read(options, 'prometheus/alertmanager.yml'), {
    webhookUrl: `${urlOf('bridge')}/webhooks/alertmanager`,
    tokenFile,
    factor: TIME_FACTOR,
  });
  return write(folder, 'alertmanager.yml', text);
}

function writePrometheusConfig(options: ChainOptions): string {
  const folder = options.folder.room('prometheus');
  const ruleFiles = readdirSync(join(options.project, 'prometheus/rules'))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => {
      const rules = scaleRules(read(options, `prometheus/rules/${name}`), { factor: TIME_FACTOR });
      return write(join(folder, 'rules'), name, rules);
    });
  const text = rewritePrometheusConfig(read(options, 'prometheus/prometheus.yml'), {
    scrapeIntervalMs: SCRAPE_INTERVAL_MS,
    evaluationIntervalMs: SCRAPE_INTERVAL_MS,
    targets: {
      exporter: address('exporter'),
      'alert-bridge': address('bridge'),
      prometheus: address('prometheus'),
      alertmanager: address('alertmanager'),
    },
    alertmanagers: [address('alertmanager')],
    ruleFiles,
  });
  return write(folder, 'prometheus.yml', text);
}

function read({ project }: ChainOptions, path: string): string {
  return readFileSync(join(project, path), 'utf8');
}

function write(folder: string, name: string, text: string): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const count = (value: number): string => value.toLocaleString('en');
