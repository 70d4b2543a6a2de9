import { thresholds } from '../../common/thresholds.ts';
import { catalog as exporter } from '../../exporter/metrics/catalog.ts';
import { at } from '../layout.ts';
import type { Board } from '../layout.ts';
import { below } from '../panels.ts';
import type { Kit, Tile } from '../panels.ts';
import * as q from '../queries.ts';
import type { Words } from '../words.ts';

/** The targets of 30 days: are they met, and what spent the budget. */
export function goals(kit: Kit, t: Words): Board {
  const { units, columns, states } = t;
  const up = exporter.componentUp.name;
  const requests = exporter.httpRequests.name;
  const usualMin = Number((1 - thresholds.activeUsersMaxDropRatio.value).toFixed(6));
  /** The worst of each step: one of 30 days is longer than many an outage. */
  const peak = (window: string, sli: 'requests' | 'probe'): string =>
    `max(max_over_time(slo:errors:ratio_rate${window}{sli="${sli}"}[$__interval])) / ${q.allowedRatio(sli)}`;
  const sliTiles = (sli: 'requests' | 'probe', availability: string, budget: string): readonly Tile[] => [
    {
      name: availability,
      expr: `1 - ${q.failures('30d', sli)}`,
      alive: exporter.buildInfo.name,
      unit: 'percentunit',
      decimals: 3,
      steps: q.availabilitySteps(sli),
    },
    {
      name: budget,
      expr: q.budgetLeft(sli),
      alive: exporter.buildInfo.name,
      unit: 'percentunit',
      decimals: 0,
      steps: q.budgetSteps,
    },
  ];
  return {
    from: 'now-30d',
    panels: [
      at(
        'targets',
        24,
        6,
        kit.tiles(t.goals.targets, [
          ...sliTiles('requests', t.names.requestsAvailability, t.names.requestsBudget),
          ...sliTiles('probe', t.names.probesAvailability, t.names.probesBudget),
          {
            name: t.names.aiSuccess,
            expr: q.aiSuccess('30d'),
            alive: exporter.buildInfo.name,
            unit: 'percentunit',
            decimals: 1,
            steps: q.aiSteps,
          },
          {
            name: t.names.activity,
            expr: q.activity,
            alive: exporter.buildInfo.name,
            unit: 'percentunit',
            decimals: 0,
            steps: below(usualMin),
          },
        ]),
      ),
      at(
        'budget',
        12,
        9,
        kit.lines(t.goals.budget, {
          unit: 'percentunit',
          decimals: 0,
          max: 1,
          queries: [
            { expr: q.budgetLeft('requests'), legend: t.names.requests, color: 'blue' },
            { expr: q.budgetLeft('probe'), legend: t.names.probes, color: 'purple' },
          ],
        }),
      ),
      at(
        'burn',
        12,
        9,
        kit.lines(t.goals.burn, {
          unit: units.times,
          log: 'symlog',
          limits: q.burnLimits,
          queries: [
            {
              expr: peak('1h', 'requests'),
              interval: '5m',
              legend: t.names.requestsHour,
              color: 'light-blue',
            },
            { expr: peak('1d', 'requests'), interval: '5m', legend: t.names.requestsDay, color: 'blue' },
            { expr: peak('1h', 'probe'), interval: '5m', legend: t.names.probesHour, color: 'light-purple' },
            { expr: peak('1d', 'probe'), interval: '5m', legend: t.names.probesDay, color: 'purple' },
          ],
        }),
      ),
      at(
        'spent',
        12,
        9,
        kit.table(t.goals.spent, {
          queries: [
            q.orNone(
              `${q.growth(`${requests}{code=~"5..", ${q.OF_USERS}}`, '$__range', 'route, code')} > 0`,
              'route',
              states.none,
              requests,
            ),
            `sum by (route, code) (increase(${requests}{code=~"5..", ${q.OF_USERS}}[$__range])) / on () group_left () (${q.allowedRatio('requests')} * sum(increase(${requests}{${q.OF_USERS}}[$__range]))) > 0`,
          ],
          columns: [
            { field: 'route', title: columns.route },
            { field: 'code', title: columns.code, width: 95, noValue: '—' },
            { field: 'Value #A', title: columns.count, width: 100, unit: 'locale' },
            {
              field: 'Value #B',
              title: columns.ofBudget,
              width: 110,
              unit: 'percentunit',
              decimals: 1,
              noValue: '—',
              steps: [{ color: 'text' }, { color: 'orange', from: 0.25 }, { color: 'red', from: 1 }],
            },
          ],
          sort: [[columns.ofBudget, 'desc']],
        }),
      ),
      at(
        'downtime',
        12,
        9,
        kit.table(t.goals.downtime, {
          queries: [
            q.orNone(
              `(max by (component) (count_over_time(${up}[$__range])) - max by (component) (sum_over_time(${up}[$__range]))) * ${thresholds.scrapeIntervalSeconds.value} / 60 > 0`,
              'component',
              states.none,
              up,
            ),
          ],
          columns: [
            { field: 'component', title: columns.component, mappings: kit.componentNames },
            {
              field: 'Value',
              title: columns.minutes,
              width: 130,
              unit: units.minutes,
              decimals: 0,
              // The budget of 30 days.
              steps: [
                { color: 'text' },
                { color: 'orange', from: 1 },
                {
                  color: 'red',
                  from: Math.round(
                    (q.allowedRatio('probe') * thresholds.errorBudgetPeriodSeconds.value) / 60,
                  ),
                },
              ],
            },
          ],
          sort: [[columns.minutes, 'desc']],
        }),
      ),
      at(
        'outages',
        24,
        8,
        kit.componentLanes(t.goals.outages, `min_over_time(${up}[$__range] @ end()) == 0`, states.noOutage),
      ),
      at(
        'errors',
        12,
        8,
        kit.lines(t.goals.errors, {
          unit: 'percentunit',
          queries: [{ expr: q.errorRatio('$__interval'), interval: '1h', legend: '5xx', color: 'red' }],
          limits: [
            { color: 'transparent' },
            { color: 'orange', from: q.allowedRatio('requests') },
            { color: 'red', from: thresholds.httpErrorMaxRatio.value },
          ],
        }),
      ),
      at(
        'latency',
        12,
        8,
        kit.lines(t.goals.latency, {
          unit: units.ms,
          queries: q.latencyLines('$__interval').map((query) => ({
            ...query,
            interval: '1h',
          })),
          limits: q.latencyLimits,
        }),
      ),
      at(
        'ai',
        12,
        8,
        kit.lines(t.goals.ai, {
          unit: 'percentunit',
          max: 1,
          queries: [
            { expr: q.aiSuccess('$__interval'), interval: '1h', legend: t.names.share, color: 'blue' },
          ],
          limits: below(thresholds.aiSuccessTargetRatio.value, 'orange', 'transparent'),
        }),
      ),
      at(
        'activity',
        12,
        8,
        kit.lines(t.goals.activity, {
          unit: 'percentunit',
          decimals: 0,
          queries: [
            {
              expr: `${q.ofDay(exporter.dailyActiveUsers.name).expr} / ${q.ofDay(exporter.dailyActiveUsersBaseline.name).expr}`,
              interval: '1d',
              legend: t.names.share,
              color: 'blue',
            },
          ],
          limits: below(usualMin, 'red', 'transparent'),
        }),
      ),
    ],
  };
}
