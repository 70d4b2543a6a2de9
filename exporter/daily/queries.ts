/** What is told of the last closed day, and how it is read from the rows of that day. */
import type { MetricFamily } from '../../common/metrics/family.ts';
import type { CollectContext, Sample } from '../model/collector.ts';
import type { CountedDay } from './recount.ts';
import type { Row } from '../postgres/postgres.ts';
import { catalog } from '../metrics/catalog.ts';
import { daysBefore, type Day } from '../model/day.ts';
import { BY_A_PERSON, numberOf, rangeValues, rowsIn, textOf } from '../kpi/query.ts';
import type { TableReader } from '../kpi/reader.ts';

export interface Readers {
  readonly expenses: TableReader;
  readonly incomes: TableReader;
  readonly newUsers: TableReader;
}

/** One concern, one statement: what is missing in the tables fails by this name and nothing else does. `T` is kept as JSON. */
export interface DailyFigure<T> {
  /** Value of the label `query`. */
  readonly name: string;
  readonly text: string;
  /** Parameters; the bounds of every day are half open. */
  readonly values: (
    day: Day,
    timezone: string,
    readers: Readers,
    context: CollectContext,
  ) => Promise<readonly unknown[]>;
  readonly read: (rows: readonly Row[]) => T;
  /** The same, from a recount; undefined where that could not be read. */
  readonly recounted: (day: CountedDay) => T | undefined;
  /** How many rows or people it is of, where it is of any: how far a correction went is measured in them. */
  readonly size?: (value: T) => number;
  /** @param earlier what is known of the day so many weeks before */
  readonly samples: (value: T, day: Day, earlier: (weeks: number) => T | undefined) => readonly Sample[];
}

const RETENTION_DAYS = 7;
const BASELINE_WEEKS = [1, 2, 3, 4];
const TOP_CATEGORIES = 10;

type Amounts = NonNullable<CountedDay['expenses']>;
type Categories = readonly { readonly name: string; readonly currency: string; readonly amount: number }[];

const gauge = (family: MetricFamily, value: number, labels: Sample['labels'] = {}): Sample => ({
  family,
  labels,
  value,
});

const dailyUsers: DailyFigure<number> = {
  name: 'daily_users',
  text: `
    SELECT count(*) AS n FROM ${rowsIn('users_profile', [], ['created_at'], 3)} AS profile
    WHERE created_at >= $1 AND created_at < $2`,
  values: async ({ date, start, end }, _timezone, { newUsers }, context) => [
    start,
    end,
    ...rangeValues(await newUsers.rangeFrom(date, context)),
  ],
  read: ([row]) => numberOf(row, 'n'),
  recounted: ({ users }) => users?.new,
  size: (value) => value,
  samples: (value, { start }) => [
    gauge(catalog.dailyTimestamp, start.getTime() / 1000),
    gauge(catalog.dailyNewUsers, value),
  ],
};

/** Parameters from the third on: the two tables' rows of the day. */
const entryRanges = async (
  { date }: Day,
  { expenses, incomes }: Readers,
  context: CollectContext,
): Promise<readonly unknown[]> => [
  ...rangeValues(await expenses.rangeFrom(date, context)),
  ...rangeValues(await incomes.rangeFrom(date, context)),
];

const ACTIVE = `
  SELECT profile_id FROM ${rowsIn('expenses_expense', ['is_recurring'], ['profile_id', 'created_at'], 3)} AS expense
  WHERE created_at >= $1 AND created_at < $2 AND ${BY_A_PERSON}
  UNION
  SELECT profile_id FROM ${rowsIn('incomes_income', ['is_recurring'], ['profile_id', 'created_at'], 5)} AS income
  WHERE created_at >= $1 AND created_at < $2 AND ${BY_A_PERSON}`;

const dailyActiveUsers: DailyFigure<number> = {
  name: 'daily_active_users',
  text: `SELECT count(*) AS n FROM (${ACTIVE}) AS active`,
  values: async (day, _timezone, readers, context) => [
    day.start,
    day.end,
    ...(await entryRanges(day, readers, context)),
  ],
  read: ([row]) => numberOf(row, 'n'),
  // Weeks before the first user registered are no history.
  recounted: ({ users }) => (users === null || users.total === 0 ? undefined : users.active),
  size: (value) => value,
  samples: (value, _day, earlier) => {
    const known = BASELINE_WEEKS.flatMap((weeks) => earlier(weeks) ?? []);
    const sum = known.reduce((total, active) => total + active, 0);
    // One week is no usual one.
    const baseline = known.length < 2 ? [] : [gauge(catalog.dailyActiveUsersBaseline, sum / known.length)];
    return [gauge(catalog.dailyActiveUsers, value), ...baseline];
  },
};

