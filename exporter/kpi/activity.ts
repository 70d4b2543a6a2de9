/**
 * Who was active within hours that end now. When each profile was last active is kept of the days that have settled; of
 * the open days every entry is known, so that one that was edited or deleted is not counted on.
 */
import type { CollectContext, Collector } from '../model/collector.ts';
import type { ProbeTiming } from '../model/timing.ts';
import type { ClosedDays } from '../daily/analytics.ts';
import type { Session, Row } from '../postgres/postgres.ts';
import { catalog } from '../metrics/catalog.ts';
import { dayAfter, daysBefore, hasSettled, lastClosedDay, type Day } from '../model/day.ts';
import { EVERYTHING, type IdRange } from './day-ids.ts';
import { openRows, type OpenRow } from './open-rows.ts';
import {
  BY_A_PERSON,
  integerOf,
  MICROSECONDS,
  rangeValues,
  RETRY_MS,
  rowsIn,
  SERVER_SHARE,
  WHOLE_TABLE,
} from './query.ts';
import type { TableReader } from './reader.ts';
import { isOutdated, type Reading } from '../daily/outdated.ts';
import type { KpiStore } from './sqlite.ts';

export interface ActivityOptions {
  readonly session: Session;
  readonly store: KpiStore;
  readonly closed: ClosedDays;
  readonly timing: ProbeTiming;
  readonly timezone: string;
  readonly expenses: TableReader;
  readonly incomes: TableReader;
}

/** By profile, Unix microseconds. */
type LastActive = ReadonlyMap<number, number>;

interface Closed extends Reading {
  /** Date of the last day that `last` knows of. */
  readonly through: string;
  /** Of the two tables. */
  readonly generation: string;
}

const DAY_MS = 24 * 3_600_000;
const WINDOWS = { '1d': DAY_MS, '7d': 7 * DAY_MS, '30d': 30 * DAY_MS } as const;
const KEPT_MS = 32 * DAY_MS;
const KEY = 'activity';

const CLOSED = `
  SELECT profile_id, max(${MICROSECONDS}) AS last
  FROM (
    SELECT * FROM ${rowsIn('expenses_expense', ['is_recurring'], ['profile_id', 'created_at'], 3)} AS expense
    UNION ALL
    SELECT * FROM ${rowsIn('incomes_income', ['is_recurring'], ['profile_id', 'created_at'], 5)} AS income
  ) AS entries
  WHERE created_at >= $1 AND created_at < $2 AND ${BY_A_PERSON}
  GROUP BY profile_id`;

export function activityCollector(options: ActivityOptions): Collector {
  const { session, store, timing, timezone, expenses, incomes } = options;
  let closed = store.load(KEY) as Closed | undefined;
  let last: LastActive = store.loadActivity();

  const query = (
    text: string,
    values: readonly unknown[],
    { signal }: CollectContext,
  ): Promise<readonly Row[]> =>
    session.query({ text, values, timeoutMs: timing.timeoutMs * SERVER_SHARE }, signal);
  const openExpenses = openRows({ table: 'expenses_expense', reader: expenses, query });
  const openIncomes = openRows({ table: 'incomes_income', reader: incomes, query });

  const readClosed = async (
    from: Date,
    through: Day,
    ranges: readonly IdRange[],
    context: CollectContext,
  ): Promise<LastActive> => {
    const values = [from, through.end, ...ranges.flatMap(rangeValues)];
    return lastActive(await session.query({ ...WHOLE_TABLE, text: CLOSED, values }, context.signal));
  };
  const rangesFrom = async (date: string, context: CollectContext): Promise<readonly IdRange[]> => [
    await expenses.rangeFrom(date, context),
    await incomes.rangeFrom(date, context),
  ];

  /** Makes `last` know the days up to `through`, which have settled, and no later one. */
  const close = async (through: Day, context: CollectContext): Promise<void> => {
    const { now } = context;
    const recountedAt = options.closed.recountedAt();
    const generation = `${await expenses.generation(context)}/${await incomes.generation(context)}`;
    // A clock that was set back opens days again that were closed.
    const isVoid =
      closed?.generation !== generation || closed.through > through.date || isOutdated(closed, recountedAt);
    if (closed?.through === through.date && !isVoid) return;
    const first = closed === undefined || isVoid ? undefined : dayAfter(closed.through, timezone);
    const seen =
      first === undefined
        ? await readClosed(new Date(now - KEPT_MS), through, [EVERYTHING, EVERYTHING], context)
        : await readClosed(first.start, through, await rangesFrom(first.date, context), context);
    const reading = isVoid || closed === undefined ? { readAt: now, recountedAt } : closed;
    const next = { ...reading, through: through.date, generation };
    const forgetBefore = (now - KEPT_MS) * 1000;
    store.saveActivity({ anew: isVoid, seen, forgetBefore, key: KEY, value: next });
    last = store.loadActivity();
    closed = next;
  };

  return {
    ...timing,
    name: 'activity',
    kind: 'query',
    retryMs: RETRY_MS,
    collect: async (context) => {
      const { now } = context;
      const yesterday = lastClosedDay(now, timezone);
      const through = hasSettled(yesterday, now) ? yesterday : daysBefore(yesterday, 1, timezone);
      await close(through, context);
      const date = dayAfter(through.date, timezone).date;
      const open = lastActiveIn(
        [...(await openExpenses.since(date, context)), ...(await openIncomes.since(date, context))],
        through.end.getTime() * 1000,
        now * 1000,
      );
      return {
        samples: Object.entries(WINDOWS).map(([window, ms]) => ({
          family: catalog.activeUsers,
          labels: { window },
          value: countSince((now - ms) * 1000, last, open),
        })),
      };
    },
  };
}

const lastActive = (rows: readonly Row[]): LastActive =>
  new Map(rows.map((row) => [integerOf(row, 'profile_id'), integerOf(row, 'last')]));

/** @param fromUs which is within; @param toUs which is too: a clock that is ahead dates nothing into the windows */
function lastActiveIn(rows: readonly OpenRow[], fromUs: number, toUs: number): LastActive {
  const last = new Map<number, number>();
  for (const { profile, at } of rows)
    if (at !== undefined && at >= fromUs && at <= toUs)
      last.set(profile, Math.max(at, last.get(profile) ?? 0));
  return last;
}

/** Everything open is later than everything closed. */
function countSince(afterUs: number, closed: LastActive, open: LastActive): number {
  let count = 0;
  for (const at of open.values()) if (at > afterUs) count += 1;
  for (const [profile, at] of closed) if (at > afterUs && !((open.get(profile) ?? 0) > afterUs)) count += 1;
  return count;
}
