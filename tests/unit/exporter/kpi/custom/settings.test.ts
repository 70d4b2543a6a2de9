import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../../../../common/config/yaml.ts';
import { customQueries, queriesSchema } from '../../../../../exporter/kpi/custom/settings.ts';

const problems = (yaml: string): string[] =>
  parseYaml(queriesSchema, yaml, 'q').problems.map(({ name, fix }) => `${name}: ${fix}`);
const one = (keys: string): string =>
  `- { name: app_x, help: X, values: [n], query: SELECT 1 AS n, ${keys} }`;

describe('queries of config.yml', () => {
  it('have defaults, and become collectors to be', () => {
    const { value } = parseYaml(queriesSchema, one('labels: [k]'), 'q');
    expect(customQueries(value ?? [], 'q')).toEqual([
      {
        family: { name: 'app_x', kind: 'gauge', help: 'X', labels: ['k'] },
        labels: ['k'],
        values: ['n'],
        query: 'SELECT 1 AS n',
        intervalMs: 300_000,
        timeoutMs: 30_000,
        rowLimit: 1_000,
        disabledReason: undefined,
      },
    ]);
    const off = parseYaml(
      queriesSchema,
      one('values: [n, m], enabled: false').replace('values: [n], ', ''),
      'q',
    );
    expect(customQueries(off.value ?? [], 'q')).toMatchObject([
      { family: { labels: ['col'] }, disabledReason: { code: 'switched_off', file: 'q' } },
    ]);
  });

  it.each([
    ['name: my-metric', 'letters, digits'],
    ['name: up', 'not one of Prometheus'],
    ['name: expensebot_exporter_process_cpu_seconds_total, kind: counter', 'not one of Prometheus'],
    ['name: expensebot_users', 'clash with expensebot_users'],
    ['name: expensebot_probe_response_seconds_count', 'clash with expensebot_probe_response_seconds'],
    ['name: expensebot_users_total, kind: counter', 'clash with expensebot_users'],
    ['name: app_total', 'that is for counters'],
    ['kind: counter', 'ends in _total'],
    ['kind: histogram', 'gauge or counter'],
    ['labels: [__name__]', 'name a label'],
    ['labels: [le]', 'name a label'],
    ['labels: [n]', 'every column once'],
    ['labels: [col], values: [n, m]', 'tells the values apart'],
    ['values: []', 'at least one'],
    ['timeout: 20s, interval: 10s', 'not longer than the interval'],
    ['timeout: 2m, interval: 10m', 'from 100 ms to 50000 ms'],
    ['row_limit: 0', '1 or more'],
    ['sql: SELECT 1', 'Remove this key'],
  ])('refuse %s', (keys, expected) => {
    const written = keys.split(/, (?=\w+:)/).reduce((yaml, key) => {
      const [name = ''] = key.split(':');
      return yaml.includes(` ${name}: `)
        ? yaml.replace(new RegExp(` ${name}: (\\[.*?\\]|[^,]*)`), ` ${key}`)
        : yaml.replace(' }', `, ${key} }`);
    }, '- { name: app_x, help: X, values: [n], query: SELECT 1 AS n }');
    expect(problems(written), written).toEqual([expect.stringContaining(expected)]);
  });

  it.each([
    [
      ['app_x', 'gauge'],
      ['app_x', 'gauge'],
    ],
    [
      ['app_x_total', 'counter'],
      ['app_x', 'gauge'],
    ],
    [
      ['app_x_total', 'counter'],
      ['app_x_created', 'gauge'],
    ],
  ])('refuse %j beside %j', (first, second) => {
    const yaml = [first, second]
      .map(([name, kind]) => `- { name: ${name}, kind: ${kind}, help: X, values: [n], query: SELECT 1 AS n }`)
      .join('\n');
    expect(problems(yaml)).toEqual([expect.stringMatching(/^q: 1\.name: .*does not clash with app_x/)]);
  });
});
