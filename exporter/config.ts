import { z } from 'zod';
import type { Reason } from '../common/reasons/reason.ts';
import { duration } from '../common/time/duration.ts';
import { ConfigError } from '../common/config/problem.ts';
import { loadYaml } from '../common/config/yaml.ts';
import type { LoadedEnvironment } from '../common/env/load.ts';
import { EnvReader, type ListenAddress } from '../common/env/reader.ts';
import { isSocket, readRedis, readRedisUrl, type RedisConnection } from '../common/env/redis.ts';
import {
  HTTP_PROTOCOLS,
  readShared,
  readBotToken,
  readTelegram,
  type SharedConfig,
  type TelegramAccess,
} from '../common/env/shared.ts';
import { thresholds } from '../common/thresholds.ts';
import type { AccessLogOptions } from './access-log/collector.ts';
import { accessLogShape } from './access-log/settings.ts';
import type { AiAccess } from './collectors/ai-api.ts';
import { AI_PROVIDERS } from './collectors/ai-providers.ts';
import type { ResultsOptions } from './collectors/celery/results.ts';
import type { CeleryOptions } from './collectors/celery/collector.ts';
import { DEFAULT_NAMING, type Naming } from './collectors/celery/wire.ts';
import type { ProbeTiming } from './model/timing.ts';
import type { HttpTarget } from './collectors/http/target.ts';
import type { WebhookOptions } from './collectors/telegram-webhook.ts';
import type { DatabaseConnection } from './postgres/connection.ts';
import { customQueries, queriesSchema, type CustomQuery } from './kpi/custom/settings.ts';
import { readDatabase, readHistoryDatabase } from './postgres/settings.ts';
import { httpTarget, httpTargetsSchema, publicEndpointSchema } from './collectors/http/settings.ts';

const HOUR_MS = 3_600_000;
const interval = duration({ minMs: 500, maxMs: 24 * HOUR_MS });
const timeout = duration({ minMs: 100, maxMs: 10 * 60_000 });
const ratio = z.number('Write a number from 0 to 1').min(0).max(1);

/** What every probe has: whether, how often, how long. */
const timingShape = (intervalMs: number, timeoutMs: number) => ({
  enabled: z.boolean('Write true or false').default(true),
  interval: interval.default(intervalMs),
  timeout: timeout.default(timeoutMs),
});
const isTimely = (timing: { interval: number; timeout: number }): boolean =>
  timing.timeout <= timing.interval;
const TIMELY = { path: ['timeout'], message: 'Write a time-out that is not longer than the interval' };

const probe = (intervalMs: number, timeoutMs: number) =>
  z.strictObject(timingShape(intervalMs, timeoutMs)).refine(isTimely, TIMELY).prefault({});

const usageProbe = (maxUsageRatio: number) =>
  z
    .strictObject({ ...timingShape(15_000, 5_000), max_usage_ratio: ratio.default(maxUsageRatio) })
    .refine(isTimely, TIMELY)
    .prefault({});

const diskProbe = z
  .strictObject({
    ...timingShape(30_000, 10_000),
    min_free_bytes: z
      .number('Write a number of bytes')
      .nonnegative()
      .default(thresholds.diskFreeMinBytes.value),
    mountpoints: z.array(z.string().startsWith('/', 'Write an absolute path')).default([]),
  })
  .refine(isTimely, TIMELY)
  .prefault({});

/** Those that the application routes its tasks to. */
const CELERY_QUEUES = [
  'default',
  'reports',
  'recurring',
  'maintenance',
  'notifications',
  'monitoring',
  'analytics',
];

const webhookProbe = z
  .strictObject({
    ...timingShape(60_000, 10_000),
    max_pending_updates: z
      .int('Write a whole number')
      .nonnegative('Write a whole number')
      .default(thresholds.webhookPendingMaxUpdates.value),
    error_window: duration({ minMs: 1_000, maxMs: 24 * HOUR_MS }).default(
      thresholds.webhookErrorWindowSeconds.value * 1000,
    ),
  })
  .refine(isTimely, TIMELY)
  .prefault({});

