/** The figures written in prometheus/rules are those of common/thresholds.ts, all of them and no other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { thresholds as t, type Threshold } from '../../../common/thresholds.ts';
import { allRules, prometheusFolder, recordingRules, secondsOf, type AlertRule } from './rule-files.ts';

interface Figures {
  readonly for?: Threshold | readonly Threshold[];
  readonly keep?: Threshold | readonly Threshold[];
  /** What is compared with; times in seconds. */
  readonly limits?: readonly Threshold[];
  /** Ranges of the expression, and of the recorded series that it names. */
  readonly windows?: readonly Threshold[];
}

const known = t.lastKnownHeldForSeconds;

/** By alert; the figures of several rules of one name together. */
const figures: Readonly<Record<string, Figures>> = {
  ComponentDown: {
    for: [t.componentDownForSeconds, t.foundationDownForSeconds],
    limits: [t.diskFreeMinBytes, t.memoryUsageMaxRatio, t.cpuUsageMaxRatio, t.foundationStartScrapes],
    windows: [known],
  },
  CauseKnown: { keep: [t.componentBackSeconds, t.causeKnownSeconds] },
  CeleryQueueBacklog: {
    for: t.celeryBacklogForSeconds,
    limits: [t.celeryQueueMaxMessages],
    windows: [known],
  },
  CeleryTaskStuck: { for: t.celeryTaskForSeconds, limits: [t.celeryTaskMaxSeconds] },
  CeleryMessagesWait: {
    for: t.celeryMessageForSeconds,
    limits: [t.celeryMessageMaxSeconds],
    windows: [known],
  },
  CeleryTaskFailing: {
    for: t.celeryFailingForSeconds,
    limits: [
      t.celeryFailureGapSeconds,
      t.celeryFailureKeptSeconds,
      t.celeryNamelessKeptSeconds,
      t.celeryFailureMaxRatio,
      t.celeryFailureMinCount,
    ],
    windows: [known, t.celeryFailureWindowSeconds],
  },
  CeleryBeatStopped: {
    for: t.celeryBeatForSeconds,
    limits: [t.celeryBeatLateSeconds],
    windows: [t.celeryBeatKnownSeconds],
  },
  CeleryTaskMissed: {
    for: t.celeryMissedForSeconds,
    limits: [t.celeryBeatLateSeconds],
    windows: [t.celeryBeatKnownSeconds],
  },
  CeleryRedeliverySoon: { for: t.celeryRedeliveryForSeconds, limits: [t.celeryRedeliverySeconds] },
  CertificateExpiresSoon: {
    for: t.certificateExpiryForSeconds,
    limits: [t.certificateExpirySeconds, t.certificateCriticalSeconds],
    windows: [known],
  },
  DiskSpaceLow: { for: t.diskLowForSeconds, limits: [t.diskFreeMinBytes], windows: [known] },
  DiskFillingUp: {
    for: t.diskFillingForSeconds,
    keep: t.diskFillingKeptSeconds,
    limits: [t.diskFillingSeconds, t.diskFillingMinRatio],
    windows: [t.diskTrendSeconds, t.diskLongTrendSeconds],
  },
  MemoryHigh: { for: t.memoryHighForSeconds, limits: [t.memoryUsageMaxRatio], windows: [known] },
  CpuHigh: { for: t.cpuHighForSeconds, limits: [t.cpuUsageMaxRatio], windows: [t.cpuAverageSeconds] },
  HttpErrorRateHigh: {
    for: t.httpErrorForSeconds,
    keep: t.httpKeptSeconds,
    limits: [t.httpErrorMaxRatio, t.httpErrorMinFailures, t.httpOnlyFailuresMin, t.httpOnlyFailuresRatio],
    windows: [t.httpWindowSeconds, t.httpSparseWindowSeconds, t.httpLongWindowSeconds],
  },
  HttpLatencyHigh: {
    for: t.httpLatencyForSeconds,
    keep: t.httpKeptSeconds,
    limits: [t.httpSlowMaxRatio, t.httpSlowMinAnswers],
    windows: [t.httpLongWindowSeconds],
  },
  ActiveUsersDropped: {
    for: t.activeUsersDropForSeconds,
    limits: [t.activeUsersMaxDropRatio, t.activeUsersMinBaseline, t.activeUsersMinDeviations],
    windows: [known],
  },
  AiRequestsFailing: {
    for: t.aiFailingForSeconds,
    keep: t.aiKeptSeconds,
    limits: [
      t.aiSuccessMinRatio,
      t.aiSuccessTargetRatio,
      t.aiHourMinRatio,
      t.aiMinFailures,
      t.aiOnlyFailuresMin,
      t.aiOnlyFailuresRatio,
    ],
    windows: [t.aiWindowSeconds, t.aiHourWindowSeconds, t.aiSparseWindowSeconds, t.aiLongWindowSeconds],
  },
  TargetDown: { for: t.targetDownForSeconds },
  HealthCheckStale: { for: t.healthCheckStaleForSeconds },
  JobOverdue: { for: t.dailyJobForSeconds, limits: [t.dailyJobMaxSeconds], windows: [known] },
  DailyReportMissing: { for: t.dailyJobForSeconds, limits: [t.dailyJobMaxSeconds], windows: [known] },
  FiguresStale: { for: t.figuresStaleForSeconds, limits: [t.dailyJobMaxSeconds] },
  ConfigReloadFailed: { for: t.configReloadFailedForSeconds, windows: [known] },
  DeliveryStuck: {
    for: t.deliveryForSeconds,
    limits: [t.deliveryMaxSeconds],
    windows: [t.quietEndedSeconds],
  },
  AlertPathBroken: { for: t.alertPathForSeconds, windows: [t.alertPathWindowSeconds] },
  TelegramPollingDown: { for: t.pollingDownForSeconds },
  BridgeAlone: { for: t.bridgesApartForSeconds },
  BridgesApart: { for: t.bridgesApartForSeconds },
  Watchdog: {},
};

