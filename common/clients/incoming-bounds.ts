/**
 * What comes in on a connection is bounded before a client library sees it, and what the library throws at it becomes
 * the error of the connection. Libraries parse in a handler of `data`: an exception there would end the process.
 */
import type { Duplex } from 'node:stream';

/** A socket, or what TLS makes of one. */
export type CountedStream = Duplex & { readonly bytesWritten: number };

/** Looks at the next bytes of one connection. @returns what is wrong with them, as the end of a sentence */
export type Scan = (chunk: Buffer) => string | undefined;

/** Of one answer: all that comes between two requests. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** What no server of that kind sends. Its code lets it pass for an error of the network. */
export class UnacceptableAnswer extends Error {
  override readonly name = 'UnacceptableAnswer';
  readonly code = 'UNACCEPTABLE_ANSWER';
}

/** Destroys the connection, with an UnacceptableAnswer, at the first chunk that `scan` refuses or a listener throws at. */
export function guardIncoming(stream: CountedStream, scan: Scan, maxAnswerBytes = MAX_ANSWER_BYTES): void {
  const emit = stream.emit.bind(stream) as (event: string | symbol, ...args: unknown[]) => boolean;
  let written = stream.bytesWritten;
  let answered = 0;

  const problemOf = (chunk: Buffer): string | undefined => {
    if (stream.bytesWritten !== written) {
      written = stream.bytesWritten;
      answered = 0;
    }
    answered += chunk.length;
    return answered > maxAnswerBytes ? `of more than ${maxAnswerBytes} bytes` : scan(chunk);
  };

  // The listeners of the library are there already, and one listener cannot keep a chunk from the next one.
  stream.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    const [chunk] = args;
    if (event !== 'data' || !Buffer.isBuffer(chunk)) return emit(event, ...args);
    if (stream.destroyed) return false;
    const problem = problemOf(chunk);
    if (problem !== undefined) {
      stream.destroy(new UnacceptableAnswer(`The answer is ${problem}.`));
      return false;
    }
    try {
      return emit(event, ...args);
    } catch (error) {
      stream.destroy(new UnacceptableAnswer('The answer could not be read.', { cause: error }));
      return false;
    }
  };
}
