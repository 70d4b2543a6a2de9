/** A log and the files that it was rotated into: `access.log.1`, `access.log.2.gz`, `access.log-20261123`. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { logged, ProbeError } from '../model/collector.ts';
import { ifThere } from './errors.ts';
import { openSource, statusFrom, type FileStatus, type Source } from './source.ts';

export interface LogFile extends FileStatus {
  readonly path: string;
  readonly isGzip: boolean;
  /** Not rotated: it has the name that nginx opens. */
  readonly isLog: boolean;
}

/** As logrotate names them, with `dateext` or without. */
const SUFFIX = /^[.-]\d[\d.-]*(\.gz)?$/;
const GZIP = '.gz';

/** A rotation renames within milliseconds. */
const LOOKS = 20;

/** Names were given to other files while they were looked at: the next look may succeed. */
export class RenamedMeanwhile extends Error {
  override readonly name = 'RenamedMeanwhile';
}

export const isSameFile = (a: FileStatus, b: FileStatus): boolean =>
  a.inode === b.inode && a.device === b.device;

/**
 * In the order in which they were rotated: the oldest first, the log itself last.
 *
 * Names that are read one after the other while files are renamed show a file twice or not at all. What two looks show
 * alike was so between the two.
 *
 * @throws RenamedMeanwhile; ProbeError for a pipe or a device, as images of nginx have in place of a log; what the file
 * system throws.
 */
export async function listFiles(log: string): Promise<readonly LogFile[]> {
  let before: string | undefined;
  for (let look = 0; look < LOOKS; look += 1) {
    const files = await lookOnce(log);
    const seen = files.map(({ path, device, inode }) => `${path} ${device} ${inode}`).join('\n');
    if (seen === before) return files;
    before = seen;
  }
  throw new RenamedMeanwhile();
}

/** @throws RenamedMeanwhile; what the file system throws. */
export async function openListed(file: LogFile): Promise<Source> {
  const source = await ifThere(openSource(file.path, file.isGzip));
  if (source !== undefined && isSameFile(await source.status(), file)) return source;
  await source?.close();
  throw new RenamedMeanwhile();
}

/** @returns undefined when nothing has this name. @throws ProbeError when what has it is no file. */
export async function statusOf(path: string): Promise<FileStatus | undefined> {
  const stats = await ifThere(stat(path));
  if (stats?.isFile() === false)
    throw new ProbeError(logged(`${path} is not a file: let nginx write its access log to one`));
  return stats && statusFrom(stats);
}

async function lookOnce(log: string): Promise<readonly LogFile[]> {
  // Beside a link, and beside what it leads to: a log that is moved to a larger disk leaves its past behind.
  const folder = (await ifThere(realpath(dirname(log)))) ?? dirname(log);
  const named = join(folder, basename(log));
  const places = new Set([named, (await ifThere(realpath(log))) ?? named]);
  const rotated = await Promise.all([...places].map(listRotated));
  const paths = [...rotated.flat(), log];
  const files = await Promise.all(
    paths.map(async (path) => {
      const status = await statusOf(path);
      return status && { ...status, path, isGzip: path !== log && path.endsWith(GZIP), isLog: path === log };
    }),
  );
  return files.filter((file) => file !== undefined);
}

/** Where one is just being compressed, only the one that is whole. */
async function listRotated(log: string): Promise<readonly string[]> {
  const name = basename(log);
  const entries = (await ifThere(readdir(dirname(log), { withFileTypes: true }))) ?? [];
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .filter((other) => other.startsWith(name) && SUFFIX.test(other.slice(name.length)));
  const whole = names.filter(
    (other) => !other.endsWith(GZIP) || !names.includes(other.slice(0, -GZIP.length)),
  );
  return whole
    .sort((a, b) => compareAge(a.slice(name.length), b.slice(name.length)))
    .map((other) => join(dirname(log), other));
}

/** `.2` is older than `.1`, and `-20261122` than `-20261123`. Not by time: compressing leaves whole seconds of it. */
function compareAge(a: string, b: string): number {
  const [numberA, numberB] = [a, b].map((suffix) => /^\.(\d{1,4})(\.gz)?$/.exec(suffix)?.[1]);
  if (numberA !== undefined && numberB !== undefined) return Number(numberB) - Number(numberA);
  // Where dates have come to be used instead of numbers, numbers are older.
  if ((numberA === undefined) !== (numberB === undefined)) return numberA === undefined ? 1 : -1;
  return a < b ? -1 : 1;
}
