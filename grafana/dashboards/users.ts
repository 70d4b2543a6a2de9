import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { catalog as exporter } from '../../exporter/metrics/catalog.ts';
import { at } from '../layout.ts';
import type { Board } from '../layout.ts';
import { datasource } from '../panels.ts';
import type { Kit } from '../panels.ts';
import * as q from '../queries.ts';
import type { Words } from '../words.ts';

/** The people and the money: 30 days, figures of whole days. */
export function users(kit: Kit, t: Words): Board {
  const { columns, tiles } = t;
  const max = (name: string, labels = ''): string => `max(${name}${labels})`;
  const active = exporter.activeUsers.name;
  const subscribers = exporter.subscribers.name;
  const plain = (name: string, expr: string) => ({ name, expr, unit: 'locale' });
  /** Growth within each day, drawn on that day. */
  const perDay = (name: string, legend: string, color: string) => ({
    expr: q.growth(name, '1d', '', ' offset -1d'),
    interval: '1d',
    legend,
    color,
  });
  const ofCurrency = (name: string, legend: string, color: string) => ({
    ...q.ofDay(`${name}{currency="$currency"}`),
    legend,
    color,
  });
  return {
    from: 'now-30d',
    variables: [
      new dashboard.QueryVariableBuilder('currency')
        .label(t.parts.currency)
        .datasource(datasource)
        .query(`label_values(${exporter.dailyExpensesAmount.name}, currency)`)
        .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
        .sort(dashboard.VariableSort.AlphabeticalAsc)
        .current({ selected: true, text: 'RUB', value: 'RUB' }),
    ],
    panels: [
      at(
        'now',
        24,
        6,
        kit.tiles(t.users.now, [
          plain(tiles.users, max(exporter.users.name)),
          plain(tiles.dau, max(active, '{window="1d"}')),
          plain(tiles.wau, max(active, '{window="7d"}')),
          plain(tiles.mau, max(active, '{window="30d"}')),
          plain(tiles.newDay, max(exporter.newUsers.name, '{window="1d"}')),
          plain(tiles.blocked, max(exporter.usersBlocked.name)),
        ]),
      ),
      at(
        'active',
        12,
        9,
        kit.lines(t.users.active, {
          queries: (
            [
              ['30d', t.names.days30, 'purple'],
              ['7d', t.names.days7, 'blue'],
              ['1d', t.names.days1, 'light-blue'],
            ] as const
          ).map(([window, legend, color]) => ({
            expr: max(active, `{window="${window}"}`),
            legend,
            color,
          })),
        }),
      ),
      at(
        'daily',
        12,
        9,
        kit.lines(t.users.daily, {
          queries: [
            { ...q.ofDay(exporter.dailyActiveUsers.name), legend: t.names.active, color: 'blue' },
            { ...q.ofDay(exporter.dailyActiveUsersBaseline.name), legend: t.names.usual, color: 'text' },
          ],
        }),
      ),
      at(
        'day',
        12,
        6,
        kit.tiles(t.users.day, [
          {
            name: tiles.day,
            // Noon of that day: it has the same date in every zone a reader may be in.
            expr: `(${max(exporter.dailyTimestamp.name)} + 43200) * 1000`,
            unit: 'time:DD.MM.YYYY',
          },
          plain(tiles.newUsers, max(exporter.dailyNewUsers.name)),
          {
            name: tiles.retention,
            expr: max(exporter.dailyRetention7d.name),
            unit: 'percentunit',
            decimals: 0,
          },
          plain(tiles.expenses, max(exporter.dailyExpenses.name)),
          plain(tiles.incomes, max(exporter.dailyIncomes.name)),
        ]),
      ),
      at(
        'subscriptions',
        12,
        6,
        kit.tiles(t.users.subscriptions, [
          plain(tiles.paying, max(subscribers, '{kind="paying"}')),
          plain(tiles.trial, max(subscribers, '{kind="trial"}')),
          plain(tiles.subscriptions, max(exporter.subscriptionsActive.name)),
          plain(tiles.expiring, max(exporter.subscriptionsExpiring.name, '{window="3d"}')),
        ]),
      ),
      at(
        'retention',
        12,
        8,
        kit.lines(t.users.retention, {
          unit: 'percentunit',
          decimals: 0,
          max: 1,
          queries: [{ ...q.ofDay(exporter.dailyRetention7d.name), legend: t.names.share, color: 'blue' }],
        }),
      ),
      at(
        'registered',
        12,
        8,
        kit.lines(t.users.registered, {
          bars: true,
          queries: [perDay(exporter.newUsersTotal.name, t.names.newUsers, 'blue')],
        }),
      ),
      at(
        'subscribers',
        12,
        8,
        kit.lines(t.users.subscribers, {
          queries: [
            { expr: max(subscribers, '{kind="paying"}'), legend: t.names.paying, color: 'green' },
            { expr: max(subscribers, '{kind="trial"}'), legend: t.names.trial, color: 'blue' },
          ],
        }),
      ),
      at(
        'stars',
        12,
        8,
        kit.lines(t.users.stars, {
          bars: true,
          queries: [perDay(exporter.paymentsStars.name, t.names.stars, 'blue')],
        }),
      ),
      at(
        'records',
        12,
        8,
        kit.lines(t.users.records, {
          bars: true,
          queries: [
            perDay(exporter.expensesTotal.name, t.names.expenses, 'blue'),
            perDay(exporter.incomesTotal.name, t.names.incomes, 'green'),
          ],
        }),
      ),
      at(
        'amounts',
        12,
        8,
        kit.lines(t.users.amounts, {
          queries: [
            ofCurrency(exporter.dailyExpensesAmount.name, t.names.expenses, 'blue'),
            ofCurrency(exporter.dailyIncomesAmount.name, t.names.incomes, 'green'),
          ],
        }),
      ),
      at(
        'categories',
        12,
        12,
        kit.table(t.users.categories, {
          queries: [
            q.orNone(
              `max by (category) (${exporter.dailyCategoryAmount.name}{currency="$currency"})`,
              'category',
              t.states.none,
              exporter.dailyExpenses.name,
            ),
          ],
          columns: [
            { field: 'category', title: columns.category },
            { field: 'Value', title: columns.amount, width: 130, unit: 'locale', decimals: 0 },
          ],
          sort: [[columns.amount, 'desc']],
        }),
      ),
      at(
        'currencies',
        12,
        12,
        kit.table(t.users.currencies, {
          queries: [
            `max by (currency) (${exporter.dailyExpensesAmount.name})`,
            `max by (currency) (${exporter.dailyIncomesAmount.name})`,
          ],
          columns: [
            { field: 'currency', title: columns.currency },
            { field: 'Value #A', title: columns.expenses, width: 120, unit: 'locale', decimals: 0 },
            { field: 'Value #B', title: columns.incomes, width: 120, unit: 'locale', decimals: 0 },
          ],
          sort: [[columns.currency, 'asc']],
        }),
      ),
    ],
  };
}
