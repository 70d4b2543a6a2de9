import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseEvent } from '../../../alert-bridge/ingest/events.ts';
import { catalog as bridgeCatalog } from '../../../alert-bridge/metrics/catalog.ts';
import { ALIAS_OWNERS } from '../../../common/env/aliases.ts';
import { ENV_NAMES, envVariable } from '../../../common/env/variables.ts';
import { READ_TABLES, readGrant } from '../../../exporter/doctor/columns.ts';
import { catalog as exporterCatalog } from '../../../exporter/metrics/catalog.ts';
import { PROFILES } from '../../support/machine/packages.ts';
import { allRules } from '../prometheus/rule-files.ts';
import {
  brokenLinks,
  documents,
  foldersOf,
  metricsNamedIn,
  read,
  ROOT,
  scriptsNamedIn,
  unwelcomeIn,
  variablesNamedIn,
  variablesOfClients,
  variablesOfTests,
} from './documents.ts';

const readme = read('README.md');
const { version, scripts } = JSON.parse(read('package.json')) as {
  version: string;
  scripts: Record<string, string>;
};

describe.each(documents)('%s', (path) => {
  const markdown = read(path);

  it('has no link that leads nowhere', () => {
    expect(brokenLinks(path, markdown)).toEqual([]);
  });
  it('names only npm scripts that exist', () => {
    expect(scriptsNamedIn(markdown).filter((name) => !(name in scripts))).toEqual([]);
  });
  it('names only environment variables that exist', () => {
    const known: readonly string[] = [
      ...ENV_NAMES,
      ...ALIAS_OWNERS.keys(),
      ...variablesOfTests(),
      ...variablesOfClients(),
    ];
    expect(variablesNamedIn(markdown).filter((name) => !known.includes(name))).toEqual([]);
  });
  it('names only metrics that exist', () => {
    const known: readonly string[] = Object.values({ ...exporterCatalog }).map(({ name }) => name);
    const all = [...known, ...Object.values(bridgeCatalog).map(({ name }) => name)];
    expect(metricsNamedIn(markdown).filter((name) => !all.includes(name))).toEqual([]);
  });
  it('tells instead of selling', () => {
    expect(unwelcomeIn(markdown)).toEqual([]);
  });
});

