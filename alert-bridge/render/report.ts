import { sumOfKnown, type DailyFigures } from '../../common/daily-figures.ts';
import type { DailyReportBody } from '../model/signal.ts';
import type { Lateness } from '../model/incident.ts';
import { heading, lateLine, type Context } from './context.ts';
import { bold, line, lines, paragraphs, text, type Fragment, type Inline } from './html.ts';
import { formatMoney, formatNumber, formatPercent, formatUsd } from './numbers.ts';

const CATEGORIES = 3;
const CATEGORY_UNITS = 60;
const CURRENCIES = 6;
const CURRENCY_UNITS = 20;

type Section<K extends keyof DailyFigures> = NonNullable<DailyFigures[K]>;

/** The daily report in the specification's form; what is unknown is said to be, section by section. */
export function renderReport(report: DailyReportBody, late: Lateness | undefined, ctx: Context): Fragment {
  const { figures, errors, formedAt } = report;
  const { report: phrases } = ctx.phrases;
  return paragraphs(
    lines(
      heading('📊', phrases.title(ctx.times.date(report.date))),
      lateLine(late, 'event', ctx),
      figures === null ? `ℹ️ ${phrases.exporterSilent}` : undefined,
    ),
    section('👥', phrases.users.title, figures?.users, (users) => userRows(users, report, ctx), ctx),
    lines(title('💰', phrases.finance.title), ...financeRows(figures, ctx)),
    section('🤖', phrases.ai.title, figures?.ai, (ai) => aiRows(ai, ctx), ctx),
    section(
      '📂',
      phrases.categories.title,
      figures?.top_categories,
      (categories) => categoryRows(categories, ctx),
      ctx,
    ),
    `⚠️ ${phrases.errors}: ${errors === null ? phrases.noData : formatNumber(errors)}`,
    `🕐 ${phrases.formed}: ${ctx.times.exact(formedAt)}`,
  );
}

const title = (emoji: string, name: string): Inline => line(`${emoji} `, bold(`${name}:`));

const row = (name: string, value: string): Inline => text(`  • ${name}: ${value}`);

function section<T>(
  emoji: string,
  name: string,
  figures: T | null | undefined,
  rows: (figures: T) => readonly Inline[],
  { phrases }: Context,
): Fragment {
  return figures === null || figures === undefined
    ? line(title(emoji, name), ` ${phrases.report.noData}`)
    : lines(title(emoji, name), ...rows(figures));
}

function userRows(users: Section<'users'>, report: DailyReportBody, ctx: Context): readonly Inline[] {
  const { users: names, noData } = ctx.phrases.report;
  const isYesterday = ctx.times.isDayBefore(report.date, report.formedAt);
  const retention = users.retention_7d_ratio;
  return [
    row(names.total, formatNumber(users.total)),
    row(names.active(isYesterday), formatNumber(users.active)),
    row(names.new(isYesterday), formatNumber(users.new)),
    row(names.retention, retention === null ? noData : formatPercent(retention)),
  ];
}

function financeRows(figures: DailyFigures | null, ctx: Context): readonly Inline[] {
  const { finance, noData } = ctx.phrases.report;
  const { active, paying_people: paying, trial_people: trial } = figures?.subscriptions ?? {};
  return [
    ...bookedRows(finance.expenses, figures?.expenses, ctx),
    ...bookedRows(finance.incomes, figures?.incomes, ctx),
    row(finance.subscriptions, active === undefined ? noData : finance.active(active)),
    // A day of an older release does not say who pays.
    ...(typeof paying === 'number' && typeof trial === 'number'
      ? [text(`      ${finance.people(paying, trial)}`)]
      : []),
  ];
}

/** Roubles and how many entries are in roubles on the first line, every other currency on one of its own: they are never added. */
function bookedRows(
  name: string,
  booked: DailyFigures['expenses'] | undefined,
  ctx: Context,
): readonly Inline[] {
  const { finance, records, noData } = ctx.phrases.report;
  if (booked === null || booked === undefined) return [row(name, noData)];
  const roubles = booked.amounts.find(({ currency }) => currency === 'RUB') ?? { amount: 0, count: 0 };
  const others = booked.amounts.filter(({ currency }) => currency !== 'RUB');
  // A day of an older release has the count of all currencies together.
  const count = others.length === 0 ? booked.count : roubles.count;
  const hidden = others.length - CURRENCIES;
  return [
    row(
      name,
      typeof count === 'number'
        ? finance.booked(records(count), inRoubles(roubles.amount))
        : inRoubles(roubles.amount),
    ),
    ...others
      .slice(0, CURRENCIES)
      .map(({ amount, currency }) =>
        line('      + ', ctx.verbatim(formatMoney(amount, currency), CURRENCY_UNITS)),
      ),
    ...(hidden > 0 ? [text(`      ${ctx.phrases.andMore(hidden)}`)] : []),
  ];
}

/** Kopecks are of no use in a day's sum. */
const inRoubles = (amount: number): string => formatMoney(Math.round(amount), 'RUB');

function aiRows(providers: Section<'ai'>, ctx: Context): readonly Inline[] {
  const { ai, noData } = ctx.phrases.report;
  const sum = (figure: 'requests' | 'failed'): number =>
    providers.reduce((total, provider) => total + provider[figure], 0);
  const known = (figure: 'tokens' | 'cost_usd', format: (sum: number) => string): string => {
    const total = sumOfKnown(providers.map((provider) => provider[figure]));
    return total === null ? noData : format(total);
  };
  const requests = sum('requests');
  return [
    row(ai.requests, formatNumber(requests)),
    row(ai.success, requests === 0 ? noData : formatPercent(1 - sum('failed') / requests)),
    row(ai.tokens, known('tokens', formatNumber)),
    row(ai.cost, known('cost_usd', formatUsd)),
  ];
}

function categoryRows(categories: Section<'top_categories'>, ctx: Context): readonly Inline[] {
  const { records, categories: phrases } = ctx.phrases.report;
  const top = categories
    .filter(({ currency }) => currency === 'RUB')
    .toSorted((a, b) => b.amount - a.amount)
    .slice(0, CATEGORIES);
  if (top.length === 0) return [text(`  • ${phrases.none}`)];
  return top.map(({ name, amount, count }) => {
    const shown = ctx.words(name, CATEGORY_UNITS);
    return line('  • ', shown.length === 0 ? '—' : shown, `: ${inRoubles(amount)} (${records(count)})`);
  });
}
