import { thresholds } from '../../common/thresholds.ts';
import { catalog as exporter } from '../../exporter/metrics/catalog.ts';
import type { Section } from '../layout.ts';
import { lines } from '../panels.ts';

const growth = (name: string, window: string): string => `sum by (provider) (increase(${name}[${window}]))`;
const quantile = (share: number): string =>
  `histogram_quantile(${share}, sum by (le) (rate(${exporter.aiResponse.name}_bucket[1h])))`;

export const ai: Section = {
  title: 'ИИ-сервисы',
  panels: [
    {
      width: 12,
      height: 8,
      panel: lines({
        title: 'ИИ: доля успешных запросов',
        description: 'За полчаса, по сервисам. Ниже линии (90 %) приходит алерт; цель — больше 95 %.',
        unit: 'percentunit',
        max: 1,
        limit: { at: thresholds.aiSuccessMinRatio.value, bad: 'below' },
        queries: [
          {
            expr: `1 - ${growth(exporter.aiRequestsFailed.name, '30m')} / (${growth(exporter.aiRequests.name, '30m')} > 0)`,
            legend: '{{provider}}',
          },
        ],
      }),
    },
    {
      width: 12,
      height: 8,
      panel: lines({
        title: 'ИИ: время ответа',
        description: 'Половина, 95 % и 99 % запросов ко всем сервисам за час, с ошибкой тоже.',
        unit: 's',
        queries: [
          { expr: quantile(0.5), legend: 'P50' },
          { expr: quantile(0.95), legend: 'P95' },
          { expr: quantile(0.99), legend: 'P99' },
        ],
      }),
    },
    ...[
      ['ИИ: запросов за час', 'Запросы, которые записал бот.', 'short', exporter.aiRequests.name, '1h'],
      ['ИИ: токенов за сутки', 'Токены за последние 24 часа.', 'short', exporter.aiTokens.name, '1d'],
      ['ИИ: стоимость за сутки', 'Оценка бота за 24 часа.', 'currencyUSD', exporter.aiCost.name, '1d'],
    ].map(([title = '', description = '', unit = '', name = '', window = '']) => ({
      width: 8,
      height: 8,
      panel: lines({
        title,
        description: `${description} По сервисам.`,
        unit,
        queries: [{ expr: growth(name, window), legend: '{{provider}}' }],
      }),
    })),
  ],
};

/** Growth of the application's tables. */
export const growthOfTables: Section = {
  title: 'Записи за сутки',
  panels: [
    ['Траты за сутки', 'Траты, созданные за последние 24 часа.', exporter.expensesTotal.name],
    ['Доходы за сутки', 'Доходы, созданные за последние 24 часа.', exporter.incomesTotal.name],
    ['Регистрации за сутки', 'Пользователи, пришедшие за последние 24 часа.', exporter.newUsersTotal.name],
    ['Stars за сутки', 'Telegram Stars за подписки за последние 24 часа.', exporter.paymentsStars.name],
  ].map(([title = '', description = '', name = '']) => ({
    width: 6,
    height: 8,
    panel: lines({
      title,
      description,
      unit: 'short',
      queries: [{ expr: `sum(increase(${name}[1d]))`, legend: 'за сутки' }],
    }),
  })),
};
