/** Whether the disk has room for the demo, and what is said when it has none. */
import { existsSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { DemoError } from './arguments.ts';

/** With less than this every server fails, each with words of its own. */
const FULL_BYTES = 16 * 1024 * 1024;
/** As Node, PostgreSQL and the C library say it; EDQUOT is the share of one user. */
const FULL = /ENOSPC|EDQUOT|SQLITE_FULL|No space left on device|could not extend file|[Qq]uota exceeded/;

/** Bytes that this user may still write where the folder is, or will be. */
export function freeBytes(folder: string): number {
  if (!existsSync(folder) && folder !== dirname(folder)) return freeBytes(dirname(folder));
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** The error as it is; where a disk is full, that first, and how to go on. */
export function explainFullDisk(
  error: unknown,
  folder: string,
  free: (folder: string) => number = freeBytes,
): unknown {
  const message = error instanceof Error ? error.message : String(error);
  const full = [folder, tmpdir()].find((one) => free(one) < FULL_BYTES);
  if (full === undefined && !FULL.test(message)) return error;
  const left = Math.floor(free(full ?? folder) / (1024 * 1024));
  const other =
    full === tmpdir() ? 'set TMPDIR to a folder on another disk' : 'give a folder on another disk with --dir';
  return new DemoError(
    `The disk that holds ${full ?? folder} is full (${left} MB free): make room, or ${other}.\nWhat failed: ${message}`,
    { cause: error },
  );
}
