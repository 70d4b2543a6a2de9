import { readFileSync, statSync } from 'node:fs';
import { wellFormedText } from '../text/well-formed.ts';
import type { ConfigProblem } from '../config/problem.ts';
import { describeReceived } from '../config/received.ts';
import { ALIAS_OWNERS, valuesOf } from './aliases.ts';
import { errorCode, readDotenvFile } from './dotenv-file.ts';
import { ENV_NAMES, envVariable, isEnvName, type EnvName } from './variables.ts';

export interface LoadedEnvironment {
  /**
   * Every variable of the contract that is set, secrets read from their files, and those of the application that stand for
   * one, each under its own name; empty means unset.
   */
  readonly values: Readonly<Record<string, string>>;
  /** When the file of a secret was last changed, Unix ms, by the name of the secret. */
  readonly changedAt?: Readonly<Record<string, number>>;
  readonly problems: readonly ConfigProblem[];
}

export interface ReadEnvironment extends LoadedEnvironment {
  /** What nobody needs to mend, but may not be what was meant. */
  readonly warnings: readonly ConfigProblem[];
}

/**
 * Reads the environment over a `.env` file, where present, and resolves the `…_FILE` twins of secrets.
 * Never throws: what could not be read is a problem with its name.
 */
export function loadEnvironment(source: { env: NodeJS.ProcessEnv; dotenvPath: string }): ReadEnvironment {
  const file = readDotenvFile(source.dotenvPath, (name) => source.env[name], kindOf);
  const problems = [...file.problems];
  const setting = (name: string): string | undefined =>
    nonEmpty(source.env[name]) ?? nonEmpty(file.values.get(name));

  const values: Record<string, string> = {};
  const changedAt: Record<string, number> = {};
  for (const name of ENV_NAMES) {
    const direct = setting(name);
    const twin = `${name}_FILE`;
    const path = envVariable(name).secret === true ? setting(twin) : undefined;
    if (direct !== undefined && path !== undefined) {
      problems.push({ name, fix: `Set either ${name} or ${twin}, not both.` });
    } else if (path !== undefined) {
      const secret = readSecret(twin, path, problems);
      if (secret !== undefined) {
        values[name] = wellFormedText(secret.content);
        changedAt[name] = secret.changedAt;
      }
    } else if (direct !== undefined) {
      values[name] = wellFormedText(direct);
    }
  }
  for (const name of ALIAS_OWNERS.keys()) {
    const value = setting(name);
    if (value !== undefined) values[name] = wellFormedText(value);
  }
  const warnings = [...file.warnings, ...ENV_NAMES.flatMap((name) => rivals(values, name))];
  if (/^sqlite:/i.test(values['DATABASE_URL'] ?? '') && values['DB_HOST'] !== undefined) {
    // It stands in the application's example, and the application connects by its DB_ variables all the same.
    delete values['DATABASE_URL'];
    const fix =
      'Remove it: it names SQLite, and is left out because DB_HOST names the database of the application.';
    warnings.push({ name: 'DATABASE_URL', fix });
  }
  return { values, changedAt, problems, warnings };
}

/** A setting that the application's own variables set to something else. */
function rivals(values: Readonly<Record<string, string>>, name: EnvName): ConfigProblem[] {
  const [own, ...others] = valuesOf(values, name);
  const different = others.filter(({ value }) => value !== own?.value).map((other) => other.name);
  if (own?.name !== name || different.length === 0) return [];
  const list = different.join(', ');
  return [{ name, fix: `Remove ${name}, or ${list}: they differ, and ${name} is the one that counts.` }];
}

function kindOf(name: string): 'secret' | 'plain' | undefined {
  const owner = isEnvName(name) ? name : ALIAS_OWNERS.get(name);
  if (owner === undefined) return undefined;
  return envVariable(owner).secret === true ? 'secret' : 'plain';
}

function readSecret(
  name: string,
  path: string,
  problems: ConfigProblem[],
): { readonly content: string; readonly changedAt: number } | undefined {
  try {
    // Editors and `echo` end a file with a newline that is no part of the secret.
    const content = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (content !== '') return { content, changedAt: statSync(path).mtimeMs };
    problems.push({ name, fix: 'Write the secret into that file: it is empty.' });
  } catch (error) {
    problems.push({
      name,
      // The secret itself may have been written here.
      received: `${path.startsWith('/') ? 'a path' : describeReceived(path)} (${errorCode(error)})`,
      fix: 'Name a file that this process can read.',
    });
  }
  return undefined;
}

const nonEmpty = (value: string | undefined): string | undefined =>
  value === undefined || value.trim() === '' ? undefined : value.trim();
