import type { DailyFigures, DailyPoint } from '../../../common/daily-figures.ts';

const DAY_MS = 86_400_000;

/** The specification's own example of a day ("Ежедневный отчет"), with thirty days before it that have gaps. */
export function dailyFigures(date: string): DailyFigures {
  return {
    date,
    timezone: 'Europe/Moscow',
    counted_at: '2024-09-21T23:00:00Z',
    users: { total: 1_234, active: 89, new: 12, retention_7d_ratio: 0.65 },
    expenses: { count: 45_678, amounts: [{ currency: 'RUB', amount: 1_234_567, count: 45_678 }] },
    incomes: { count: 234, amounts: [{ currency: 'RUB', amount: 567_890, count: 234 }] },
    subscriptions: { active: 45, paying_people: null, trial_people: null, payments_stars: 1_500 },
    ai: [
      { provider: 'openai', requests: 1_034, failed: 15, tokens: 400_000, cost_usd: 12 },
      { provider: 'google', requests: 200, failed: 4, tokens: 56_789, cost_usd: 0.34 },
    ],
    top_categories: [
      { name: 'Travel', currency: 'USD', amount: 999_999, count: 2 },
      { name: 'Продукты', currency: 'RUB', amount: 234_567, count: 123 },
      { name: 'Транспорт', currency: 'RUB', amount: 123_456, count: 89 },
      { name: 'Рестораны', currency: 'RUB', amount: 98_765, count: 45 },
      { name: 'Кино', currency: 'RUB', amount: 10_000, count: 7 },
    ],
    last_30_days: Array.from({ length: 30 }, (_, i) => point(date, i)),
  };
}

/** The day number `i` of thirty; the last is `date`. Two of them are not known. */
function point(date: string, i: number): DailyPoint {
  const day = new Date(Date.parse(date) - (29 - i) * DAY_MS).toISOString().slice(0, 10);
  if (i === 11 || i === 12) {
    const unknown = { active_users: null, new_users: null, expenses: null, incomes: null };
    return { date: day, ...unknown, ai_requests: null, ai_cost_usd: null };
  }
  const wave = Math.sin(i / 1.1);
  const bookings = (amount: number): DailyPoint['expenses'] => ({
    count: Math.round(amount / 30),
    amounts: [
      { currency: 'RUB', amount, count: Math.round(amount / 30) - 1 },
      { currency: 'USD', amount: 12, count: 1 },
    ],
  });
  return {
    date: day,
    active_users: Math.round(70 + i * 0.7 + wave * 9),
    new_users: Math.max(0, Math.round(8 + wave * 6)),
    expenses: bookings(Math.round(900_000 + i * 12_000 + wave * 180_000)),
    incomes: bookings(Math.round(500_000 + wave * 90_000)),
    ai_requests: Math.round(1_100 + wave * 200),
    ai_cost_usd: 12 + wave,
  };
}
