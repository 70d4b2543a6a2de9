/** Subscriptions as of now: the primary key from the oldest one that has not ended, not the whole table. */
import type { Collector } from '../model/collector.ts';
import type { ProbeTiming } from '../model/timing.ts';
import type { ClosedDays } from '../daily/analytics.ts';
import type { Session, Row } from '../postgres/postgres.ts';
import { catalog } from '../metrics/catalog.ts';
import { EVERYTHING, rangeOf } from './day-ids.ts';
import {
  integerOf,
  numberOf,
  PAID,
  rangeValues,
  RETRY_MS,
  rowsIn,
  SERVER_SHARE,
  topId,
  TRIAL,
  WHOLE_TABLE,
} from './query.ts';
import { isOutdated, type Reading } from '../daily/outdated.ts';

const EXPIRING = { label: '3d', ms: 3 * 24 * 3_600_000 } as const;

const LIVE = `
  WITH live AS (
    SELECT * FROM ${rowsIn('subscriptions', ['id', 'profile_id', 'is_active', 'end_date', 'payment_method', 'amount'], ['created_at'], 3)} AS subscription
    WHERE end_date > $1
  ), people AS (
    SELECT bool_or(${PAID}) AS paid, bool_and(${TRIAL}) AS trial FROM live WHERE is_active GROUP BY profile_id
  )
  SELECT count(*) FILTER (WHERE is_active) AS active,
         count(*) FILTER (WHERE is_active AND end_date <= $2) AS expiring,
         coalesce(array_agg(id ORDER BY id), '{}') AS ids,
         (SELECT count(*) FROM people WHERE paid) AS paying,
         (SELECT count(*) FROM people WHERE trial) AS trial,
         coalesce(${topId('subscriptions')}, 0) AS top
  FROM live`;

/** After a recount of the closed days the whole table is read: an old subscription that was prolonged is found then. */
export function subscriptionsCollector(
  session: Session,
  closed: Pick<ClosedDays, 'recountedAt'>,
  timing: ProbeTiming,
): Collector {
  let range = EVERYTHING;
  let readAt = -Infinity;
  /** When the whole table was read. */
  let whole: Reading | undefined;
  return {
    ...timing,
    name: 'subscriptions',
    kind: 'query',
    retryMs: RETRY_MS,
    collect: async ({ signal, now }) => {
      const recountedAt = closed.recountedAt();
      // For a clock that was set back, subscriptions go on that had ended.
      if (now < readAt || (whole !== undefined && isOutdated(whole, recountedAt))) range = EVERYTHING;
      const values = [new Date(now), new Date(now + EXPIRING.ms), ...rangeValues(range)];
      const limits = range === EVERYTHING ? WHOLE_TABLE : { timeoutMs: timing.timeoutMs * SERVER_SHARE };
      const [row] = await session.query({ ...limits, text: LIVE, values }, signal);
      if (range === EVERYTHING) whole = { readAt: now, recountedAt };
      range = rangeOf(idsOf(row), integerOf(row, 'top'));
      readAt = now;
      return {
        samples: [
          { family: catalog.subscriptionsActive, labels: {}, value: numberOf(row, 'active') },
          { family: catalog.subscribers, labels: { kind: 'paying' }, value: numberOf(row, 'paying') },
          { family: catalog.subscribers, labels: { kind: 'trial' }, value: numberOf(row, 'trial') },
          {
            family: catalog.subscriptionsExpiring,
            labels: { window: EXPIRING.label },
            value: numberOf(row, 'expiring'),
          },
        ],
      };
    },
  };
}

function idsOf(row: Row | undefined): readonly number[] {
  const ids = row?.['ids'];
  return Array.isArray(ids) ? ids.map((id: unknown) => integerOf({ id }, 'id')) : [];
}
