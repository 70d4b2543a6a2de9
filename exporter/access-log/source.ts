/** A log's file, plain or compressed, held open: it stays the same file whatever is done to its name. */
import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** The first bytes of a file, as a hash: they hold addresses of people. */
export interface Fingerprint {
  readonly length: number;
  readonly sha256: string;
}

/** What tells a file from others while one of them is held open, and how much was written to it, and when. */
export interface FileStatus {
  readonly device: number;
  readonly inode: number;
  /** In bytes. */
  readonly size: number;
  readonly mtimeMs: number;
}

export interface Source {
  readonly isGzip: boolean;
  /** The size of a compressed file is Infinity: its content has a length that nobody knows. */
  status(): Promise<FileStatus>;
  /** The first bytes of the content: as many as a fingerprint has, or all there are. */
  head(): Promise<Buffer>;
  /** The content from `offset` to its end. A chunk is good until the next is asked for. */
  chunks(offset: number): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/** Some five lines, and every line has a time: no two logs begin alike. */
const FINGERPRINT_BYTES = 1024;

/** A chunk of lines takes well below a millisecond; then others have the event loop. */
const CHUNK_BYTES = 64 * 1024;

export const statusFrom = ({ dev, ino, size, mtimeMs }: Stats): FileStatus => ({
  device: dev,
  inode: ino,
  size,
  mtimeMs,
});

/** @throws what `open` throws. */
export async function openSource(path: string, isGzip: boolean): Promise<Source> {
  // Without O_NONBLOCK opening a pipe would wait for somebody to write into it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return {
    isGzip,
    status: async () => {
      const status = statusFrom(await file.stat());
      return isGzip ? { ...status, size: Infinity } : status;
    },
    ...(isGzip ? compressed(file) : plain(file)),
    close: () => file.close(),
  };
}

const plain = (file: FileHandle): Pick<Source, 'head' | 'chunks'> => ({
  head: async () => {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(FINGERPRINT_BYTES), 0, FINGERPRINT_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  },
  chunks: (offset) => bytesOf(file, offset),
});

/** Reads from the beginning each time: nothing else can be done with gzip. */
const compressed = (file: FileHandle): Pick<Source, 'head' | 'chunks'> => {
  let known: Promise<Buffer> | undefined;
  return {
    head: () => (known ??= headOf(file)),
    chunks: async function* (offset) {
      let toSkip = offset;
      for await (const chunk of unzipped(file)) {
        if (toSkip < chunk.length) yield chunk.subarray(toSkip);
        toSkip = Math.max(0, toSkip - chunk.length);
      }
    },
  };
};

async function headOf(file: FileHandle): Promise<Buffer> {
  const parts: Buffer[] = [];
  let total = 0;
  for await (const chunk of unzipped(file)) {
    parts.push(Buffer.from(chunk));
    total += chunk.length;
    if (total >= FINGERPRINT_BYTES) break;
  }
  return Buffer.concat(parts).subarray(0, FINGERPRINT_BYTES);
}

async function* bytesOf(file: FileHandle, offset: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let at = offset; ;) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* unzipped(file: FileHandle): AsyncGenerator<Buffer> {
  const content = createGunzip({ chunkSize: CHUNK_BYTES });
  // What is wrong is thrown by the content.
  pipeline(Readable.from(copied(bytesOf(file, 0))), content, () => undefined);
  try {
    for await (const chunk of content) yield chunk as Buffer;
  } catch (error) {
    // Damaged, or cut off: what can be read of it counts.
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) throw error;
  }
}

/** A stream asks for the next chunk before it is done with the one before. */
async function* copied(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

/** Of the first bytes of a content, of at most so many as all fingerprints have. */
export function fingerprintOf(head: Buffer): Fingerprint {
  const bytes = head.subarray(0, FINGERPRINT_BYTES);
  return { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

export const beginsWith = (head: Buffer, { length, sha256 }: Fingerprint): boolean =>
  fingerprintOf(head.subarray(0, length)).sha256 === sha256;
