import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { duration, formatDurationMs, parseDurationMs } from '../../../common/time/duration.ts';
import { formatProblems } from '../../../common/config/problem.ts';
import { loadYaml, parseYaml } from '../../../common/config/yaml.ts';

const schema = z.strictObject({
  interval: duration({ minMs: 1_000, maxMs: 60_000 }).default(15_000),
  nested: z.strictObject({ limit: z.number().int().positive() }).optional(),
  names: z.array(z.string()).default([]),
});
const parse = (text: string) => parseYaml(schema, text, 'config.yml');

describe('a strict YAML file', () => {
  it('fills in defaults, also when it is empty', () => {
    expect(parse('')).toEqual({ value: { interval: 15_000, names: [] }, problems: [] });
    expect(parse('interval: 30s\nnested: {limit: 3}').value).toMatchObject({
      interval: 30_000,
      nested: { limit: 3 },
    });
  });

  it.each([
    ['interval: [', 'config.yml:1: Mend the YAML: Flow sequence'],
    ['interval: 1s\ninterval: 2s', 'config.yml:2: Mend the YAML: Map keys must be unique'],
    ['intervall: 1s', 'config.yml: intervall: Remove this key: it is not known here.'],
    ['nested: {limit: 1, extra: 2}', 'config.yml: nested.extra: Remove this key: it is not known here.'],
    ['nested: {limit: -1}', 'config.yml: nested.limit: received -1; Change it: too small'],
    ['interval: 5', 'config.yml: interval: received 5; Change it: write a duration such as 15s, 30m or 4h.'],
    [
      'interval: 5h',
      'config.yml: interval: received "5h"; Change it: write a duration such as 15s, 30m or 4h, from',
    ],
    ['names: x', 'config.yml: names: received a text of 1 character; Change it:'],
    ['- a list', 'config.yml: Change it:'],
  ])('%s → %s', (text, message) => {
    const { value, problems } = parse(text);
    expect(value).toBeUndefined();
    expect(formatProblems('exporter', problems)).toContain(message);
  });

  it('reports all problems at once', () => {
    expect(parse('intervall: 1s\nnames: 3\nnested: {limit: x}').problems).toHaveLength(3);
  });

  it.each([
    ['braces in braces', '{'.repeat(20_000), 'nested more than 64 deep'],
    ['brackets that are closed', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, 'nested more than 64 deep'],
    ['brackets on lines of their own', '[\n'.repeat(20_000), 'nested more than 64 deep'],
    ['lists within a line', '- '.repeat(20_000), 'nested more than 64 deep'],
    ['keys within a line', 'a: '.repeat(20_000), 'more than 5000 keys'],
    ['anchors', '&a '.repeat(20_000), 'more than 5000 keys'],
    ['brackets that end nothing', ']'.repeat(20_000), 'more than 5000 keys'],
    ['half a megabyte', `names: [${' '.repeat(500_000)}]`, 'longer than'],
    [
      'aliases of aliases (a billion laughs)',
      Array.from({ length: 20 }, (_, n) => `a${n}: &a${n} [${n === 0 ? 'x' : `*a${n - 1},`.repeat(9)}]`).join(
        '\n',
      ),
      'aliases multiply',
    ],
    ['an alias to what it stands in', 'names: &a [*a]', 'an alias'],
    ['an alias to nothing', 'names: *a', 'an alias'],
  ])(
    'says which file is wrong, and soon, of %s',
    {
      meta: {
        tried: 'A configuration of 20,000 brackets, a YAML alias bomb, an alias to itself',
        held: 'refused at once by a message that names the file',
      },
    },
    (_what, text, message) => {
      const { value, problems } = parse(text);
      expect(value).toBeUndefined();
      expect(problems).toHaveLength(1);
      expect(formatProblems('exporter', problems)).toMatch(new RegExp(`config\\.yml.*${message}`));
    },
  );

  it('may hold as many brackets as it likes in texts and comments', () => {
    const names = Array.from({ length: 100 }, () => '[{(');
    const text = `# ${'[{'.repeat(500)}\nnames:\n${names.map((name) => `  - "${name}"\n  - '${name}'`).join('\n')}\n  - |\n    ${'[{'.repeat(500)}\n`;
    expect(parse(text).value?.names).toHaveLength(201);
  });

  it('may be missing unless it was asked for by name', () => {
    expect(loadYaml(schema, { path: '/nonexistent.yml', required: false, setting: 'X' }).value).toMatchObject(
      {
        interval: 15_000,
      },
    );
    expect(
      loadYaml(schema, { path: '/nonexistent.yml', required: true, setting: 'X' }).problems[0],
    ).toMatchObject({ name: 'X', received: 'a text of 16 characters that is no readable file' });
  });
});

it.each([
  ['500ms', 500],
  ['15s', 15_000],
  ['30m', 1_800_000],
  ['4h', 14_400_000],
  ['7d', 604_800_000],
  ['15', undefined],
  ['-1s', undefined],
  ['1.5s', undefined],
  ['', undefined],
])('%j is %s ms', (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms);
});

it.each(['500ms', '15s', '30m', '4h', '7d', '90m'])('%s is written back as it was', (text) => {
  expect(formatDurationMs(parseDurationMs(text) ?? NaN)).toBe(text);
});
