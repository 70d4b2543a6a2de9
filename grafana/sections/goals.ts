import { burnRates, thresholds } from '../../common/thresholds.ts';
import { catalog as exporter } from '../../exporter/metrics/catalog.ts';
import type { Section } from '../layout.ts';
import { lines, stat } from '../panels.ts';

const target = thresholds.availabilityTargetRatio.value;
/** Rounded: 1 - 0.999 is not 0.001 in binary. */
const allowed = Number((1 - target).toFixed(6));
const fastest = Math.max(...burnRates.map(({ factor }) => factor));

function availability(
  { title, description, budget }: Readonly<Record<'title' | 'description' | 'budget', string>>,
  sli: 'probe' | 'requests',
): Section['panels'] {
  const failed = `max(slo:errors:ratio_rate30d{sli="${sli}"})`;
  return [
    {
      width: 6,
      height: 5,
      panel: stat({
        title,
        description,
        unit: 'percentunit',
        decimals: 3,
        query: { expr: `1 - ${failed}` },
        steps: [{ color: 'red' }, { color: 'green', from: target }],
      }),
    },
    {
      width: 6,
      height: 5,
      panel: stat({
        title: budget,
        description:
          'Какая доля бюджета ошибок на 30 дней ещё не потрачена. Меньше нуля — цель не выполнена.',
        unit: 'percentunit',
        decimals: 0,
        query: { expr: `1 - ${failed} / ${allowed}` },
        steps: [{ color: 'red' }, { color: 'orange', from: 0 }, { color: 'green', from: 0.25 }],
      }),
    },
  ];
}

const burn = (window: string, sli: string): string =>
  `max(slo:errors:ratio_rate${window}{sli="${sli}"}) / ${allowed}`;

export const errorBudget: Section = {
  title: 'Доступность за 30 дней',
  panels: [
    ...availability(
      {
        title: 'Успешные запросы',
        description: 'Запросы в логе nginx без кода 5xx. Цель — больше 99,9 %.',
        budget: 'Остаток бюджета ошибок: запросы',
      },
      'requests',
    ),
    ...availability(
      {
        title: 'Успешные проверки снаружи',
        description: 'Проверки PUBLIC_HEALTHCHECK_URL. Цель — больше 99,9 %.',
        budget: 'Остаток бюджета ошибок: проверки',
      },
      'probe',
    ),
    {
      width: 24,
      height: 8,
      panel: lines({
        title: 'Скорость расхода бюджета',
        description:
          'Во сколько раз ошибок больше, чем позволяет цель: 1 — бюджета ошибок хватит ровно на 30 дней. Линия — порог критичного алерта за час.',
        unit: 'short',
        decimals: 1,
        limit: { at: fastest, bad: 'above' },
        queries: Object.entries({ '1h': '1 ч', '6h': '6 ч', '1d': '1 д', '3d': '3 д' }).flatMap(
          ([window, words]) => [
            { expr: burn(window, 'requests'), legend: `запросы, ${words}` },
            { expr: burn(window, 'probe'), legend: `проверки, ${words}` },
          ],
        ),
      }),
    },
  ],
};

export const audience: Section = {
  title: 'Активность относительно обычной',
  panels: [
    {
      width: 24,
      height: 7,
      panel: lines({
        title: 'DAU против обычного дня',
        description:
          'Активные за последние полные сутки, делённые на среднее того же дня недели за четыре недели. Ниже линии приходит алерт.',
        unit: 'percentunit',
        limit: { at: Number((1 - thresholds.activeUsersMaxDropRatio.value).toFixed(6)), bad: 'below' },
        queries: [
          {
            expr: `max(${exporter.dailyActiveUsers.name}) / max(${exporter.dailyActiveUsersBaseline.name})`,
            legend: 'доля от обычного',
          },
        ],
      }),
    },
  ],
};
