/**
 * Follows a log through its rotations. What was read is remembered as a place in a file that is known by its first
 * bytes: whether logrotate has renamed it, copied it or compressed it, now or while nobody read, it is found again, read to its
 * end, and the files after it in their order.
 *
 * A file that was rotated away is written to until nginx has reopened its log, which its workers do one after the
 * other. So it is left only when it has been quiet for a while and the next one has been begun.
 */
import { createLineSplitter, type LineOptions } from './lines.ts';
import { listRotated, type RotatedFile } from './rotated.ts';
import {
  FINGERPRINT_BYTES,
  NO_FINGERPRINT,
  openGzip,
  openSource,
  type Fingerprint,
  type Source,
} from './source.ts';

/** How far a log has been read. */
export interface Position {
  readonly inode: number;
  /** Of the file's content, uncompressed. */
  readonly offset: number;
  readonly fingerprint: Fingerprint;
  /** The rest of the line at `offset` belongs to one that was too long. */
  readonly isSkipping: boolean;
  /** When it was last read, in Unix milliseconds: what was last written before that needs no reading. */
  readonly readAt: number;
}

export interface TailOptions {
  readonly path: string;
  readonly onLine: LineOptions['onLine'];
  readonly onTooLong: () => void;
}

export interface ReadOptions {
  /** Unix milliseconds, of the clock that files are stamped with. */
  readonly now: number;
  /** Asked between two chunks; true ends the reading where it is. */
  readonly isTimeUp: () => boolean;
}

export type ReadResult =
  /** `isBehind`: time was up before the end was reached. */
  | { readonly kind: 'read'; readonly isBehind: boolean }
  /** The rest of the file that was read last is nowhere to be found; what can be found was read from its beginning. */
  | { readonly kind: 'lost'; readonly isBehind: boolean }
  /** Nothing has the name of the log; rotated files were read. */
  | { readonly kind: 'missing' };

export interface Tail {
  /** Changes with every chunk whose lines were handed over: the two belong together. */
  readonly position: Position | undefined;
  /** One at a time. @throws what the file system throws. */
  read(options: ReadOptions): Promise<ReadResult>;
}

/** Longer than any request nginx accepts (large_client_header_buffers), escaped. */
const LINE_MAX_BYTES = 2 * 1024 * 1024;

const NO_INODE = 0;

/** Workers of nginx reopen their log within milliseconds, one that is busy within a second. */
const QUIET_MS = 2_000;

const atBeginningOf = (inode: number, readAt: number): Position => ({
  inode,
  offset: 0,
  fingerprint: NO_FINGERPRINT,
  isSkipping: false,
  readAt,
});

/** A file that is open, and whether it is the log itself or one it was rotated into. */
interface Found {
  readonly source: Source;
  readonly rotated: RotatedFile | undefined;
}

