/** The files that an access log was rotated into: `access.log.1`, `access.log.2.gz`, `access.log-20261123`. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface RotatedFile {
  readonly path: string;
  readonly isGzip: boolean;
  readonly inode: number;
  /** Of the last write; compressing keeps it. */
  readonly mtimeMs: number;
}

/** As logrotate names them, with `dateext` or without. */
const SUFFIX = /^[.-]\d[\d.-]*(\.gz)?$/;
const GZIP = '.gz';

/** In the order they were rotated, the oldest first; where one is just being compressed, only the one that is whole. */
export async function listRotated(log: string): Promise<readonly RotatedFile[]> {
  const name = basename(log);
  const names = (await readdir(dirname(log))).filter(
    (other) => other.startsWith(name) && SUFFIX.test(other.slice(name.length)),
  );
  const whole = names.filter(
    (other) => !other.endsWith(GZIP) || !names.includes(other.slice(0, -GZIP.length)),
  );
  const inOrder = whole.sort((a, b) => compareAge(a.slice(name.length), b.slice(name.length)));
  const files = await Promise.all(inOrder.map((other) => describe(join(dirname(log), other))));
  return files.flat();
}

/** `.2` is older than `.1`, and `-20261122` than `-20261123`. Not by time: compressing leaves whole seconds of it. */
function compareAge(a: string, b: string): number {
  const [numberA, numberB] = [a, b].map((suffix) => /^\.(\d{1,4})(\.gz)?$/.exec(suffix)?.[1]);
  if (numberA !== undefined && numberB !== undefined) return Number(numberB) - Number(numberA);
  // Where dates have come to be used instead of numbers, numbers are older.
  if ((numberA === undefined) !== (numberB === undefined)) return numberA === undefined ? 1 : -1;
  return a < b ? -1 : 1;
}

/** Nothing for what was renamed or removed meanwhile. */
async function describe(path: string): Promise<readonly RotatedFile[]> {
  try {
    const { ino, mtimeMs } = await stat(path);
    return [{ path, isGzip: path.endsWith(GZIP), inode: ino, mtimeMs }];
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
