/** The collector of Celery as tests run it, against a real broker. */
import { openBroker } from '../../../exporter/collectors/celery/broker.ts';
import { celeryCollector, type CeleryCollector } from '../../../exporter/collectors/celery/collector.ts';
import { DEFAULT_NAMING, type Naming } from '../../../exporter/collectors/celery/wire.ts';
import type { CeleryView } from '../../../exporter/collectors/celery/view.ts';
import { ProbeError, type Observation } from '../../../exporter/model/collector.ts';
import type { Server } from '../servers/process.ts';
import { withRedis } from '../servers/redis.ts';

export interface WatchOptions {
  /** Of a run; replies may take half of it. */
  readonly timeoutMs?: number;
  readonly queues?: readonly string[];
  readonly naming?: Partial<Naming>;
}

export interface WatchedCelery extends CeleryCollector {
  /** As last seen. */
  view(): CeleryView | undefined;
}

/** The collector with a broker of its own; close it. */
export function watchCelery(url: string, options: WatchOptions = {}): WatchedCelery {
  const { timeoutMs = 3_000, queues = ['default', 'reports'], naming = {} } = options;
  const timing = { intervalMs: 30_000, timeoutMs, disabledReason: undefined };
  const broker = openBroker({
    connection: { url },
    settings: 'CELERY_BROKER_URL',
    naming: { ...DEFAULT_NAMING, ...naming },
    elapsedMs: () => performance.now(),
    newId: () => crypto.randomUUID(),
  });
  let view: CeleryView | undefined;
  const settings = { queues, visibilityTimeoutMs: 3_600_000, inspectEveryMs: 0 };
  const collector = celeryCollector(settings, timing, broker, (seen) => (view = seen));
  return { ...collector, view: () => view };
}

export interface Outcome {
  readonly error: string | undefined;
  readonly details: Observation['details'];
  readonly series: Readonly<Record<string, number>>;
}

/** One run, told by what an operator would see. */
export async function outcome(
  collector: CeleryCollector,
  { now = Date.now(), signal = AbortSignal.timeout(60_000) } = {},
): Promise<Outcome> {
  try {
    return { error: undefined, ...readable(await collector.collect({ signal, now })) };
  } catch (error) {
    if (!(error instanceof ProbeError)) throw error;
    return { error: error.message, ...readable(error.observation) };
  }
}

const readable = (observation: Observation | undefined): Omit<Outcome, 'error'> => ({
  details: observation?.details,
  series: Object.fromEntries(
    (observation?.samples ?? []).map(({ family, labels, value }) => [
      [family.name.replace('expensebot_celery_', ''), ...Object.values(labels)].join(' '),
      value,
    ]),
  ),
});

/** Keys of replies: what must never be left behind. */
export const replyKeys = (redis: Server): Promise<string[]> =>
  withRedis(redis, (client) => client.keys('*reply.celery.pidbox*'));
