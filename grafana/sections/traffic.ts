import { thresholds } from '../../common/thresholds.ts';
import { catalog as exporter } from '../../exporter/metrics/catalog.ts';
import type { Section } from '../layout.ts';
import { lines } from '../panels.ts';

const requests = exporter.httpRequests.name;
const quantile = (share: number): string =>
  `histogram_quantile(${share}, sum by (le) (rate(${exporter.httpRequestDuration.name}_bucket[$__rate_interval])))`;

/** What users' requests look like to nginx. */
export const traffic: Section = {
  title: 'Запросы (nginx)',
  panels: [
    {
      width: 8,
      height: 8,
      panel: lines({
        title: 'Запросов в секунду',
        description: 'По маршрутам из exporter/config.yml; webhook — обновления от Telegram.',
        unit: 'reqps',
        queries: [{ expr: `sum by (route) (rate(${requests}[$__rate_interval]))`, legend: '{{route}}' }],
      }),
    },
    {
      width: 8,
      height: 8,
      panel: lines({
        title: 'Доля ошибок 5xx',
        description: 'За пять минут. Линия — порог алерта; цель — меньше 1 %.',
        unit: 'percentunit',
        limit: { at: thresholds.httpErrorMaxRatio.value, bad: 'above' },
        queries: [
          {
            expr: `(sum(rate(${requests}{code=~"5.."}[5m])) or vector(0)) / sum(rate(${requests}[5m]))`,
            legend: '5xx',
          },
        ],
      }),
    },
    {
      width: 8,
      height: 8,
      panel: lines({
        title: 'Время ответа nginx',
        description:
          'Цели: P50 — 200 мс, P95 — 500 мс (линия), P99 — 1 с. Пусто, если формат лога не содержит $request_time.',
        unit: 's',
        limit: { at: thresholds.httpP95MaxSeconds.value, bad: 'above' },
        queries: [
          { expr: quantile(0.5), legend: 'P50' },
          { expr: quantile(0.95), legend: 'P95' },
          { expr: quantile(0.99), legend: 'P99' },
        ],
      }),
    },
  ],
};