/** 0 and 1 are flags, "none" and "all". */
const PLAIN = new Set([0, 1]);

/** Numbers and ranges of an expression; the time that is left, in whole days, as the seconds it stands for. */
function writtenIn(expr: string): {
  readonly limits: readonly number[];
  readonly windows: readonly number[];
} {
  const bare = expr
    .replaceAll(/"[^"]*"/g, '""')
    .replace(/\/ 86400\) < (\d+)/, (_, days: string) => `) < ${Number(days) * 86_400}`);
  const windows = [...bare.matchAll(/\[(\d+[smhd])\]|:(?:increase|delta)(\d+[smhd])\b/g)];
  const numbers = bare.replaceAll(/\[[^\]]*\]|\b[a-z_]\w*(?::\w+)*/gi, ' ').match(/\d+(?:\.\d+)?(?:e\d+)?/g);
  return {
    limits: (numbers ?? []).map(Number).filter((number) => !PLAIN.has(number)),
    windows: windows.map(([, range, recorded]) => secondsOf(range ?? recorded ?? '')),
  };
}

const unique = (numbers: readonly number[]): number[] => [...new Set(numbers)].sort((a, b) => a - b);
const values = (some: readonly Threshold[] = [], none: number[] = []): number[] =>
  some.length === 0 ? none : unique(some.map(({ value }) => value));

