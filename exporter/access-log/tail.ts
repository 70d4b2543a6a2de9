/**
 * Follows a log through its rotations, as `tail -F` does: the file that is read is held open, and stays the same file
 * whatever name logrotate gives it, and whether it is compressed or removed. It is left for the next one when it has
 * been quiet for a while and the next one has been begun: nginx writes to it until all of its workers have reopened their log.
 *
 * What was read is remembered as a place in a file that is known by its first bytes. They are needed when no file is
 * held: after a restart, and when the log was copied and emptied (copytruncate).
 */
import { elapsedSince } from '../../common/time/elapsed.ts';
import { ifAllowed } from './errors.ts';
import { createLineSplitter, type LineOptions } from './lines.ts';
import { isSameFile, listFiles, openListed, RenamedMeanwhile, statusOf, type LogFile } from './rotated.ts';
import { beginsWith, fingerprintOf, type Fingerprint, type Source } from './source.ts';

/** How far a log has been read. */
export interface Position {
  readonly inode: number;
  /** Of the file's content, uncompressed. 0: nothing is known of the file, whatever was written since `mtimeMs` is unread. */
  readonly offset: number;
  readonly fingerprint: Fingerprint;
  /** The rest of the line at `offset` belongs to one that was too long. */
  readonly isSkipping: boolean;
  /** The last write that is known of: files that were last written before it need no reading. */
  readonly mtimeMs: number;
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
  /** A reading that goes on may fail. */
  close(): Promise<void>;
}

/** Longer than any request nginx accepts (large_client_header_buffers), escaped. */
const LINE_MAX_BYTES = 2 * 1024 * 1024;

/** Workers of nginx reopen their log within milliseconds, one that is busy within a second. */
const QUIET_MS = 2_000;

/** One that is late all the same is heard for so long after its last line, and holds up the next file no longer than this. */
const LATE_MS = 60_000;

/** A file that is held open, and how far it was read. */
interface Held {
  readonly source: Source;
  position: Position;
  /** Since when the log is another file, in Unix milliseconds. */
  rotatedAt?: number;
}

