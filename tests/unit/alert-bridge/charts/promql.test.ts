import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { expressionOf, splitAlert } from '../../../../alert-bridge/charts/promql.ts';

describe('an expression', () => {
  it.each([
    ['up == 0', 'up', '0', 'number'],
    ['0.5 < rate(x_total[5m])', 'rate(x_total[5m])', '0.5', 'number'],
    ['(a > bool 5) and on () b', 'a', '5', 'number'],
    ['up{job="x"} == 0 or absent(up{job="x"})', 'up{job="x"}', '0', 'number'],
    ['last_over_time(expensebot_host_memory_usage_ratio[1h]) > 0.90', undefined, '0.90', 'ratio'],
    ['last_over_time(expensebot_host_disk_free_bytes[1h]) < 1e9', undefined, '1e9', 'bytes'],
    ['floor((a_timestamp_seconds - time()) / 86400) < 14', undefined, '14', 'number'],
    ['sum by (q) (a) >= on (q) group_left () 2 * limit_of_q', 'sum by (q) (a)', '2 * limit_of_q', 'number'],
    ['rate(a_bytes[5m]) > 1e6', 'rate(a_bytes[5m])', '1e6', 'number'],
    ['a == -1', 'a', '-1', 'number'],
  ])('%s is split at its comparison', (expression, series, threshold, unit) => {
    const expected = series ?? expression.slice(0, expression.search(/ [<>] /));
    const firesWhenEqual = / == -?\d/.test(expression);
    expect(splitAlert(expression)).toEqual({ series: expected, threshold, unit, firesWhenEqual });
  });

  it.each(['vector(1)', 'absent(up)', '(time() - a) unless b', 'a > ', 'some_new(syntax{) > 1', ''])(
    'without one, or in a dialect that is not known, stays as it is: %s',
    (expression) => {
      expect(splitAlert(expression)).toEqual({ series: expression, unit: 'number', firesWhenEqual: false });
    },
  );

  it('of every rule with a threshold of ours is understood', () => {
    const folder = 'prometheus/rules';
    const expressions = readdirSync(folder).flatMap((name) =>
      (
        parse(readFileSync(`${folder}/${name}`, 'utf8')) as {
          groups: { rules: { expr: string; alert?: string }[] }[];
        }
      ).groups.flatMap(({ rules }) =>
        rules.flatMap(({ alert, expr }) => (alert === undefined ? [] : [expr])),
      ),
    );
    const compared = expressions.filter((expression) => splitAlert(expression).threshold !== undefined);
    expect(compared.length).toBeGreaterThan(10);
    for (const expression of compared) expect(splitAlert(expression).series).not.toMatch(/[<>]|==/);
  });
});

it.each([
  ['http://prometheus:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1', 'up == 0'],
  ['http://prometheus:9090/graph', undefined],
  ['https://grafana.example.com/alerting/grafana/x/view', undefined],
  ['not a URL', undefined],
])('the expression behind %s is %s', (url, expression) => {
  expect(expressionOf(url)).toBe(expression);
});
