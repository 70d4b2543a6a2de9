/**
 * Statements over a run of whole calendar days, each one pass over its tables however many days there are, for no
 * index of the application leads with a date.
 *
 * `$1` holds the first moments of the days and the end of the last; a day is its place among them, from 1.
 */
import { logged, ProbeError } from '../model/collector.ts';
import type { Row, Statement } from '../postgres/postgres.ts';
import type { DailyFigures } from '../../common/daily-figures.ts';
import { daysBefore, type Day } from '../model/day.ts';
import { isSound } from '../kpi/odd-values.ts';
import { BY_A_PERSON, numberOf, orNull, PAID, textOf, TRIAL } from '../kpi/query.ts';

/** What is counted of one closed day: everything the daily API tells but the picture. */
export type DaySections = Pick<
  DailyFigures,
  'users' | 'expenses' | 'incomes' | 'subscriptions' | 'ai' | 'top_categories'
>;
export type SectionName = keyof DaySections;

type Query = Omit<Statement, 'timeoutMs'>;

export interface Question {
  /** Consecutive, oldest first, at least one. */
  readonly days: readonly [Day, ...Day[]];
  readonly timezone: string;
  /** Unix milliseconds. */
  readonly now: number;
}

/** One section: what is missing in its tables takes this section away and no other. */
export interface Section<Name extends SectionName = SectionName> {
  readonly name: Name;
  readonly statements: (question: Question) => readonly Query[];
  /** By day, in the order of the question, from the answers in the order of the statements. */
  readonly read: (answers: readonly (readonly Row[])[], days: number) => readonly DaySections[Name][];
}

const TOP_CATEGORIES = 10;
const RETENTION_DAYS = 7;

const moments = (days: readonly Day[]): readonly Date[] => [
  ...days.map(({ start }) => start),
  ...days.slice(-1).map(({ end }) => end),
];
const dayOf = (column: string, edges = '$1'): string => `width_bucket(${column}, ${edges}::timestamptz[])`;
const within = (column: string, edges = '$1'): string => {
  const list = `(${edges}::timestamptz[])`;
  return `${column} >= ${list}[1] AND ${column} < ${list}[cardinality${list}]`;
};

const rowsOf = (rows: readonly Row[] | undefined, day: number): readonly Row[] =>
  (rows ?? []).filter((row) => numberOf(row, 'day') === day);
const countOf = (rows: readonly Row[], column: string): number =>
  rows.reduce((sum, row) => sum + numberOf(row, column), 0);
const byDay = <T>(days: number, read: (day: number) => T): T[] =>
  Array.from({ length: days }, (_, index) => read(index + 1));

/** Registered per day from seven days before on, for retention; all before that as day 0. */
const REGISTERED = `
  SELECT ${dayOf('created_at')} AS day, count(*) AS n
  FROM users_profile WHERE created_at < $2 AND ${isSound(['created_at'])} GROUP BY day`;

/** `$2`: the days seven before those of `$1`. */
const ACTIVE = `
  SELECT active.day, count(*) AS active, count(profile.id) AS came_back
  FROM (
    SELECT ${dayOf('created_at')} AS day, profile_id FROM expenses_expense
    WHERE ${within('created_at')} AND ${isSound(['profile_id'])} AND ${BY_A_PERSON}
    UNION
    SELECT ${dayOf('created_at')} AS day, profile_id FROM incomes_income
    WHERE ${within('created_at')} AND ${isSound(['profile_id'])} AND ${BY_A_PERSON}
  ) AS active
  LEFT JOIN users_profile AS profile
    ON profile.id = active.profile_id AND ${within('profile.created_at', '$2')}
      AND ${dayOf('profile.created_at', '$2')} = active.day
  GROUP BY active.day`;

const users: Section<'users'> = {
  name: 'users',
  statements: ({ days, timezone }) => {
    const before = days.map((day) => daysBefore(day, RETENTION_DAYS, timezone));
    const first = Array.from({ length: RETENTION_DAYS }, (_, index) =>
      daysBefore(days[0], RETENTION_DAYS - index, timezone),
    );
    const end = moments(days).at(-1);
    return [
      { text: REGISTERED, values: [[...first.map(({ start }) => start), ...moments(days)], end] },
      { text: ACTIVE, values: [moments(days), moments(before)] },
    ];
  },
  read: ([registered = [], active], days) =>
    byDay(days, (day) => {
      const on = rowsOf(active, day);
      const base = countOf(rowsOf(registered, day), 'n');
      const place = day + RETENTION_DAYS;
      return {
        total: countOf(
          registered.filter((row) => numberOf(row, 'day') <= place),
          'n',
        ),
        active: countOf(on, 'active'),
        new: countOf(rowsOf(registered, place), 'n'),
        retention_7d_ratio: base === 0 ? null : countOf(on, 'came_back') / base,
      };
    }),
};

