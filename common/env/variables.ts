/** One line of the environment contract; `.env.example` is generated from this table. */
export interface EnvVariable {
  readonly description: string;
  /** Value when unset, as it would be written in `.env`. */
  readonly default?: string;
  /** Never printed, and may be given as a file by its `…_FILE` twin. */
  readonly secret?: true;
  /** Heading that starts with this variable in `.env.example`. */
  readonly section?: string;
}

const secret = true;

const ENV_VARIABLES = {
  MONITORING_BOT_TOKEN: {
    section: 'Telegram',
    description: 'token of a bot of its own for monitoring (recommended)',
    secret,
  },
  TELEGRAM_BOT_TOKEN: { description: 'token of the main bot; used send-only when there is no other', secret },
  ADMIN_TELEGRAM_ID: {
    description: 'chats that are told, comma-separated; id:topic for a forum topic, groups are negative',
  },
  ADMIN_USER_IDS: {
    description: 'people who may command; default: the positive ids of ADMIN_TELEGRAM_ID',
  },
  TELEGRAM_API_ROOT: { description: 'root of the Bot API', default: 'https://api.telegram.org' },
  TELEGRAM_PROXY_URL: { description: 'http, https or socks5 proxy for the Bot API', secret },

  DATABASE_URL: {
    section: "The application's database and broker",
    description: 'read only, or the DB_ parts below',
    secret,
  },
  DB_HOST: { description: 'host of PostgreSQL', default: 'localhost' },
  DB_PORT: { description: 'port of PostgreSQL', default: '5432' },
  DB_NAME: { description: 'name of the database', default: 'expense_bot' },
  DB_USER: { description: 'role, read only is enough', default: 'expense_user' },
  DB_PASSWORD: { description: 'its password', secret },
  HISTORY_DATABASE_URL: {
    description: 'where the monitoring schema is written; default DATABASE_URL',
    secret,
  },
  REDIS_URL: {
    description: 'Redis of the application (redis://, rediss://, unix://), or the REDIS_ parts below',
    secret,
  },
  REDIS_HOST: { description: 'host of Redis', default: 'localhost' },
  REDIS_PORT: { description: 'port of Redis', default: '6379' },
  REDIS_PASSWORD: { description: 'its password', secret },
  CELERY_BROKER_URL: {
    description: 'broker of Celery (redis://, rediss://, redis+socket://); default: database 0 of Redis',
    secret,
  },

  OPENAI_API_KEY: {
    section: 'AI providers (no key: the probe is disabled, and says so)',
    description: 'key of OpenAI',
    secret,
  },
  OPENAI_BASE_URL: { description: 'API root of OpenAI', default: 'https://api.openai.com/v1' },
  GOOGLE_API_KEY: { description: 'key of Google AI', secret },
  GOOGLE_AI_BASE_URL: {
    description: 'API root of Google AI',
    default: 'https://generativelanguage.googleapis.com/v1beta',
  },
  DEEPSEEK_API_KEY: { description: 'key of DeepSeek', secret },
  DEEPSEEK_BASE_URL: { description: 'API root of DeepSeek', default: 'https://api.deepseek.com' },
  DASHSCOPE_API_KEY: { description: 'key of DashScope (Qwen)', secret },
  DASHSCOPE_BASE_URL: {
    description: 'API root of DashScope (Qwen)',
    default: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
  },
  OPENROUTER_API_KEY: { description: 'key of OpenRouter', secret },
  OPENROUTER_BASE_URL: { description: 'API root of OpenRouter', default: 'https://openrouter.ai/api/v1' },
  YANDEX_API_KEY: { description: 'key of Yandex SpeechKit', secret },
  YANDEX_FOLDER_ID: { description: "folder that Yandex SpeechKit is used in, as the application's" },
  YANDEX_BASE_URL: {
    description: 'root of Yandex SpeechKit',
    default: 'https://stt.api.cloud.yandex.net',
  },

  PUBLIC_HEALTHCHECK_URL: {
    section: 'The view from outside',
    description: 'public address of the bot to probe',
  },
  // Secret as a whole: the path of a webhook is often the token, or another secret that stands in for one.
  EXPECTED_WEBHOOK_URL: { description: 'webhook address that getWebhookInfo must show', secret },
  NGINX_ACCESS_LOG: { description: "path of nginx's access log" },

  SENTRY_DSN: {
    section: 'Sentry (active only when DEBUG is false and the DSN is set)',
    description: 'DSN of the project',
    secret,
  },
  SENTRY_TRACES_SAMPLE_RATE: { description: 'share of transactions sent, 0 to 1', default: '0.1' },
  SENTRY_PROFILES_SAMPLE_RATE: {
    description: 'share of sent transactions profiled, 0 to 1',
    default: '0.1',
  },
  ENVIRONMENT: { section: 'This installation', description: 'its name', default: 'production' },
  DEBUG: { description: 'true: verbose logs, no Sentry', default: 'false' },
  RELEASE: { description: 'version shown in Sentry and metrics; default: the version of the package' },
  TIMEZONE: { description: 'IANA zone of day boundaries and schedules', default: 'Europe/Moscow' },
  LOCALE: { description: 'language of everything a person reads: ru or en', default: 'ru' },
  INSTALLATION: {
    description:
      'whose commands messages, runbooks and the doctor name: docker or systemd; docker in the image',
    default: 'systemd',
  },

  EXPORTER_LISTEN: {
    section: 'Addresses and access',
    description: 'address and port of the exporter',
    default: '127.0.0.1:9847',
  },
  BRIDGE_LISTEN: { description: 'address and port of the bridge', default: '127.0.0.1:9848' },
  ALLOWED_NETWORKS: {
    description: 'CIDRs that may read /metrics, /health and the pages',
    default: '127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7,fe80::/10',
  },
  TRUSTED_PROXIES: { description: 'CIDRs whose forwarded headers are believed' },
  ALLOWED_HOSTS: {
    description:
      'more names both services may be asked by (.example.com: all below it; *: every name); known are addresses, names without a dot, STATUS_PUBLIC_URL, EXPORTER_URL',
  },
  WEBHOOK_TOKEN: {
    description: 'bearer token of every POST to the bridge; required unless it listens on loopback',
    secret,
  },
  SENTRY_WEBHOOK_SECRET: { description: "HMAC secret of Sentry's webhooks", secret },
  EXPORTER_URL: { description: 'the exporter, as the bridge sees it', default: 'http://127.0.0.1:9847' },
  ALERTMANAGER_URL: {
    description: 'Alertmanager, as the bridge sees it; http://user:password@host for Basic authentication',
    default: 'http://127.0.0.1:9093',
  },
  PROMETHEUS_URL: {
    description: 'Prometheus, as the bridge sees it; with user and password likewise',
    default: 'http://127.0.0.1:9090',
  },

  HEARTBEAT_URL: {
    section: 'When Telegram or this server is gone',
    description: 'outside service or peer, pinged while the whole chain works',
    secret,
  },
  HEARTBEAT_TOKEN: {
    description: 'of a peer, its WEBHOOK_TOKEN: HEARTBEAT_URL is posted to with it as the bearer token',
    secret,
  },
  FALLBACK_SMTP_URL: { description: 'second channel for critical alerts: SMTP server', secret },
  FALLBACK_EMAIL_TO: { description: 'second channel for critical alerts: recipient' },
  FALLBACK_NTFY_URL: { description: 'second channel for critical alerts: ntfy topic', secret },
  FALLBACK_WEBHOOK_URL: {
    description: 'second channel for critical alerts: a service that is posted to, such as one that calls',
    secret,
  },
  FALLBACK_WEBHOOK_SECRET: { description: 'signs those posts (Standard Webhooks)', secret },

  GRAFANA_PUBLIC_URL: {
    section: 'Bases of links that a phone can open (unset: no link)',
    description: 'Grafana',
  },
  STATUS_PUBLIC_URL: { description: 'the status page' },
  RUNBOOK_PUBLIC_URL: { description: 'the folder of the runbooks' },

  STATE_DIR: {
    section: 'State',
    description: 'each process keeps its state in a locked subfolder',
    default: './var/state',
  },
  LOG_DIR: { description: 'each process writes its logs to a subfolder', default: './var/log' },
  HASH_KEY: { description: 'key of hashed ids, 64 hex digits; made once in STATE_DIR', secret },
  STATE_KEY: {
    description: 'key of bodies at rest, 64 hex digits; made once in STATE_DIR; to change it: new,old',
    secret,
  },
  HA: { description: 'true: several bridges share claims through Redis', default: 'false' },
  BRIDGE_NAME: { description: "how this one of several calls itself in the chat; default: the host's name" },
  EXPORTER_CONFIG: { description: 'structure of the exporter', default: 'exporter/config.yml' },
  BRIDGE_CONFIG: { description: 'structure of the bridge', default: 'alert-bridge/config.yml' },

  COMPOSE_PROFILES: {
    section: 'docker compose only',
    description:
      'app: start db and redis here too; proxy: publish pages for a phone; app,proxy: both; empty: neither',
  },
  // With a default: Compose takes an empty one for a file without a name.
  COMPOSE_FILE: {
    description:
      'files that are read, with : between them; where it is set, docker-compose.override.yml must be named too',
    default: 'docker-compose.yml',
  },
  APP_NETWORK: { description: 'name of a Docker network in which db and redis of the application are found' },
  APP_NETWORK_EXTERNAL: { description: 'true: that network is there already' },
  GRAFANA_ADMIN_PASSWORD: { description: 'password of the user admin in Grafana', secret },
  GRAFANA_ANONYMOUS: {
    description: 'true: dashboards without a login of Grafana; whoever reaches it may look',
    default: 'false',
  },
  PROXY_DOMAIN: { description: 'profile proxy: the name it is reached by, such as monitoring.example.com' },
  PROXY_USER: { description: 'profile proxy: the name of its login', default: 'admin' },
  PROXY_PASSWORD_HASH: {
    description: 'profile proxy: bcrypt of its password, in single quotes; docs/operations.md says how',
    secret,
  },
  REMOTE_WRITE_URL: {
    description: 'docker-compose.remote-write.yml: where Prometheus stores every sample too',
  },
  REMOTE_WRITE_TOKEN: { description: 'the bearer token for it, if it asks for one', secret },
  EXPORTER_PORT: { description: 'port of 127.0.0.1 that the exporter is published on', default: '9847' },
  BRIDGE_PORT: { description: 'likewise the bridge', default: '9848' },
  PROMETHEUS_PORT: { description: 'likewise Prometheus', default: '9090' },
  ALERTMANAGER_PORT: { description: 'likewise Alertmanager', default: '9093' },
  GRAFANA_PORT: { description: 'likewise Grafana', default: '3000' },
  PROXY_HTTPS_PORT: { description: 'port of every address that the proxy is published on', default: '443' },
  PROXY_HTTP_PORT: { description: 'likewise, for certificates and people who type no https', default: '80' },
  BRIDGE_B_PORT: { description: 'likewise the second bridge of docker-compose.ha.yml', default: '9858' },
  ALERTMANAGER_B_PORT: { description: 'likewise its Alertmanager', default: '9193' },
} as const satisfies Record<string, EnvVariable>;

export type EnvName = keyof typeof ENV_VARIABLES;

/** The table with its entries seen alike, for code that walks over it. */
export const envVariable = (name: EnvName): EnvVariable => ENV_VARIABLES[name];

export const ENV_NAMES = Object.keys(ENV_VARIABLES) as readonly EnvName[];

export const isEnvName = (name: string): name is EnvName => Object.hasOwn(ENV_VARIABLES, name);
