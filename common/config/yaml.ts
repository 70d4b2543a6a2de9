import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { wellFormed } from '../text/well-formed.ts';
import type { ConfigProblem } from './problem.ts';

export interface YamlResult<T> {
  readonly value: T | undefined;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads a YAML file against a strict schema. A missing file that nobody asked for means the schema's defaults.
 * Never throws: every problem carries the file, the path of the key and the fix.
 */
export function loadYaml<S extends z.ZodType>(
  schema: S,
  source: { path: string; required: boolean },
): YamlResult<z.infer<S>> {
  let text = '';
  try {
    text = readFileSync(source.path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!missing || source.required) {
      const fix = 'Name a file that this process can read.';
      return { value: undefined, problems: [{ name: source.path, received: 'no readable file', fix }] };
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
  const lineCounter = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter, uniqueKeys: true });
    const problems = document.errors.map((error) => {
      const line = lineCounter.linePos(error.pos[0]).line;
      return { name: `${path}:${line}`, fix: `Mend the YAML: ${error.message.split('\n')[0] ?? ''}` };
    });
    // Not before there are none: aliases that lead nowhere throw.
    return { content: problems.length > 0 ? undefined : wellFormed(document.toJS()), problems };
  } catch (error) {
    // Aliases that multiply, an alias inside of what it stands for, or a stack of brackets without end.
    const reason = error instanceof Error ? error.message : String(error);
    return { content: undefined, problems: [{ name: path, fix: `Mend the YAML: ${reason}.` }] };
  }
}

function explain(issue: z.core.$ZodIssue, path: string): ConfigProblem[] {
  const at = (keys: readonly PropertyKey[]): string =>
    keys.length === 0 ? path : `${path}: ${keys.map(String).join('.')}`;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      name: at([...issue.path, key]),
      fix: 'Remove this key: it is not known here.',
    }));
  }
  return [
    { name: at(issue.path), received: scalar(issue.input), fix: `Change it: ${lowerFirst(issue.message)}.` },
  ];
}

const scalar = (value: unknown): string | undefined =>
  value === undefined || (typeof value === 'object' && value !== null) ? undefined : JSON.stringify(value);

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '');
