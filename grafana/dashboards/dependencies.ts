import { thresholds } from '../../common/thresholds.ts';
import { catalog as exporter } from '../../exporter/metrics/catalog.ts';
import { at } from '../layout.ts';
import type { Board } from '../layout.ts';
import { NEUTRAL, NO_DATA_COLOR, above, below, words } from '../panels.ts';
import type { Kit } from '../panels.ts';
import * as q from '../queries.ts';
import type { Words } from '../words.ts';

const OWN = 'component=~"database|redis|celery_workers|dns|disk_space|memory|cpu"';
const DAY = 86_400;

/** What the bot depends on: services, webhook, server, Celery. */
export function dependencies(kit: Kit, t: Words): Board {
  const { units, columns, states, tiles } = t;
  const up = `max by (component) (${exporter.componentUp.name})`;
  const probe = exporter.probeDuration.name;
  const free = exporter.hostDiskFree.name;
  const webhookError = exporter.webhookLastError.name;
  const workers = (state: 'replying' | 'busy' | 'hung', legend: string, color: string) => ({
    expr: `max(${exporter.celeryWorkers.name}{state="${state}"})`,
    legend,
    color,
  });
  return {
    panels: [
      at(
        'components',
        14,
        19,
        kit.table(t.dependencies.components, {
          queries: [
            // Between down and up: probed, and not judged.
            `${up} or 0 * max by (component) (${probe}) + 0.5`,
            `max by (component) (${probe}) * 1000`,
            `${q.quantile(0.95, exporter.probeResponse.name, '1h', 'component')} * 1000`,
            `time() - max by (component) (${exporter.probeLastSuccess.name})`,
          ],
          columns: [
            { field: 'component', title: columns.component, mappings: kit.componentNames },
            {
              field: 'Value #A',
              title: columns.state,
              width: 118,
              mappings: [
                words({
                  0: { text: states.down, color: 'red' },
                  0.5: { text: states.unknown, color: NO_DATA_COLOR },
                  1: { text: states.up, color: 'green' },
                }),
              ],
            },
            { field: 'Value #B', title: columns.answer, width: 95, unit: units.ms, decimals: 0 },
            { field: 'Value #C', title: columns.p95, width: 95, unit: units.ms, decimals: 0 },
            { field: 'Value #D', title: columns.lastSuccess, width: 110, unit: 'dthms' },
          ],
          sort: [
            [columns.state, 'asc'],
            [columns.component, 'asc'],
          ],
        }),
      ),
      at(
        'own',
        10,
        9,
        kit.lines(t.dependencies.own, {
          unit: units.ms,
          log: 'log',
          queries: [{ expr: `max by (component) (${probe}{${OWN}}) * 1000`, legend: '{{component}}' }],
        }),
      ),
      at(
        'outside',
        10,
        10,
        kit.lines(t.dependencies.outside, {
          unit: units.ms,
          log: 'log',
          queries: [
            {
              expr: `max by (component) (${probe}{${OWN.replace('=~', '!~')}}) * 1000`,
              legend: '{{component}}',
            },
          ],
        }),
      ),
      at(
        'host',
        12,
        8,
        kit.lines(t.dependencies.host, {
          unit: 'percentunit',
          decimals: 0,
          max: 1,
          queries: [
            { expr: `max(${exporter.hostCpuUsage.name})`, legend: t.names.cpu, color: 'blue' },
            { expr: `max(${exporter.hostMemoryUsage.name})`, legend: t.names.memory, color: 'purple' },
          ],
          limits: [
            { color: 'transparent' },
            { color: 'blue', from: thresholds.cpuUsageMaxRatio.value },
            { color: 'purple', from: thresholds.memoryUsageMaxRatio.value },
          ],
        }),
      ),
      at(
        'disks',
        12,
        8,
        kit.table(t.dependencies.disks, {
          queries: [
            `min by (mountpoint) (${free}) / 1e9`,
            `max by (mountpoint) (${exporter.hostDiskUsage.name})`,
            `min by (mountpoint) (${q.diskLasts})`,
          ],
          columns: [
            { field: 'mountpoint', title: columns.disk },
            {
              field: 'Value #A',
              title: columns.free,
              width: 110,
              unit: units.gigabytes,
              decimals: 1,
              steps: below(thresholds.diskFreeMinBytes.value / 1e9, 'red', 'text'),
            },
            { field: 'Value #B', title: columns.used, width: 95, unit: 'percentunit', decimals: 0 },
            {
              field: 'Value #C',
              title: columns.lasts,
              width: 120,
              unit: units.days,
              decimals: 0,
              steps: q.diskSteps,
              mappings: [words(q.overAYear(t.names.overAYear))],
            },
          ],
          sort: [[columns.free, 'asc']],
        }),
      ),
      at(
        'webhook',
        12,
        5,
        kit.tiles(t.dependencies.webhook, [
          {
            name: tiles.webhookPending,
            expr: `max(${exporter.webhookPendingUpdates.name})`,
            unit: 'locale',
            steps: above(thresholds.webhookPendingMaxUpdates.value),
          },
          {
            name: tiles.webhookUrl,
            expr: `max(${exporter.webhookUrlMatches.name})`,
            unit: 'short',
            mappings: [
              words({
                1: { text: states.right, color: 'green' },
                0: { text: states.wrong, color: 'red' },
              }),
            ],
          },
          {
            name: tiles.webhookError,
            expr: `time() - max(${webhookError})`,
            unit: 'dthms',
            steps: below(thresholds.webhookErrorWindowSeconds.value),
          },
        ]),
      ),
      at(
        'celery',
        12,
        5,
        kit.tiles(t.dependencies.celery, [
          { name: tiles.unacked, expr: `max(${exporter.celeryUnacked.name})`, unit: 'locale' },
          {
            name: tiles.redelivery,
            expr: `max(${exporter.celeryRedelivery.name}) - time()`,
            unit: 'dthms',
            steps: below(thresholds.celeryRedeliverySeconds.value),
          },
          { name: tiles.scheduled, expr: `max(${exporter.celeryScheduled.name})`, unit: 'locale' },
          { name: tiles.beatRun, expr: `time() - max(${exporter.celeryBeatLastRun.name})`, unit: 'dthms' },
          {
            name: tiles.beatLate,
            // Nothing is late where there is a schedule.
            expr: `max(time() - ${exporter.celeryBeatDue.name} > 0) or 0 * max(${exporter.celeryBeatTasks.name})`,
            unit: 'dthms',
            steps: above(thresholds.celeryBeatLateSeconds.value),
          },
        ]),
      ),
      at(
        'certificates',
        12,
        8,
        kit.table(t.dependencies.certificates, {
          queries: [`floor((min by (target) (${exporter.tlsCertificateExpiry.name}) - time()) / ${DAY})`],
          columns: [
            { field: 'target', title: columns.server },
            {
              field: 'Value',
              title: columns.left,
              width: 120,
              unit: units.days,
              decimals: 0,
              steps: [
                { color: 'red' },
                { color: 'orange', from: thresholds.certificateCriticalSeconds.value / DAY },
                { color: 'green', from: thresholds.certificateExpirySeconds.value / DAY },
              ],
            },
          ],
          sort: [[columns.left, 'asc']],
        }),
      ),
      at(
        'phases',
        12,
        8,
        kit.lines(t.dependencies.phases, {
          unit: units.ms,
          queries: Object.entries(t.phases).map(([phase, legend], index) => ({
            expr: `max(${exporter.httpTargetPhase.name}{phase="${phase}"}) * 1000`,
            legend,
            color: NEUTRAL[index] ?? 'blue',
          })),
        }),
      ),
      at(
        'workers',
        12,
        8,
        kit.lines(t.dependencies.workers, {
          queries: [
            workers('replying', t.names.replying, 'green'),
            workers('busy', t.names.busy, 'blue'),
            workers('hung', t.names.hung, 'red'),
          ],
        }),
      ),
      at(
        'queues',
        12,
        8,
        kit.lines(t.dependencies.queues, {
          queries: [{ expr: `sum by (queue) (${exporter.celeryQueueMessages.name})`, legend: '{{queue}}' }],
          limits: above(thresholds.celeryQueueMaxMessages.value, 'red', 'transparent'),
        }),
      ),
      at(
        'waiting',
        12,
        8,
        kit.lines(t.dependencies.waiting, {
          unit: units.minutes,
          limits: above(thresholds.celeryMessageMaxSeconds.value / 60, 'red', 'transparent'),
          queries: [
            {
              expr: `(time() - max by (queue) (${exporter.celeryQueueOldest.name})) / 60 or 0 * max by (queue) (${exporter.celeryQueueMessages.name})`,
              legend: '{{queue}}',
            },
          ],
        }),
      ),
      at(
        'tasks',
        12,
        8,
        kit.table(t.dependencies.tasks, {
          queries: [
            q.orNone(
              `time() - min by (task) (${exporter.celeryOldestActiveTask.name})`,
              'task',
              states.none,
              exporter.celeryWorkers.name,
            ),
          ],
          columns: [
            { field: 'task', title: columns.task },
            {
              field: 'Value',
              title: columns.running,
              width: 110,
              unit: 'dthms',
              steps: above(thresholds.celeryTaskMaxSeconds.value, 'red', 'text'),
            },
          ],
          sort: [[columns.running, 'desc']],
        }),
      ),
      at(
        'failures',
        12,
        8,
        kit.table(t.dependencies.failures, {
          queries: [
            q.orNone(
              `time() - max by (task, exception) (${exporter.celeryTaskLastFailure.name})`,
              'task',
              states.none,
              exporter.celeryWorkers.name,
            ),
            // Each exception with the figures of its task.
            ...[exporter.celeryTasksFailed.name, exporter.celeryTasks.name].map(
              (counter) =>
                `0 * max by (task, exception) (${exporter.celeryTaskLastFailure.name}) + on (task) group_left () sum by (task) (increase(${counter}[1d]))`,
            ),
          ],
          columns: [
            { field: 'task', title: columns.task },
            { field: 'exception', title: columns.exception, width: 140 },
            { field: 'Value #A', title: columns.ago, width: 95, unit: 'dthms' },
            { field: 'Value #B', title: columns.failedDay, width: 95, unit: 'locale', decimals: 0 },
            { field: 'Value #C', title: columns.endedDay, width: 95, unit: 'locale', decimals: 0 },
          ],
          sort: [[columns.ago, 'asc']],
        }),
      ),
      at(
        'redis',
        12,
        8,
        kit.lines(t.dependencies.redis, {
          unit: units.megabytes,
          queries: [
            { expr: `max(${exporter.redisMemoryUsed.name}) / 1e6`, legend: t.names.used, color: 'blue' },
          ],
        }),
      ),
    ],
  };
}