describe('README', () => {
  it('has the two commands of the quick start, each in a block of its own', () => {
    for (const command of ['npm ci && npm run demo', 'npm ci && npm test']) {
      expect(readme).toContain(`\`\`\`bash\n${command}\n\`\`\``);
    }
  });

  it('has at most 250 lines, and names every page', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(250);
    const pages = documents.filter((path) => /^docs\/[a-z-]+\.md$/.test(path) || path === 'CONTRIBUTING.md');
    expect(pages.filter((path) => !readme.includes(`](${path})`))).toEqual([]);
  });

  it('names every package that demo and tests need', () => {
    const packages = [...new Set([...PROFILES.demo, ...PROFILES.test])];
    expect(packages.length).toBeGreaterThan(8);
    expect(packages.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});

it.each(['README.md', 'docs/alerts.md'])('%s names every alert of the rules', (path) => {
  const alerts = allRules().map(({ alert }) => alert);
  expect(new Set(alerts).size).toBeGreaterThan(5);
  expect(alerts.filter((alert) => !read(path).includes(`\`${alert}\``))).toEqual([]);
});

it.each(['README.md', 'docs/metrics.md'])('%s names every component that is watched', (path) => {
  const config = parse(read('exporter/config.yml')) as { probes: Record<string, unknown> };
  const components = Object.keys(config.probes);
  expect(components.length).toBeGreaterThan(9);
  expect(components.filter((name) => !read(path).includes(`\`${name}\``))).toEqual([]);
});

it('development.md lists every script that a person runs, once', () => {
  const rows = [...read('docs/development.md').matchAll(/^\| `npm (?:run )?([a-z:-]+)` +\|/gm)].map(
    ([, name = '']) => name,
  );
  const parts = Object.keys(scripts).filter((name) => name.startsWith('check:'));
  expect(rows.toSorted()).toEqual(
    Object.keys(scripts)
      .filter((name) => !parts.includes(name))
      .toSorted(),
  );
});

it('events.md shows an event of every type that the bridge takes, with its severity', () => {
  const rows = [...read('docs/events.md').matchAll(/^\| `([a-z_]+)` +\| `(\{.*\})` +\| ([a-z ]+?) +\|$/gm)];
  const seen = rows.map(([, type = '', json = '', severity = '']) => {
    const signal = parseEvent(JSON.parse(json), { now: 0, newId: () => 'id' });
    expect([signal.body.kind, 'its own']).toContain(type);
    if (severity !== 'its own') expect([type, signal.severity]).toEqual([type, severity]);
    return signal.body.kind;
  });
  expect(seen.toSorted()).toEqual(
    ['bot_started', 'bot_stopped', 'critical_error', 'custom', 'new_user', 'payment_received'].toSorted(),
  );
});

it.each(['exporter', 'alert-bridge'])('docs/architecture.md names every folder of %s', (room) => {
  const [, rooms = ''] = read('docs/architecture.md').split('```');
  expect(foldersOf(room).filter((folder) => !rooms.includes(` ${folder}/`))).toEqual([]);
});

it('CHANGELOG begins with the version of the package and its date', () => {
  const [newest] = read('CHANGELOG.md').matchAll(/^## \[(.+?)\] - (\d{4}-\d\d-\d\d)$/gm);
  expect(newest?.[1]).toBe(version);
});

it('tests/bench/README.md names every bench', () => {
  const files = readdirSync(join(ROOT, 'tests/bench/benches')).map((name) =>
    read(`tests/bench/benches/${name}`),
  );
  const names = files.flatMap((text) => [...text.matchAll(/^ {2}name: '(.+)',$/gm)].map(([, name]) => name));
  expect(names.length).toBeGreaterThan(files.length);
  const told = read('tests/bench/README.md');
  expect(names.filter((name) => !new RegExp(`[\` ]${name}\``).test(told))).toEqual([]);
});

it('configuration.md grants what the exporter reads, and nothing else', () => {
  const grants = read('docs/configuration.md').match(/^GRANT SELECT \(.+ TO monitoring_reader;$/gm);
  const role = 'monitoring_reader';
  expect(grants).toEqual(READ_TABLES.map((table) => readGrant(table, role).replace(`"${role}"`, role)));
});

it('security.md says of every secret how to change it', () => {
  const [, table = ''] = read('docs/security.md').split('## Change secrets');
  const secrets = ENV_NAMES.filter((name) => envVariable(name).secret === true);
  expect(secrets.length).toBeGreaterThan(20);
  expect(secrets.filter((name) => !new RegExp(`^\\|[^|]*\`${name}\``, 'm').test(table))).toEqual([]);
});

describe('decisions', () => {
  const files = documents.filter((path) => path.startsWith('docs/decisions/')).toSorted();

  it('are numbered without a gap', () => {
    const expected = files.map((_, index) => String(index + 1).padStart(4, '0'));
    expect(files.map((path) => path.slice('docs/decisions/'.length).slice(0, 4))).toEqual(expected);
    expect(files.map((path) => /^# (\d{4}) \S/.exec(read(path))?.[1])).toEqual(expected);
  });
  it.each(files)('%s says why, what it costs and what would change it, on half a page', (path) => {
    const text = read(path);
    const headings = [...text.matchAll(/^\*\*(.+?)\.\*\*/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(['Context', 'Decision', 'Why', 'What it costs', 'What would change it']);
    expect(text.split('\n').length).toBeLessThan(45);
  });
});

describe('what these tests look for is found', () => {
  it.each([
    ['[a](nowhere.md)', ['nowhere.md']],
    ['[a](CHANGELOG.md#no-such-heading)', ['CHANGELOG.md#no-such-heading']],
    ['[a](#mine)\n\n## Yours', ['#mine']],
    ['[a](../outside.md)', ['../outside.md']],
    ['<img src="docs/images/none.png">', ['docs/images/none.png']],
    ['[a](CHANGELOG.md#changelog) [b](https://example.com/x) `[c](code.md)`\n```\n[d](code.md)\n```', []],
  ])('links: %s', (markdown, broken) => {
    expect(brokenLinks('README.md', markdown)).toEqual(broken);
  });
  it('scripts', () => {
    expect(scriptsNamedIn('`npm run demo:break redis`, npm ci && npm test')).toEqual(['demo:break', 'test']);
  });
  it('variables', () => {
    const markdown = 'SOME_PROSE `DB_HOST` `OLD_NAME=1` `DB_PASSWORD_FILE`\n```bash\necho $NOT_ONE\n```';
    expect(variablesNamedIn(markdown)).toEqual(['DB_HOST', 'OLD_NAME', 'DB_PASSWORD', 'NOT_ONE']);
  });
  it('metrics', () => {
    const markdown = '`expensebot_gone` `alert_bridge_up{a="b"}` `expensebot_…` `alert_bridge_`';
    expect(metricsNamedIn(markdown)).toEqual(['expensebot_gone', 'alert_bridge_up']);
  });
  it('unwelcome words', () => {
    expect(unwelcomeIn('A Powerful thing, seamlessly. /home/me/x')).toEqual([
      'Powerful',
      'seamlessly',
      '/home/me',
    ]);
    expect(unwelcomeIn('/app/var/log, a plain thing')).toEqual([]);
  });
});
