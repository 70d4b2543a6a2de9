import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { runTool } from '../support/machine/run-tool.ts';
import { annotationQueries, queries } from '../unit/grafana/dashboards.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'grafana-queries-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Has Prometheus's own parser and type checker read the expressions, as recording rules. */
function check(expressions: readonly string[]) {
  const rules = expressions.map((expr, index) => ({ record: `panel:query${index}`, expr }));
  writeFileSync(join(folder, 'queries.yml'), stringify({ groups: [{ name: 'queries', rules }] }));
  return runTool('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', 'queries.yml'], folder);
}

describe('the queries of the dashboards', () => {
  it('are read by Prometheus', async () => {
    expect(queries.length).toBeGreaterThan(150);
    const asked = [...queries, ...annotationQueries].map(({ expr }) => expr);
    expect(await check(asked)).toMatchObject({ code: 0 });
  });

  it.each(['sum(', 'rate(up)', 'up == "1"', '$currency'])(
    'a query that Prometheus cannot read is noticed: %s',
    async (expr) => {
      expect((await check([expr])).code).not.toBe(0);
    },
  );
});
