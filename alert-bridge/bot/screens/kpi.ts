/** `/kpi`: how the bot is used. Pure. */
import type { DailyFigures } from '../../../common/daily-figures.ts';
import { bold, lines, paragraphs, text, type Fragment } from '../../render/html.ts';
import { percentIn } from '../../render/numbers.ts';
import type { Health } from '../exporter-health.ts';
import type { Screen } from './screen.ts';

/** @param figures of the last day that is over; null when they are not known. */
export function kpiScreen(
  health: Health | undefined,
  figures: DailyFigures | null,
  { bot: { kpi }, phrases, times, locale }: Screen,
): Fragment {
  const known = (figure: number | null | undefined, format = phrases.number): string =>
    figure === null || figure === undefined ? kpi.unknown : format(figure);
  const row = (name: string, value: string): Fragment => text(`  • ${name}: ${value}`);
  const requests = figures?.ai?.reduce((sum, provider) => sum + provider.requests, 0);
  return paragraphs(
    bold(`📈 ${kpi.title}`),
    health === undefined
      ? `⚠️ ${kpi.silent}`
      : lines(
          row(kpi.active24h, known(health.metrics.active_users_24h)),
          row(kpi.requestsPerMinute, known(health.metrics.requests_per_minute)),
          row(
            kpi.errorRate,
            known(health.metrics.error_rate, (ratio) => percentIn(ratio, locale)),
          ),
        ),
    figures === null
      ? kpi.noDay
      : lines(
          bold(kpi.day(times.date(figures.date))),
          row(kpi.users, known(figures.users?.total)),
          row(kpi.active, known(figures.users?.active)),
          row(kpi.new, known(figures.users?.new)),
          row(kpi.subscriptions, known(figures.subscriptions?.active)),
          row(kpi.paying, known(figures.subscriptions?.paying_people)),
          row(kpi.trial, known(figures.subscriptions?.trial_people)),
          row(kpi.expenses, known(figures.expenses?.count)),
          row(kpi.ai, known(requests)),
        ),
  );
}
