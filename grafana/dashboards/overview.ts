import { catalog as bridge } from '../../alert-bridge/metrics/catalog.ts';
import { thresholds } from '../../common/thresholds.ts';
import { catalog as exporter } from '../../exporter/metrics/catalog.ts';
import { at, firing } from '../layout.ts';
import type { Board } from '../layout.ts';
import { above, below, names, words } from '../panels.ts';
import type { Kit } from '../panels.ts';
import * as q from '../queries.ts';
import type { Words } from '../words.ts';

/** Where a panel is: the uid of its dashboard, and its id there. */
export type Place = readonly [uid: string, id: number];
/** How long before the alert its panel begins, where six hours of it say nothing. */
type Panel = readonly [
  board: 'goals' | 'dependencies' | 'ai' | 'users' | 'monitoring',
  panel: string,
  before?: string,
];

/** The panel that shows best what an alert speaks of; a test holds the list against prometheus/rules. */
export const PANELS: Readonly<Record<string, Panel>> = {
  None: ['dependencies', 'components'],
  ActiveUsersDropped: ['users', 'daily', '30d'],
  AiRequestsFailing: ['ai', 'success'],
  BridgeAlone: ['monitoring', 'lanes'],
  BridgesApart: ['monitoring', 'lanes'],
  AlertPathBroken: ['monitoring', 'stack'],
  CeleryBeatStopped: ['dependencies', 'celery'],
  CeleryMessagesWait: ['dependencies', 'waiting'],
  CeleryQueueBacklog: ['dependencies', 'queues'],
  CeleryRedeliverySoon: ['dependencies', 'celery'],
  CeleryTaskFailing: ['dependencies', 'failures'],
  CeleryTaskMissed: ['dependencies', 'celery'],
  CeleryTaskStuck: ['dependencies', 'tasks'],
  CertificateExpiresSoon: ['dependencies', 'certificates'],
  ComponentDown: ['dependencies', 'components'],
  ConfigReloadFailed: ['monitoring', 'now'],
  CpuHigh: ['dependencies', 'host'],
  DailyReportMissing: ['monitoring', 'jobs'],
  DeliveryStuck: ['monitoring', 'oldest'],
  DiskFillingUp: ['dependencies', 'disks'],
  DiskSpaceLow: ['dependencies', 'disks'],
  ErrorBudgetBurn: ['goals', 'burn', '3d'],
  FiguresStale: ['monitoring', 'queries'],
  HealthCheckStale: ['dependencies', 'components'],
  HttpErrorRateHigh: ['goals', 'errors'],
  HttpLatencyHigh: ['goals', 'latency'],
  JobOverdue: ['monitoring', 'jobs'],
  MemoryHigh: ['dependencies', 'host'],
  TargetDown: ['monitoring', 'targets'],
  TelegramPollingDown: ['monitoring', 'lanes'],
};

/** What tells apart two alerts of one name and component. */
const DETAILS = [
  'queue',
  'task',
  'mountpoint',
  'job_name',
  'target',
  'route',
  'quantile',
  'sli',
  'query',
  'channel',
];

/** Only while it fires are rules evaluated: without it "no alert" is not known. */
const watchdog = 'ALERTS{alertstate="firing", alertname="Watchdog"}';

/**
 * The alerts that fire, with the time of their beginning in milliseconds; one row "None" while there is none.
 * The names stand in two more columns, which the words of a link are made of.
 */
const alertsQuery = ((): string => {
  const details = DETAILS.map((label) => `"${label}"`).join(', ');
  const since = `label_join(label_replace((ALERTS_FOR_STATE and ignoring (alertstate) ${firing}) * 1000, "component", "certificate", "target", ".+"), "detail", " ", ${details})`;
  const none = `label_replace(label_replace(label_replace(${watchdog} * NaN, "alertname", "None", "", ""), "severity", "none", "", ""), "component", "none", "", "")`;
  const copied = ['board', 'panel'].reduce(
    (expr, label) => `label_replace(${expr}, "${label}", "$1", "alertname", "(.*)")`,
    // "info" stands before "warning" in the alphabet, and after it here.
    `label_replace(label_replace(${since}, "severity", "xinfo", "severity", "info"), "detail", "$1", "detail", "\\\\s*(.*?)\\\\s*") or on () ${none}`,
  );
  return `max by (alertname, severity, component, detail, board, panel) (${copied})`;
})();

