import { statfs } from 'node:fs/promises';
import { fsSize, type Systeminformation } from 'systeminformation';

export type FileSystem = Pick<Systeminformation.FsSizeData, 'mount' | 'type' | 'size' | 'used' | 'available'>;

/**
 * The file systems that are mounted here, sizes in bytes, and those of the paths that `df` does not list: network
 * volumes, and everything in a sandbox that sees no mounts. Such a path stands for its own file system.
 */
export async function listFileSystems(paths: readonly string[]): Promise<readonly FileSystem[]> {
  const listed: readonly FileSystem[] = await fsSize();
  const unlisted = paths.filter((path) => holderOf(path, listed) === undefined);
  const measured = await Promise.all(unlisted.map((path) => measure(path)));
  return [...listed, ...measured.flat()];
}

/** The file system that holds a path is the one with the longest mount point above it. */
export function holderOf(path: string, known: readonly FileSystem[]): FileSystem | undefined {
  return known
    .filter(({ mount }) => mount === '/' || path === mount || path.startsWith(`${mount}/`))
    .toSorted((a, b) => b.mount.length - a.mount.length)[0];
}

/** Nothing when the path is not there: the caller says so by its name. */
async function measure(path: string): Promise<readonly FileSystem[]> {
  try {
    const { bsize, blocks, bfree, bavail } = await statfs(path);
    return [
      {
        mount: path,
        type: '',
        size: blocks * bsize,
        used: (blocks - bfree) * bsize,
        available: bavail * bsize,
      },
    ];
  } catch {
    return [];
  }
}
