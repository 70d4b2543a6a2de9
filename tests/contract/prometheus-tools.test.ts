import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { runTool as run, type ToolResult } from '../support/machine/run-tool.ts';
import { allRules, parseRules, prometheusFolder } from '../unit/prometheus/rule-files.ts';

const inFolder = (folder: string, name: string) =>
  readdirSync(join(folder, name)).map((file) => join(name, file));

const checks = {
  'check config': (folder: string) => run('promtool', ['check', 'config', 'prometheus.yml'], folder),
  'check rules': (folder: string) =>
    run('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', ...inFolder(folder, 'rules')], folder),
  'test rules': (folder: string) => run('promtool', ['test', 'rules', ...inFolder(folder, 'tests')], folder),
  'amtool check-config': (folder: string) => run('amtool', ['check-config', 'alertmanager.yml'], folder),
};

interface RuleTests {
  readonly rule_files: readonly string[];
  readonly tests: readonly {
    readonly alert_rule_test?: readonly { readonly alertname: string; exp_alerts: unknown[] }[];
  }[];
}
const readTests = (file: string): RuleTests =>
  parse(readFileSync(join(prometheusFolder, file), 'utf8'), { merge: true }) as RuleTests;
const testFiles = inFolder(prometheusFolder, 'tests');

/** @returns a copy of prometheus/ with one place of one file changed. */
function spoil(file: string, from: string, to: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'prometheus-files-'));
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  cpSync(prometheusFolder, copy, { recursive: true });
  const text = readFileSync(join(copy, file), 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(copy, file), text.replace(from, to));
  return copy;
}

/** Runs the tests of the rules that were spoiled until one fails: to work through the days of all others takes minutes. */
async function testSpoiled(copy: string, file: string): Promise<ToolResult> {
  const [before, after] = [prometheusFolder, copy].map((folder) =>
    parseRules(readFileSync(join(folder, file), 'utf8')),
  );
  const spoiled = after?.filter((rule, index) => stringify(rule) !== stringify(before?.[index])) ?? [];
  const alerts = new Set(spoiled.map((rule) => ('alert' in rule ? rule.alert : rule.record)));
  const isConcerned = ({ alert_rule_test: checked = [] }: RuleTests['tests'][number]): boolean =>
    checked.length === 0 ||
    spoiled.some((rule) => 'record' in rule) ||
    checked.some(({ alertname }) => alerts.has(alertname));
  let result: ToolResult = { code: 0, output: 'nothing tests it' };
  for (const name of testFiles) {
    const content = readTests(name);
    const tests = content.rule_files[0] === `../${file}` ? content.tests.filter(isConcerned) : [];
    if (tests.length === 0 || result.code !== 0) continue;
    writeFileSync(join(copy, name), stringify({ ...content, tests }));
    result = await run('promtool', ['test', 'rules', name], copy);
  }
  return result;
}

