import { catalog as bridge } from '../../alert-bridge/metrics/catalog.ts';
import { thresholds } from '../../common/thresholds.ts';
import { catalog as exporter } from '../../exporter/metrics/catalog.ts';
import { at } from '../layout.ts';
import type { Board } from '../layout.ts';
import { NO_DATA_COLOR, above, words } from '../panels.ts';
import type { Kit } from '../panels.ts';
import * as q from '../queries.ts';
import type { Words } from '../words.ts';

const DAILY = thresholds.dailyJobMaxSeconds.value;

/** Does the monitoring itself work. */
export function monitoring(kit: Kit, t: Words): Board {
  const { units, columns, states, tiles, kinds } = t;
  const yesNo = (yes: string, no: string, color = 'red') =>
    words({ 1: { text: yes, color: 'green' }, 0: { text: no, color } });
  const none = (name: string, expr: string, alive: string) => ({
    name,
    expr,
    alive,
    unit: 'locale',
    steps: above(1),
  });
  /** A counter that was not counted up yet is zero as soon as the bridge itself is known. */
  const perHour = (name: string, legend: string, color: string) => ({
    expr: `${q.growth(name, '1h')} or 0 * ${q.growth(bridge.signalsAccepted.name, '1h')}`,
    legend,
    color,
  });
  /** Ours have a prefix. */
  const ofProcess = (figure: string): string => {
    const each = ['', 'expensebot_exporter_', 'alert_bridge_'].map((prefix) => `${prefix}process_${figure}`);
    return `max by (job, instance) (${each.join(' or ')})`;
  };
  const perDay = (name: string) => `${q.growth(name, '1d')} or 0 * max(${bridge.signalsPending.name})`;
  const reasons = (
    [
      ['failed', bridge.signalsFailed.name, 'reason'],
      ['suppressed', bridge.signalsSuppressed.name, 'reason'],
      ['telegram', bridge.telegramFailures.name, 'reason'],
      ['rejected', bridge.postsRejected.name, 'code'],
      ['picture', bridge.picturesDropped.name, 'reason'],
    ] as const
  ).map(([kind, name, label]) => {
    const sum = `label_replace(${q.growth(name, '$__range', label)} > 0, "kind", "${kind}", "", "")`;
    return label === 'reason'
      ? sum
      : `sum by (kind, reason) (label_replace(${sum}, "reason", "$1", "${label}", "(.*)"))`;
  });
  const ofJobs = (key: 'jobLastSuccess' | 'jobDuration'): string =>
    `max by (job, job_name) (${exporter[key].name} or ${bridge[key].name})`;
  const runsOf = (key: 'jobRuns' | 'jobRunsFailed'): string => {
    const [ours, theirs] = [exporter, bridge].map((catalog) => `increase(${catalog[key].name}[$__range])`);
    return `round(sum by (job, job_name) (${ours} or ${theirs}))`;
  };
  return {
    from: 'now-24h',
    panels: [
      at(
        'now',
        24,
        6,
        kit.tiles(t.monitoring.now, [
          none(tiles.targetsDown, 'count(up == 0) or 0 * count(up)', 'up'),
          {
            name: t.names.watchdog,
            expr: `time() - max(${bridge.watchdogLastSeen.name})`,
            unit: 'dthms',
            steps: [{ color: 'green' }, { color: 'orange', from: 150 }, { color: 'red', from: 300 }],
          },
          {
            name: tiles.oldest,
            expr: `time() - min(${bridge.outboxOldest.name}) or 0 * max(${bridge.signalsPending.name})`,
            unit: 'dthms',
            steps: [
              { color: 'green' },
              { color: 'orange', from: 60 },
              { color: 'red', from: thresholds.deliveryMaxSeconds.value },
            ],
          },
          none(tiles.failedDay, perDay(bridge.signalsFailed.name), bridge.buildInfo.name),
          none(
            tiles.channelsDown,
            `count(${bridge.channelUp.name} == 0) or 0 * count(${bridge.channelUp.name})`,
            bridge.channelUp.name,
          ),
          {
            name: tiles.config,
            expr: `min(${exporter.configLastReloadSuccessful.name})`,
            unit: 'short',
            mappings: [yesNo(states.loaded, states.refused)],
          },
        ]),
      ),
      at(
        'ledger',
        12,
        9,
        kit.lines(t.monitoring.ledger, {
          queries: [
            perHour(bridge.signalsAccepted.name, t.names.accepted, 'text'),
            perHour(bridge.signalsDelivered.name, t.names.delivered, 'green'),
            perHour(bridge.signalsMerged.name, t.names.merged, 'blue'),
            perHour(bridge.signalsSuppressed.name, t.names.suppressed, 'purple'),
            perHour(bridge.signalsFailed.name, t.names.failed, 'red'),
            perHour(bridge.duplicates.name, t.names.duplicates, 'orange'),
          ],
        }),
      ),
      at(
        'reasons',
        12,
        9,
        kit.table(t.monitoring.reasons, {
          queries: [q.orNone(reasons.join(' or '), 'kind', 'none', bridge.signalsPending.name)],
          columns: [
            {
              field: 'kind',
              title: columns.what,
              mappings: [
                words(
                  Object.fromEntries(
                    Object.entries(kinds).map(([kind, text]) => [
                      kind,
                      { text, color: { failed: 'red', none: 'green' }[kind] ?? 'text' },
                    ]),
                  ),
                ),
              ],
            },
            { field: 'reason', title: columns.reason, width: 120, noValue: '—' },
            { field: 'Value', title: columns.count, width: 100, unit: 'locale' },
          ],
          sort: [[columns.count, 'desc']],
        }),
      ),
      at(
        'time',
        12,
        8,
        kit.lines(t.monitoring.time, {
          unit: units.seconds,
          queries: q.quantileLines(bridge.deliverySeconds.name, '1h', 1),
        }),
      ),
      at(
        'oldest',
        12,
        8,
        kit.lines(t.monitoring.oldest, {
          unit: units.minutes,
          limits: above(thresholds.deliveryMaxSeconds.value / 60, 'red', 'transparent'),
          decimals: 1,
          queries: [
            {
              expr: `(time() - min(${bridge.outboxOldest.name})) / 60 or 0 * max(${bridge.signalsPending.name})`,
              legend: t.names.waits,
              color: 'orange',
            },
            {
              expr: `clamp_min(max(${bridge.telegramPausedUntil.name}) - time(), 0) / 60`,
              legend: t.names.paused,
              color: 'purple',
            },
          ],
        }),
      ),
      at(
        'lanes',
        12,
        9,
        kit.lanes(t.monitoring.lanes, [
          {
            // Without any lane there would be no word.
            expr: `max by (instance) (${bridge.pollingUp.name}) or on () (vector(-1) unless on () max(max_over_time(${bridge.signalsPending.name}[$__range] @ end())))`,
            legend: t.names.hears,
            mappings: [
              yesNo(states.yes, states.no),
              words({ '-1': { text: t.parts.noData, color: NO_DATA_COLOR } }),
            ],
          },
          {
            expr: `min by (channel) (${bridge.channelUp.name})`,
            legend: `${t.names.channel}: {{channel}}`,
            mappings: [yesNo(states.up, states.down)],
          },
          {
            expr: `max by (instance) (${bridge.haUp.name})`,
            legend: `${t.names.agrees}: {{instance}}`,
            mappings: [yesNo(states.yes, states.no)],
          },
          {
            expr: `max by (instance) (${bridge.haLeader.name})`,
            legend: `${t.names.leads}: {{instance}}`,
            mappings: [yesNo(states.yes, states.spare, 'blue')],
          },
        ]),
      ),
      at(
        'checkins',
        12,
        9,
        kit.table(t.monitoring.checkins, {
          queries: [
            `label_replace(time() - max by (instance) (${bridge.watchdogLastSeen.name}), "who", "Watchdog: $1", "instance", "(.*)") or label_replace(time() - max by (checkin) (${bridge.checkInLastSeen.name}), "who", "$1", "checkin", "(.*)")`,
          ].map((expr) => `max by (who) (${expr})`),
          columns: [
            { field: 'who', title: columns.who },
            { field: 'Value', title: columns.ago, width: 120, unit: 'dthms' },
          ],
          sort: [[columns.ago, 'desc']],
        }),
      ),
      at(
        'telegram',
        12,
        8,
        kit.lines(t.monitoring.telegram, {
          queries: [
            perHour(bridge.telegramRequests.name, t.names.all, 'blue'),
            perHour(bridge.telegramFailures.name, t.names.withError, 'red'),
            perHour(bridge.possibleDuplicates.name, t.names.twice, 'orange'),
          ],
        }),
      ),
      at(
        'usage',
        12,
        8,
        kit.lines(t.monitoring.usage, {
          queries: [
            { expr: perDay(bridge.commands.name), legend: t.names.commands, color: 'blue' },
            { expr: perDay(bridge.telegramUpdates.name), legend: t.names.updates, color: 'light-blue' },
            { expr: perDay(bridge.picturesSent.name), legend: t.names.pictures, color: 'purple' },
            { expr: perDay(bridge.rings.name), legend: t.names.rings, color: 'yellow' },
            { expr: perDay(bridge.fallbackMessages.name), legend: t.names.second, color: 'orange' },
            { expr: perDay(bridge.fallbackFailures.name), legend: t.names.secondFailed, color: 'red' },
          ],
        }),
      ),
      at(
        'stack',
        24,
        6,
        kit.tiles(t.monitoring.stack, [
          none(
            tiles.rules,
            q.growth('prometheus_rule_evaluation_failures_total', '1d'),
            'prometheus_tsdb_head_series',
          ),
          none(
            tiles.dropped,
            q.growth('prometheus_notifications_dropped_total', '1d'),
            'prometheus_tsdb_head_series',
          ),
          none(
            tiles.alertmanager,
            q.growth('alertmanager_notifications_failed_total', '1d'),
            'alertmanager_silences',
          ),
          {
            name: tiles.silences,
            expr: 'max(alertmanager_silences{state="active"})',
            unit: 'locale',
          },
          { name: tiles.series, expr: 'max(prometheus_tsdb_head_series)', unit: 'locale' },
          {
            name: tiles.storage,
            expr: 'max(prometheus_tsdb_storage_blocks_bytes) / 1e6',
            unit: units.megabytes,
            decimals: 0,
          },
        ]),
      ),
      at(
        'targets',
        24,
        7,
        kit.table(t.monitoring.targets, {
          queries: [
            'max by (job, instance) (up)',
            'max by (job, instance) (scrape_duration_seconds) * 1000',
            `${ofProcess('resident_memory_bytes')} / 1e6`,
            `time() - ${ofProcess('start_time_seconds')}`,
          ],
          columns: [
            { field: 'job', title: columns.service },
            {
              field: 'Value #A',
              title: columns.state,
              width: 140,
              mappings: [yesNo(states.answers, states.silent)],
            },
            { field: 'Value #B', title: columns.scrape, width: 95, unit: units.ms, decimals: 0 },
            { field: 'Value #C', title: columns.memory, width: 95, unit: units.megabytes, decimals: 0 },
            { field: 'Value #D', title: columns.uptime, width: 110, unit: 'dthms' },
            { field: 'instance', title: columns.copy, width: 200 },
          ],
          sort: [
            [columns.state, 'asc'],
            [columns.service, 'asc'],
          ],
        }),
      ),
      at(
        'jobs',
        24,
        8,
        kit.table(t.monitoring.jobs, {
          queries: [
            `time() - ${ofJobs('jobLastSuccess')}`,
            ofJobs('jobDuration'),
            runsOf('jobRuns'),
            runsOf('jobRunsFailed'),
          ],
          columns: [
            { field: 'job_name', title: columns.job },
            {
              field: 'Value #A',
              title: columns.lastSuccess,
              width: 140,
              unit: 'dthms',
              steps: above(DAILY, 'red', 'text'),
            },
            { field: 'Value #B', title: columns.took, width: 95, unit: units.seconds, decimals: 1 },
            { field: 'Value #C', title: columns.runs, width: 95, unit: 'locale' },
            {
              field: 'Value #D',
              title: columns.failed,
              width: 95,
              unit: 'locale',
              steps: above(1, 'orange', 'text'),
            },
            { field: 'job', title: columns.service, width: 110 },
          ],
          sort: [[columns.lastSuccess, 'desc']],
        }),
      ),
      at(
        'queries',
        12,
        16,
        kit.table(t.monitoring.queries, {
          queries: [
            `max by (query) (${exporter.querySuccess.name})`,
            `max by (query) (${exporter.queryDuration.name}) * 1000`,
            `time() - max by (query) (${exporter.queryLastSuccess.name})`,
          ],
          columns: [
            { field: 'query', title: columns.query },
            {
              field: 'Value #A',
              title: columns.last,
              width: 125,
              mappings: [yesNo(states.ok, states.failed)],
            },
            { field: 'Value #B', title: columns.took, width: 95, unit: units.ms, decimals: 0 },
            { field: 'Value #C', title: columns.lastSuccess, width: 125, unit: 'dthms' },
          ],
          sort: [
            [columns.last, 'asc'],
            [columns.lastSuccess, 'desc'],
          ],
        }),
      ),
      at(
        'recount',
        12,
        8,
        kit.table(t.monitoring.recount, {
          queries: [
            `max by (query) (${exporter.reconciliationDrift.name})`,
            `max by (query) (${exporter.reconciliationRatio.name})`,
            `max by (query) (${exporter.reconciliationDrift.name}) * 0 + on () group_left () (time() - max(${exporter.reconciliationTimestamp.name}))`,
          ],
          columns: [
            { field: 'query', title: columns.query },
            { field: 'Value #A', title: columns.days, width: 95, unit: 'locale' },
            {
              field: 'Value #B',
              title: columns.drift,
              width: 95,
              unit: 'percentunit',
              decimals: 2,
              steps: above(0.01, 'orange', 'text'),
            },
            { field: 'Value #C', title: columns.ago, width: 110, unit: 'dthms' },
          ],
          sort: [[columns.drift, 'desc']],
        }),
      ),
      at(
        'odd',
        12,
        8,
        kit.lines(t.monitoring.odd, {
          queries: [
            { expr: q.growth(exporter.oddRows.name, '1h', 'table'), legend: `${t.names.rowsOf} {{table}}` },
            {
              expr: q.growth(exporter.accessLogUnparsedLines.name, '1h'),
              legend: t.names.nginxLines,
              color: 'orange',
            },
            {
              expr: `max(${exporter.historyPending.name})`,
              legend: t.names.history,
              color: 'purple',
            },
          ],
        }),
      ),
    ],
  };
}
