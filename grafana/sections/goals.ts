import { burnRates, thresholds } from '../../common/thresholds.ts';
import { catalog as exporter } from '../../exporter/metrics/catalog.ts';
import type { Section } from '../layout.ts';
import { lines, stat } from '../panels.ts';

const target = thresholds.availabilityTargetRatio.value;
/** Rounded: 1 - 0.999 is not 0.001 in binary. */
const allowed = Number((1 - target).toFixed(6));
const fastest = Math.max(...burnRates.map(({ factor }) => factor));

function availability(title: string, description: string, sli: 'probe' | 'requests'): Section['panels'] {
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
        title: `${title}: остаток запаса`,
        description: 'Какая доля запаса ошибок на 30 дней ещё не потрачена. Меньше нуля — цель не выполнена.',
        unit: 'percentunit',
        decimals: 0,
        query: { expr: `1 - ${failed} / ${allowed}` },
        steps: [{ color: 'red' }, { color: 'orange', from: 0 }, { color: 'green', from: 0.25 }],
      }),
    },
  ];
}

export const errorBudget: Section = {
  title: 'Доступность за 30 дней',
  panels: [
    ...availability(
      'Удачные запросы',
      'Запросы в логе nginx без кода 5xx. Цель — больше 99,9 %.',
      'requests',
    ),
    ...availability(
      'Удачные проверки извне',
      'Проверки PUBLIC_HEALTHCHECK_URL. Цель — больше 99,9 %.',
      'probe',
    ),
    {
      width: 24,
      height: 8,
      panel: lines({
        title: 'Скорость расхода запаса',
        description:
          'Во сколько раз неудач больше, чем позволяет цель: 1 — запаса хватит ровно на 30 дней. Линия — критичное оповещение за час.',
        unit: 'short',
        decimals: 1,
        limit: { at: fastest, bad: 'above' },
        queries: ['1h', '6h', '1d', '3d'].map((window) => ({
          expr: `max by (sli) (slo:errors:ratio_rate${window}) / ${allowed}`,
          legend: `${window}, {{sli}}`,
        })),
      }),
    },
  ],
};

export const audience: Section = {
  title: 'Активность к обычной',
  panels: [
    {
      width: 24,
      height: 7,
      panel: lines({
        title: 'DAU к обычному дню недели',
        description:
          'Активные за последний закрытый день, делённые на среднее того же дня недели. Ниже линии приходит оповещение.',
        unit: 'percentunit',
        limit: { at: Number((1 - thresholds.activeUsersMaxDropRatio.value).toFixed(6)), bad: 'below' },
        queries: [
          {
            expr: `max(${exporter.dailyActiveUsers.name}) / max(${exporter.dailyActiveUsersBaseline.name})`,
            legend: 'к обычному',
          },
        ],
      }),
    },
  ],
};
