/** A log's file, plain or compressed, opened for reading. */
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { ProbeError } from '../collectors/collector.ts';

/** The first bytes of a file, as a hash: they hold addresses of people. */
export interface Fingerprint {
  readonly length: number;
  readonly sha256: string;
}

/** Some five lines, and every line has a time: no two logs begin alike. */
export const FINGERPRINT_BYTES = 1024;

export interface Source {
  readonly inode: number;
  /** Infinity for a compressed file, whose content has a length that nobody knows. */
  readonly size: number;
  readonly mtimeMs: number;
  /** Of the first `length` bytes of the content, or of all there are. */
  fingerprint(length: number): Promise<Fingerprint>;
  /** The content from `offset` to its end. A chunk is good until the next is asked for. */
  chunks(offset: number): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/** A chunk of lines takes well below a millisecond; then others have the event loop. */
const CHUNK_BYTES = 64 * 1024;

export const NO_FINGERPRINT: Fingerprint = fingerprintOf(Buffer.alloc(0));

/** @throws what `open` throws; ProbeError for a pipe or a device, as images of nginx have in place of a log. */
export async function openSource(path: string): Promise<Source> {
  const handle = await openFile(path);
  try {
    const { ino, size, mtimeMs } = await handle.stat();
    return {
      inode: ino,
      size,
      mtimeMs,
      fingerprint: async (length) => {
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, 0);
        return fingerprintOf(buffer.subarray(0, bytesRead));
      },
      chunks: async function* (offset) {
        const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
        for (let at = offset; ;) {
          const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, at);
          if (bytesRead === 0) return;
          at += bytesRead;
          yield buffer.subarray(0, bytesRead);
        }
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Reads from the beginning each time: nothing else can be done with gzip. @throws what `open` throws. */
export async function openGzip(path: string): Promise<Source> {
  const handle = await openFile(path);
  const { ino, mtimeMs } = await handle.stat();
  await handle.close();
  return {
    inode: ino,
    size: Infinity,
    mtimeMs,
    fingerprint: async (length) => {
      const parts: Buffer[] = [];
      let total = 0;
      for await (const chunk of unzipped(path)) {
        parts.push(Buffer.from(chunk));
        total += chunk.length;
        if (total >= length) break;
      }
      return fingerprintOf(Buffer.concat(parts).subarray(0, length));
    },
    chunks: async function* (offset) {
      let toSkip = offset;
      for await (const chunk of unzipped(path)) {
        if (toSkip < chunk.length) yield chunk.subarray(toSkip);
        toSkip = Math.max(0, toSkip - chunk.length);
      }
    },
    close: () => Promise.resolve(),
  };
}

/** Without O_NONBLOCK opening a pipe would wait for somebody to write into it. */
async function openFile(path: string): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new ProbeError(`${path} is not a file: let nginx write its access log to one`);
}

async function* unzipped(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path);
  const content = createGunzip({ chunkSize: CHUNK_BYTES });
  file.once('error', (error) => content.destroy(error));
  try {
    for await (const chunk of file.pipe(content)) yield chunk as Buffer;
  } catch (error) {
    // Damaged, or cut off: what can be read of it counts.
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) throw error;
  } finally {
    file.destroy();
    content.destroy();
  }
}

function fingerprintOf(bytes: Buffer): Fingerprint {
  return { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
