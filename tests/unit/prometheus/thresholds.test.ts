import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { thresholds } from '../../../common/thresholds.ts';
import { allRules, prometheusFolder, secondsOf } from './rule-files.ts';
import type { AlertRule } from './rule-files.ts';

/** By what the left side of a comparison holds, of a metric or of what is made of it. */
const limits: Readonly<Record<string, { operator: '<' | '>' | '>='; value: number }>> = {
  expensebot_host_disk_free_bytes: { operator: '<', value: thresholds.diskFreeMinBytes.value },
  expensebot_host_memory_usage_ratio: { operator: '>', value: thresholds.memoryUsageMaxRatio.value },
  expensebot_tls_certificate_expiry_timestamp_seconds: {
    operator: '<',
    value: thresholds.certificateExpirySeconds.value,
  },
  expensebot_celery_queue_messages: { operator: '>', value: thresholds.celeryQueueMaxMessages.value },
  expensebot_celery_oldest_active_task_timestamp_seconds: {
    operator: '>',
    value: thresholds.celeryTaskMaxSeconds.value,
  },
  expensebot_job_last_success_timestamp_seconds: {
    operator: '>',
    value: thresholds.dailyJobMaxSeconds.value,
  },
  'alert_bridge_job_last_success_timestamp_seconds{job_name="daily_report"}': {
    operator: '>',
    value: thresholds.dailyJobMaxSeconds.value,
  },
  'alert_bridge_job_last_success_timestamp_seconds{job_name!="daily_report"}': {
    operator: '>',
    value: thresholds.dailyJobMaxSeconds.value,
  },
  expensebot_host_cpu_usage_ratio: { operator: '>', value: thresholds.cpuUsageMaxRatio.value },
  'rate(expensebot_http_requests_total[': { operator: '>', value: thresholds.httpErrorMaxRatio.value },
  'increase(expensebot_http_requests_total[': {
    operator: '>',
    value: thresholds.httpErrorMinRequests.value,
  },
  expensebot_ai_requests_failed_total: { operator: '<', value: thresholds.aiSuccessMinRatio.value },
  'increase(expensebot_ai_requests_total[': { operator: '>', value: thresholds.aiMinRequests.value },
  'last_over_time(expensebot_daily_active_users[': {
    operator: '>',
    value: thresholds.activeUsersMaxDropRatio.value,
  },
  'last_over_time(expensebot_daily_active_users_baseline[': {
    operator: '>=',
    value: thresholds.activeUsersMinBaseline.value,
  },
  'histogram_quantile(0.5,': { operator: '>', value: thresholds.httpP50MaxSeconds.value },
  'histogram_quantile(0.95,': { operator: '>', value: thresholds.httpP95MaxSeconds.value },
  'histogram_quantile(0.99,': { operator: '>', value: thresholds.httpP99MaxSeconds.value },
  'increase(expensebot_http_request_duration_seconds_count[': {
    operator: '>',
    value: thresholds.httpLatencyMinRequests.value,
  },
};

const waits: Readonly<Record<string, number>> = {
  ComponentDown: thresholds.componentDownForSeconds.value,
  HealthCheckStale: thresholds.healthCheckStaleForSeconds.value,
  DiskSpaceLow: thresholds.diskLowForSeconds.value,
  MemoryHigh: thresholds.memoryHighForSeconds.value,
  CeleryQueueBacklog: thresholds.celeryBacklogForSeconds.value,
  CeleryTaskStuck: thresholds.celeryTaskForSeconds.value,
  JobOverdue: thresholds.dailyJobForSeconds.value,
  DailyReportMissing: thresholds.dailyJobForSeconds.value,
  ConfigReloadFailed: thresholds.configReloadFailedForSeconds.value,
  CpuHigh: thresholds.cpuHighForSeconds.value,
  CertificateExpiresSoon: thresholds.certificateExpiryForSeconds.value,
  HttpErrorRateHigh: thresholds.httpErrorForSeconds.value,
  HttpLatencyHigh: thresholds.httpLatencyForSeconds.value,
  ActiveUsersDropped: thresholds.activeUsersDropForSeconds.value,
  AiRequestsFailing: thresholds.aiFailingForSeconds.value,
  TargetDown: thresholds.targetDownForSeconds.value,
  TelegramPollingDown: thresholds.pollingDownForSeconds.value,
  BridgeAlone: thresholds.bridgesApartForSeconds.value,
  BridgesApart: thresholds.bridgesApartForSeconds.value,
  Watchdog: 0,
};

const windows: Readonly<Record<string, number>> = {
  last_over_time: thresholds.lastKnownHeldForSeconds.value,
  avg_over_time: thresholds.cpuAverageSeconds.value,
  rate: thresholds.httpWindowSeconds.value,
  increase: thresholds.httpWindowSeconds.value,
};
/** Alerts that count over a window of their own. */
const ownWindows: Readonly<Record<string, number>> = {
  AiRequestsFailing: thresholds.aiWindowSeconds.value,
};

