/**
 * The figures of the last closed day, straight from the application's tables. A closed day is read once it is
 * closed and again until it has settled, not at every run: each statement scans a whole table.
 */
import { ProbeError, type Collector, type Observation, type Sample } from '../collectors/collector.ts';
import type { ProbeTiming } from '../collectors/timing.ts';
import type { Lane, Row } from '../database.ts';
import type { MetricFamily } from '../../common/metrics/family.ts';
import { catalog } from '../metrics/catalog.ts';
import { daysBefore, lastClosedDay, type Day } from './day.ts';
import { numberOf, queryCollector, textOf } from './query.ts';

export interface DailyQuery {
  readonly name: string;
  readonly text: string;
  /** Parameters from the day; the bounds of every day are half open. */
  readonly values: (day: Day, timezone: string) => readonly unknown[];
  readonly samples: (rows: readonly Row[], day: Day) => readonly Sample[];
}

/** A transaction that began before midnight may commit after it; a minute-long one is a broken one. */
const SETTLED_AFTER_MS = 10 * 60_000;

const TOP_CATEGORIES = 10;
const BASELINE_WEEKS = [1, 2, 3, 4];
const RETENTION_DAYS = 7;

const bounds = ({ start, end }: Day): readonly Date[] => [start, end];

const ACTIVE = (from: string, to: string): string => `
  SELECT profile_id FROM expenses_expense WHERE created_at >= ${from} AND created_at < ${to}
  UNION
  SELECT profile_id FROM incomes_income WHERE created_at >= ${from} AND created_at < ${to}`;

const gauge = (family: MetricFamily, value: number, labels: Sample['labels'] = {}): Sample => ({
  family,
  labels,
  value,
});

const dailyUsers: DailyQuery = {
  name: 'daily_users',
  text: 'SELECT count(*) AS n FROM users_profile WHERE created_at >= $1 AND created_at < $2',
  values: bounds,
  samples: ([row], day) => [
    gauge(catalog.dailyTimestamp, day.start.getTime() / 1000),
    gauge(catalog.dailyNewUsers, numberOf(row, 'n')),
  ],
};

const dailyActiveUsers: DailyQuery = {
  name: 'daily_active_users',
  text: `SELECT count(*) AS n FROM (${ACTIVE('$1', '$2')}) AS active`,
  values: bounds,
  samples: ([row]) => [gauge(catalog.dailyActiveUsers, numberOf(row, 'n'))],
};

const dailyRetention: DailyQuery = {
  name: 'daily_retention',
  text: `
    SELECT count(*) AS registered, count(active.profile_id) AS came_back
    FROM users_profile AS profile
    LEFT JOIN (${ACTIVE('$1', '$2')}) AS active ON active.profile_id = profile.id
    WHERE profile.created_at >= $3 AND profile.created_at < $4`,
  values: (day, timezone) => [...bounds(day), ...bounds(daysBefore(day, RETENTION_DAYS, timezone))],
  samples: ([row]) => {
    const registered = numberOf(row, 'registered');
    return registered === 0 ? [] : [gauge(catalog.dailyRetention7d, numberOf(row, 'came_back') / registered)];
  },
};

/** Weeks before the first user registered are no history: a new installation has a baseline of fewer days, or none. */
const dailyBaseline: DailyQuery = {
  name: 'daily_active_users_baseline',
  text: `
    SELECT day.n, count(DISTINCT entry.profile_id) AS active
    FROM unnest($1::timestamptz[], $2::timestamptz[]) WITH ORDINALITY AS day(first, next, n)
    LEFT JOIN (
      SELECT profile_id, created_at FROM expenses_expense WHERE created_at >= $3 AND created_at < $4
      UNION ALL
      SELECT profile_id, created_at FROM incomes_income WHERE created_at >= $3 AND created_at < $4
    ) AS entry ON entry.created_at >= day.first AND entry.created_at < day.next
    WHERE day.next > (SELECT min(created_at) FROM users_profile)
    GROUP BY day.n`,
  values: (day, timezone) => {
    const days = BASELINE_WEEKS.map((weeks) => daysBefore(day, weeks * 7, timezone));
    const starts = days.map(({ start }) => start);
    return [starts, days.map(({ end }) => end), starts.at(-1), days[0]?.end];
  },
  samples: (rows) => {
    if (rows.length === 0) return [];
    const sum = rows.reduce((total, row) => total + numberOf(row, 'active'), 0);
    return [gauge(catalog.dailyActiveUsersBaseline, sum / rows.length)];
  },
};

