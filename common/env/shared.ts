import { hostname } from 'node:os';
import { ANY_HOST, hostsOf } from '../http/hosts.ts';
import { environmentSecrets, namedSecrets } from '../redact/environment.ts';
import { parseKey } from '../state/identity.ts';
import type { DatedSecret } from '../state/secret-ages.ts';
import { INSTALLATIONS, type Installation } from '../text/commands.ts';
import type { LoadedEnvironment } from './load.ts';
import type { EnvReader, Network } from './reader.ts';

/** What both services read from the environment in the same way. */
export interface SharedConfig {
  readonly allowedNetworks: readonly Network[];
  readonly trustedProxies: readonly Network[];
  /** Names by which a browser may ask, besides those that need no mention. */
  readonly allowedHosts: readonly string[];
  readonly timezone: string;
  readonly locale: 'ru' | 'en';
  /** Whose commands a person is told. */
  readonly installation: Installation;
  readonly stateDir: string;
  readonly logDir: string;
  /** 64 hex digits; undefined: made once in the state folder. */
  readonly hashKey: string | undefined;
  readonly debug: boolean;
  readonly release: string | undefined;
  /** What must never be logged. */
  readonly secrets: readonly string[];
  /** The same by name, to know how old each is. */
  readonly datedSecrets: readonly DatedSecret[];
  /** Ids of chats and administrators, logged as a hash wherever they appear. */
  readonly ids: readonly string[];
}

/** Reads and checks it; problems are recorded in the reader. */
export function readShared(env: EnvReader, { values, changedAt = {} }: LoadedEnvironment): SharedConfig {
  // The Sentry preload runs before anything can complain and stays inactive on a bad value: it is said here.
  env.url('SENTRY_DSN', HTTP_PROTOCOLS);
  env.ratio('SENTRY_TRACES_SAMPLE_RATE');
  env.ratio('SENTRY_PROFILES_SAMPLE_RATE');
  const hashKey = env.optional('HASH_KEY');
  if (hashKey !== undefined && !/^[0-9a-f]{64}$/i.test(hashKey)) {
    env.problem('HASH_KEY', hashKey, 'Write 64 hexadecimal digits, such as openssl rand -hex 32 prints.');
  }
  return {
    allowedNetworks: env.networks('ALLOWED_NETWORKS'),
    trustedProxies: env.networks('TRUSTED_PROXIES'),
    allowedHosts: readHosts(env),
    timezone: env.timezone('TIMEZONE'),
    locale: env.oneOf('LOCALE', ['ru', 'en']),
    installation: env.oneOf('INSTALLATION', INSTALLATIONS),
    stateDir: env.string('STATE_DIR'),
    logDir: env.string('LOG_DIR'),
    hashKey,
    debug: env.boolean('DEBUG'),
    release: env.optional('RELEASE'),
    ...environmentSecrets(values),
    datedSecrets: namedSecrets(values).map((secret) => ({ ...secret, changedAt: changedAt[secret.name] })),
  };
}

/** Those of the setting, of the URLs and addresses that lead to the services, and the host's own. What is malformed is told elsewhere. */
const readHosts = (env: EnvReader): readonly string[] => [
  ...env.list(
    'ALLOWED_HOSTS',
    'Write names of hosts, without port, comma-separated: status.example.com.',
    (item) => (item === ANY_HOST || /^\.?[\w-]+(?:\.[\w-]+)*$/.test(item) ? item : undefined),
  ),
  ...hostsOf(env.optional('STATUS_PUBLIC_URL'), env.optional('EXPORTER_URL')),
  ...hostsOf(`http://${env.string('EXPORTER_LISTEN')}`, `http://${env.string('BRIDGE_LISTEN')}`),
  hostname(),
];

/** Keys of bodies at rest, the newest first; empty when the service is to make its own. */
export const readStateKeys = (env: EnvReader): readonly Buffer[] =>
  env.list(
    'STATE_KEY',
    'Write 64 hexadecimal digits, such as openssl rand -hex 32 prints; to change the key, the new one, a comma and the old one.',
    parseKey,
  );

export interface TelegramAccess {
  /** Undefined when neither bot has one. */
  readonly token: string | undefined;
  readonly apiRoot: string;
  readonly proxyUrl: string | undefined;
}

/** Access to the Bot API: the monitoring bot's token if there is one, else the main bot's. */
export function readTelegram(env: EnvReader): TelegramAccess {
  return {
    token: readBotToken(
      env,
      env.isSet('MONITORING_BOT_TOKEN') ? 'MONITORING_BOT_TOKEN' : 'TELEGRAM_BOT_TOKEN',
    ),
    apiRoot: env.url('TELEGRAM_API_ROOT', HTTP_PROTOCOLS) ?? '',
    proxyUrl: env.url('TELEGRAM_PROXY_URL', [...HTTP_PROTOCOLS, 'socks5:', 'socks5h:']),
  };
}

/** A malformed token is a problem, once for every time it is read. */
export function readBotToken(
  env: EnvReader,
  name: 'MONITORING_BOT_TOKEN' | 'TELEGRAM_BOT_TOKEN',
): string | undefined {
  const token = env.optional(name);
  if (token !== undefined && !/^\d+:[\w-]{20,}$/.test(token)) {
    env.problem(name, token, 'Set it to the token that @BotFather gave, such as 123456:ABC-DEF….');
  }
  return token;
}

export const HTTP_PROTOCOLS: readonly string[] = ['http:', 'https:'];
