import { z } from 'zod';
import { duration } from '../common/config/duration.ts';
import { ConfigError } from '../common/config/problem.ts';
import { loadYaml } from '../common/config/yaml.ts';
import type { LoadedEnvironment } from '../common/env/load.ts';
import { EnvReader, type ListenAddress, type Network } from '../common/env/reader.ts';
import { isInNetworks } from '../common/http/guard.ts';
import type { Policy } from './decide.ts';
import { parseChats, type ChatTarget } from './telegram/chats.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** `alert-bridge/config.yml`, which says what each key means. */
const fileSchema = z.strictObject({
  cooldown: duration({ minMs: 0, maxMs: DAY_MS }).default(30 * MINUTE_MS),
  sound: z.array(z.enum(['critical', 'warning', 'info'])).default(['critical']),
  late_after: duration({ minMs: 1_000, maxMs: DAY_MS }).default(2 * MINUTE_MS),
  duplicate_window: duration({ minMs: 0, maxMs: DAY_MS }).default(60 * MINUTE_MS),
  keep_settled: duration({ minMs: 60 * MINUTE_MS, maxMs: 365 * DAY_MS }).default(7 * DAY_MS),
  telegram: z
    .strictObject({ timeout: duration({ minMs: 1_000, maxMs: 2 * MINUTE_MS }).default(15_000) })
    .prefault({}),
});

export interface BridgeConfig {
  readonly listen: ListenAddress;
  readonly allowedNetworks: readonly Network[];
  readonly trustedProxies: readonly Network[];
  readonly webhookToken: string | undefined;
  readonly telegram: {
    readonly token: string;
    readonly apiRoot: string;
    readonly proxyUrl: string | undefined;
    readonly timeoutMs: number;
    readonly chats: readonly ChatTarget[];
  };
  readonly policy: Policy;
  readonly duplicateWindowMs: number;
  readonly keepSettledMs: number;
  readonly locale: 'ru' | 'en';
  readonly timezone: string;
  readonly links: { readonly grafana?: string; readonly status?: string; readonly runbooks?: string };
  readonly stateDir: string;
  readonly logDir: string;
  readonly hashKey: string | undefined;
  readonly debug: boolean;
  readonly release: string | undefined;
  readonly environment: string;
  /** Every secret that is set, for the redactor. */
  readonly secrets: readonly string[];
}

const LOOPBACK: readonly Network[] = new EnvReader({
  values: { ALLOWED_NETWORKS: '127.0.0.0/8,::1' },
  problems: [],
}).networks('ALLOWED_NETWORKS');

/**
 * The bridge's whole configuration, frozen.
 * @throws ConfigError with every problem of the environment and of the file at once.
 */
export function readBridgeConfig(environment: LoadedEnvironment): BridgeConfig {
  const env = new EnvReader(environment);
  const file = loadYaml(fileSchema, {
    path: env.string('BRIDGE_CONFIG'),
    required: env.isSet('BRIDGE_CONFIG'),
  });
  const listen = env.listen('BRIDGE_LISTEN');
  const webhookToken = env.optional('WEBHOOK_TOKEN');
  const isLoopback = listen.host === 'localhost' || isInNetworks(listen.host, LOOPBACK);
  if (webhookToken === undefined && !isLoopback) {
    const fix = 'Set it to a long random text: it is required unless BRIDGE_LISTEN is a loopback address.';
    env.problem('WEBHOOK_TOKEN', undefined, fix);
  }
  const token = env.optional('MONITORING_BOT_TOKEN') ?? env.optional('TELEGRAM_BOT_TOKEN') ?? '';
  if (!/^\d+:[\w-]{20,}$/.test(token)) {
    const name =
      env.isSet('TELEGRAM_BOT_TOKEN') && !env.isSet('MONITORING_BOT_TOKEN')
        ? 'TELEGRAM_BOT_TOKEN'
        : 'MONITORING_BOT_TOKEN';
    env.problem(
      name,
      token === '' ? undefined : token,
      'Set it to the token that @BotFather gave, such as 123456:ABC-DEF….',
    );
  }
  const chats = parseChats(env.optional('ADMIN_TELEGRAM_ID') ?? '');
  for (const problem of chats.problems) env.problem('ADMIN_TELEGRAM_ID', problem.received, problem.fix);
  if (chats.targets.length === 0 && chats.problems.length === 0) {
    const fix = 'Set it to the id of the chat that is to be told; @userinfobot tells you yours.';
    env.problem('ADMIN_TELEGRAM_ID', undefined, fix);
  }
  const http = ['http:', 'https:'];
  const links = {
    grafana: env.url('GRAFANA_PUBLIC_URL', http),
    status: env.url('STATUS_PUBLIC_URL', http),
    runbooks: env.url('RUNBOOK_PUBLIC_URL', http),
  };
  const config = {
    listen,
    allowedNetworks: env.networks('ALLOWED_NETWORKS'),
    trustedProxies: env.networks('TRUSTED_PROXIES'),
    webhookToken,
    telegram: {
      token,
      apiRoot: env.url('TELEGRAM_API_ROOT', http) ?? '',
      proxyUrl: env.url('TELEGRAM_PROXY_URL', [...http, 'socks5:', 'socks5h:']),
      timeoutMs: file.value?.telegram.timeout ?? 0,
      chats: chats.targets,
    },
    policy: {
      cooldownMs: file.value?.cooldown ?? 0,
      sound: file.value?.sound ?? [],
      lateAfterMs: file.value?.late_after ?? 0,
    },
    duplicateWindowMs: file.value?.duplicate_window ?? 0,
    keepSettledMs: file.value?.keep_settled ?? 0,
    locale: env.oneOf('LOCALE', ['ru', 'en']),
    timezone: env.timezone('TIMEZONE'),
    links: Object.fromEntries(Object.entries(links).filter(([, url]) => url !== undefined)),
    stateDir: env.string('STATE_DIR'),
    logDir: env.string('LOG_DIR'),
    hashKey: env.optional('HASH_KEY'),
    debug: env.boolean('DEBUG'),
    release: env.optional('RELEASE'),
    environment: env.string('ENVIRONMENT'),
    secrets: env.secrets(),
  };
  const problems = [...env.problems, ...file.problems];
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}
