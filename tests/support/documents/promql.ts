import { parser } from '@prometheus-io/lezer-promql';
import { catalog as bridge } from '../../../alert-bridge/metrics/catalog.ts';
import type { MetricFamily } from '../../../common/metrics/family.ts';
import { catalog as exporter } from '../../../exporter/metrics/catalog.ts';
import { recordingRules } from '../../unit/prometheus/rule-files.ts';

/** What one PromQL expression reads. */
export interface Reads {
  readonly metrics: ReadonlySet<string>;
  /** Label names of matchers, groupings and joins. */
  readonly labels: ReadonlySet<string>;
}

/** Reads an expression with Prometheus's own grammar. Throws Error when it cannot be parsed. */
function readsOf(expr: string): Reads {
  const metrics = new Set<string>();
  const labels = new Set<string>();
  parser.parse(expr).iterate({
    enter: (node) => {
      const text = expr.slice(node.from, node.to);
      if (node.type.isError) throw new Error(`PromQL error at ${node.from} of: ${expr}`);
      if (node.name === 'Identifier') metrics.add(text);
      if (node.name === 'LabelName') labels.add(text);
    },
  });
  return { metrics, labels };
}

export const families: readonly MetricFamily[] = [...Object.values(exporter), ...Object.values(bridge)];

/** Series that Prometheus makes itself: https://prometheus.io/docs/concepts/jobs_instances/, its alerts and records. */
const ownSeries: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    recordingRules().map(({ record, labels = {} }): [string, string[]] => [record, Object.keys(labels)]),
  ),
  up: [],
  // https://prometheus.io/docs/prometheus/latest/getting_started/, https://prometheus.io/docs/alerting/latest/management_api/
  prometheus_rule_evaluation_failures_total: [],
  prometheus_notifications_dropped_total: [],
  prometheus_config_last_reload_successful: [],
  alertmanager_notifications_failed_total: [],
  alertmanager_config_last_reload_successful: [],
  ALERTS: ['alertname', 'alertstate', 'component'],
};

const targetLabels = ['job', 'instance'];

/** Metric and label names of `expr` that no catalogue declares, one sentence each; none: an empty list. */
export function unknownNames(expr: string, catalogue: readonly MetricFamily[] = families): string[] {
  const { metrics, labels } = readsOf(expr);
  const problems: string[] = [];
  const known = new Set(targetLabels);
  for (const metric of metrics) {
    const family = catalogue.find(
      ({ name, kind }) =>
        (kind !== 'histogram' && name === metric) ||
        (kind === 'histogram' && [`${name}_bucket`, `${name}_sum`, `${name}_count`].includes(metric)),
    );
    const own = ownSeries[metric];
    if (family === undefined && own === undefined)
      problems.push(`no catalogue declares the metric ${metric}`);
    for (const label of [...(family?.labels ?? []), ...(own ?? [])]) known.add(label);
    if (metric.endsWith('_bucket')) known.add('le');
  }
  for (const label of labels) if (!known.has(label)) problems.push(`no metric of it has the label ${label}`);
  return problems;
}