const bookings = <Name extends 'expenses' | 'incomes'>(name: Name, table: string): Section<Name> => ({
  name,
  statements: ({ days }) => [
    {
      text: `
        SELECT ${dayOf('created_at')} AS day, currency, count(*) AS n, sum(amount) AS amount
        FROM ${table} WHERE ${within('created_at')} AND ${isSound(['amount', 'currency'])}
        GROUP BY day, currency ORDER BY amount DESC, currency`,
      values: [moments(days)],
    },
  ],
  read: ([rows], days) =>
    byDay(days, (day) => {
      const on = rowsOf(rows, day);
      const amounts = on.map((row) => ({
        currency: textOf(row, 'currency'),
        amount: numberOf(row, 'amount'),
        count: numberOf(row, 'n'),
      }));
      return { count: countOf(on, 'n'), amounts };
    }),
});

/**
 * Active at the end of the day. The application switches a subscription off once it has ended, so one that is off now
 * and had its end in the past was on until then.
 */
const subscriptions: Section<'subscriptions'> = {
  name: 'subscriptions',
  statements: ({ days, now }) => [
    {
      text: `
        SELECT day, sum(n) AS active, count(*) FILTER (WHERE paid) AS paying, count(*) FILTER (WHERE trial) AS trial
        FROM (
          SELECT day.n AS day, count(subscription.end_date) AS n, bool_or(${PAID}) AS paid, bool_and(${TRIAL}) AS trial
          FROM unnest($1::timestamptz[]) WITH ORDINALITY AS day(ends, n)
          LEFT JOIN subscriptions AS subscription
          ON ${isSound(['created_at'], 'subscription')} AND subscription.created_at < day.ends AND subscription.end_date > day.ends
            AND (subscription.is_active OR subscription.end_date <= $2)
          GROUP BY day.n, subscription.profile_id
        ) AS people
        GROUP BY day`,
      values: [days.map(({ end }) => end), new Date(now)],
    },
    {
      text: `
        SELECT ${dayOf('created_at')} AS day, sum(amount) AS stars
        FROM subscriptions WHERE payment_method = 'stars' AND ${within('created_at')} AND ${isSound(['amount'])}
        GROUP BY day`,
      values: [moments(days)],
    },
  ],
  read: ([active, stars], days) =>
    byDay(days, (day) => ({
      active: countOf(rowsOf(active, day), 'active'),
      paying_people: countOf(rowsOf(active, day), 'paying'),
      trial_people: countOf(rowsOf(active, day), 'trial'),
      payments_stars: countOf(rowsOf(stars, day), 'stars'),
    })),
};

const ai: Section<'ai'> = {
  name: 'ai',
  statements: ({ days }) => [
    {
      text: `
        SELECT ${dayOf('timestamp')} AS day, service, count(*) AS requests,
               count(*) FILTER (WHERE success IS NOT TRUE) AS failed,
               sum(tokens_used) AS tokens, sum(estimated_cost) AS cost
        FROM ai_service_metrics
        WHERE ${within('timestamp')} AND ${isSound(['tokens_used', 'estimated_cost', 'response_time'])}
        GROUP BY day, service
        ORDER BY requests DESC, service COLLATE "C"`,
      values: [moments(days)],
    },
  ],
  read: ([rows], days) =>
    byDay(days, (day) =>
      rowsOf(rows, day).map((row) => ({
        provider: textOf(row, 'service'),
        requests: numberOf(row, 'requests'),
        failed: numberOf(row, 'failed'),
        tokens: orNull(row, 'tokens'),
        cost_usd: orNull(row, 'cost'),
      })),
    ),
};

/** By name, because thousands of people have a category row of the same name; expenses without one are left out. */
const topCategories: Section<'top_categories'> = {
  name: 'top_categories',
  statements: ({ days }) => [
    {
      text: `
        SELECT day, currency, name, amount, n
        FROM (
          SELECT ${dayOf('expense.created_at')} AS day, expense.currency, category.name,
                 sum(expense.amount) AS amount, count(*) AS n,
                 row_number() OVER (
                   PARTITION BY ${dayOf('expense.created_at')}, expense.currency
                   ORDER BY sum(expense.amount) DESC, category.name COLLATE "C"
                 ) AS place
          FROM expenses_expense AS expense JOIN expenses_category AS category ON category.id = expense.category_id
          WHERE ${within('expense.created_at')} AND ${isSound(['amount', 'currency'], 'expense')}
          GROUP BY 1, expense.currency, category.name
        ) AS ranked
        WHERE place <= $2
        ORDER BY amount DESC, currency, name COLLATE "C"`,
      values: [moments(days), TOP_CATEGORIES],
    },
  ],
  read: ([rows], days) =>
    byDay(days, (day) =>
      rowsOf(rows, day).map((row) => ({
        name: textOf(row, 'name'),
        currency: textOf(row, 'currency'),
        amount: numberOf(row, 'amount'),
        count: numberOf(row, 'n'),
      })),
    ),
};

/** In the order in which they are counted. */
export const SECTIONS = [
  users,
  bookings('expenses', 'expenses_expense'),
  bookings('incomes', 'incomes_income'),
  subscriptions,
  ai,
  topCategories,
] as const;

/** @throws ProbeError when there are none. */
export function asQuestion(days: readonly Day[], timezone: string, now: number): Question {
  const [first, ...rest] = days;
  if (first === undefined) throw new ProbeError(logged('there is no day to count'));
  return { days: [first, ...rest], timezone, now };
}
