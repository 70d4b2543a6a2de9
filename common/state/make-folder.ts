import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes `path` and its parents with mode 0700. Not `mkdirSync(…, { recursive: true })`: in a file system that answers
 * ENOENT to every mkdir, as /proc does, that one never returns.
 * @throws the error of the mkdir that failed.
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