describe("the project's own files", () => {
  it.each(Object.entries(checks))('pass %s', async (_name, check) => {
    expect(await check(prometheusFolder)).toMatchObject({ code: 0 });
  });

  it.concurrent.for([
    ['check config', 'prometheus.yml', 'scrape_interval: 15s', 'scrape_interval: often'],
    ['check rules', 'rules/components.yml', '"database"}[1h]', '"database"}[1h'],
    ['check rules', 'rules/components.yml', 'area: ai', 'area: web'],
    ['amtool check-config', 'alertmanager.yml', 'receiver: alert-bridge', 'receiver: somebody'],
    // Each spoiled figure or word must be caught by a rule test.
    ['test rules', 'rules/components.yml', 'component="redis"}[1h]) == 0', 'component="redis"}[1h]) == 2'],
    ['test rules', 'rules/components.yml', 'severity: critical', 'severity: warning'],
    ['test rules', 'rules/components.yml', 'for: 1m', 'for: 15s'],
    [
      'test rules',
      'rules/components.yml',
      'last_over_time(expensebot_component_up{component="database"}[1h])',
      'expensebot_component_up{component="database"}',
    ],
    ['test rules', 'rules/components.yml', '> 0.80, "component", "cpu"', '> 0.99, "component", "cpu"'],
    ['test rules', 'rules/components.yml', '"component", "disk_space"', '"component", "disk"'],
    ['test rules', 'rules/components.yml', '> 1000', '>= 1000'],
    ['test rules', 'rules/components.yml', 'sum by (queue)', 'max by (queue)'],
    [
      'test rules',
      'rules/components.yml',
      'active_task_timestamp_seconds > 600',
      'active_task_timestamp_seconds > 660',
    ],
    ['test rules', 'rules/components.yml', 'for: 2m', 'for: 1m'],
    [
      'test rules',
      'rules/components.yml',
      'time() - expensebot_celery_oldest_active_task_timestamp_seconds',
      'time() - last_over_time(expensebot_celery_oldest_active_task_timestamp_seconds[1h])',
    ],
    ['test rules', 'rules/host.yml', '< 1e9', '<= 1e9'],
    ['test rules', 'rules/host.yml', '> 0.90', '>= 0.90'],
    ['test rules', 'rules/host.yml', '> 0.80', '>= 0.80'],
    [
      'test rules',
      'rules/host.yml',
      'avg_over_time(expensebot_host_cpu_usage_ratio[5m])',
      'expensebot_host_cpu_usage_ratio',
    ],
    ['test rules', 'rules/host.yml', 'for: 10m', 'for: 5m'],
    ['test rules', 'rules/monitoring.yml', 'up{job="exporter"} == 0 or absent', 'absent'],
    ['test rules', 'rules/monitoring.yml', ' or absent(up{job="alert-bridge"})', ''],
    ['test rules', 'rules/monitoring.yml', 'unless on (component) expensebot_component_up', ''],
    [
      'test rules',
      'rules/monitoring.yml',
      'absent(expensebot_component_up{component="redis"})',
      'absent(up)',
    ],
    ['test rules', 'rules/monitoring.yml', ' and on () up{job="exporter"} == 1', ''],
    [
      'test rules',
      'rules/monitoring.yml',
      'last_over_time(expensebot_job_last_success_timestamp_seconds[1h]) > 93600',
      'last_over_time(expensebot_job_last_success_timestamp_seconds[1h]) >= 93600',
    ],
    [
      'test rules',
      'rules/monitoring.yml',
      'time() - last_over_time(expensebot_job_last_success_timestamp_seconds[1h])',
      'time() - expensebot_job_last_success_timestamp_seconds',
    ],
    [
      'test rules',
      'rules/monitoring.yml',
      'or (last_over_time(expensebot_job_last_run_timestamp_seconds[1h]) unless on (job_name)',
      'or (last_over_time(expensebot_job_last_run_timestamp_seconds[1h]) unless on ()',
    ],
    [
      'test rules',
      'rules/monitoring.yml',
      'or (last_over_time(alert_bridge_job_last_run_timestamp_seconds',
      'and (last_over_time(alert_bridge_job_last_run_timestamp_seconds',
    ],
    [
      'test rules',
      'rules/monitoring.yml',
      '="daily_report"}[1h]) > 93600)',
      '="daily_report"}[1h]) > 90000)',
    ],
    [
      'test rules',
      'rules/monitoring.yml',
      '{job_name="daily_report"}[1h]) > 93600)',
      '{job_name="daily_report"}[1h]) > 90000)',
    ],
    ['test rules', 'rules/monitoring.yml', ' or vector(0))', ')'],
    ['test rules', 'rules/monitoring.yml', 'unless on () alert_bridge_ha_up == 0', ''],
    ['test rules', 'rules/monitoring.yml', 'successful[1h]) == 0', 'successful[1h]) == 1'],
    ['test rules', 'rules/monitoring.yml', 'for: 15m', 'for: 0s'],
    ['test rules', 'rules/monitoring.yml', 'vector(1)', 'vector(1) == 0'],
    ['test rules', 'rules/traffic.yml', '> 0.05', '> 0.04'],
    ['test rules', 'rules/traffic.yml', 'http:failures:increase5m >= 10', 'http:failures:increase5m >= 100'],
    ['test rules', 'rules/traffic.yml', 'increase30m >= 10', 'increase30m >= 9'],
    ['test rules', 'rules/traffic.yml', 'increase30m >= 3', 'increase30m >= 2'],
    [
      'test rules',
      'rules/traffic.yml',
      '0.999 and http:failures:increase30m',
      '0.5 and http:failures:increase30m',
    ],
    ['test rules', 'rules/traffic.yml', '{code=~"5..", ', '{code=~"50[3-4]", '],
    ['test rules', 'rules/traffic.yml', 'for: 2m', 'for: 10m'],
    ['test rules', 'rules/traffic.yml', 'keep_firing_for: 10m', 'keep_firing_for: 2h'],
    ['test rules', 'rules/traffic.yml', '30m > 0.05 and http:answers', '30m > 0.04 and http:answers'],
    ['test rules', 'rules/traffic.yml', 'answers_slow:increase30m >= 10', 'answers_slow:increase30m >= 9'],
    ['test rules', 'rules/traffic.yml', 'le=~"1|1[.]0"', 'le="1"'],
    ['test rules', 'rules/product.yml', '> 0.20', '> 0.19'],
    ['test rules', 'rules/product.yml', '>= 20', '>= 19'],
    ['test rules', 'rules/product.yml', '> 3 * sqrt', '> 2.9 * sqrt'],
    [
      'test rules',
      'rules/product.yml',
      'last_over_time(expensebot_daily_active_users[1h])',
      'expensebot_daily_active_users',
    ],
    ['test rules', 'rules/product.yml', '< 0.90', '<= 0.90'],
    ['test rules', 'rules/product.yml', 'ai:failures:delta30m >= 5', 'ai:failures:delta30m >= 4'],
    ['test rules', 'rules/product.yml', 'keep_firing_for: 30m', 'keep_firing_for: 3h'],
    ['test rules', 'rules/product.yml', '"google" }}google_ai', '"google" }}google'],
    ['test rules', 'rules/slo.yml', 'ratio_rate5m > 14.4', 'ratio_rate5m >= 0 *'],
    ['test rules', 'rules/slo.yml', 'ratio_rate30m > 6', 'ratio_rate30m >= 0'],
    ['test rules', 'rules/slo.yml', 'ratio_rate6h > 1 *', 'ratio_rate6h >= 0 *'],
    ['test rules', 'rules/slo.yml', 'ratio_rate3d > 1 *', 'ratio_rate3d > 3 *'],
    ['test rules', 'rules/slo.yml', 'increase3d >= 10', 'increase3d >= 5'],
    ['test rules', 'rules/slo.yml', 'increase6h >= 10', 'increase6h >= 100'],
    ['test rules', 'rules/slo.yml', 'unless slo:outage_told:max6h', ''],
    ['test rules', 'rules/slo.yml', 'vector(0.01)', 'vector(0.001)'],
    ['test rules', 'rules/slo.yml', '[30d])) / 15', '[30d])) / 150'],
    ['test rules', 'rules/slo.yml', 'unless slo:outage_told:max30m', ''],
    [
      'test rules',
      'rules/slo.yml',
      'component="public_endpoint", alertstate',
      'component="public", alertstate',
    ],
    [
      'test rules',
      'rules/slo.yml',
      ' or 0 * sum(rate(expensebot_http_requests_total{route!~"admin|other"}[1h]))',
      '',
    ],
    [
      'test rules',
      'rules/slo.yml',
      '/ (sum(rate(expensebot_http_requests_total{route!~"admin|other"}[1h])) > 0)',
      '/ sum(rate(expensebot_http_requests_total{route!~"admin|other"}[1h]))',
    ],
  ] as const)('%s notices %s with «%s» → «%s»', async ([name, file, from, to], { expect }) => {
    const copy = spoil(file, from, to);
    const { code, output } = await (name === 'test rules' ? testSpoiled(copy, file) : checks[name](copy));
    expect(code, output).not.toBe(0);
    if (name === 'test rules') expect(output).toContain('FAILED');
  });

  it('test every alert both firing and quiet (the Watchdog is never quiet)', () => {
    const seen = new Map<string, Set<'fires' | 'quiet'>>();
    for (const file of testFiles) {
      const { tests } = readTests(file);
      for (const { alertname, exp_alerts } of tests.flatMap((test) => test.alert_rule_test ?? [])) {
        const states = seen.get(alertname) ?? new Set();
        seen.set(alertname, states.add(exp_alerts.length > 0 ? 'fires' : 'quiet'));
      }
    }
    const expected = new Set(allRules().map((rule) => rule.alert));
    expect(new Set(seen.keys())).toEqual(expected);
    for (const [alert, states] of seen)
      expect(states, alert).toEqual(new Set(alert === 'Watchdog' ? ['fires'] : ['fires', 'quiet']));
  });
});

