import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Names of the folders right below one, given from the root. */
export const foldersOf = (path: string): readonly string[] =>
  readdirSync(join(ROOT, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

/** Everything that a person reads, as paths from the root. */
export const documents: readonly string[] = [
  'README.md',
  'README.ru.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'tests/bench/README.md',
  'tests/support/telegram/README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path}`),
];

/** Prose apart from fenced blocks: what looks like a link in a program is none. */
export const withoutFences = (markdown: string): string =>
  markdown.replaceAll(/^( *)```[^]*?^\1```/gm, '').replaceAll(/`[^`\n]*`/g, '');

/** GitHub's anchor of a heading: https://docs.github.com/en/get-started/writing-on-github (section links). */
const anchorsOf = (markdown: string): readonly string[] =>
  [...markdown.replaceAll(/^( *)```[^]*?^\1```/gm, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Targets of a document's links and pictures. */
export const linksOf = (markdown: string): readonly string[] => [
  ...[...withoutFences(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target),
  ...[...markdown.matchAll(/<img [^>]*src="([^"]+)"/g)].map(([, target = '']) => target),
];

/** Links and pictures of a document that lead nowhere; those to other sites are not looked at. */
export function brokenLinks(path: string, markdown: string): string[] {
  return linksOf(markdown).filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [file = '', anchor] = target.split('#');
    const full = file === '' ? join(ROOT, path) : join(ROOT, dirname(path), file);
    if (relative(ROOT, full).startsWith('..') || !existsSync(full)) return true;
    if (anchor === undefined) return false;
    const text = file === '' ? markdown : statSync(full).isFile() ? readFileSync(full, 'utf8') : '';
    return !anchorsOf(text).includes(anchor);
  });
}

/** `npm test`, `npm start` and `npm run NAME`, by name. */
export const scriptsNamedIn = (markdown: string): readonly string[] => [
  ...new Set(
    [...markdown.matchAll(/npm (?:run ([a-z][a-z:-]*)|(test|start)\b)/g)].map(
      ([, run, short]) => run ?? short ?? '',
    ),
  ),
];

/** Names of environment variables in code marks and blocks: capitals with an underscore; `_FILE` twins by their own name. */
export const variablesNamedIn = (markdown: string): readonly string[] => [
  ...new Set(
    [...markdown.matchAll(/```[^]*?```|`[^`\n]+`/g)]
      .flatMap(([code]) => code.match(/(?<![\w.:-])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w…(])/g) ?? [])
      // The twin of a secret; COMPOSE_FILE is a name of its own.
      .map((name) => (name === 'COMPOSE_FILE' ? name : name.replace(/_FILE$/, ''))),
  ),
];

/** What the tests themselves read of the environment, as `UPDATE_GOLDEN`. */
export const variablesOfTests = (): readonly string[] =>
  readdirSync(join(ROOT, 'tests'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => read(`tests/${path}`).match(/(?<=process\.env\[')[A-Z_]+/g) ?? []);

/** What the file reads that the bot takes along: its environment is the bot's. */
export const variablesOfClients = (): readonly string[] =>
  read('alert-bridge/clients/python/expensebot_monitoring.py').match(/(?<=environ\.get\(")[A-Z_]+/g) ?? [];

/** Full names of metrics in code marks. */
export const metricsNamedIn = (markdown: string): readonly string[] => [
  ...new Set(
    [...markdown.matchAll(/`((?:expensebot|alert_bridge)_[a-z0-9_]+[a-z0-9])(?:\{[^`]*)?`/g)].map(
      ([, name = '']) => name,
    ),
  ),
];

/** Words that sell instead of telling, and traces of somebody's machine. */
export const unwelcomeIn = (markdown: string): readonly string[] =>
  markdown.match(
    /\b(?:seamless\w*|powerful|blazing\w*|cutting-edge|world-class|effortless\w*|state-of-the-art|game-chang\w+|coming soon|lorem ipsum)\b|(?<![\w.])\/(?:home|root|Users|work)\/\w+/gi,
  ) ?? [];
