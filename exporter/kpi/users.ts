/** Users as of now: one scan of a table that grows slowly. Windows are hours, not calendar days, and end now. */
import { catalog } from '../metrics/catalog.ts';
import { isSound } from './odd-values.ts';
import { numberOf, type Query } from './query.ts';

const HOUR_MS = 3_600_000;
const WINDOWS = { '1d': 24 * HOUR_MS, '7d': 7 * 24 * HOUR_MS, '30d': 30 * 24 * HOUR_MS } as const;

const windowStarts = (now: number): readonly Date[] => [
  new Date(now),
  ...Object.values(WINDOWS).map((ms) => new Date(now - ms)),
];

const WINDOW_COLUMNS = { '1d': 'in_1d', '7d': 'in_7d', '30d': 'in_30d' } as const satisfies Record<
  keyof typeof WINDOWS,
  string
>;

export const usersQuery: Query = {
  name: 'users',
  text: `
    SELECT count(*) AS users,
           count(*) FILTER (WHERE bot_blocked) AS blocked,
           count(*) FILTER (WHERE created_at > $2 AND created_at <= $1) AS in_1d,
           count(*) FILTER (WHERE created_at > $3 AND created_at <= $1) AS in_7d,
           count(*) FILTER (WHERE created_at > $4 AND created_at <= $1) AS in_30d
    FROM users_profile WHERE ${isSound(['created_at'])}`,
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
