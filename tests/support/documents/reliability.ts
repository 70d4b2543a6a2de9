/**
 * A vitest reporter that holds the table of docs/reliability.md to the tests that prove it.
 *
 * A test that proves how a fault is survived says so in its options:
 * `it('…', { meta: { tried: 'Redis is stopped', held: 'one alert, of Redis' } }, …)`. The table has a row for each. A run whose
 * tests say something else than the table fails; `npm run reliability` writes the table.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reporter, TestModule } from 'vitest/node';

declare module 'vitest' {
  interface TaskMeta {
    /** The fault, as a reader of docs/reliability.md would name it. */
    tried?: string;
    /** What the services do about the fault. */
    held?: string;
  }
}

interface Row {
  readonly file: string;
  readonly tried: string;
  readonly held: string;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PAGE = join(ROOT, 'docs/reliability.md');
const HEAD = '| What was tried | What happens | Proved by |\n| --- | --- | --- |\n';
const ROW = /^\| (?<tried>.+) \| (?<held>.+) \| \[`(?<file>[^`]+)`\]\(.*\) \|$/gm;

export default class ReliabilityReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const ran = new Set(modules.map(({ moduleId }) => relative(ROOT, moduleId)));
    const page = readFileSync(PAGE, 'utf8');
    const start = page.indexOf(HEAD) + HEAD.length;
    const others = rowsOf(page).filter(({ file }) => !ran.has(file) && existsSync(join(ROOT, file)));
    const rows = [...others, ...modules.flatMap(proofs)];
    const table = [...new Set(rows.map(line))].toSorted().join('');
    if (page.slice(start) === table) return;
    if (process.env['UPDATE_RELIABILITY'] === '1') {
      writeFileSync(PAGE, page.slice(0, start) + table);
      console.log('wrote docs/reliability.md');
    } else {
      console.error('docs/reliability.md is not what the tests prove: run npm run reliability.');
      process.exitCode = 1;
    }
  }
}

function proofs(module: TestModule): Row[] {
  const file = relative(ROOT, module.moduleId);
  return [...module.children.allTests()].flatMap((test) => {
    const { tried, held } = test.meta();
    return tried === undefined || held === undefined ? [] : [{ file, tried, held }];
  });
}

function rowsOf(page: string): Row[] {
  return [...page.matchAll(ROW)].map(({ groups }) => ({
    file: groups?.['file'] ?? '',
    tried: groups?.['tried'] ?? '',
    held: groups?.['held'] ?? '',
  }));
}

const line = ({ file, tried, held }: Row): string => `| ${tried} | ${held} | [\`${file}\`](../${file}) |\n`;
