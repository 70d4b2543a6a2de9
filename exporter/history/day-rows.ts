/** A recorded day as rows of the `monitoring` schema, and back. Pure. */
import type { CountedDay } from '../daily/recount.ts';

/** A counted day as it is kept. */
export interface RecordedDay extends CountedDay {
  /** IANA name of the zone whose calendar day this is. */
  readonly timezone: string;
  /** Unix milliseconds. */
  readonly countedAt: number;
  /** Share of the health checks of the day that found a component healthy, 0 to 1; disabled ones have none. */
  readonly uptime: Readonly<Record<string, number>>;
}

/** One row of `monitoring.daily_figures`; an empty label where the figure has no parts. */
export interface FigureRow {
  readonly figure: string;
  readonly label: string;
  readonly value: number;
}

/** A row of `monitoring.user_analytics`. */
export interface UsersRow {
  readonly total_users: number;
  readonly active_users: number;
  readonly new_users: number;
  readonly retention_7d: number | null;
}

/** A row of `monitoring.ai_service_metrics`. */
export interface ProviderRow {
  readonly provider: string;
  readonly requests_count: number;
  /** Null where the application notes none, as in `cost_usd`. */
  readonly tokens_used: number | null;
  readonly cost_usd: number | null;
  /** 0 to 1. */
  readonly success_rate: number;
}

export interface DayRows {
  readonly date: string;
  readonly users: UsersRow | undefined;
  readonly providers: readonly ProviderRow[];
  readonly figures: readonly FigureRow[];
}

const one = (figure: string, value: number, label = ''): FigureRow => ({ figure, label, value });

/** Days that an older release has recorded do not have it. */
const known = (figure: string, value: number | null | undefined, label = ''): readonly FigureRow[] =>
  typeof value === 'number' ? [one(figure, value, label)] : [];

export function rowsOf(day: RecordedDay): DayRows {
  const { users, expenses, incomes, subscriptions, ai, top_categories: categories } = day;
  return {
    date: day.date,
    users: users === null ? undefined : usersRow(users),
    providers: (ai ?? []).map((provider) => ({
      provider: provider.provider,
      requests_count: provider.requests,
      tokens_used: provider.tokens,
      cost_usd: provider.cost_usd,
      success_rate: provider.requests === 0 ? 0 : 1 - provider.failed / provider.requests,
    })),
    figures: [
      // The mark of a recorded day: its label is the zone.
      one('counted_at', day.countedAt / 1000, day.timezone),
      ...bookingRows('expenses', expenses),
      ...bookingRows('incomes', incomes),
      ...(subscriptions === null
        ? []
        : [
            one('subscriptions_active', subscriptions.active),
            ...known('paying_people', subscriptions.paying_people),
            ...known('trial_people', subscriptions.trial_people),
            one('payments_stars', subscriptions.payments_stars),
          ]),
      ...(ai === null
        ? []
        : [
            one(
              'ai_requests',
              ai.reduce((sum, { requests }) => sum + requests, 0),
            ),
          ]),
      ...(categories === null ? [] : [one('categories', categories.length)]),
      ...(categories ?? []).flatMap(({ currency, name, amount, count }) => [
        one('category_amount', amount, `${currency} ${name}`),
        one('category_count', count, `${currency} ${name}`),
      ]),
      ...Object.entries(day.uptime).map(([component, ratio]) =>
        one('component_healthy_ratio', ratio, component),
      ),
    ],
  };
}

const usersRow = (users: NonNullable<RecordedDay['users']>): UsersRow => ({
  total_users: users.total,
  active_users: users.active,
  new_users: users.new,
  retention_7d: users.retention_7d_ratio,
});

const bookingRows = (name: 'expenses' | 'incomes', section: RecordedDay['expenses']): readonly FigureRow[] =>
  section === null
    ? []
    : [
        one(name, section.count),
        ...section.amounts.flatMap(({ currency, amount, count }) => [
          one(`${name}_amount`, amount, currency),
          ...known(`${name}_count`, count, currency),
        ]),
      ];

/** @returns undefined when these are not the rows of a whole day */
export function dayOfRows({ date, users, providers, figures }: DayRows): RecordedDay | undefined {
  const all = (figure: string): readonly FigureRow[] => figures.filter((row) => row.figure === figure);
  const value = (figure: string): number | undefined => all(figure)[0]?.value;
  const [counted] = all('counted_at');
  if (counted === undefined) return undefined;
  const active = value('subscriptions_active');
  const stars = value('payments_stars');
  return {
    date,
    timezone: counted.label,
    countedAt: Math.round(counted.value * 1000),
    users:
      users === undefined
        ? null
        : {
            total: users.total_users,
            active: users.active_users,
            new: users.new_users,
            retention_7d_ratio: users.retention_7d,
          },
    expenses: bookingsOf(value('expenses'), all('expenses_amount'), all('expenses_count')),
    incomes: bookingsOf(value('incomes'), all('incomes_amount'), all('incomes_count')),
    subscriptions:
      active === undefined || stars === undefined
        ? null
        : {
            active,
            paying_people: value('paying_people') ?? null,
            trial_people: value('trial_people') ?? null,
            payments_stars: stars,
          },
    ai: value('ai_requests') === undefined ? null : providers.map(providerOf).toSorted(byRequests),
    top_categories:
      value('categories') === undefined ? null : categoriesOf(all('category_amount'), all('category_count')),
    uptime: Object.fromEntries(all('component_healthy_ratio').map((row) => [row.label, row.value])),
  };
}

type Provider = NonNullable<RecordedDay['ai']>[number];
type Category = NonNullable<RecordedDay['top_categories']>[number];

const providerOf = (row: ProviderRow): Provider => ({
  provider: row.provider,
  requests: row.requests_count,
  failed: Math.round(row.requests_count * (1 - row.success_rate)),
  tokens: row.tokens_used,
  cost_usd: row.cost_usd,
});

function bookingsOf(
  count: number | undefined,
  amounts: readonly FigureRow[],
  counts: readonly FigureRow[],
): RecordedDay['expenses'] {
  if (count === undefined) return null;
  const countOf = new Map(counts.map(({ label, value }) => [label, value]));
  const list = amounts.map(({ label, value }) => ({
    currency: label,
    amount: value,
    count: countOf.get(label) ?? null,
  }));
  return { count, amounts: list.toSorted((a, b) => b.amount - a.amount || compare(a.currency, b.currency)) };
}

function categoriesOf(amounts: readonly FigureRow[], counts: readonly FigureRow[]): Category[] {
  const countOf = new Map(counts.map(({ label, value }) => [label, value]));
  const list = amounts.flatMap(({ label, value }) => {
    const count = countOf.get(label);
    // An ISO 4217 code has three letters.
    const [currency, name] = [label.slice(0, 3), label.slice(4)];
    return count === undefined ? [] : [{ name, currency, amount: value, count }];
  });
  return list.toSorted(
    (a, b) => b.amount - a.amount || compare(a.currency, b.currency) || compare(a.name, b.name),
  );
}

const byRequests = (a: Provider, b: Provider): number =>
  b.requests - a.requests || compare(a.provider, b.provider);
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
