/** Bounds of what PostgreSQL, or what poses as it, sends: https://www.postgresql.org/docs/15/protocol-message-formats.html. */
import type { Socket } from 'node:net';
import type pg from 'pg';
import {
  guardIncoming,
  MAX_ANSWER_BYTES,
  type CountedStream,
  type Scan,
} from '../../common/clients/incoming-bounds.ts';

const HEADER_BYTES = 5;
/** ErrorResponse and NoticeResponse: fields, and a zero. The parser of pg looks for that zero for ever. */
const LISTS_OF_FIELDS: readonly number[] = [0x45, 0x4e];

/** Bounds what this client reads on that socket, within TLS too. */
export function boundAnswers(client: pg.Client, socket: Socket): void {
  const { connection } = client;
  // After the handshake the stream is that of TLS.
  if (client.ssl)
    connection.once('sslconnect', () =>
      guardIncoming(connection.stream as CountedStream, createAnswerScan()),
    );
  else socket.once('connect', () => guardIncoming(socket, createAnswerScan()));
}

/** Follows the messages of one connection: how long they are, and whether a list of fields ends. */
export function createAnswerScan(): Scan {
  const header = Buffer.alloc(HEADER_BYTES);
  let headerBytes = 0;
  let bodyLeft = 0;
  /** Of a list of fields: what the next byte is. */
  let next: 'field' | 'text' | 'nothing' = 'nothing';

  const begin = (): string | undefined => {
    headerBytes = 0;
    const length = header.readUInt32BE(1);
    if (length < 4) return 'a message of no length';
    if (length > MAX_ANSWER_BYTES) return `a message of more than ${MAX_ANSWER_BYTES} bytes`;
    bodyLeft = length - 4;
    next = LISTS_OF_FIELDS.includes(header[0] ?? 0) ? 'field' : 'nothing';
    return next === 'field' && bodyLeft === 0 ? 'a list of fields without an end' : undefined;
  };

  /** Goes through a part of a list of fields. */
  const follow = (part: Buffer): void => {
    for (let at = 0; at < part.length && next !== 'nothing'; at += 1) {
      if (next === 'field') {
        next = part[at] === 0 ? 'nothing' : 'text';
        continue;
      }
      const end = part.indexOf(0, at);
      if (end === -1) return;
      at = end;
      next = 'field';
    }
  };

  return (chunk) => {
    for (let at = 0; at < chunk.length;) {
      if (bodyLeft === 0) {
        const taken = chunk.copy(header, headerBytes, at, at + HEADER_BYTES - headerBytes);
        at += taken;
        headerBytes += taken;
        const problem = headerBytes === HEADER_BYTES ? begin() : undefined;
        if (problem !== undefined) return problem;
        continue;
      }
      const taken = Math.min(bodyLeft, chunk.length - at);
      if (next !== 'nothing') follow(chunk.subarray(at, at + taken));
      at += taken;
      bodyLeft -= taken;
      if (bodyLeft === 0 && next !== 'nothing') return 'a list of fields without an end';
    }
    return undefined;
  };
}
