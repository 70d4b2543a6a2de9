import type { Session } from '../postgres/postgres.ts';
import type { Collector } from '../model/collector.ts';
import { RECHECK_MS, type ProbeTiming } from '../model/timing.ts';

/** The application's database answers a statement. Response time is one round trip on a connection kept open. */
export function databaseCollector(session: Session, timing: ProbeTiming): Collector {
  return {
    ...timing,
    name: 'database',
    kind: 'component',
    retryMs: RECHECK_MS,
    collect: async ({ signal }) => {
      await session.query({ text: 'SELECT 1', timeoutMs: timing.timeoutMs * 0.9 }, signal);
      return { samples: [] };
    },
  };
}
