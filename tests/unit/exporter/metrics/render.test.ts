import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../../exporter/collectors/collector.ts';
import { catalog } from '../../../../exporter/metrics/catalog.ts';
import { assemble, formatValue, renderFragment, renderMetrics } from '../../../../exporter/metrics/render.ts';
import { applyRun, initialState, type CollectorState } from '../../../../exporter/snapshot.ts';

const NOW = 1_700_000_000_000;
const amount = (category: string, value = 1, currency = 'RUB'): Sample => ({
  family: catalog.dailyCategoryAmount,
  labels: { category, currency },
  value,
});
const render = (...samples: readonly Sample[]): string => assemble([renderFragment(samples)]);
const seriesOf = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

/** The other side of the format, written from its description alone. */
function parseLabels(line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = '', value = ''] of line.matchAll(/(\w+)="((?:[^"\\\n]|\\["\\n])*)"/g)) {
    labels[name] = value.replace(/\\(["\\n])/g, (_match, char: string) => (char === 'n' ? '\n' : char));
  }
  return labels;
}

describe('text format', () => {
  it('writes HELP and TYPE once per family, families in the order of the catalogue', () => {
    const text = assemble([
      renderFragment([amount('b'), { family: catalog.users, labels: {}, value: 3 }]),
      renderFragment([amount('a')]),
    ]);
    expect(text).toBe(
      `# HELP expensebot_users ${catalog.users.help}\n# TYPE expensebot_users gauge\nexpensebot_users 3\n` +
        `# HELP expensebot_daily_category_amount ${catalog.dailyCategoryAmount.help}\n` +
        '# TYPE expensebot_daily_category_amount gauge\n' +
        'expensebot_daily_category_amount{category="b",currency="RUB"} 1\n' +
        'expensebot_daily_category_amount{category="a",currency="RUB"} 1\n',
    );
  });

  it('writes special values as the format does', () => {
    expect([NaN, Infinity, -Infinity, 0, -1.5, 1e21].map(formatValue)).toEqual([
      'NaN',
      '+Inf',
      '-Inf',
      '0',
      '-1.5',
      '1e+21',
    ]);
  });

  it('lets the first of two equal series win, within a collector and between two', () => {
    expect(seriesOf(render(amount('a', 1), amount('a', 2)))).toEqual([
      'expensebot_daily_category_amount{category="a",currency="RUB"} 1',
    ]);
    const two = assemble([renderFragment([amount('a', 1)]), renderFragment([amount('a', 2)])]);
    expect(seriesOf(two)).toHaveLength(1);
  });

  it('keeps apart values that only look alike once joined', () => {
    expect(seriesOf(render(amount('x,currency:y', 1, 'z'), amount('x', 2, 'y,currency:z')))).toHaveLength(2);
  });

  it('gives back every label value, whatever it holds', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'binary' }), { maxLength: 8 }), (names) => {
        const lines = seriesOf(render(...names.map((name) => amount(name))));
        expect(lines.map((line) => parseLabels(line)['category'])).toEqual(names);
      }),
    );
    expect(render(amount('a,b:c"\\\n💥'))).toContain('category="a,b:c\\"\\\\\\n💥"');
  });
});

describe('what a snapshot serves', () => {
  const component = (disabledReason?: string): CollectorState =>
    initialState({ name: 'redis', kind: 'component', intervalMs: 15_000, disabledReason });
  const lines = (state: CollectorState, now = NOW): string[] =>
    seriesOf(renderMetrics({ collectors: [state] }, 'degraded', now)).filter(
      (line) => !line.startsWith('expensebot_health_status'),
    );
  const run = (ok: boolean, observedAt = NOW) => ({ ok, observedAt, durationMs: 2 });

  it('shows the status as one of three', () => {
    const text = renderMetrics({ collectors: [] }, 'degraded', NOW);
    expect(seriesOf(text)).toEqual([
      'expensebot_health_status{status="healthy"} 0',
      'expensebot_health_status{status="degraded"} 1',
      'expensebot_health_status{status="unhealthy"} 0',
    ]);
  });

  it('has no series for what is disabled or not known yet', () => {
    expect(lines(component())).toEqual([]);
    expect(lines(component('no key'))).toEqual([]);
  });

  it('tells raw and judged apart', () => {
    const failedOnce = applyRun(applyRun(component(), run(true), 2), run(false), 2);
    expect(lines(failedOnce)).toEqual([
      'expensebot_component_up{component="redis"} 1',
      'expensebot_probe_success{component="redis"} 0',
      'expensebot_probe_duration_seconds{component="redis"} 0.002',
      'expensebot_probe_last_success_timestamp_seconds{component="redis"} 1700000000',
    ]);
  });

  it('keeps nothing of a stale component but the time of its last success', () => {
    expect(lines(applyRun(component(), run(true), 2), NOW + 60_000)).toEqual([
      'expensebot_probe_last_success_timestamp_seconds{component="redis"} 1700000000',
    ]);
  });

  it('tells queries by their name', () => {
    const query = initialState({ name: 'users', kind: 'query', intervalMs: 300_000 });
    expect(lines(applyRun(query, run(false), 2))).toEqual([
      'expensebot_query_success{query="users"} 0',
      'expensebot_query_duration_seconds{query="users"} 0.002',
    ]);
  });
});
