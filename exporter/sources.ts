import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { currentLoad, mem } from 'systeminformation';
import type { Clock } from '../common/time/clock.ts';
import { isSameServer } from '../common/env/redis.ts';
import type { Logger } from '../common/log/record.ts';
import { accessLogCollector } from './access-log/collector.ts';
import { ACCESS_LOG } from './access-log/window.ts';
import type { ExporterConfig } from './config.ts';
import type { ClosedDays } from './daily/analytics.ts';
import type { Database } from './postgres/postgres.ts';
import { customQueryCollector, customQueryName } from './kpi/custom/collector.ts';
import { figureCollectors, type FiguresOptions } from './kpi/figures.ts';
import { openKpiStore, type KpiStore } from './kpi/sqlite.ts';
import { aiApiCollector } from './collectors/ai-api.ts';
import { openBroker } from './collectors/celery/broker.ts';
import { beatCollector } from './collectors/celery/beat.ts';
import { celeryCollector } from './collectors/celery/collector.ts';
import { resultsCollector } from './collectors/celery/results.ts';
import type { CeleryKnown } from './collectors/celery/view.ts';
import type { Collector } from './model/collector.ts';
import { cpuCollector } from './collectors/cpu.ts';
import { databaseCollector } from './collectors/database.ts';
import { diskSpaceCollector } from './collectors/disk-space.ts';
import { dnsCollector, publicNames } from './collectors/dns.ts';
import { listFileSystems } from './collectors/file-systems.ts';
import { httpTargetCollector } from './collectors/http/target.ts';
import { inTurn } from './scheduler/in-turn.ts';
import { memoryCollector } from './collectors/memory.ts';
import { createGroup, createReuse, registration, type Registration } from './scheduler/registration.ts';
import { redisCollector } from './collectors/redis.ts';
import type { ProbeTiming } from './model/timing.ts';
import { telegramApiCollector } from './collectors/telegram-api.ts';
import { telegramWebhookCollector } from './collectors/telegram-webhook.ts';

export interface Watch {
  /** Everything that is to be watched. What has the same settings as at the last call is the same collector. */
  collectorsFor(config: ExporterConfig): readonly Collector[];
  celery(): CeleryKnown;
  /** Closes what collectors share; their own is closed by whoever runs them. */
  close(): void;
}

export interface WatchOptions {
  readonly database: Database;
  readonly config: Pick<ExporterConfig, 'timezone'>;
  readonly clock: Clock;
  /** This process's own, locked. */
  readonly stateDir: string;
  readonly closed: ClosedDays;
  readonly log: Logger;
}

/** Nothing is dialled before the first run. */
export function createWatch(options: WatchOptions): Watch {
  const { database, config, clock, stateDir, closed, log } = options;
  const store = openKpiStore(join(stateDir, 'kpi.sqlite'), config.timezone, clock.now(), log);
  const reuseUnchanged = createReuse();
  let celery: CeleryKnown = {};
  const figures = createGroup((settings: FigureSettings) =>
    figureCollectors({ ...settings, session: database.figures, store, closed, elapsedMs, log }).map(inTurn),
  );
  return {
    collectorsFor: (wanted) =>
      reuseUnchanged([
        ...registrationsOf(wanted, options, store, (seen) => (celery = { ...celery, ...seen })),
        ...figures(figureSettings(wanted)),
      ]),
    celery: () => celery,
    close: () => store.close(),
  };
}

const elapsedMs = (): number => performance.now();

type FigureSettings = Pick<FiguresOptions, 'timing' | 'timezone' | 'aiServices'>;
const figureSettings = ({ timing, timezone, ai }: ExporterConfig): FigureSettings => ({
  timing: { current: timing.current, users: timing.users, daily: timing.daily },
  timezone,
  // openai_api and google_ai_api are openai and google in the application's table.
  aiServices: ai.flatMap(({ keys, provider }) =>
    keys.length === 0 ? [] : [provider.name.replace(/(?:_ai)?_api$/, '')],
  ),
});

/**
 * The one list: what is watched, and what must work for it to be asked. The figures of the application's tables come
 * after it.
 */
