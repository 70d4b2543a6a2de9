/** What Cloudflare's pint looks for in rules, as far as it can be seen without a Prometheus. */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { thresholds } from '../../../common/thresholds.ts';
import { families } from '../../support/documents/promql.ts';
import { allRules, recordingRules, secondsOf } from './rule-files.ts';

/** The last two see a counter that came back lower as what it is; the others would take all of it for new. */
const OF_COUNTERS = new Set(['rate', 'increase', 'last_over_time', 'min_over_time']);
const ONLY_OF_COUNTERS = new Set(['rate', 'increase', 'irate', 'resets']);
/** Fewer samples than four, and one late scrape leaves a range with a single one. */
const SHORTEST_RANGE_SECONDS = 4 * thresholds.scrapeIntervalSeconds.value;
/** Counters of Prometheus and Alertmanager end like this. */
const FOREIGN_COUNTER = /^(?:prometheus|alertmanager)_\w+_total$/;

const kindOf = (metric: string): string => {
  if (FOREIGN_COUNTER.test(metric)) return 'counter';
  const bare = metric.replace(/_(?:bucket|sum|count)$/, '');
  const family = families.find(({ name, kind }) => name === (kind === 'histogram' ? bare : metric));
  return family?.kind === 'histogram' ? 'counter' : (family?.kind ?? 'gauge');
};

function problems(expr: string): string[] {
  const found: string[] = [];
  const text = ({ from, to }: SyntaxNode): string => expr.slice(from, to);
  const functionAround = (node: SyntaxNode | null): string => {
    for (let at = node; at !== null; at = at.parent)
      if (at.name === 'FunctionCall') return text(at).split('(')[0]?.trim() ?? '';
    return '';
  };
  parser.parse(expr).iterate({
    enter: ({ name, node }) => {
      if (name === 'MatrixSelector') {
        const range = /\[(\w+)\]$/.exec(text(node))?.[1] ?? '';
        if (secondsOf(range) < SHORTEST_RANGE_SECONDS) found.push(`[${range}] holds too few samples`);
      }
      if (name !== 'VectorSelector') return;
      const metric = /^[\w:]+/.exec(text(node))?.[0] ?? '';
      const around = functionAround(node);
      const isCounter = kindOf(metric) === 'counter';
      if (isCounter && !OF_COUNTERS.has(around)) found.push(`${metric} is a counter outside of rate()`);
      if (!isCounter && ONLY_OF_COUNTERS.has(around)) found.push(`${around}() of ${metric}, no counter`);
    },
  });
  return found;
}

describe('rules, as pint sees them', () => {
  const rules = [
    ...allRules().map(({ alert, expr }, index) => [`${alert} #${index}`, expr] as const),
    ...recordingRules().map(({ record, expr }, index) => [`${record} #${index}`, expr] as const),
  ];
  it.each(rules)('%s', (_name, expr) => {
    expect(problems(expr)).toEqual([]);
  });

  it.each([
    ['expensebot_http_requests_total > 5', 'expensebot_http_requests_total is a counter outside of rate()'],
    [
      'rate(expensebot_host_cpu_usage_ratio[5m]) > 1',
      'rate() of expensebot_host_cpu_usage_ratio, no counter',
    ],
    ['rate(expensebot_http_requests_total[30s]) > 1', '[30s] holds too few samples'],
    [
      'sum(prometheus_notifications_dropped_total) > 0',
      'prometheus_notifications_dropped_total is a counter outside of rate()',
    ],
  ])('%s is noticed', (expr, problem) => {
    expect(problems(expr)).toEqual([problem]);
  });
});
