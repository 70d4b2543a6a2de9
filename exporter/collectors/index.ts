import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { currentLoad, mem } from 'systeminformation';
import type { Clock } from '../../common/clock.ts';
import type { ExporterConfig } from '../config.ts';
import { openDatabase } from '../database.ts';
import { dailyCollector, dailyQueries } from '../kpi/daily.ts';
import { queryCollector } from '../kpi/query.ts';
import { currentQueries } from '../kpi/users.ts';
import { aiApiCollector } from './ai-api.ts';
import { openBroker } from './celery/broker.ts';
import { celeryCollector } from './celery/collector.ts';
import type { Collector } from './collector.ts';
import { cpuCollector } from './cpu.ts';
import { databaseCollector } from './database.ts';
import { diskSpaceCollector } from './disk-space.ts';
import { listFileSystems } from './file-systems.ts';
import { httpTargetCollector } from './http-target.ts';
import { memoryCollector } from './memory.ts';
import { redisCollector } from './redis.ts';
import { telegramApiCollector } from './telegram-api.ts';
import { telegramWebhookCollector } from './telegram-webhook.ts';

export interface Watch {
  readonly collectors: readonly Collector[];
  /** Cuts the connections that collectors keep open. */
  close(): void;
}

/** Everything that is watched: the one list. Nothing is dialled before the first run. */
export function createWatch(config: ExporterConfig, clock: Clock): Watch {
  const { timing } = config;
  const database = openDatabase(config.database);
  const redis = redisCollector(config.redis, timing.redis);
  const celery = celeryCollector(
    config.celery,
    timing.celery_workers,
    openBroker({ ...config.celery, elapsedMs: () => performance.now(), newId: randomUUID }),
  );
  const disk = { ...config.disk, paths: ['/', resolve(config.stateDir)] };
  return {
    collectors: [
      databaseCollector(database.probe, timing.database),
      redis,
      telegramApiCollector(config.telegram, timing.telegram_api),
      telegramWebhookCollector(config.webhook, timing.telegram_webhook),
      ...config.ai.map((access) => aiApiCollector(access, timing[access.provider.name])),
      celery,
      ...config.httpTargets.map((target) => httpTargetCollector(target, clock)),
      diskSpaceCollector(disk, timing.disk_space, listFileSystems),
      memoryCollector(config.memory, timing.memory, () => mem()),
      cpuCollector(config.cpu, timing.cpu, () => currentLoad(), clock),
      ...currentQueries.map((query) => queryCollector(query, database.figures, timing.current)),
      ...dailyQueries.map((query) => dailyCollector(query, database.figures, timing.daily, config.timezone)),
    ],
    close: () => {
      database.close();
      redis.close();
      celery.close();
    },
  };
}
