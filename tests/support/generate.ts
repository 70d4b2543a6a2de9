/**
 * `npm run generate` writes the generated files, `--check` (part of `npm run check`) fails when one has drifted.
 */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDashboards, panelAnnotations } from '../../grafana/build.ts';
import { withAliasTable } from './documents/alias-table.ts';
import { buildEnvExample } from './documents/env-example.ts';
import { withPanels } from './documents/panel-annotations.ts';
import { withSecondTargets, withSecondWebhook } from './bridge/ha-configs.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const source = (path: string): string => readFileSync(join(root, path), 'utf8');
const rulesAndTests = ['prometheus/rules', 'prometheus/tests'].flatMap((folder) =>
  readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
);
const panels = panelAnnotations();
const files = new Map([
  ...rulesAndTests.map((path) => [path, withPanels(source(path), panels)] as const),
  ['.env.example', buildEnvExample()],
  ['docs/configuration.md', withAliasTable(source('docs/configuration.md'))],
  ['prometheus/ha/prometheus.yml', withSecondTargets(source('prometheus/prometheus.yml'))],
  ['prometheus/ha/alertmanager.yml', withSecondWebhook(source('prometheus/alertmanager.yml'))],
  ...buildDashboards(),
]);

const drifted = [...files].filter(([path, content]) => read(join(root, path)) !== content);
if (process.argv.includes('--check')) {
  for (const [path] of drifted)
    console.error(`${path} is not what the code generates: run npm run generate.`);
  process.exitCode = drifted.length === 0 ? 0 : 1;
} else {
  for (const [path, content] of drifted) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    console.log(`wrote ${path}`);
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
