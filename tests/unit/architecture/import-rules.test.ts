import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseOptions, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const { forbidden, options } = createRequire(import.meta.url)('../../../.dependency-cruiser.cjs') as {
  forbidden: IForbiddenRuleType[];
  options: ICruiseOptions;
};

async function violations(baseDir: string, folders: string[]): Promise<string[]> {
  const { tsConfig: _, ...rest } = options;
  const result = await cruise(folders, { ...rest, baseDir, validate: true, ruleSet: { forbidden } });
  const { summary } = result.output as ICruiseResult;
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
}

it('holds: the rooms import each other only as docs/architecture.md says', async () => {
  expect(await violations(root, ['common', 'exporter', 'alert-bridge', 'grafana', 'bin'])).toEqual([]);
});

it.each([
  ['services-meet-over-http', 'exporter/a.ts', 'alert-bridge/b.ts'],
  ['common-imports-no-room', 'common/a.ts', 'exporter/b.ts'],
  ['grafana-imports-only-catalogues-and-thresholds', 'grafana/a.ts', 'exporter/model/health.ts'],
  ['catalogues-import-nothing', 'exporter/metrics/catalog.ts', 'common/a.ts'],
  ['nothing-imports-tests', 'alert-bridge/a.ts', 'tests/b.ts'],
  ['pure-files-import-no-io', 'alert-bridge/notify/decide.ts', 'common/state/sqlite.ts'],
  ['only-main-knows-implementations', 'alert-bridge/notify/pipeline.ts', 'alert-bridge/outbox/sqlite.ts'],
])('%s is broken by %s importing %s', async (rule, from, to) => {
  const folder = mkdtempSync(join(tmpdir(), 'import-rules-'));
  try {
    for (const [path, text] of [
      [to, 'export const value = 1;'],
      [
        from,
        `import { value } from '${'../'.repeat(from.split('/').length - 1)}${to}'; export default value;`,
      ],
    ] as const) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const names = [...new Set([from, to].map((path) => path.split('/')[0] ?? ''))];
    expect(await violations(folder, names)).toContain(`${rule}: ${from} → ${to}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
