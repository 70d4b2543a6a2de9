import type { DailyPoint } from '../../common/daily-figures.ts';
import type { Locale } from '../render/message.ts';
import { picturePhrases } from './phrases.ts';
import type { DailyReportBody } from '../model/signal.ts';
import type { Chart, Point } from './chart.ts';

/** The thirty days of a report: who came, and what they spent. Undefined when nothing of them is known. */
export function reportChart(report: DailyReportBody, locale: Locale, timezone: string): Chart | undefined {
  const days = report.figures?.last_30_days ?? [];
  const [first] = days;
  const last = days.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const phrases = picturePhrases(locale);
  const points = (value: (day: DailyPoint) => number | null): readonly Point[] =>
    days.map((day) => [Date.parse(day.date), value(day)]);
  const active = points((day) => day.active_users);
  const joined = points((day) => day.new_users);
  const spent = points((day) => roubles(day.expenses));
  const earned = points((day) => roubles(day.incomes));
  if (![active, joined, spent, earned].flat().some(([, value]) => value !== null)) return undefined;
  return {
    title: phrases.thirtyDays,
    language: locale,
    axis: { kind: 'days', timezone, from: Date.parse(first.date), to: Date.parse(last.date) },
    panels: [
      {
        title: phrases.users,
        unit: 'number',
        series: [
          { name: phrases.activeUsers, shape: 'area', points: active },
          { name: phrases.newUsers, shape: 'bars', points: joined },
        ],
      },
      {
        title: phrases.roubles,
        unit: 'number',
        series: [
          { name: phrases.expenses, shape: 'bars', points: spent },
          { name: phrases.incomes, shape: 'line', points: earned },
        ],
      },
    ],
  };
}

/** Known bookings without roubles are none in roubles. */
const roubles = (booked: DailyPoint['expenses']): number | null =>
  booked === null ? null : (booked.amounts.find(({ currency }) => currency === 'RUB')?.amount ?? 0);