/** `exporter/config.yml`, which says what each key means. */
const fileSchema = z.strictObject({
  failures_before_down: z.int('Write a whole number, 1 or more').min(1).max(100).default(2),
  probes: z
    .strictObject({
      database: probe(15_000, 5_000),
      redis: probe(15_000, 5_000),
      dns: probe(15_000, 10_000),
      telegram_api: probe(30_000, 10_000),
      telegram_webhook: webhookProbe,
      openai_api: probe(60_000, 10_000),
      google_ai_api: probe(60_000, 10_000),
      deepseek_api: probe(60_000, 10_000),
      qwen_api: probe(60_000, 10_000),
      openrouter_api: probe(60_000, 10_000),
      yandex_api: probe(60_000, 10_000),
      public_endpoint: publicEndpointSchema,
      celery_workers: probe(30_000, 10_000),
      disk_space: diskProbe,
      memory: usageProbe(thresholds.memoryUsageMaxRatio.value),
      cpu: usageProbe(thresholds.cpuUsageMaxRatio.value),
    })
    .prefault({}),
  celery: z
    .strictObject({
      queues: z.array(z.string().min(1, 'Write the name of a queue')).max(100).default(CELERY_QUEUES),
      visibility_timeout: duration({ minMs: 1_000, maxMs: 30 * 24 * HOUR_MS }).default(HOUR_MS),
      inspect_interval: interval.default(60_000),
      global_keyprefix: z.string('Write text').default(DEFAULT_NAMING.globalKeyprefix),
      sep: z.string('Write text').min(1, 'Write at least one character').default(DEFAULT_NAMING.sep),
      priority_steps: z
        .array(z.int('Write a whole number').min(0).max(255))
        .min(1, 'Write at least one step')
        .max(20, 'Write 20 steps at most')
        .default([...DEFAULT_NAMING.prioritySteps]),
      unacked_key: z.string().min(1, 'Write the name of a key').default(DEFAULT_NAMING.unackedKey),
      unacked_index_key: z.string().min(1, 'Write the name of a key').default(DEFAULT_NAMING.unackedIndexKey),
      fanout_prefix: z.union([z.boolean(), z.string()], 'Write true, false or a prefix').default(true),
      control_exchange: z
        .string()
        .min(1, 'Write the name of an exchange')
        .default(DEFAULT_NAMING.controlExchange),
      result_key_prefix: z.string().min(1, 'Write the beginning of keys').default('celery-task-meta-'),
      result_database: z.int('Write the number of a database').min(0).optional(),
    })
    .prefault({}),
  http_targets: httpTargetsSchema,
  access_log: z
    .strictObject({ ...timingShape(5_000, 5_000), ...accessLogShape })
    .refine(isTimely, TIMELY)
    .prefault({}),
  queries: queriesSchema,
  figures: z
    .strictObject({
      current: probe(30_000, 20_000),
      users: probe(300_000, 60_000),
      daily: probe(60_000, 50_000),
      celery_results: probe(30_000, 10_000),
      celery_beat: probe(60_000, 20_000),
    })
    .prefault({}),
});

type FileConfig = z.infer<typeof fileSchema>;

export interface CelerySettings extends CeleryOptions {
  readonly connection: RedisConnection;
  /** The variables that name it. */
  readonly settings: string;
  readonly naming: Naming;
}

export interface ExporterConfig extends SharedConfig {
  readonly listen: ListenAddress;
  /** Where Grafana is for a browser. */
  readonly grafanaUrl: string | undefined;
  readonly database: DatabaseConnection;
  /** Where the history is written; the very same object when it is the application's database. */
  readonly history: DatabaseConnection;
  readonly redis: RedisConnection;
  readonly celery: CelerySettings;
  readonly celeryResults: ResultsOptions;
  readonly telegram: TelegramAccess;
  readonly webhook: WebhookOptions;
  /** `public_endpoint` first, then those of the file. */
  readonly httpTargets: readonly HttpTarget[];
  readonly ai: readonly AiAccess[];
  readonly accessLog: AccessLogOptions;
  readonly queries: readonly CustomQuery[];
  readonly failuresBeforeDown: number;
  readonly timing: Readonly<
    Record<keyof FileConfig['probes'] | keyof FileConfig['figures'] | 'access_log', ProbeTiming>
  >;
  readonly disk: { readonly minFreeBytes: number; readonly mountpoints: readonly string[] };
  readonly memory: { readonly maxUsageRatio: number };
  readonly cpu: { readonly maxUsageRatio: number };
}

/**
 * The exporter's whole configuration, frozen.
 * @throws ConfigError with every problem of the environment and of the file at once.
 */
