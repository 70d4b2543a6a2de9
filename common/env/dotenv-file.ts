import { readFileSync } from 'node:fs';
import type { ConfigProblem } from '../config/problem.ts';
import { parseDotenv, type DotenvError, type DotenvNote, type DotenvTrap } from './dotenv.ts';

/** What is known of a name that a `.env` file sets; undefined: this project does not read it. */
type KindOf = (name: string) => 'secret' | 'plain' | undefined;

export interface DotenvFile {
  readonly values: ReadonlyMap<string, string>;
  /** Why Docker Compose refuses the file, or this process could not read it. */
  readonly problems: readonly ConfigProblem[];
  /** Lines that are read, but perhaps not as they were meant. */
  readonly warnings: readonly ConfigProblem[];
}

const ERRORS: Readonly<Record<DotenvError, string>> = {
  'bad name': 'Write NAME=value, or begin the line with #: this is no name of a variable.',
  'open quote':
    'Close the quote. Where the quote belongs to the value, write it with a backslash before it, inside the other kind of quotes.',
  'bad reference':
    'Write $$ for each $ of the value, or put the value in single quotes: ${ begins a variable.',
  required: 'Set the variable that ${…?…} asks for.',
};

const TRAPS: Readonly<Record<DotenvTrap, string>> = {
  'byte order mark':
    'Save the file as UTF-8 without a byte order mark: other readers take it for a part of the first name.',
  'no value': 'Write NAME=value, or begin the line with #: without = the line sets nothing.',
  hash: 'Put the value in single quotes: the # belongs to it here, and other readers begin a comment there.',
  comment:
    'Put the value in single quotes if the # belongs to it: a # after a blank begins a comment, and the value ends before it.',
  variable:
    'Write $$ for each $ that belongs to the value, or put the value in single quotes: $ begins a variable, which was replaced.',
  unset:
    'Write $$ for each $ that belongs to the value, or put the value in single quotes: $ begins a variable, and the one it names is not set.',
  rest: 'Put a backslash before a quote that belongs to the value: what follows the closing quote is read as another line.',
};

/** Neither throws nor shows a value. Without the file, nothing is set. */
export function readDotenvFile(
  path: string,
  lookup: (name: string) => string | undefined,
  kindOf: KindOf,
): DotenvFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    const fix = 'Make the file readable by this process, or remove it.';
    const problems = code === 'ENOENT' ? [] : [{ name: path, received: code, fix }];
    return { values: new Map(), problems, warnings: [] };
  }
  const { values, errors, traps } = parseDotenv(text, lookup);
  const told = <Kind extends string>(
    notes: readonly DotenvNote<Kind>[],
    fixes: Readonly<Record<Kind, string>>,
  ): ConfigProblem[] =>
    notes.map(({ kind, line, name = '' }) => ({
      // A name that nobody knows may be a piece of a secret that was pasted there.
      name: `${path}, line ${line}${kindOf(name) === undefined ? '' : ` (${name})`}`,
      fix: fixes[kind],
    }));
  return {
    values,
    problems: told(errors, ERRORS),
    warnings: told(
      traps.filter((trap) => isTold(trap, kindOf)),
      TRAPS,
    ),
  };
}

/** A comment behind a plain value, and a variable in it, are mostly meant; variables of others are none of ours. */
function isTold({ kind, name }: DotenvNote<DotenvTrap>, kindOf: KindOf): boolean {
  if (name === undefined) return true;
  const known = kindOf(name);
  return kind === 'comment' || kind === 'variable' ? known === 'secret' : known !== undefined;
}

/** The code of a failed system call, `EACCES`; never a path. */
export const errorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unreadable';