/** Null when nobody registered seven days before. */
const dailyRetention: DailyFigure<number | null> = {
  name: 'daily_retention',
  text: `
    SELECT count(*) AS registered, count(active.profile_id) AS came_back
    FROM ${rowsIn('users_profile', ['id'], ['created_at'], 9)} AS profile
    LEFT JOIN (${ACTIVE}) AS active ON active.profile_id = profile.id
    WHERE profile.created_at >= $7 AND profile.created_at < $8`,
  values: async (day, timezone, readers, context) => {
    const before = daysBefore(day, RETENTION_DAYS, timezone);
    const registered = await readers.newUsers.rangeFrom(before.date, context);
    return [
      day.start,
      day.end,
      ...(await entryRanges(day, readers, context)),
      before.start,
      before.end,
      ...rangeValues(registered),
    ];
  },
  read: ([row]) => {
    const registered = numberOf(row, 'registered');
    return registered === 0 ? null : numberOf(row, 'came_back') / registered;
  },
  recounted: ({ users }) => users?.retention_7d_ratio,
  samples: (value) => (value === null ? [] : [gauge(catalog.dailyRetention7d, value)]),
};

interface Booking {
  readonly name: 'expenses' | 'incomes';
  readonly table: string;
  readonly count: MetricFamily;
  readonly amount: MetricFamily;
}

const bookings = ({ name, table, count, amount }: Booking): DailyFigure<Amounts> => ({
  name: `daily_${name}`,
  text: `
    SELECT currency, count(*) AS n, sum(amount) AS amount
    FROM ${rowsIn(table, [], ['currency', 'amount', 'created_at'], 3)} AS entry
    WHERE created_at >= $1 AND created_at < $2 GROUP BY currency ORDER BY amount DESC, currency`,
  values: async ({ date, start, end }, _timezone, readers, context) => [
    start,
    end,
    ...rangeValues(await readers[name].rangeFrom(date, context)),
  ],
  read: (rows) => ({
    count: rows.reduce((total, row) => total + numberOf(row, 'n'), 0),
    amounts: rows.map((row) => ({
      currency: textOf(row, 'currency'),
      amount: numberOf(row, 'amount'),
      count: numberOf(row, 'n'),
    })),
  }),
  recounted: (day) => day[name] ?? undefined,
  size: (value) => value.count,
  samples: (value) => [
    gauge(count, value.count),
    ...value.amounts.map((sum) => gauge(amount, sum.amount, { currency: sum.currency })),
  ],
});

/** By name, because thousands of people have a category row of the same name; equal sums by name, so that the list is stable. */
const dailyCategories: DailyFigure<Categories> = {
  name: 'daily_categories',
  text: `
    SELECT currency, category, amount
    FROM (
      SELECT expense.currency, category.name AS category, sum(expense.amount) AS amount,
             row_number() OVER (
               PARTITION BY expense.currency ORDER BY sum(expense.amount) DESC, category.name COLLATE "C"
             ) AS place
      FROM ${rowsIn('expenses_expense', ['category_id'], ['currency', 'amount', 'created_at'], 4)} AS expense
      JOIN expenses_category AS category ON category.id = expense.category_id
      WHERE expense.created_at >= $1 AND expense.created_at < $2
      GROUP BY expense.currency, category.name
    ) AS ranked
    WHERE place <= $3
    ORDER BY amount DESC, currency, category COLLATE "C"`,
  values: async ({ date, start, end }, _timezone, { expenses }, context) => [
    start,
    end,
    TOP_CATEGORIES,
    ...rangeValues(await expenses.rangeFrom(date, context)),
  ],
  read: (rows) =>
    rows.map((row) => ({
      name: textOf(row, 'category'),
      currency: textOf(row, 'currency'),
      amount: numberOf(row, 'amount'),
    })),
  recounted: (day) => day.top_categories?.map(({ name, currency, amount }) => ({ name, currency, amount })),
  samples: (value) =>
    value.map(({ name, currency, amount }) =>
      gauge(catalog.dailyCategoryAmount, amount, { category: name, currency }),
    ),
};

/** Figures of one type of value each. */
export const dailyFigures: readonly DailyFigure<unknown>[] = [
  dailyUsers,
  dailyActiveUsers,
  dailyRetention,
  bookings({
    name: 'expenses',
    table: 'expenses_expense',
    count: catalog.dailyExpenses,
    amount: catalog.dailyExpensesAmount,
  }),
  bookings({
    name: 'incomes',
    table: 'incomes_income',
    count: catalog.dailyIncomes,
    amount: catalog.dailyIncomesAmount,
  }),
  dailyCategories,
] as readonly DailyFigure<unknown>[];
