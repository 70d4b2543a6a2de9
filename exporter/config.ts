import { z } from 'zod';
import { duration } from '../common/config/duration.ts';
import { ConfigError } from '../common/config/problem.ts';
import { loadYaml } from '../common/config/yaml.ts';
import type { LoadedEnvironment } from '../common/env/load.ts';
import { EnvReader, type ListenAddress, type Network } from '../common/env/reader.ts';
import { environmentSecrets } from '../common/redact/environment.ts';
import { thresholds } from '../common/thresholds.ts';
import { AI_PROVIDERS, type AiAccess } from './collectors/ai-api.ts';
import type { RedisConnection } from './collectors/redis.ts';
import type { TelegramAccess } from './collectors/telegram-api.ts';
import type { ProbeTiming } from './collectors/timing.ts';
import type { DatabaseConnection } from './database.ts';

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

/** `exporter/config.yml`, which says what each key means. */
const fileSchema = z.strictObject({
  failures_before_down: z.int('Write a whole number, 1 or more').min(1).max(100).default(2),
  probes: z
    .strictObject({
      database: probe(15_000, 5_000),
      redis: probe(15_000, 5_000),
      telegram_api: probe(30_000, 10_000),
      openai_api: probe(60_000, 10_000),
      google_ai_api: probe(60_000, 10_000),
      deepseek_api: probe(60_000, 10_000),
      qwen_api: probe(60_000, 10_000),
      disk_space: diskProbe,
      memory: usageProbe(thresholds.memoryUsageMaxRatio.value),
      cpu: usageProbe(thresholds.cpuUsageMaxRatio.value),
    })
    .prefault({}),
  figures: z.strictObject({ current: probe(300_000, 60_000), daily: probe(300_000, 60_000) }).prefault({}),
});

type FileConfig = z.infer<typeof fileSchema>;

export interface ExporterConfig {
  readonly listen: ListenAddress;
  readonly allowedNetworks: readonly Network[];
  readonly trustedProxies: readonly Network[];
  readonly database: DatabaseConnection;
  readonly redis: RedisConnection;
  readonly telegram: TelegramAccess;
  readonly ai: readonly AiAccess[];
  readonly failuresBeforeDown: number;
  readonly timing: Readonly<Record<keyof FileConfig['probes'] | 'current' | 'daily', ProbeTiming>>;
  readonly disk: { readonly minFreeBytes: number; readonly mountpoints: readonly string[] };
  readonly memory: { readonly maxUsageRatio: number };
  readonly cpu: { readonly maxUsageRatio: number };
  readonly timezone: string;
  readonly stateDir: string;
  readonly logDir: string;
  readonly hashKey: string | undefined;
  readonly debug: boolean;
  readonly release: string | undefined;
  /** What must never be logged, and the ids that are logged as a hash. */
  readonly secrets: readonly string[];
  readonly ids: readonly string[];
}

/**
 * The exporter's whole configuration, frozen.
 * @throws ConfigError with every problem of the environment and of the file at once.
 */
export function readExporterConfig(environment: LoadedEnvironment): ExporterConfig {
  const env = new EnvReader(environment);
  const path = env.string('EXPORTER_CONFIG');
  const file = loadYaml(fileSchema, { path, required: env.isSet('EXPORTER_CONFIG') });
  const settings = file.value ?? fileSchema.parse({});
  const { probes } = settings;
  const config: ExporterConfig = {
    listen: env.listen('EXPORTER_LISTEN'),
    allowedNetworks: env.networks('ALLOWED_NETWORKS'),
    trustedProxies: env.networks('TRUSTED_PROXIES'),
    database: readDatabase(env),
    redis: readRedis(env),
    telegram: readTelegram(env),
    ai: AI_PROVIDERS.map((provider) => ({
      provider,
      key: env.optional(provider.keyVariable),
      baseUrl: env.url(provider.baseUrlVariable, HTTP) ?? '',
    })),
    failuresBeforeDown: settings.failures_before_down,
    timing: timingOf({ ...probes, ...settings.figures }, path),
    disk: { minFreeBytes: probes.disk_space.min_free_bytes, mountpoints: probes.disk_space.mountpoints },
    memory: { maxUsageRatio: probes.memory.max_usage_ratio },
    cpu: { maxUsageRatio: probes.cpu.max_usage_ratio },
    timezone: env.timezone('TIMEZONE'),
    stateDir: env.string('STATE_DIR'),
    logDir: env.string('LOG_DIR'),
    hashKey: env.optional('HASH_KEY'),
    debug: env.boolean('DEBUG'),
    release: env.optional('RELEASE'),
    ...environmentSecrets(environment.values),
  };
  const problems = [...env.problems, ...file.problems];
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

const HTTP = ['http:', 'https:'];

function readDatabase(env: EnvReader): DatabaseConnection {
  if (env.isSet('DATABASE_URL')) {
    return { connectionString: env.url('DATABASE_URL', ['postgres:', 'postgresql:']) ?? '' };
  }
  return {
    host: env.string('DB_HOST'),
    port: env.port('DB_PORT'),
    database: env.string('DB_NAME'),
    user: env.string('DB_USER'),
    password: env.optional('DB_PASSWORD'),
  };
}

function readRedis(env: EnvReader): RedisConnection {
  if (env.isSet('REDIS_URL')) return { url: env.url('REDIS_URL', ['redis:', 'rediss:']) ?? '' };
  return {
    host: env.string('REDIS_HOST'),
    port: env.port('REDIS_PORT'),
    password: env.optional('REDIS_PASSWORD'),
  };
}

function readTelegram(env: EnvReader): TelegramAccess {
  const name = env.isSet('MONITORING_BOT_TOKEN') ? 'MONITORING_BOT_TOKEN' : 'TELEGRAM_BOT_TOKEN';
  const token = env.optional(name);
  if (token !== undefined && !/^\d+:[\w-]{20,}$/.test(token)) {
    env.problem(name, token, 'Set it to the token that @BotFather gave, such as 123456:ABC-DEF….');
  }
  return {
    token,
    apiRoot: env.url('TELEGRAM_API_ROOT', HTTP) ?? '',
    proxyUrl: env.url('TELEGRAM_PROXY_URL', [...HTTP, 'socks5:', 'socks5h:']),
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
      disabledReason: probe.enabled ? undefined : `switched off in ${path}`,
    },
  ]);
  return Object.fromEntries(timings) as Record<K, ProbeTiming>;
}