/** Every figure of the rules of one name that differs from the constants, or that no constant explains. */
function disagreements(alert: string, rules: readonly AlertRule[]): string[] {
  const expected = figures[alert];
  if (expected === undefined) return ['no constants are named'];
  const written = rules.map(({ expr }) => writtenIn(expr));
  const compare = (what: string, actual: readonly number[], wanted: readonly number[]): string[] =>
    String(actual) === String(wanted) ? [] : [`${what}: ${String(actual)} instead of ${String(wanted)}`];
  const times = (key: 'for' | 'keep_firing_for'): number[] =>
    unique(rules.map((rule) => (rule[key] === undefined ? 0 : secondsOf(rule[key]))));
  return [
    ...compare('for', times('for'), values([expected.for ?? []].flat(), [0])),
    ...compare('keep_firing_for', times('keep_firing_for'), values([expected.keep ?? []].flat(), [0])),
    ...compare('limits', unique(written.flatMap(({ limits }) => limits)), values(expected.limits)),
    ...compare('windows', unique(written.flatMap(({ windows }) => windows)), values(expected.windows)),
  ];
}

// The error budget's rules are held whole, in slo.test.ts.
const rules = allRules().filter(({ alert }) => alert !== 'ErrorBudgetBurn');
const named = (alert: string): AlertRule[] => rules.filter((rule) => rule.alert === alert);

describe('the figures of the rules', () => {
  it.each([...new Set(rules.map(({ alert }) => alert))])('%s equals the constants', (alert) => {
    expect(disagreements(alert, named(alert))).toEqual([]);
  });

  it('belong to rules that exist', () => {
    expect(Object.keys(figures).filter((alert) => named(alert).length === 0)).toEqual([]);
  });

  it.each([
    ['a limit', 'DiskSpaceLow', (r: AlertRule) => ({ ...r, expr: r.expr.replace('1e9', '2e9') })],
    ['a wait', 'CpuHigh', (r: AlertRule) => ({ ...r, for: '9m' })],
    ['a time it is kept', 'HttpErrorRateHigh', (r: AlertRule) => ({ ...r, keep_firing_for: '1m' })],
    ['days', 'CertificateExpiresSoon', (r: AlertRule) => ({ ...r, expr: r.expr.replace('< 14', '< 7') })],
    ['a window', 'CpuHigh', (r: AlertRule) => ({ ...r, expr: r.expr.replace('[5m]', '[1m]') })],
    ['a record', 'HttpErrorRateHigh', (r: AlertRule) => ({ ...r, expr: r.expr.replaceAll('e30m', 'e1h') })],
    ['one too many', 'MemoryHigh', (r: AlertRule) => ({ ...r, expr: `${r.expr} and up > 7` })],
  ])('notice %s that differs', (_what, alert, spoil) => {
    expect(disagreements(alert, named(alert).map(spoil))).not.toEqual([]);
  });

  it.each(recordingRules().map(({ record, expr }) => [record, expr] as const))(
    '%s reads the window that its name says',
    (record, expr) => {
      const said = /(?:increase|delta|rate|max)(\d+[smhd])$/.exec(record)?.[1];
      const read = [...expr.matchAll(/\[(\w+)\]/g)].map(([, window = '']) => secondsOf(window));
      // The present value is looked for as far back as everywhere.
      const ranges = read.filter((range) => !record.includes(':delta') || range !== known.value);
      expect(unique(ranges)).toEqual(
        said === undefined ? [] : [secondsOf(said)].filter(() => ranges.length > 0),
      );
    },
  );

  it('scrape and evaluate at the shared interval, and Grafana knows it', () => {
    const config = parse(readFileSync(join(prometheusFolder, 'prometheus.yml'), 'utf8')) as {
      global: { scrape_interval: string; evaluation_interval: string };
    };
    const source = parse(
      readFileSync(join(prometheusFolder, '../grafana/provisioning/datasources/prometheus.yml'), 'utf8'),
    ) as { datasources: [{ jsonData: { timeInterval: string } }] };
    const shared = t.scrapeIntervalSeconds.value;
    expect(secondsOf(config.global.scrape_interval)).toBe(shared);
    expect(secondsOf(config.global.evaluation_interval)).toBe(shared);
    expect(secondsOf(source.datasources[0].jsonData.timeInterval)).toBe(shared);
  });
});