const amountsOf = (table: 'expenses_expense' | 'incomes_income'): string => `
  SELECT currency, count(*) AS n, sum(amount) AS amount
  FROM ${table} WHERE created_at >= $1 AND created_at < $2 GROUP BY currency`;

const amountSamples = (
  rows: readonly Row[],
  count: MetricFamily,
  amount: MetricFamily,
): readonly Sample[] => [
  gauge(
    count,
    rows.reduce((total, row) => total + numberOf(row, 'n'), 0),
  ),
  ...rows.map((row) => gauge(amount, numberOf(row, 'amount'), { currency: textOf(row, 'currency') })),
];

const dailyExpenses: DailyQuery = {
  name: 'daily_expenses',
  text: amountsOf('expenses_expense'),
  values: bounds,
  samples: (rows) => amountSamples(rows, catalog.dailyExpenses, catalog.dailyExpensesAmount),
};

const dailyIncomes: DailyQuery = {
  name: 'daily_incomes',
  text: amountsOf('incomes_income'),
  values: bounds,
  samples: (rows) => amountSamples(rows, catalog.dailyIncomes, catalog.dailyIncomesAmount),
};

/** By name, because thousands of people have a category row of the same name; equal sums by name, so that the list is stable. */
const dailyCategories: DailyQuery = {
  name: 'daily_categories',
  text: `
    SELECT currency, category, amount
    FROM (
      SELECT expense.currency, category.name AS category, sum(expense.amount) AS amount,
             row_number() OVER (
               PARTITION BY expense.currency ORDER BY sum(expense.amount) DESC, category.name COLLATE "C"
             ) AS place
      FROM expenses_expense AS expense JOIN expenses_category AS category ON category.id = expense.category_id
      WHERE expense.created_at >= $1 AND expense.created_at < $2
      GROUP BY expense.currency, category.name
    ) AS ranked
    WHERE place <= $3`,
  values: (day) => [...bounds(day), TOP_CATEGORIES],
  samples: (rows) =>
    rows.map((row) =>
      gauge(catalog.dailyCategoryAmount, numberOf(row, 'amount'), {
        category: textOf(row, 'category'),
        currency: textOf(row, 'currency'),
      }),
    ),
};

export const dailyQueries: readonly DailyQuery[] = [
  dailyUsers,
  dailyActiveUsers,
  dailyRetention,
  dailyBaseline,
  dailyExpenses,
  dailyIncomes,
  dailyCategories,
];

/** Asks for the last closed day of `timezone`, and answers from memory while that day stays the same and has settled. */
export function dailyCollector(
  query: DailyQuery,
  lane: Lane,
  timing: ProbeTiming,
  timezone: string,
): Collector {
  let read:
    { readonly date: string; readonly settled: boolean; readonly observation: Observation } | undefined;
  const dayAt = (now: number): Day => lastClosedDay(now, timezone);
  const inner = queryCollector(
    {
      name: query.name,
      text: query.text,
      values: (now) => query.values(dayAt(now), timezone),
      samples: (rows, now) => query.samples(rows, dayAt(now)),
    },
    lane,
    timing,
  );
  return {
    ...inner,
    collect: async (context) => {
      const day = dayAt(context.now);
      if (read?.date === day.date && read.settled) return { ...read.observation, reused: true };
      try {
        const observation = await inner.collect(context);
        const settled = context.now >= day.end.getTime() + SETTLED_AFTER_MS;
        read = { date: day.date, settled, observation };
        return observation;
      } catch (error) {
        // Figures of the day before must not stand beside the new day's date.
        if (!(error instanceof ProbeError) || read?.date === day.date) throw error;
        throw new ProbeError(error.message, { cause: error, observation: { samples: [] } });
      }
    },
  };
}
