/** Everything the doctor looks at on the exporter's side. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../common/time/clock.ts';
import { ok, wrong, type Check } from '../../common/doctor/check.ts';
import { aiApiCollector } from '../collectors/ai-api.ts';
import { openBroker } from '../collectors/celery/broker.ts';
import { celeryCollector } from '../collectors/celery/collector.ts';
import { httpTargetCollector } from '../collectors/http/target.ts';
import { redisCollector } from '../collectors/redis.ts';
import { telegramWebhookCollector } from '../collectors/telegram-webhook.ts';
import type { ExporterConfig } from '../config.ts';
import { openDatabase } from '../postgres/postgres.ts';
import { checkQueries } from '../kpi/custom/explain.ts';
import { accessLogCheck } from './access-log.ts';
import { databaseChecks } from './database.ts';
import { watchedCheck } from './watched.ts';

export interface ExporterChecks {
  readonly checks: readonly Check[];
  /** Cuts the connections. */
  close(): void;
}

/** Nothing is dialled before a check looks. */
export function exporterChecks(config: ExporterConfig, clock: Clock): ExporterChecks {
  const { timing } = config;
  const database = openDatabase(config.database);
  const isElsewhere = config.history !== config.database;
  const history = isElsewhere ? openDatabase(config.history) : database;
  const celery = celeryCollector(
    config.celery,
    timing.celery_workers,
    openBroker({ ...config.celery, elapsedMs: () => performance.now(), newId: randomUUID }),
    () => undefined,
  );
  return {
    checks: [
      accessLogCheck(config.accessLog, timing.access_log.disabledReason),
      ...databaseChecks(database.figures, history.figures),
      customQueriesCheck(config),
      watchedCheck({
        section: 'Redis and Celery',
        collector: redisCollector(config.redis, timing.redis),
        about: 'answers PING',
        todo: 'Start Redis, or mend REDIS_URL or REDIS_HOST, REDIS_PORT and REDIS_PASSWORD, or what the sentence names. Its user: docs/configuration.md, "A Redis user that may only watch".',
      }),
      watchedCheck({
        section: 'Redis and Celery',
        collector: celery,
        about: 'every worker replies',
        todo: 'docker compose restart celery; without Celery: probes.celery_workers.enabled: false in exporter/config.yml; with broker_transport_options of its own: the same under celery there.',
      }),
      watchedCheck({
        section: 'Telegram',
        collector: telegramWebhookCollector(config.webhook, timing.telegram_webhook),
        about: "the main bot's webhook as Telegram sees it",
        todo: 'Mend what the sentence names: EXPECTED_WEBHOOK_URL, the certificate, nginx; then set the webhook anew.',
      }),
      ...config.httpTargets.map((target) =>
        watchedCheck({
          section: 'From outside',
          collector: httpTargetCollector(target, clock),
          about: 'answers as expected',
          todo: 'Open that address yourself; check nginx, DNS and the certificate.',
        }),
      ),
      ...config.ai.map((access) =>
        watchedCheck({
          section: 'AI providers',
          collector: aiApiCollector(access, timing[access.provider.name]),
          about: 'the key is good',
          todo: `Check ${access.provider.keyVariable}, its balance, and ${access.provider.baseUrlVariable}.`,
        }),
      ),
    ],
    close: () => {
      database.close();
      if (isElsewhere) history.close();
    },
  };
}

function customQueriesCheck(config: ExporterConfig): Check {
  return {
    section: 'Database',
    name: 'queries of exporter/config.yml',
    look: async () => {
      const { lines, problems } = await checkQueries(config);
      if (problems.length === 0) return ok(lines.length === 0 ? 'none' : lines.join('; '));
      return wrong(
        problems.map(({ name }) => name).join(', '),
        ...problems.map(({ name, fix }) => `${name}: ${fix}`),
      );
    },
  };
}
