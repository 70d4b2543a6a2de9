import type { Reason } from '../../common/reasons/reason.ts';
import { catalog } from '../metrics/catalog.ts';
import { ProbeError, type Collector, type Observation } from '../model/collector.ts';
import { holderOf, type FileSystem } from './file-systems.ts';
import type { ProbeTiming } from '../model/timing.ts';

export interface DiskOptions {
  /** Mount points to watch; empty: the file systems that hold `paths`. */
  readonly mountpoints: readonly string[];
  /** Absolute paths whose file systems matter: the root and where state is kept. */
  readonly paths: readonly string[];
  readonly minFreeBytes: number;
}

export function diskSpaceCollector(
  options: DiskOptions,
  timing: ProbeTiming,
  list: (paths: readonly string[]) => Promise<readonly FileSystem[]>,
): Collector {
  return {
    ...timing,
    name: 'disk_space',
    kind: 'component',
    collect: async () => judge(await list([...options.mountpoints, ...options.paths]), options),
  };
}

function judge(listed: readonly FileSystem[], options: DiskOptions): Observation {
  const { mountpoints, paths, minFreeBytes } = options;
  const known = listed.filter(({ size }) => size > 0);
  const watched =
    mountpoints.length > 0
      ? known.filter(({ mount }) => mountpoints.includes(mount))
      : withoutCopies(paths.flatMap((path) => holderOf(path, known) ?? []));
  const observation = {
    samples: watched.flatMap(({ mount, used, available }) => [
      { family: catalog.hostDiskFree, labels: { mountpoint: mount }, value: available },
      { family: catalog.hostDiskUsage, labels: { mountpoint: mount }, value: used / (used + available || 1) },
    ]),
    details: Object.fromEntries(watched.map(({ mount, available }) => [`${mount} free_bytes`, available])),
  };
  const missing = mountpoints.filter((mount) => !watched.some((found) => found.mount === mount));
  const low = watched.filter(({ available }) => available < minFreeBytes);
  const problems: readonly Reason[] = [
    ...missing.map((mount) => ({ code: 'disk_not_mounted' as const, mount })),
    ...low.map(({ mount, available }) => ({
      ...{ code: 'disk_low' as const, mount },
      ...{ free: gigabytes(available), limit: gigabytes(minFreeBytes) },
    })),
    ...(watched.length === 0 && missing.length === 0 ? [{ code: 'disk_none' as const }] : []),
  ];
  if (problems.length > 0) throw new ProbeError(problems, { observation });
  return observation;
}

/** In a container the overlay at `/` and a volume are often one and the same disk of the host: it is told once. */
function withoutCopies(found: readonly FileSystem[]): readonly FileSystem[] {
  return found.filter((one, index) => {
    const earlier = found.slice(0, index);
    return !earlier.some(
      (other) =>
        other.mount === one.mount ||
        ([other.type, one.type].includes('overlay') &&
          other.size === one.size &&
          other.available === one.available),
    );
  });
}

/** Decimal gigabytes, as the threshold is meant; rounded down, so that "limit 1 GB" is never met by "1 GB free". */
const gigabytes = (bytes: number): number => Math.floor(bytes / 1e8) / 10;
