import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { burnRates, thresholds } from '../../../common/thresholds.ts';
import type { BurnRate } from '../../../common/thresholds.ts';
import { unknownNames } from '../../support/documents/promql.ts';
import { allRules, prometheusFolder, recordingRules, secondsOf } from './rule-files.ts';

const users = 'route!~"admin|other"';
const requests = (window: string): string => `expensebot_http_requests_total{${users}}[${window}]`;
const failures = (window: string): string =>
  `expensebot_http_requests_total{code=~"5..", ${users}}[${window}]`;
const probe = 'expensebot_probe_success{component="public_endpoint"}';
const period = `${thresholds.errorBudgetPeriodSeconds.value / 86_400}d`;
/** How long Prometheus takes a sample to be current (its --query.lookback-delta). */
const LOOKBACK_SECONDS = 300;

/** Those of a month count also what could not be made, because the host was down. */
function checks(window: string): string {
  const made = `sum(count_over_time(${probe}[${window}]))`;
  const { value: apart } = thresholds.scrapeIntervalSeconds;
  return window === period
    ? `(${made} + (sum(increase(expensebot_host_down_seconds_total[${window}])) / ${apart} or 0 * ${made}))`
    : made;
}

/** The share that failed in a window, by the look it is taken from. */
const errors = (window: string): Readonly<Record<string, string>> => ({
  requests:
    `(sum(rate(${failures(window)})) or 0 * sum(rate(${requests(window)}))) ` +
    `/ (sum(rate(${requests(window)})) > 0)`,
  probe: `1 - sum(sum_over_time(${probe}[${window}])) / ${checks(window)}`,
});

const failed = (window: string): Readonly<Record<string, string>> => ({
  requests: `sum(increase(${failures(window)}))`,
  probe: `sum(count_over_time(${probe}[${window}])) - sum(sum_over_time(${probe}[${window}]))`,
});

function burning({ long, short, factor }: BurnRate): string {
  const limit = `${factor} * slo:budget:ratio`;
  return (
    `( slo:errors:ratio_rate${long} > ${limit} and slo:errors:ratio_rate${short} > ${limit} ` +
    `and slo:failures:increase${long} >= ${thresholds.errorBudgetMinFailures.value} )`
  );
}

const oneLine = (expr: string): string => expr.trim().replaceAll(/\s+/g, ' ');
const alerts = allRules().filter(({ alert }) => alert === 'ErrorBudgetBurn');
const recorded = recordingRules();

describe('the error budget', () => {
  it('is recorded over every window that a burn rate or a panel reads, and over no other', () => {
    const windows = new Set([...burnRates.flatMap(({ long, short }) => [long, short]), period]);
    const expected = [
      ...[...windows].flatMap((window) =>
        Object.entries(errors(window)).map(([sli, expr]) => [`slo:errors:ratio_rate${window}`, sli, expr]),
      ),
      ...burnRates.flatMap(({ long }) =>
        Object.entries(failed(long)).map(([sli, expr]) => [`slo:failures:increase${long}`, sli, expr]),
      ),
      ...Object.entries({
        requests: thresholds.requestsTargetRatio,
        probe: thresholds.availabilityTargetRatio,
      }).map(([sli, { value }]) => [
        'slo:budget:ratio',
        sli,
        `vector(${(1 - value).toFixed(3).replace(/0$/, '')})`,
      ]),
    ];
    const actual = recorded
      .filter(({ record }) => record.startsWith('slo:') && !record.startsWith('slo:outage_told:'))
      .map(({ record, labels, expr }) => [record, labels?.['sli'], oneLine(expr)]);
    expect(actual.toSorted()).toEqual(expected.toSorted());
  });

  it.each(['critical', 'info'] as const)('burns by the table of the workbook: %s', (severity) => {
    const rates = burnRates.filter((rate) => rate.severity === severity).map(burning);
    const told = severity === 'critical' ? '30m' : '6h';
    const [rule, ...others] = alerts.filter(({ labels }) => labels['severity'] === severity);
    expect(others).toEqual([]);
    expect(oneLine(rule?.expr ?? '')).toBe(`( ${rates.join(' or ')} ) unless slo:outage_told:max${told}`);
    expect(secondsOf(rule?.for ?? '')).toBe(
      severity === 'critical'
        ? thresholds.errorBudgetFastForSeconds.value
        : thresholds.errorBudgetSlowForSeconds.value,
    );
  });

  it.each(recorded.map(({ record, expr }) => [record, expr] as const))(
    '%s reads only what the catalogues declare',
    (_name, expr) => {
      expect(unknownNames(expr)).toEqual([]);
    },
  );

  it('is recorded often enough for no sample of it to be out of date', () => {
    const file = parse(readFileSync(join(prometheusFolder, 'rules/slo.yml'), 'utf8')) as {
      groups: { interval?: string }[];
    };
    for (const { interval } of file.groups)
      if (interval !== undefined) expect(secondsOf(interval)).toBeLessThan(LOOKBACK_SECONDS);
  });

  it('is told when the shares of it are spent that the workbook names', () => {
    const shares = burnRates.map(
      ({ long, factor }) => (secondsOf(long) * factor) / thresholds.errorBudgetPeriodSeconds.value,
    );
    expect(shares.map((share) => Number(share.toFixed(2)))).toEqual([0.02, 0.05, 0.1, 0.1]);
  });
});
