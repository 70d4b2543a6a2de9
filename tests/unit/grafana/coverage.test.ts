import { describe, expect, it } from 'vitest';
import type { MetricFamily } from '../../../common/metrics/family.ts';
import { families, unknownNames } from '../../support/documents/promql.ts';
import { allRules, recordingRules } from '../prometheus/rule-files.ts';
import { annotationQueries, queries } from './dashboards.ts';

const gauge = (name: string, ...labels: string[]): MetricFamily => ({
  name,
  kind: 'gauge',
  help: '',
  labels,
});

/** What Prometheus, Alertmanager and every Node.js process serve of themselves. */
const foreign: readonly MetricFamily[] = [
  gauge('ALERTS', 'alertname', 'alertstate', 'severity', 'component', 'detail', 'board', 'panel'),
  gauge('ALERTS_FOR_STATE', 'alertname'),
  gauge('scrape_duration_seconds', 'job', 'instance'),
  ...['', 'expensebot_exporter_', 'alert_bridge_'].flatMap((prefix) => [
    gauge(`${prefix}process_start_time_seconds`),
    gauge(`${prefix}process_resident_memory_bytes`),
  ]),
  gauge('prometheus_rule_evaluation_failures_total'),
  gauge('prometheus_notifications_dropped_total'),
  gauge('prometheus_tsdb_head_series'),
  gauge('prometheus_tsdb_storage_blocks_bytes'),
  gauge('alertmanager_notifications_failed_total'),
  gauge('alertmanager_silences', 'state'),
];
/** Labels that queries make. */
const MADE = /the label (?:kind|reason|who)$/;

/** Metrics that no panel and no rule reads, and why. */
const EXCUSED: Readonly<Record<string, string>> = {
  expensebot_exporter_config_last_reload_success_timestamp_seconds:
    'whether the last load succeeded has a tile and an alert; when that was is in the log',
  alert_bridge_telegram_last_poll_timestamp_seconds:
    'alert_bridge_telegram_polling_up is judged from it, and has a lane and an alert',
  alert_bridge_checkin_success: 'the bridge itself tells the chat of a run that failed',
  alert_bridge_checkin_duration_seconds:
    'for rules and panels of the operator: the bridge itself tells of a run that takes too long',
};

const asked = [...queries, ...annotationQueries];

describe('the metrics of the dashboards', () => {
  it.each(asked.map(({ name, expr }) => [name, expr]))('%s reads only what is declared', (_name, expr) => {
    const unknown = unknownNames(expr, [...families, ...foreign]);
    expect(unknown.filter((problem) => !MADE.test(problem))).toEqual([]);
  });

  const texts = [...asked, ...allRules(), ...recordingRules()].map(({ expr }) => expr);
  const isRead = (name: string): boolean =>
    texts.some((text) => new RegExp(`(?<!\\w)${name}(?:_bucket|_sum|_count)?(?!\\w)`).test(text));

  it.each(families.map(({ name }) => name))(
    '%s is on a dashboard or in a rule, or excused by name',
    (name) => {
      expect(isRead(name) || name in EXCUSED).toBe(true);
    },
  );

  it('excuses no metric that is read, and none that does not exist', () => {
    for (const name of Object.keys(EXCUSED)) {
      expect(families.map((family) => family.name)).toContain(name);
      expect(isRead(name), name).toBe(false);
    }
  });
});

describe('of dashboard-linter', () => {
  it.each(asked.map(({ name, expr }) => [name, expr]))('%s takes counters by their growth', (_name, expr) => {
    // `0 * max(` is a sign of life.
    const before = [...expr.matchAll(/(.{0,40})\b\w+_total\b/g)].map(([, text = '']) => text);
    expect(before.filter((text) => !/(?:rate|increase)\($|\* max\($/.test(text))).toEqual([]);
  });
});
