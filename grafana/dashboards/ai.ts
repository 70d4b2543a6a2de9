import { thresholds } from '../../common/thresholds.ts';
import { catalog as exporter } from '../../exporter/metrics/catalog.ts';
import { at } from '../layout.ts';
import type { Board } from '../layout.ts';
import { names } from '../panels.ts';
import type { Kit } from '../panels.ts';
import * as q from '../queries.ts';
import type { Words } from '../words.ts';

/** The AI providers: success, speed, cost. */
export function ai(kit: Kit, t: Words): Board {
  const { units, columns, tiles } = t;
  const { aiRequests, aiRequestsFailed, aiTokens, aiCost, aiResponse } = exporter;
  const forecast = (by: string): string => `sum${by} (increase(${aiCost.name}[7d])) / 7 * 30`;
  const bars = (key: 'calls' | 'failures' | 'tokens', name: string) =>
    at(
      key,
      12,
      8,
      kit.lines(t.ai[key], {
        bars: true,
        queries: [
          { expr: q.growth(name, '$__interval', 'provider'), legend: '{{provider}}', interval: '1h' },
        ],
      }),
    );
  return {
    from: 'now-7d',
    panels: [
      at(
        'now',
        24,
        6,
        kit.tiles(t.ai.now, [
          {
            name: tiles.success,
            expr: q.aiSuccess('1d'),
            alive: exporter.buildInfo.name,
            unit: 'percentunit',
            decimals: 1,
            steps: q.aiSteps,
          },
          {
            name: tiles.p95,
            expr: q.quantile(0.95, aiResponse.name, '1h'),
            alive: exporter.buildInfo.name,
            unit: units.seconds,
            decimals: 1,
          },
          {
            name: tiles.callsDay,
            expr: q.growth(aiRequests.name, '1d'),
            alive: exporter.buildInfo.name,
            unit: 'locale',
          },
          {
            name: tiles.tokensDay,
            expr: q.growth(aiTokens.name, '1d'),
            alive: exporter.buildInfo.name,
            unit: 'locale',
          },
          {
            name: tiles.costDay,
            expr: `sum(increase(${aiCost.name}[1d]))`,
            alive: exporter.buildInfo.name,
            unit: 'currencyUSD',
            decimals: 2,
          },
          {
            name: tiles.forecast,
            expr: forecast(''),
            alive: exporter.buildInfo.name,
            unit: 'currencyUSD',
            decimals: 2,
          },
        ]),
      ),
      at(
        'providers',
        24,
        7,
        kit.table(t.ai.providers, {
          queries: [
            q.growth(aiRequests.name, '$__range', 'provider'),
            q.growth(aiRequestsFailed.name, '$__range', 'provider'),
            q.aiSuccess('$__range', 'provider'),
            q.growth(aiTokens.name, '$__range', 'provider'),
            `sum by (provider) (increase(${aiCost.name}[$__range]))`,
            forecast(' by (provider)'),
          ],
          columns: [
            { field: 'provider', title: columns.provider, mappings: [names(t.providers)] },
            { field: 'Value #A', title: columns.calls, width: 95, unit: 'locale' },
            { field: 'Value #B', title: columns.failed, width: 95, unit: 'locale' },
            {
              field: 'Value #C',
              title: columns.success,
              width: 95,
              unit: 'percentunit',
              decimals: 1,
              steps: q.aiSteps,
            },
            { field: 'Value #D', title: columns.tokens, width: 100, unit: 'locale' },
            { field: 'Value #E', title: columns.cost, width: 130, unit: 'currencyUSD', decimals: 2 },
            { field: 'Value #F', title: columns.forecast, width: 100, unit: 'currencyUSD', decimals: 2 },
          ],
          sort: [[columns.cost, 'desc']],
        }),
      ),
      at(
        'success',
        12,
        9,
        kit.lines(t.ai.success, {
          unit: 'percentunit',
          max: 1,
          queries: [{ expr: q.aiSuccess('30m', 'provider'), legend: '{{provider}}' }],
          limits: [
            { color: 'red' },
            { color: 'orange', from: thresholds.aiSuccessMinRatio.value },
            { color: 'transparent', from: thresholds.aiSuccessTargetRatio.value },
          ],
        }),
      ),
      at(
        'byProvider',
        12,
        8,
        kit.lines(t.ai.byProvider, {
          unit: units.seconds,
          decimals: 1,
          queries: [{ expr: q.quantile(0.95, aiResponse.name, '1h', 'provider'), legend: '{{provider}}' }],
        }),
      ),
      at(
        'latency',
        12,
        8,
        kit.lines(t.ai.latency, {
          unit: units.seconds,
          decimals: 1,
          queries: q.quantileLines(aiResponse.name, '1h', 1),
        }),
      ),
      bars('calls', aiRequests.name),
      bars('failures', aiRequestsFailed.name),
      bars('tokens', aiTokens.name),
      at(
        'cost',
        12,
        8,
        kit.lines(t.ai.cost, {
          unit: 'currencyUSD',
          decimals: 2,
          bars: true,
          queries: [
            {
              expr: `sum by (provider) (increase(${aiCost.name}[1d] offset -1d))`,
              legend: '{{provider}}',
              interval: '1d',
            },
          ],
        }),
      ),
    ],
  };
}