function registrationsOf(
  config: ExporterConfig,
  { database, clock, stateDir, log }: WatchOptions,
  store: KpiStore,
  onCelery: (seen: CeleryKnown) => void,
): readonly Registration[] {
  const { timing } = config;
  const celery = { ...config.celery, timing: timing.celery_workers };
  /** Where Celery is not watched, there may be none, and no Redis either. */
  const ofCelery = (its: ProbeTiming): ProbeTiming => ({
    ...its,
    disabledReason: its.disabledReason ?? timing.celery_workers.disabledReason,
  });
  const disk = { ...config.disk, paths: ['/', resolve(config.stateDir)], timing: timing.disk_space };
  const telegram = urlOf(config.telegram.proxyUrl ?? config.telegram.apiRoot);
  const ai = config.ai.map(({ keys, baseUrl }) => (keys.length === 0 ? undefined : urlOf(baseUrl)));
  const web = config.httpTargets.map(({ url, disabledReason }) =>
    disabledReason === undefined ? url : undefined,
  );
  const names = publicNames([telegram, ...web, ...ai]);
  const dns = (address: URL | undefined): readonly string[] =>
    publicNames([address]).length === 0 ? [] : ['dns'];
  const broker = isSameServer(config.celery.connection, config.redis) ? ['redis'] : [];
  return [
    registration('database', timing.database, [], (its) => databaseCollector(database.probe, its)),
    registration('redis', { connection: config.redis, timing: timing.redis }, [], (its) =>
      redisCollector(its.connection, its.timing),
    ),
    registration('dns', { names, timing: timing.dns }, [], (its) => dnsCollector(its.names, its.timing)),
    registration(
      'telegram_api',
      { access: config.telegram, timing: timing.telegram_api },
      dns(telegram),
      (its) => telegramApiCollector(its.access, its.timing),
    ),
    registration(
      'telegram_webhook',
      { webhook: config.webhook, timing: timing.telegram_webhook },
      ['telegram_api', ...dns(telegram)],
      (its) => telegramWebhookCollector(its.webhook, its.timing),
    ),
    ...config.ai.map((access) =>
      registration(
        access.provider.name,
        { access, timing: timing[access.provider.name] },
        dns(urlOf(access.baseUrl)),
        (its) => aiApiCollector(its.access, its.timing),
      ),
    ),
    registration('celery_workers', celery, broker, (its) =>
      inTurn(
        celeryCollector(its, its.timing, openBroker({ ...its, elapsedMs, newId: randomUUID }), (view) =>
          onCelery({ view }),
        ),
      ),
    ),
    registration(
      'celery_results',
      { ...config.celeryResults, timing: ofCelery(timing.celery_results) },
      [],
      (its) => inTurn(resultsCollector(its, its.timing, store, (records) => onCelery({ records }))),
    ),
    registration('celery_beat', ofCelery(timing.celery_beat), [], (its) =>
      beatCollector(database.figures, its, (beat) => onCelery({ beat })),
    ),
    ...config.httpTargets.map((target) =>
      registration(target.name, target, dns(target.url), (its) => httpTargetCollector(its, clock)),
    ),
    registration('disk_space', disk, [], (its) =>
      inTurn(diskSpaceCollector(its, its.timing, listFileSystems)),
    ),
    registration('memory', { ...config.memory, timing: timing.memory }, [], (its) =>
      inTurn(memoryCollector(its, its.timing, () => mem())),
    ),
    registration('cpu', { ...config.cpu, timing: timing.cpu }, [], (its) =>
      inTurn(cpuCollector(its, its.timing, () => currentLoad(), clock)),
    ),
    registration(ACCESS_LOG, { log: config.accessLog, timing: timing.access_log }, [], (its) =>
      inTurn(accessLogCollector(its.log, its.timing, join(stateDir, 'access-log.sqlite'), elapsedMs, log)),
    ),
    ...config.queries.map((query) =>
      registration(customQueryName(query), query, [], (its) =>
        customQueryCollector(its, database.figures, elapsedMs),
      ),
    ),
  ];
}

const urlOf = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);