describe('routes', () => {
  const route = async (...labels: string[]) =>
    (
      await run(
        'amtool',
        ['config', 'routes', 'test', '--config.file=alertmanager.yml', ...labels],
        prometheusFolder,
      )
    ).output;

  it('lead every alert to the bridge, but what is for Alertmanager alone', async () => {
    for (const { alert, labels } of allRules())
      expect(await route(`alertname=${alert}`, `severity=${labels['severity'] ?? ''}`)).toContain(
        alert === 'CauseKnown' ? 'nobody' : 'alert-bridge',
      );
  });

  it('repeat the Watchdog at every flush, what is critical every four hours and the rest once a day', () => {
    const config = parse(readFileSync(join(prometheusFolder, 'alertmanager.yml'), 'utf8')) as {
      route: Record<string, unknown> & { routes: Record<string, unknown>[] };
      receivers: { webhook_configs?: Record<string, unknown>[] }[];
    };
    expect(config.route).toMatchObject({
      group_by: ['alertname', 'component'],
      group_wait: '10s',
      group_interval: '1m',
      repeat_interval: '4h',
    });
    expect(config.route.routes).toEqual([
      { matchers: ['alertname="Watchdog"'], group_wait: '0s', group_interval: '1m', repeat_interval: '30s' },
      { matchers: ['alertname="CauseKnown"'], receiver: 'nobody' },
      { matchers: ['alertname="ComponentDown"', 'severity="critical"'], group_wait: '2s' },
      { matchers: ['severity!="critical"'], repeat_interval: '24h' },
    ]);
    expect(config.receivers.flatMap((receiver) => receiver.webhook_configs ?? [])).toMatchObject([
      { send_resolved: true, max_alerts: 0 },
    ]);
  });
});
