import type { Collector } from '../../model/collector.ts';
import type { QuerySession } from '../../postgres/postgres.ts';
import { RETRY_MS } from '../query.ts';
import { samplesOf } from './samples.ts';
import type { CustomQuery } from './settings.ts';

/** A query runs for a tenth of the time at most. */
const REST_RATIO = 10;

/** @param elapsedMs monotonic */
export function customQueryCollector(
  query: CustomQuery,
  session: QuerySession,
  elapsedMs: () => number,
): Collector {
  const { intervalMs, timeoutMs, rowLimit, disabledReason } = query;
  let restMs = 0;
  return {
    name: customQueryName(query),
    kind: 'query',
    intervalMs,
    // It may wait for its turn; the server ends the statement itself after its own time-out.
    timeoutMs: intervalMs,
    retryMs: RETRY_MS,
    restMs: () => restMs,
    disabledReason,
    collect: async ({ signal }) => {
      let startedMs: number | undefined;
      const onTurn = (): void => void (startedMs = elapsedMs());
      try {
        const table = await session.read(
          { text: query.query, timeoutMs, maxRows: rowLimit + 1 },
          signal,
          onTurn,
        );
        return { samples: samplesOf(table, query) };
      } finally {
        // Beyond the time-out it is not the query that took so long, but a server that did not answer.
        const tookMs = startedMs === undefined ? 0 : Math.min(elapsedMs() - startedMs, timeoutMs);
        restMs = REST_RATIO * tookMs;
      }
    },
  };
}

/** The prefix keeps it apart from our own queries; what is served has the name as it was written. */
export const customQueryName = ({ family }: CustomQuery): string => `sql:${family.name}`;
