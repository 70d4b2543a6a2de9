/** All figures of the application's tables: who reads what, and what they share. */
import type { Logger } from '../../common/log/record.ts';
import type { Collector } from '../model/collector.ts';
import type { ProbeTiming } from '../model/timing.ts';
import type { ClosedDays } from '../daily/analytics.ts';
import type { Session } from '../postgres/postgres.ts';
import { activityCollector } from './activity.ts';
import { aiRequests } from './ai.ts';
import { dailyCollectors } from '../daily/collectors.ts';
import { oddRowsCollector } from './odd-rows.ts';
import { queryCollector } from './query.ts';
import { tableReader } from './reader.ts';
import type { KpiStore } from './sqlite.ts';
import { subscriptionsCollector } from './subscriptions.ts';
import { expenses, incomes, newUsers, payments } from './tables.ts';
import { usersQuery } from './users.ts';

export interface FiguresOptions {
  readonly session: Session;
  readonly store: KpiStore;
  readonly closed: ClosedDays;
  /** IANA name of the zone whose calendar days are told of. */
  readonly timezone: string;
  /** What the application calls the AI providers that it has a key of. */
  readonly aiServices: readonly string[];
  readonly timing: Readonly<Record<'current' | 'users' | 'daily', ProbeTiming>>;
  /** Monotonic milliseconds. */
  readonly elapsedMs: () => number;
  readonly log: Logger;
}

export function figureCollectors(options: FiguresOptions): readonly Collector[] {
  const { session, timing, closed } = options;
  const current = { ...options, timing: timing.current };
  const readers = {
    expenses: tableReader(expenses, current),
    incomes: tableReader(incomes, current),
    newUsers: tableReader(newUsers, current),
  };
  return [
    readers.expenses,
    readers.incomes,
    readers.newUsers,
    tableReader(payments, current),
    tableReader(aiRequests(options.aiServices), current),
    oddRowsCollector(current),
    activityCollector({ ...current, ...readers }),
    subscriptionsCollector(session, closed, timing.current),
    queryCollector(usersQuery, session, timing.users),
    ...dailyCollectors({ ...options, timing: timing.daily, readers }),
  ];
}
