/**
 * Users, activity and subscriptions as of now. Plain full scans, run sparingly: no index of the application
 * leads with a date. Windows are hours, not calendar days, and end now.
 */
import { catalog } from '../metrics/catalog.ts';
import { numberOf, type Query } from './query.ts';

const HOUR_MS = 3_600_000;
const WINDOWS = { '1d': 24 * HOUR_MS, '7d': 7 * 24 * HOUR_MS, '30d': 30 * 24 * HOUR_MS } as const;
const EXPIRING = { label: '3d', ms: 3 * 24 * HOUR_MS } as const;

const windowStarts = (now: number): readonly Date[] => [
  new Date(now),
  ...Object.values(WINDOWS).map((ms) => new Date(now - ms)),
];

const WINDOW_COLUMNS = { '1d': 'in_1d', '7d': 'in_7d', '30d': 'in_30d' } as const satisfies Record<
  keyof typeof WINDOWS,
  string
>;

const users: Query = {
  name: 'users',
  text: `
    SELECT count(*) AS users,
           count(*) FILTER (WHERE bot_blocked) AS blocked,
           count(*) FILTER (WHERE created_at > $2 AND created_at <= $1) AS in_1d,
           count(*) FILTER (WHERE created_at > $3 AND created_at <= $1) AS in_7d,
           count(*) FILTER (WHERE created_at > $4 AND created_at <= $1) AS in_30d
    FROM users_profile`,
  values: windowStarts,
  samples: ([row]) => [
    { family: catalog.users, labels: {}, value: numberOf(row, 'users') },
    { family: catalog.usersBlocked, labels: {}, value: numberOf(row, 'blocked') },
    ...Object.entries(WINDOW_COLUMNS).map(([window, column]) => ({
      family: catalog.newUsers,
      labels: { window },
      value: numberOf(row, column),
    })),
  ],
};

/** One pass: whoever was last active within a window was active in it. */
const activity: Query = {
  name: 'activity',
  text: `
    SELECT count(*) FILTER (WHERE last_created > $2) AS in_1d,
           count(*) FILTER (WHERE last_created > $3) AS in_7d,
           count(*) AS in_30d
    FROM (
      SELECT profile_id, max(created_at) AS last_created
      FROM (
        SELECT profile_id, created_at FROM expenses_expense WHERE created_at > $4 AND created_at <= $1
        UNION ALL
        SELECT profile_id, created_at FROM incomes_income WHERE created_at > $4 AND created_at <= $1
      ) AS entries
      GROUP BY profile_id
    ) AS profiles`,
  values: windowStarts,
  samples: ([row]) =>
    Object.entries(WINDOW_COLUMNS).map(([window, column]) => ({
      family: catalog.activeUsers,
      labels: { window },
      value: numberOf(row, column),
    })),
};

const subscriptions: Query = {
  name: 'subscriptions',
  text: `
    SELECT count(*) AS active, count(*) FILTER (WHERE end_date <= $2) AS expiring
    FROM subscriptions
    WHERE is_active AND end_date > $1`,
  values: (now) => [new Date(now), new Date(now + EXPIRING.ms)],
  samples: ([row]) => [
    { family: catalog.subscriptionsActive, labels: {}, value: numberOf(row, 'active') },
    {
      family: catalog.subscriptionsExpiring,
      labels: { window: EXPIRING.label },
      value: numberOf(row, 'expiring'),
    },
  ],
};

export const currentQueries: readonly Query[] = [users, activity, subscriptions];