/** @param saved Where to go on. Without it a log that is there is read from its end: its past is not now. */
export function createTail({ path, onLine, onTooLong }: TailOptions, saved?: Position): Tail {
  let position = saved;
  let held: Held | undefined;
  /** Left, though a worker may be late. Of no position that is kept: they were read to their end. */
  let left: readonly Held[] = [];

  const release = async (file: Held): Promise<void> => {
    if (held === file) held = undefined;
    left = left.filter((one) => one !== file);
    await file.source.close();
  };

  /** @returns `emptied` when it has other content than before; nothing of that was handed over. */
  const readOn = async (file: Held, isTimeUp: () => boolean): Promise<'end' | 'behind' | 'emptied'> => {
    const { source, position: from } = file;
    const { size, mtimeMs } = await source.status();
    // Also when its size says nothing: it may have grown again to what it was.
    if (size < from.offset || !beginsWith(await source.head(), from.fingerprint)) return 'emptied';
    const lines = createLineSplitter({
      ...{ onLine, onTooLong },
      maxBytes: LINE_MAX_BYTES,
      isSkipping: from.isSkipping,
    });
    let isFirst = from.offset === 0;
    for await (const chunk of source.chunks(from.offset)) {
      // Looked at once the chunk is read: what has its old beginning now had it then.
      const head = isFirst ? chunk : await source.head();
      if (!isFirst && !beginsWith(head, file.position.fingerprint)) return 'emptied';
      isFirst = false;
      lines.take(chunk);
      const offset = from.offset + lines.consumed;
      const fingerprint = fingerprintOf(head.subarray(0, offset));
      file.position = { ...from, offset, fingerprint, isSkipping: lines.isSkipping, mtimeMs };
      if (file === held) ({ position } = file);
      if (isTimeUp()) return 'behind';
    }
    return 'end';
  };

  const readHeld = async (file: Held, isTimeUp: () => boolean) => {
    try {
      return await readOn(file, isTimeUp);
    } catch (error) {
      // Of a file system that is gone a file stays open, and fails for ever.
      await release(file);
      throw error;
    }
  };

  const readLate = async ({ now, isTimeUp }: ReadOptions): Promise<void> => {
    for (const file of left) {
      const progress = await readHeld(file, isTimeUp);
      const { mtimeMs } = await file.source.status();
      if (progress === 'emptied' || elapsedSince(mtimeMs, now) >= LATE_MS) await release(file);
    }
  };

  const begin = async (): Promise<ReadResult> => {
    const files = await listFiles(path);
    // Until nginx has begun the log that logrotate has made for it, it writes to the one before.
    const newest = files.findLast(({ size, isGzip }) => size > 0 && !isGzip);
    const source = newest && (await (newest.isLog ? openListed(newest) : ifAllowed(openListed(newest))));
    position = atBeginning(Math.max(0, ...files.map(({ mtimeMs }) => mtimeMs)));
    if (source !== undefined) {
      const { inode, size, mtimeMs } = await source.status();
      const fingerprint = fingerprintOf((await source.head()).subarray(0, size));
      position = { ...atBeginning(mtimeMs), inode, offset: size, fingerprint };
      held = { source, position };
    }
    return files.some(({ isLog }) => isLog) ? { kind: 'read', isBehind: false } : { kind: 'missing' };
  };

  /** Where to go on: in the file that holds the position, under whatever name, or in the first that was written to since. */
  const locate = async (from: Position, now: number): Promise<Held | undefined> => {
    const files = await listFiles(path);
    const found = await findContent(files, from);
    if (found !== undefined) return found.held;
    const newer = files.find(({ mtimeMs, isLog }) => isLog || mtimeMs > Math.min(from.mtimeMs, now));
    return newer && openAtBeginning(newer, from.mtimeMs);
  };

  /** What comes after a file that was read to its end; undefined while that is still written to, or nothing comes. */
  const nextOf = async (file: Held, now: number): Promise<Held | 'missing' | undefined> => {
    const own = await file.source.status();
    const log = await statusOf(path);
    if (log !== undefined && isSameFile(log, own)) return undefined;
    file.rotatedAt ??= now;
    const isLate = elapsedSince(file.rotatedAt, now) >= LATE_MS;
    const isOver = file.source.isGzip || elapsedSince(own.mtimeMs, now) >= QUIET_MS || isLate;
    if (log !== undefined && !isOver) return undefined;

    const files = await listFiles(path);
    let index = files.findIndex((one) => isSameFile(one, own));
    if (index < 0) {
      const copy = await findContent(files, file.position);
      // Moved to another disk, with a link in its place.
      if (copy?.file.isLog === true) return copy.held;
      await copy?.held.source.close();
      if (copy !== undefined) index = files.indexOf(copy.file);
    }
    if (log === undefined && (index < 0 || isLate)) return 'missing';
    if (!isOver) return undefined;
    const newer =
      index < 0
        ? files.filter(({ mtimeMs, isLog }) => isLog || mtimeMs > Math.min(own.mtimeMs, now))
        : files.slice(index + 1);
    for (const one of newer) {
      const next = await openAtBeginning(one, own.mtimeMs);
      // One that nothing was ever written to is passed over: a compressed one has a size all the same.
      if ((await next.source.head()).length > 0) return next;
      await next.source.close();
    }
    return undefined;
  };

  const read = async (options: ReadOptions, told: { kind: 'read' | 'lost' }): Promise<ReadResult> => {
    await readLate(options);
    if (position === undefined) return begin();
    for (;;) {
      const from: Position = held?.position ?? position;
      // An empty file is not known by anything: it may have been copied and emptied again by the next reading.
      held ??= await locate(from, options.now);
      if (held === undefined) return { kind: 'missing' };
      if (from.offset > 0 && held.position.offset === 0) told.kind = 'lost';
      ({ position } = held);
      const file = held;
      const progress = await readHeld(file, options.isTimeUp);
      if (progress === 'behind') return { ...told, isBehind: true };
      if (progress === 'emptied') {
        await release(file);
        continue;
      }
      const next = await nextOf(file, options.now);
      if (next === undefined || next === 'missing') {
        if (file.position.offset === 0) await release(file);
        return next === undefined ? { ...told, isBehind: false } : { kind: next };
      }
      held = next;
      ({ position } = next);
      if (file.source.isGzip) await release(file);
      else left = [...left, file];
    }
  };

  return {
    get position() {
      return position;
    },
    read: async (options) => {
      const told: { kind: 'read' | 'lost' } = { kind: 'read' };
      try {
        return await read(options, told);
      } catch (error) {
        if (error instanceof RenamedMeanwhile) return { ...told, isBehind: true };
        throw error;
      }
    },
    close: async () => {
      for (const file of held === undefined ? left : [...left, held]) await release(file);
    },
  };
}

const atBeginning = (mtimeMs: number): Position => ({
  inode: 0,
  offset: 0,
  fingerprint: fingerprintOf(Buffer.alloc(0)),
  isSkipping: false,
  mtimeMs,
});

const openAtBeginning = async (file: LogFile, mtimeMs: number): Promise<Held> => ({
  source: await openListed(file),
  position: { ...atBeginning(mtimeMs), inode: file.inode },
});

/**
 * The file that begins as the one that was read: itself, a copy of it, or compressed. An inode is used again for a new
 * file, so it only says where to look first. A copy may lack the last lines that were read.
 */
async function findContent(
  files: readonly LogFile[],
  position: Position,
): Promise<{ readonly held: Held; readonly file: LogFile } | undefined> {
  if (position.offset === 0) return undefined;
  const itself = files.filter(({ inode }) => inode === position.inode);
  for (const file of [...itself, ...files.toReversed()]) {
    // Old ones may be from a time when others were let read them.
    const source = await (file.isLog ? openListed(file) : ifAllowed(openListed(file)));
    if (source === undefined) continue;
    let isKept = false;
    try {
      const { inode, size } = await source.status();
      isKept = beginsWith(await source.head(), position.fingerprint);
      const offset = Math.min(position.offset, size);
      if (isKept) return { held: { source, position: { ...position, inode, offset } }, file };
    } finally {
      if (!isKept) await source.close();
    }
  }
  return undefined;
}