export function readExporterConfig(environment: LoadedEnvironment): ExporterConfig {
  const env = new EnvReader(environment);
  const path = env.string('EXPORTER_CONFIG');
  const file = loadYaml(fileSchema, {
    path,
    required: env.isSet('EXPORTER_CONFIG'),
    setting: 'EXPORTER_CONFIG',
  });
  const settings = file.value ?? fileSchema.parse({});
  const { probes } = settings;
  const { access_log: log } = settings;
  const timing = timingOf({ ...probes, ...settings.figures, access_log: log }, path);
  const telegram = readTelegram(env);
  const redis = readRedis(env);
  const database = readDatabase(env);
  const broker = readBroker(env, redis);
  const config: ExporterConfig = {
    ...readShared(env, environment),
    listen: env.listen('EXPORTER_LISTEN'),
    grafanaUrl: env.url('GRAFANA_PUBLIC_URL', HTTP_PROTOCOLS),
    database,
    history: readHistoryDatabase(env) ?? database,
    redis,
    celery: {
      ...broker,
      queues: settings.celery.queues,
      visibilityTimeoutMs: settings.celery.visibility_timeout,
      inspectEveryMs: settings.celery.inspect_interval,
      naming: namingOf(settings.celery),
    },
    celeryResults: {
      ...broker,
      keyPrefix: settings.celery.result_key_prefix,
      database: settings.celery.result_database,
    },
    telegram,
    webhook: {
      access: readMainBot(env, telegram),
      expectedUrl: readExpectedWebhook(env),
      maxPendingUpdates: probes.telegram_webhook.max_pending_updates,
      errorWindowMs: probes.telegram_webhook.error_window,
    },
    httpTargets: [
      publicEndpoint(env, probes.public_endpoint, timing.public_endpoint.disabledReason),
      ...settings.http_targets.map((target) =>
        httpTarget(
          `http:${target.name}`,
          target.url,
          target,
          target.enabled ? undefined : { code: 'switched_off', file: path },
        ),
      ),
    ],
    ai: AI_PROVIDERS.map((provider) => ({
      provider,
      keys: env.every(provider.keyVariable),
      baseUrl: env.url(provider.baseUrlVariable, HTTP_PROTOCOLS) ?? '',
      folder: provider.folderVariable && env.optional(provider.folderVariable),
    })),
    accessLog: {
      path: env.optional('NGINX_ACCESS_LOG'),
      format: log.format,
      jsonKeys: { ...log.json_keys, requestTime: log.json_keys.request_time },
      routes: log.routes,
      ignore: log.ignore,
    },
    queries: customQueries(settings.queries, path),
    failuresBeforeDown: settings.failures_before_down,
    timing,
    disk: { minFreeBytes: probes.disk_space.min_free_bytes, mountpoints: probes.disk_space.mountpoints },
    memory: { maxUsageRatio: probes.memory.max_usage_ratio },
    cpu: { maxUsageRatio: probes.cpu.max_usage_ratio },
  };
  const problems = [...env.problems, ...file.problems];
  if (problems.length > 0) throw new ConfigError('exporter', problems);
  return Object.freeze(config);
}

/** The same way to the Bot API, with the token of the bot whose webhook is looked at. */
function readMainBot(env: EnvReader, telegram: TelegramAccess): TelegramAccess {
  // Without a monitoring bot its token is the one that was read, and checked, already.
  return env.isSet('MONITORING_BOT_TOKEN')
    ? { ...telegram, token: readBotToken(env, 'TELEGRAM_BOT_TOKEN') }
    : telegram;
}

/** As it is written: a slash at its end counts. */
function readExpectedWebhook(env: EnvReader): string | undefined {
  env.url('EXPECTED_WEBHOOK_URL', ['https:']);
  return env.optional('EXPECTED_WEBHOOK_URL');
}

function publicEndpoint(
  env: EnvReader,
  settings: FileConfig['probes']['public_endpoint'],
  switchedOff: Reason | undefined,
): HttpTarget {
  const valid = env.url('PUBLIC_HEALTHCHECK_URL', HTTP_PROTOCOLS) !== undefined;
  const text = env.optional('PUBLIC_HEALTHCHECK_URL');
  const url = valid && text !== undefined ? new URL(text) : undefined;
  const unset = { code: 'not_set', variable: 'PUBLIC_HEALTHCHECK_URL' } as const;
  return httpTarget('public_endpoint', url, settings, switchedOff ?? (url === undefined ? unset : undefined));
}

/** https://docs.celeryq.dev/en/stable/userguide/configuration.html#broker-url; without one database 0 of Redis. */
function readBroker(env: EnvReader, redis: RedisConnection): Pick<CelerySettings, 'connection' | 'settings'> {
  if (env.isSet('CELERY_BROKER_URL')) {
    return { connection: readRedisUrl(env, 'CELERY_BROKER_URL'), settings: 'CELERY_BROKER_URL' };
  }
  if (!('url' in redis)) return { connection: redis, settings: 'REDIS_PASSWORD' };
  const url = URL.canParse(redis.url) ? new URL(redis.url) : undefined;
  if (url !== undefined) {
    for (const name of ['db', 'virtual_host']) url.searchParams.delete(name);
    if (!isSocket(url)) url.pathname = '/0';
  }
  return { connection: { url: url?.href ?? redis.url }, settings: 'REDIS_URL' };
}

/** As kombu reads its options: `fanout_prefix: true` is its default, `false` none. */
function namingOf(celery: FileConfig['celery']): Naming {
  const { fanout_prefix: fanout } = celery;
  return {
    globalKeyprefix: celery.global_keyprefix,
    sep: celery.sep,
    prioritySteps: [...new Set(celery.priority_steps)].toSorted((a, b) => a - b),
    unackedKey: celery.unacked_key,
    unackedIndexKey: celery.unacked_index_key,
    fanoutPrefix: fanout === true ? DEFAULT_NAMING.fanoutPrefix : fanout === false ? '' : fanout,
    controlExchange: celery.control_exchange,
  };
}

function timingOf<K extends string>(
  probes: Readonly<Record<K, { enabled: boolean; interval: number; timeout: number }>>,
  path: string,
): Record<K, ProbeTiming> {
  const entries = Object.entries<{ enabled: boolean; interval: number; timeout: number }>(probes);
  const timings = entries.map(([name, probe]) => [
    name,
    {
      intervalMs: probe.interval,
      timeoutMs: probe.timeout,
      disabledReason: probe.enabled ? undefined : ({ code: 'switched_off', file: path } as const),
    },
  ]);
  return Object.fromEntries(timings) as Record<K, ProbeTiming>;
}
