/**
 * Reads one HTTP/1 answer as browsers and curl do, who take much that RFC 9112 forbids. Node's own parser refuses it, and
 * a page that everybody can open would count as down.
 */
import type { Socket } from 'node:net';
import { UnacceptableAnswer } from '../../../common/clients/incoming-bounds.ts';

export interface Head {
  readonly status: number;
  readonly location: string | undefined;
  /** Bytes of the body; undefined: until the connection ends. */
  readonly length: number | undefined;
  readonly isChunked: boolean;
}

/** Of all lines before the body together, as curl has it. */
const MAX_HEAD_BYTES = 300 * 1024;
const LF = 10;

/** Reads a socket piece by piece. Its methods reject with what ends the socket. */
export class AnswerReader {
  readonly #chunks: AsyncIterator<Buffer, unknown>;
  #held: Buffer = Buffer.alloc(0);
  #isEnded = false;

  constructor(socket: Socket) {
    this.#chunks = (socket as AsyncIterable<Buffer>)[Symbol.asyncIterator]() as AsyncIterator<
      Buffer,
      unknown
    >;
  }

  /**
   * The head of the answer; what is only on the way to it (100, 103) is passed over.
   * @returns undefined when the connection ended before
   * @throws UnacceptableAnswer
   */
  async head(): Promise<Head | undefined> {
    let left = MAX_HEAD_BYTES;
    const line = async (): Promise<string | undefined> => {
      const read = await this.#line(left);
      left -= (read?.length ?? 0) + 1;
      return read;
    };
    for (;;) {
      const first = await line();
      if (first === undefined) return undefined;
      const status = Number(/^HTTP\/\d(?:\.\d)? +(\d{3})(?!\d)/i.exec(first)?.[1]);
      if (Number.isNaN(status)) throw new UnacceptableAnswer('The answer does not begin as one of HTTP.');
      const fields = new Map<string, string>();
      for (let field = await line(); field !== undefined && field !== ''; field = await line()) {
        const [, name = '', value = ''] = /^([^:]*):(.*)$/s.exec(field) ?? [];
        fields.set(name.trim().toLowerCase(), value.trim());
      }
      if (status >= 200 || status === 101) return headOf(status, fields);
    }
  }

  /** At most so many bytes of the body. @returns undefined when the connection ended before the body did */
  async body({ status, length, isChunked }: Head, most: number): Promise<string | undefined> {
    if (status === 101 || status === 204 || status === 304) return '';
    if (isChunked) return this.#chunked(most);
    const wanted = Math.min(length ?? most, most);
    const read = await this.#take(wanted);
    return length !== undefined && read.length < wanted ? undefined : read.toString('utf8');
  }

  async #chunked(most: number): Promise<string | undefined> {
    const parts: Buffer[] = [];
    for (let left = most; left > 0;) {
      const line = await this.#line(MAX_HEAD_BYTES);
      if (line === undefined) return undefined;
      const digits = /^\s*([0-9a-f]+)/i.exec(line)?.[1];
      if (digits === undefined) throw new UnacceptableAnswer('A chunk has no length.');
      const size = Number.parseInt(digits, 16);
      if (size === 0) return (await this.#trailer()) ? Buffer.concat(parts).toString('utf8') : undefined;
      const part = await this.#take(Math.min(size, left));
      parts.push(part);
      left -= part.length;
      if (left === 0) break;
      const end = part.length < size ? undefined : await this.#line(MAX_HEAD_BYTES);
      if (end === undefined) return undefined;
      if (end !== '') throw new UnacceptableAnswer('A chunk is longer than it says.');
    }
    return Buffer.concat(parts).toString('utf8');
  }

  /** @returns whether it ended */
  async #trailer(): Promise<boolean> {
    let line: string | undefined;
    do line = await this.#line(MAX_HEAD_BYTES);
    while (line !== undefined && line !== '');
    return line !== undefined;
  }

  /** Without its end, which is LF or CR LF; undefined when the connection ended. */
  async #line(most: number): Promise<string | undefined> {
    let end = this.#held.indexOf(LF);
    while (end === -1) {
      if (this.#held.length > most) break;
      if (!(await this.#more())) return undefined;
      end = this.#held.indexOf(LF);
    }
    if (end === -1 || end > most) throw new UnacceptableAnswer('The head of the answer does not end.');
    const line = this.#held.toString('utf8', 0, end);
    this.#held = this.#held.subarray(end + 1);
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }

  /** Fewer bytes when the connection ends before. */
  async #take(size: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = size; left > 0;) {
      if (this.#held.length === 0 && !(await this.#more())) break;
      const part = this.#held.subarray(0, left);
      parts.push(part);
      left -= part.length;
      this.#held = this.#held.subarray(part.length);
    }
    return Buffer.concat(parts);
  }

  async #more(): Promise<boolean> {
    if (this.#isEnded) return false;
    const next = await this.#chunks.next();
    if (next.done === true) this.#isEnded = true;
    else this.#held = this.#held.length === 0 ? next.value : Buffer.concat([this.#held, next.value]);
    return next.done !== true;
  }
}

function headOf(status: number, fields: ReadonlyMap<string, string>): Head {
  const isChunked = /\bchunked\b/i.test(fields.get('transfer-encoding') ?? '');
  const digits = /^\+?(\d+)/.exec(fields.get('content-length') ?? '')?.[1];
  return {
    status,
    location: fields.get('location') || undefined,
    length: digits === undefined ? undefined : Number(digits),
    isChunked,
  };
}
