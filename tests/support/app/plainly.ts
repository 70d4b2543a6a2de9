import type { DaySections } from '../../../exporter/daily/sections.ts';
import type { DayFigures } from './recount.ts';

/** A day of the exporter in the words of the plain recount. */
export function plainly(day: DaySections): Partial<DayFigures> {
  const amounts = (list: readonly { currency: string; amount: number }[] = []) =>
    Object.fromEntries(list.map(({ currency, amount }) => [currency, amount]));
  const categories: Record<string, DayFigures['topCategories'][string][number][]> = {};
  for (const { currency, ...category } of day.top_categories ?? [])
    (categories[currency] ??= []).push(category);
  return {
    newUsers: day.users?.new ?? -1,
    activeUsers: day.users?.active ?? -1,
    retention7dRatio: day.users?.retention_7d_ratio ?? null,
    expenses: day.expenses?.count ?? -1,
    expensesAmount: amounts(day.expenses?.amounts),
    incomes: day.incomes?.count ?? -1,
    incomesAmount: amounts(day.incomes?.amounts),
    topCategories: categories,
    ai: Object.fromEntries(
      (day.ai ?? []).map(({ provider, cost_usd: costUsd, ...figures }) => [
        provider,
        { ...figures, costUsd },
      ]),
    ),
    paymentsStars: day.subscriptions?.payments_stars ?? -1,
  };
}
