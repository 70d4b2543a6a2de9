import { hostname } from 'node:os';
import { ConfigError } from '../../common/config/problem.ts';
import { loadYaml } from '../../common/config/yaml.ts';
import type { ReconcileOptions } from '../monitor/reconcile/reconcile.ts';
import type { LoadedEnvironment } from '../../common/env/load.ts';
import { readRedis, type RedisConnection } from '../../common/env/redis.ts';
import { EnvReader, type ListenAddress } from '../../common/env/reader.ts';
import {
  HTTP_PROTOCOLS,
  readShared,
  readBotToken,
  readStateKeys,
  readTelegram,
  type SharedConfig,
  type TelegramAccess,
} from '../../common/env/shared.ts';
import { isLoopback } from '../../common/http/guard.ts';
import { fileSchema } from './file.ts';
import type { Retention } from '../monitor/jobs.ts';
import type { Routing } from '../notify/routing.ts';
import type { MaintenanceWindow } from '../notify/maintenance.ts';
import { readMaintenance, readRouting } from './notification-keys.ts';
import type { CheckIn } from '../monitor/check-ins.ts';
import type { ChainUrls } from '../monitor/diagnose.ts';
import type { ReportTimes } from '../report/job.ts';
import { readAdmins, sendOnlyReason } from '../bot/access.ts';
import { parseChats, type ChatTarget } from '../telegram/chats.ts';

export interface BridgeConfig extends SharedConfig {
  readonly listen: ListenAddress;
  readonly webhookToken: string | undefined;
  readonly sentryWebhookSecret: string | undefined;
  readonly telegram: TelegramAccess & {
    readonly token: string;
    readonly timeoutMs: number;
    readonly chats: readonly ChatTarget[];
  };
  readonly routing: Routing;
  readonly maintenance: readonly MaintenanceWindow[];
  readonly fallback: {
    /** How long Telegram may fail before critical alerts go another way. */
    readonly afterMs: number;
    readonly mail: { readonly smtpUrl: string; readonly to: string } | undefined;
    readonly ntfyUrl: string | undefined;
    readonly webhook: { readonly url: string; readonly secret: string } | undefined;
  };
  /** Where several bridges agree on what each shows; undefined: this is the only one. */
  readonly redis: RedisConnection | undefined;
  /** Which of several this is; undefined: the only one. */
  readonly bridgeName: string | undefined;
  readonly duplicateWindowMs: number;
  readonly keep: Retention;
  /** The first seals what is kept, the others open what they have sealed; empty: a key made once in the state folder. */
  readonly stateKeys: readonly Buffer[];
  readonly tellStartAndStop: boolean;
  /** Days after which the chats hear that a secret should be changed; 0: never. */
  readonly secretMaxAgeDays: number;
  readonly reconcile: ReconcileOptions;
  readonly checkIns: readonly CheckIn[];
  readonly watchdog: {
    readonly silentAfterMs: number;
    readonly urls: ChainUrls;
    readonly heartbeatUrl: string | undefined;
    /** The bearer token of a peer's check-in, which is posted to; undefined: a service that counts GETs. */
    readonly heartbeatToken: string | undefined;
  };
  /** How far the picture of an alert looks back. */
  readonly pictures: { readonly enabled: boolean; readonly windowMs: number };
  readonly exporterUrl: string;
  readonly bot: {
    /** Ids of the people who may command. */
    readonly admins: readonly number[];
    /** Why nobody is listened to; undefined: the token is the monitoring bot's own. */
    readonly sendOnly: string | undefined;
    /** When a mute "until morning" ends, HH:mm in TIMEZONE. */
    readonly morning: string;
    /** How long before its end a mute is announced to end. */
    readonly announceBeforeMs: number;
  };
  /** Absent: there is none. */
  readonly report?: ReportTimes;
  readonly links: { readonly grafana?: string; readonly status?: string; readonly runbooks?: string };
}

/**
 * The bridge's whole configuration, frozen.
 * @throws ConfigError with every problem of the environment and of the file at once.
 */
