/** What the demo's commands share: where they are, and how they end. */
import { resolve } from 'node:path';
import { OperatorError } from '../../common/process/operator-error.ts';
import { InstallError } from '../support/install.ts';
import type { Surroundings } from './arguments.ts';

export const surroundings = (): Surroundings => ({
  env: process.env,
  cwd: process.cwd(),
  project: resolve(import.meta.dirname, '../..'),
  isRoot: process.getuid?.() === 0,
});

/** One sentence for what a person can mend; the whole story for what nobody foresaw. Returns the exit code. */
export function tellFailure(error: unknown): number {
  const isForeseen = error instanceof OperatorError || error instanceof InstallError;
  console.error(isForeseen ? error.message : error);
  return 1;
}
