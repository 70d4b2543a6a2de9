/** The command lines of `npm run demo`, `demo:break` and `demo:heal`. Pure. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { OperatorError } from '../../common/process/operator-error.ts';

/** Something the person at the terminal can mend: one sentence, exit code 1. */
export class DemoError extends OperatorError {
  override readonly name = 'DemoError';
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Root of the project, absolute. */
  readonly project: string;
  readonly isRoot: boolean;
}

export interface DemoArguments {
  /** Absolute. */
  readonly folder: string;
  readonly locale: 'ru' | 'en';
  readonly fresh: boolean;
}

const DEMO_USAGE = 'npm run demo -- [--lang ru|en] [--fresh] [--dir FOLDER]';

/** @throws DemoError that shows the usage. */
export function readDemoArguments(args: readonly string[], around: Surroundings): DemoArguments {
  const { values } = parse(DEMO_USAGE, () =>
    parseArgs({
      args: [...args],
      options: { lang: { type: 'string' }, fresh: { type: 'boolean' }, dir: { type: 'string' } },
    }),
  );
  const { lang = 'ru', fresh = false, dir } = values;
  if (lang !== 'ru' && lang !== 'en') {
    throw new DemoError(`--lang is "${lang}"; write ru or en: ${DEMO_USAGE}`);
  }
  return { folder: demoFolder(dir, around), locale: lang, fresh };
}

/** @throws DemoError that shows the usage. */
export function readTroubleArguments(
  verb: 'break' | 'heal',
  args: readonly string[],
  around: Surroundings,
): { readonly folder: string; readonly name: string | undefined } {
  const usage = `npm run demo:${verb} [NAME] [-- --dir FOLDER]`;
  const { values, positionals } = parse(usage, () =>
    parseArgs({ args: [...args], options: { dir: { type: 'string' } }, allowPositionals: true }),
  );
  if (positionals.length > 1) throw new DemoError(`One name at a time: ${usage}`);
  return { folder: demoFolder(values.dir, around), name: positionals[0] };
}

/**
 * PostgreSQL refuses to run as root, and its own user may not be able to enter the project's folder: below /root, say.
 * So root's demo lives where everyone can reach it.
 */
function demoFolder(given: string | undefined, { env, cwd, project, isRoot }: Surroundings): string {
  const asked = given ?? env['DEMO_DIR'];
  if (asked !== undefined && asked !== '') return resolve(cwd, asked);
  return isRoot ? '/var/tmp/expensebot-demo' : resolve(project, 'var/demo');
}

function parse<T>(usage: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('. ');
    throw new DemoError(`${reason ?? ''}. Use: ${usage}`, { cause: error });
  }
}