export function readBridgeConfig(environment: LoadedEnvironment): BridgeConfig {
  const env = new EnvReader(environment);
  const file = loadYaml(fileSchema, {
    path: env.string('BRIDGE_CONFIG'),
    required: env.isSet('BRIDGE_CONFIG'),
    setting: 'BRIDGE_CONFIG',
  });
  const listen = env.listen('BRIDGE_LISTEN');
  const webhookToken = env.optional('WEBHOOK_TOKEN');
  if (webhookToken === undefined && listen.host !== 'localhost' && !isLoopback(listen.host)) {
    const fix = 'Set it to a long random text: it is required unless BRIDGE_LISTEN is a loopback address.';
    env.problem('WEBHOOK_TOKEN', undefined, fix);
  }
  const telegram = readTelegram(env);
  if (telegram.token === undefined) {
    env.problem(
      'MONITORING_BOT_TOKEN',
      undefined,
      'Set it to the token that @BotFather gave for the monitoring bot.',
    );
  }
  const chats = parseChats(env.optional('ADMIN_TELEGRAM_ID') ?? '');
  for (const problem of chats.problems) env.problem('ADMIN_TELEGRAM_ID', problem.received, problem.fix);
  if (chats.targets.length === 0 && chats.problems.length === 0) {
    const fix = 'Set it to the id of the chat that is to be told; @userinfobot tells you yours.';
    env.problem('ADMIN_TELEGRAM_ID', undefined, fix);
  }
  const links = {
    grafana: env.url('GRAFANA_PUBLIC_URL', HTTP_PROTOCOLS),
    status: env.url('STATUS_PUBLIC_URL', HTTP_PROTOCOLS),
    runbooks: env.url('RUNBOOK_PUBLIC_URL', HTTP_PROTOCOLS),
  };
  const shared = readShared(env, environment);
  // A file with problems is refused below: the defaults stand in for it until then.
  const policyFile = file.value ?? fileSchema.parse({});
  const { routing, problems: routingProblems } = readRouting(policyFile, {
    chats: chats.targets.map(({ key }) => key),
    timezone: shared.timezone,
    path: env.string('BRIDGE_CONFIG'),
  });
  const config = {
    ...shared,
    listen,
    webhookToken,
    sentryWebhookSecret: env.optional('SENTRY_WEBHOOK_SECRET'),
    telegram: {
      ...telegram,
      token: telegram.token ?? '',
      timeoutMs: file.value?.telegram.timeout ?? 0,
      chats: chats.targets,
    },
    routing,
    maintenance: readMaintenance(policyFile, shared.timezone),
    fallback: {
      afterMs: file.value?.second_channel.after ?? 0,
      mail: readMail(env),
      ntfyUrl: env.url('FALLBACK_NTFY_URL', HTTP_PROTOCOLS),
      webhook: readWebhook(env),
    },
    ...readHa(env),
    duplicateWindowMs: file.value?.duplicate_window ?? 0,
    reconcile: {
      everyMs: file.value?.reconcile.every ?? 0,
      confirmAfterMs: file.value?.reconcile.confirm_after ?? 0,
      gapAfterMs: file.value?.reconcile.gap_after ?? 0,
    },
    keep: {
      settledMs: file.value?.keep_settled ?? 0,
      incidentsMs: file.value?.keep_incidents ?? 0,
    },
    stateKeys: readStateKeys(env),
    tellStartAndStop: file.value?.tell_start_and_stop ?? true,
    secretMaxAgeDays: file.value?.secret_max_age_days ?? 0,
    checkIns: (file.value?.checkins ?? []).map((checkIn) => ({
      name: checkIn.name,
      ...(checkIn.cron === undefined
        ? { periodMs: checkIn.period ?? 0 }
        : { cron: { expression: checkIn.cron, timezone: checkIn.timezone ?? shared.timezone } }),
      graceMs: checkIn.grace,
      maxDurationMs: checkIn.max_duration,
      severity: checkIn.severity,
    })),
    watchdog: {
      silentAfterMs: file.value?.watchdog.silent_after ?? 0,
      urls: {
        prometheus: env.url('PROMETHEUS_URL', HTTP_PROTOCOLS) ?? '',
        alertmanager: env.url('ALERTMANAGER_URL', HTTP_PROTOCOLS) ?? '',
      },
      heartbeatUrl: env.url('HEARTBEAT_URL', HTTP_PROTOCOLS),
      heartbeatToken: env.optional('HEARTBEAT_TOKEN'),
    },
    pictures: {
      enabled: file.value?.pictures.enabled ?? false,
      windowMs: file.value?.pictures.window ?? 0,
    },
    exporterUrl: env.url('EXPORTER_URL', HTTP_PROTOCOLS) ?? '',
    bot: {
      admins: readAdmins(env, chats.targets),
      sendOnly: sendOnlyReason(env.optional('MONITORING_BOT_TOKEN'), readBotToken(env, 'TELEGRAM_BOT_TOKEN')),
      morning: file.value?.talk.morning ?? '',
      announceBeforeMs: file.value?.talk.announce_before ?? 0,
    },
    ...(file.value?.report.enabled === true
      ? { report: { at: file.value.report.at, giveUpAt: file.value.report.give_up_at } }
      : {}),
    links: Object.fromEntries(Object.entries(links).filter(([, url]) => url !== undefined)),
  };
  const problems = [...env.problems, ...file.problems, ...routingProblems];
  if (problems.length > 0) throw new ConfigError('alert-bridge', problems);
  return Object.freeze(config);
}

/** Where several bridges agree; undefined: there is one. */
export function readHa(env: EnvReader): Pick<BridgeConfig, 'redis' | 'bridgeName'> {
  if (!env.boolean('HA')) return { redis: undefined, bridgeName: undefined };
  if (!env.isSet('STATE_KEY')) {
    const fix =
      'Set it, the same for all bridges: with HA they seal with it what they tell one another through Redis.';
    env.problem('STATE_KEY', undefined, fix);
  }
  return { redis: readRedis(env), bridgeName: env.optional('BRIDGE_NAME') ?? hostname() };
}

function readWebhook(env: EnvReader): BridgeConfig['fallback']['webhook'] {
  const url = env.url('FALLBACK_WEBHOOK_URL', HTTP_PROTOCOLS);
  const secret = env.optional('FALLBACK_WEBHOOK_SECRET');
  if (url === undefined) return undefined;
  if (secret === undefined) {
    const fix = 'Set it to a long random text, the same as at the service: it signs every request.';
    env.problem('FALLBACK_WEBHOOK_SECRET', undefined, fix);
    return undefined;
  }
  return { url, secret };
}

function readMail(env: EnvReader): { smtpUrl: string; to: string } | undefined {
  const smtpUrl = env.url('FALLBACK_SMTP_URL', ['smtp:', 'smtps:']);
  const to = env.optional('FALLBACK_EMAIL_TO');
  if (smtpUrl !== undefined && to !== undefined) return { smtpUrl, to };
  if (env.isSet('FALLBACK_SMTP_URL') && to === undefined) {
    env.problem(
      'FALLBACK_EMAIL_TO',
      undefined,
      'Set it to the address that is told, or unset FALLBACK_SMTP_URL.',
    );
  }
  if (to !== undefined && !env.isSet('FALLBACK_SMTP_URL')) {
    env.problem('FALLBACK_SMTP_URL', undefined, 'Set it to the mail server, or unset FALLBACK_EMAIL_TO.');
  }
  return undefined;
}