/** @param saved Where to go on. Without it a log that is there is read from its end: its past is not now. */
export function createTail({ path, onLine, onTooLong }: TailOptions, saved?: Position): Tail {
  let position = saved;

  /** @returns whether the end was reached */
  const readOn = async (source: Source, from: Position, isTimeUp: () => boolean): Promise<boolean> => {
    const lines = createLineSplitter({
      ...{ onLine, onTooLong },
      maxBytes: LINE_MAX_BYTES,
      isSkipping: from.isSkipping,
    });
    let reached = from;
    let isAtEnd = true;
    position = reached;
    for await (const chunk of source.chunks(from.offset)) {
      lines.take(chunk);
      reached = { ...from, offset: from.offset + lines.consumed, isSkipping: lines.isSkipping };
      position = reached;
      if (!isTimeUp()) continue;
      isAtEnd = false;
      break;
    }
    const known = Math.min(reached.offset, FINGERPRINT_BYTES);
    if (known > from.fingerprint.length) {
      position = { ...reached, fingerprint: await source.fingerprint(known) };
    }
    return isAtEnd;
  };

  /** The log itself, from its beginning. */
  const newest = async (now: number, isWanted = (_log: Source): boolean => true) => {
    const log = await openIfThere(path);
    await log?.close();
    return log !== undefined && isWanted(log) ? atBeginningOf(log.inode, now) : undefined;
  };

  /** The file after one that was rotated away; undefined while nothing was written to it, or files change their names. */
  const nextAfter = async ({ inode }: RotatedFile, now: number): Promise<Position | undefined> => {
    // In this order: what has been rotated when the log is looked at is in the list that is read later.
    const log = await newest(now, ({ size }) => size > 0);
    const files = await listRotated(path);
    const index = files.findIndex((file) => file.inode === inode);
    if (index < 0) return undefined;
    const newer = files[index + 1];
    return newer === undefined ? log : atBeginningOf(newer.inode, now);
  };

  /** Where to go on when the file that was read is nowhere: with the first that was written to since. */
  const nextSince = async (readAt: number, now: number): Promise<Position | undefined> => {
    const log = await newest(now);
    const newer = (await listRotated(path)).find(({ mtimeMs }) => mtimeMs > readAt);
    return newer === undefined ? log : atBeginningOf(newer.inode, now);
  };

  const begin = async (now: number): Promise<ReadResult> => {
    const log = await openIfThere(path);
    if (log === undefined) {
      // It will be made while we watch: then all of it is new.
      position = atBeginningOf(NO_INODE, now);
      return { kind: 'missing' };
    }
    try {
      const fingerprint = await log.fingerprint(Math.min(log.size, FINGERPRINT_BYTES));
      position = { ...atBeginningOf(log.inode, now), offset: log.size, fingerprint };
      return { kind: 'read', isBehind: false };
    } finally {
      await log.close();
    }
  };

  /** @returns where to go on after the file at `from`, when it was read to its end and is left */
  const readFile = async (
    { source, rotated }: Found,
    from: Position,
    { now, isTimeUp }: ReadOptions,
  ): Promise<{ readonly isBehind: boolean; readonly next?: Position | undefined }> => {
    try {
      if (!(await readOn(source, { ...from, inode: source.inode, readAt: now }, isTimeUp)))
        return { isBehind: true };
    } finally {
      await source.close();
    }
    const isOver = rotated?.isGzip === true || now - source.mtimeMs >= QUIET_MS;
    if (rotated === undefined || !isOver) return { isBehind: false };
    return { isBehind: false, next: await nextAfter(rotated, now) };
  };

  return {
    get position() {
      return position;
    },
    read: async (options) => {
      const { now } = options;
      if (position === undefined) return begin(now);
      let kind: 'read' | 'lost' = 'read';
      for (let from: Position = position; ;) {
        // Twice: while files are being renamed, one may be missed under both of its names.
        const found = (await locate(path, from)) ?? (await locate(path, from));
        if (found === undefined) {
          // A file that nothing was read of may have had nothing in it.
          if (from.offset > 0) kind = 'lost';
          const next = await nextSince(from.readAt, now);
          if (next === undefined) return { kind: 'missing' };
          from = next;
        } else {
          const { isBehind, next } = await readFile(found, from, options);
          if (next === undefined) return { kind, isBehind };
          from = next;
        }
        position = from;
      }
    },
  };
}

/** The file that holds the position, under whatever name. */
async function locate(path: string, position: Position): Promise<Found | undefined> {
  const log = await openIf(path, false, (source) => isSame(source, position));
  if (log !== undefined) return { source: log, rotated: undefined };
  const files = await listRotated(path);
  for (const rotated of files) {
    if (rotated.inode !== position.inode) continue;
    const source = await openIf(rotated.path, rotated.isGzip, (one) => isSame(one, position));
    if (source !== undefined) return { source, rotated };
  }
  // A copy, or compressed: only its content tells. A copy may lack the last lines that were read.
  if (position.fingerprint.length === 0) return undefined;
  for (const rotated of files.toReversed()) {
    const source = await openIf(rotated.path, rotated.isGzip, (one) => beginsAlike(one, position));
    if (source !== undefined) return { source, rotated };
  }
  return undefined;
}

/** An inode is used again for a new file, and a file may be emptied and grow again: the first bytes decide. */
const isSame = async (source: Source, position: Position): Promise<boolean> =>
  source.inode === position.inode && source.size >= position.offset && (await beginsAlike(source, position));

const beginsAlike = async (source: Source, { fingerprint }: Position): Promise<boolean> =>
  (await source.fingerprint(fingerprint.length)).sha256 === fingerprint.sha256;

async function openIf(
  path: string,
  isGzip: boolean,
  isWanted: (source: Source) => Promise<boolean>,
): Promise<Source | undefined> {
  const source = await openIfThere(path, isGzip ? openGzip : openSource);
  if (source === undefined) return undefined;
  let isKept = false;
  try {
    isKept = await isWanted(source);
  } finally {
    if (!isKept) await source.close();
  }
  return isKept ? source : undefined;
}

async function openIfThere(
  path: string,
  openIt: (path: string) => Promise<Source> = openSource,
): Promise<Source | undefined> {
  try {
    return await openIt(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
