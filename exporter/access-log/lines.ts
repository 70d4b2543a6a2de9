/** Chunks of a file → its lines. Pure. */

export interface LineSplitter {
  /** @param chunk may be overwritten afterwards */
  readonly take: (chunk: Buffer) => void;
  /** Bytes taken so far that need not be taken again: up to the last newline, or all of a line that is too long. */
  readonly consumed: number;
  /** The rest of the line, from `consumed` on, is to be skipped. */
  readonly isSkipping: boolean;
}

export interface LineOptions {
  /** A line without its newline: the bytes from `start` up to `end`, good until it returns. */
  readonly onLine: (bytes: Buffer, start: number, end: number) => void;
  /** Told once of each line that is longer than `maxBytes`. */
  readonly onTooLong: () => void;
  readonly maxBytes: number;
  /** Begins within a line that was too long. */
  readonly isSkipping: boolean;
}

const NEWLINE = 0x0a;

export function createLineSplitter({ onLine, onTooLong, maxBytes, ...begin }: LineOptions): LineSplitter {
  let { isSkipping } = begin;
  let taken = 0;
  let rest: Buffer[] = [];
  let restBytes = 0;

  /** The first piece of a chunk ends the line that earlier chunks began. */
  const endLine = (chunk: Buffer, end: number): void => {
    if (isSkipping) isSkipping = false;
    else if (restBytes + end > maxBytes) onTooLong();
    else if (restBytes === 0) onLine(chunk, 0, end);
    else onLine(Buffer.concat([...rest, chunk.subarray(0, end)]), 0, restBytes + end);
    rest = [];
    restBytes = 0;
  };
  const keep = (tail: Buffer): void => {
    if (isSkipping || tail.length === 0) return;
    if (restBytes + tail.length > maxBytes) {
      onTooLong();
      isSkipping = true;
      rest = [];
      restBytes = 0;
      return;
    }
    rest.push(Buffer.from(tail));
    restBytes += tail.length;
  };

  return {
    take: (chunk) => {
      taken += chunk.length;
      let end = chunk.indexOf(NEWLINE);
      if (end < 0) {
        keep(chunk);
        return;
      }
      endLine(chunk, end);
      let start = end + 1;
      for (;;) {
        end = chunk.indexOf(NEWLINE, start);
        if (end < 0) break;
        if (end - start > maxBytes) onTooLong();
        else onLine(chunk, start, end);
        start = end + 1;
      }
      keep(chunk.subarray(start));
    },
    get consumed() {
      return taken - restBytes;
    },
    get isSkipping() {
      return isSkipping;
    },
  };
}