/** The overview: is it all right, and if not, where to look. `find` tells where a panel of another dashboard is. */
export function overview(kit: Kit, t: Words, find: (panel: Panel) => Place): Board {
  const { units } = t;
  const places = Object.entries(PANELS).map(([alert, panel]) => [alert, find(panel)] as const);
  const { columns, states } = t;
  const link = {
    title: t.parts.open,
    url: '/d/${__data.fields.board.text}/?viewPanel=panel-${__data.fields.panel.text}&${__url_time_range}',
  };
  const free = exporter.hostDiskFree.name;
  const requests = exporter.httpRequests.name;
  const up = exporter.componentUp.name;
  const ofCode = (codes: string, color: string) => ({
    expr: `sum(rate(${requests}{code=~"${codes}"}[$__rate_interval]))`,
    legend: codes.replaceAll('.', 'x').replace('[123]', '1xx–3'),
    color,
  });
  return {
    panels: [
      at(
        'alerts',
        15,
        7,
        kit.table(t.overview.alerts, {
          queries: [alertsQuery],
          columns: [
            {
              field: 'component',
              title: columns.where,
              mappings: [names(t.places), ...kit.componentNames],
              link,
            },
            {
              field: 'alertname',
              title: columns.what,
              width: 124,
              mappings: [
                words(
                  Object.fromEntries(
                    Object.entries(t.alerts).map(([name, text]) => [
                      name,
                      { text, color: name === 'None' ? 'green' : 'text' },
                    ]),
                  ),
                ),
              ],
              link,
            },
            {
              field: 'Value',
              title: columns.since,
              width: 95,
              unit: 'time:DD.MM HH:mm',
              noValue: '—',
            },
            {
              field: 'severity',
              title: columns.severity,
              width: 115,
              mappings: [
                words({
                  critical: { text: states.critical, color: 'red' },
                  warning: { text: states.warning, color: 'orange' },
                  xinfo: { text: states.info, color: 'blue' },
                  none: { text: '—' },
                }),
              ],
            },
            { field: 'detail', title: columns.detail, noValue: '—' },
            {
              field: 'board',
              title: 'board',
              hidden: true,
              mappings: [names(Object.fromEntries(places.map(([alert, [uid]]) => [alert, uid])))],
            },
            {
              field: 'panel',
              title: 'panel',
              hidden: true,
              mappings: [names(Object.fromEntries(places.map(([alert, [, id]]) => [alert, String(id)])))],
            },
          ],
          sort: [
            [columns.severity, 'asc'],
            [columns.since, 'desc'],
          ],
        }),
      ),
      at(
        'verdict',
        9,
        7,
        kit.tiles(t.overview.verdict, [
          {
            name: t.names.state,
            expr: `max(${exporter.healthStatus.name}{status="degraded"}) + 2 * max(${exporter.healthStatus.name}{status="unhealthy"})`,
            unit: 'short',
            mappings: [
              words({
                0: { text: t.overall.healthy, color: 'green' },
                1: { text: t.overall.degraded, color: 'orange' },
                2: { text: t.overall.unhealthy, color: 'red' },
              }),
            ],
          },
          {
            name: t.names.firing,
            expr: `count(${firing}) or 0 * max(${watchdog})`,
            unit: 'locale',
            steps: above(1, 'orange'),
          },
          {
            name: t.names.broken,
            expr: `count(${up} == 0) or 0 * count(${up})`,
            unit: 'locale',
            steps: above(1),
          },
          {
            name: t.names.diskFull,
            expr: `min(${q.diskLasts})`,
            alive: exporter.buildInfo.name,
            unit: units.days,
            decimals: 0,
            steps: q.diskSteps,
            mappings: [words(q.overAYear(t.names.overAYear))],
          },
          {
            name: t.names.pending,
            expr: `max(${bridge.signalsPending.name})`,
            unit: 'locale',
            steps: [{ color: 'green' }, { color: 'orange', from: 1 }, { color: 'red', from: 20 }],
          },
          {
            name: t.names.watchdog,
            expr: `time() - max(${bridge.watchdogLastSeen.name})`,
            unit: 'dthms',
            // It comes every minute; after five the bridge tells.
            steps: [{ color: 'green' }, { color: 'orange', from: 150 }, { color: 'red', from: 300 }],
          },
        ]),
      ),
      at(
        'reliability',
        12,
        6,
        kit.tiles(t.overview.reliability, [
          {
            name: t.names.availability,
            // Without a public address: by requests.
            expr: `1 - ${q.failures('30d', 'probe')} or 1 - ${q.failures('30d', 'requests')}`,
            alive: exporter.buildInfo.name,
            unit: 'percentunit',
            decimals: 2,
            steps: q.availabilitySteps('probe'),
          },
          {
            name: t.names.budget,
            expr: `min(label_replace(${q.budgetLeft('probe')}, "sli", "probe", "", "") or ${q.budgetLeft('requests')})`,
            alive: exporter.buildInfo.name,
            unit: 'percentunit',
            decimals: 0,
            steps: q.budgetSteps,
          },
          {
            name: t.names.errors,
            expr: q.errorRatio('1h'),
            alive: exporter.buildInfo.name,
            unit: 'percentunit',
            decimals: 2,
            steps: q.errorSteps,
          },
          { name: t.names.dau, expr: `max(${exporter.activeUsers.name}{window="1d"})`, unit: 'locale' },
        ]),
      ),
      at(
        'speed',
        12,
        6,
        kit.tiles(t.overview.speed, [
          ...q.latencyTiles(t),
          {
            name: t.names.aiSuccess,
            expr: q.aiSuccess('1d'),
            alive: exporter.buildInfo.name,
            unit: 'percentunit',
            decimals: 1,
            steps: q.aiSteps,
          },
        ]),
      ),
      at('components', 24, 12, kit.componentLanes(t.overview.components)),
      at(
        'traffic',
        12,
        8,
        kit.lines(t.overview.traffic, {
          unit: units.perSecond,
          queries: [ofCode('[123]..', 'green'), ofCode('4..', 'orange'), ofCode('5..', 'red')],
        }),
      ),
      at(
        'latency',
        12,
        8,
        kit.lines(t.overview.latency, {
          unit: units.ms,
          queries: q.latencyLines('$__rate_interval'),
          limits: q.latencyLimits,
        }),
      ),
      at(
        'delivery',
        12,
        8,
        kit.lines(t.overview.delivery, {
          queries: [{ expr: `max(${bridge.signalsPending.name})`, legend: t.names.waits, color: 'orange' }],
        }),
      ),
      at(
        'disk',
        12,
        8,
        kit.lines(t.overview.disk, {
          unit: units.gigabytes,
          queries: [{ expr: `min by (mountpoint) (${free}) / 1e9`, legend: '{{mountpoint}}' }],
          limits: below(thresholds.diskFreeMinBytes.value / 1e9, 'red', 'transparent'),
        }),
      ),
    ],
  };
}
