import { readFileSync } from 'node:fs';
import { CST, Lexer, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { wellFormed } from '../text/well-formed.ts';
import type { ConfigProblem } from './problem.ts';
import { describeReceived, describeValue } from './received.ts';

export interface YamlResult<T> {
  readonly value: T | undefined;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads a YAML file against a strict schema. A missing file that nobody asked for means the schema's defaults.
 * Never throws: every problem carries the file, the path of the key and the fix.
 * @param source.setting the variable that names the file
 */
export function loadYaml<S extends z.ZodType>(
  schema: S,
  source: { path: string; required: boolean; setting: string },
): YamlResult<z.infer<S>> {
  let text = '';
  try {
    text = readFileSync(source.path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!missing || source.required) {
      const fix = 'Name a file that this process can read.';
      const received = `${describeReceived(source.path)} that is no readable file`;
      return { value: undefined, problems: [{ name: source.setting, received, fix }] };
    }
  }
  return parseYaml(schema, text, source.path);
}

/** The pure half of {@link loadYaml}; `path` only names the file in problems. */
export function parseYaml<S extends z.ZodType>(
  schema: S,
  text: string,
  path: string,
): YamlResult<z.infer<S>> {
  const { content, problems } = readYaml(text, path);
  if (problems.length > 0) return { value: undefined, problems };
  const result = schema.safeParse(content ?? {}, { reportInput: true });
  if (result.success) return { value: result.data, problems: [] };
  return { value: undefined, problems: result.error.issues.flatMap((issue) => explain(issue, path)) };
}

/** What the text says, its texts well-formed. */
function readYaml(text: string, path: string): { content: unknown; problems: readonly ConfigProblem[] } {
  const excess = findExcess(text);
  if (excess !== undefined) {
    return { content: undefined, problems: [{ name: path, fix: `Mend the YAML: ${excess}.` }] };
  }
  const lineCounter = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter, uniqueKeys: true });
    const problems = document.errors.slice(0, MOST_PROBLEMS).map((error) => {
      const line = lineCounter.linePos(error.pos[0]).line;
      return { name: `${path}:${line}`, fix: `Mend the YAML: ${withoutSource(error.message)}.` };
    });
    // Not before there are none: aliases that lead nowhere throw.
    return { content: problems.length > 0 ? undefined : wellFormed(document.toJS()), problems };
  } catch {
    // Only here the library resolves aliases, and its message repeats their names: those may be a secret that begins with *.
    const fix =
      'Mend the YAML: an alias (*name) has no anchor (&name) before it, aliases multiply, or it is nested too deeply.';
    return { content: undefined, problems: [{ name: path, fix }] };
  }
}

/** Far more than anybody configures: the time and the memory of the library grow with the square of each. */
const MOST_CHARS = 256 * 1024;
const MOST_DEPTH = 64;
const MOST_MARKS = 5_000;

/** One pass over the tokens, which ends where it is too much; undefined when it is not. */
function findExcess(text: string): string | undefined {
  if (text.length > MOST_CHARS) return `it is longer than ${MOST_CHARS} characters`;
  let depth = 0;
  /** Of `- - -`, which nests within a line. */
  let inLine = 0;
  let marks = 0;
  let isScalar = false;
  for (const token of new Lexer().lex(text)) {
    const mark = isScalar ? '' : token.charAt(0);
    isScalar = token === CST.SCALAR;
    if (mark === '[' || mark === '{') depth += 1;
    else if (mark === ']' || mark === '}') depth -= 1;
    else if (mark === '\n' || mark === '\r') inLine = 0;
    else if (mark === '-' || mark === '?') inLine += 1;
    if (MARKS.has(mark)) marks += 1;
    if (depth > MOST_DEPTH || inLine > MOST_DEPTH) return `it is nested more than ${MOST_DEPTH} deep`;
    if (marks > MOST_MARKS) return `it has more than ${MOST_MARKS} keys, entries and texts`;
  }
  return undefined;
}

/** Of a file that is no YAML at all the first tell enough. */
const MOST_PROBLEMS = 20;

const MARKS: ReadonlySet<string> = new Set('[]{},:-?&*!%"\'|>');

function explain(issue: z.core.$ZodIssue, path: string): ConfigProblem[] {
  const at = (keys: readonly PropertyKey[]): string =>
    keys.length === 0 ? path : `${path}: ${keys.map(keyName).join('.')}`;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      name: at([...issue.path, key]),
      fix: 'Remove this key: it is not known here.',
    }));
  }
  return [
    {
      name: at(issue.path),
      received: describeValue(issue.input),
      fix: `Change it: ${lowerFirst(issue.message)}.`,
    },
  ];
}

/** A key that is no plain word was not meant as one: `{url:http://user:password@host}` lacks a space. */
const keyName = (key: PropertyKey): string =>
  /^[A-Za-z_][A-Za-z_-]{0,40}$|^\d{1,6}$/.test(String(key))
    ? String(key)
    : `(${describeReceived(String(key))})`;

/** Sentences of the library, without the piece of the file that some of them end with. */
const withoutSource = (message: string): string =>
  (message.split('\n', 1)[0] ?? '')
    .replace(/ at line \d+, column \d+:?$/, '')
    .replace(
      /(:|escape sequence|directive|YAML version|Verbatim tags aren't resolved, so|Unsupported token) .*$/s,
      '$1 …',
    );

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '');