/** Every figure of a rule that differs from the constants, or that no constant explains. */
function disagreements(rule: AlertRule): string[] {
  const problems: string[] = [];
  const wait = rule.for === undefined ? 0 : secondsOf(rule.for);
  if (wait !== waits[rule.alert]) problems.push(`for: ${wait}`);
  for (const [, fn = '', window = ''] of rule.expr.matchAll(/(\w+)\([^()]*\[(\w+)\]\)/g)) {
    if (secondsOf(window) !== (ownWindows[rule.alert] ?? windows[fn])) problems.push(`${fn}[${window}]`);
  }
  // The time that is left, in whole days, is compared as the seconds it stands for.
  const expr = rule.expr
    .replace(
      /floor\(\((\S+) - time\(\)\) \/ 86400\) < (\d+)/,
      (_, left: string, days: string) => `${left} < ${Number(days) * 86_400}`,
    )
    // A share is compared: what it is a share of says less than what is counted.
    .replaceAll(/1 - (?:sum by \(\w+\) |max)\((.+?\])\)+ \/ .+?(?= [<>])/g, '$1')
    .replaceAll(/(histogram_quantile\([\d.]+,) .*?(?= [<>])/g, '$1');
  for (const [, left = '', operator = '', figure = ''] of expr.matchAll(/(\S+)\s*([<>]=?)\s*([\d.e]+)/g)) {
    const limit = Object.entries(limits).find(([part]) => left.includes(part))?.[1];
    if (limit?.operator !== operator || limit.value !== Number(figure))
      problems.push(`${left} ${operator} ${figure}`);
  }
  return problems;
}

// The error budget's rules are held whole, in slo.test.ts.
const rules = allRules().filter(({ alert }) => alert !== 'ErrorBudgetBurn');
const first = (alert: string): AlertRule => {
  const rule = rules.find((candidate) => candidate.alert === alert);
  if (rule === undefined) throw new Error(`No rule ${alert}`);
  return rule;
};

describe('the figures of the rules', () => {
  it.each(rules.map((rule, index) => [`${rule.alert} #${index}`, rule] as const))(
    '%s equals the constants',
    (_name, rule) => {
      expect(disagreements(rule)).toEqual([]);
    },
  );

  it.each([
    ['a limit', first('DiskSpaceLow'), (r: AlertRule) => ({ ...r, expr: r.expr.replace('1e9', '2e9') })],
    ['an operator', first('MemoryHigh'), (r: AlertRule) => ({ ...r, expr: r.expr.replace('>', '<') })],
    ['a wait', first('CpuHigh'), (r: AlertRule) => ({ ...r, for: '9m' })],
    [
      'a number of days',
      first('CertificateExpiresSoon'),
      (r: AlertRule) => ({ ...r, expr: r.expr.replace('< 14', '< 7') }),
    ],
    ['a window', first('CpuHigh'), (r: AlertRule) => ({ ...r, expr: r.expr.replace('[5m]', '[1m]') })],
    [
      'a quantile',
      first('HttpLatencyHigh'),
      (r: AlertRule) => ({ ...r, expr: r.expr.replace('quantile(0.95', 'quantile(0.9') }),
    ],
    [
      'a limit of a quantile',
      first('HttpLatencyHigh'),
      (r: AlertRule) => ({ ...r, expr: r.expr.replace('> 0.5', '> 0.6') }),
    ],
    ['a metric', first('CpuHigh'), (r: AlertRule) => ({ ...r, expr: 'expensebot_users > 5' })],
  ])('notices %s that differs', (_name, rule, spoil) => {
    expect(disagreements(spoil(rule))).not.toEqual([]);
  });

  it('name every limit in a rule of its own', () => {
    for (const metric of Object.keys(limits))
      expect(
        rules.filter((rule) => rule.alert !== 'ComponentDown' && rule.expr.includes(metric)),
      ).toHaveLength(1);
  });

  it('scrape and evaluate at the shared interval, and Grafana knows it', () => {
    const config = parse(readFileSync(join(prometheusFolder, 'prometheus.yml'), 'utf8')) as {
      global: { scrape_interval: string; evaluation_interval: string };
    };
    const source = parse(
      readFileSync(join(prometheusFolder, '../grafana/provisioning/datasources/prometheus.yml'), 'utf8'),
    ) as { datasources: [{ jsonData: { timeInterval: string } }] };
    const shared = thresholds.scrapeIntervalSeconds.value;
    expect(secondsOf(config.global.scrape_interval)).toBe(shared);
    expect(secondsOf(config.global.evaluation_interval)).toBe(shared);
    expect(secondsOf(source.datasources[0].jsonData.timeInterval)).toBe(shared);
  });
});
