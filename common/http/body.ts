/** Bodies of requests: refused before a byte is read where that is possible, and bounded all together. */
import type { IncomingMessage } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import { HttpError } from './errors.ts';
import { JsonBoundsError, parseJson } from '../text/json.ts';

export interface BodyRoom {
  /** Bytes of bodies held now. */
  readonly held: number;
  /** False when there is no room for so many more. */
  take(bytes: number): boolean;
  give(bytes: number): void;
  /** Does the work alone when the body is big: its parsed form takes several times its bytes. */
  inTurn<T>(bytes: number, work: () => Promise<T>): Promise<T>;
}

/** Bodies from this size on are parsed and accepted one after another. */
const BIG_BYTES = 256 * 1024;

/** Room for the bodies that are held at once, from the first byte until the request is answered. */
export function createBodyRoom(mostBytes: number): BodyRoom {
  let held = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    get held() {
      return held;
    },
    take: (bytes) => {
      if (held + bytes > mostBytes) return false;
      held += bytes;
      return true;
    },
    give: (bytes) => {
      held -= bytes;
    },
    inTurn: (bytes, work) => {
      if (bytes < BIG_BYTES) return work();
      const mine = last.then(work);
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}

export interface BodyRules {
  /** A longer body is refused with 413. */
  readonly limitBytes: number;
  readonly room: BodyRoom;
}

/**
 * Takes a body and holds its room until it is handled.
 * @param handle gets its bytes
 */
export function takeBody(
  rules: BodyRules,
  handle: (bytes: Buffer, request: Request, response: Response) => Promise<void>,
): RequestHandler {
  return async (request, response) => {
    checkHeaders(request, rules.limitBytes);
    const reading = new Reading(rules);
    try {
      await reading.read(request);
      await rules.room.inTurn(reading.length, async () => {
        // Whoever did not wait for its turn sends it again.
        if (response.destroyed) throw aborted();
        await handle(reading.takeBytes(), request, response);
      });
    } finally {
      reading.release();
    }
  };
}

/** The same for a body of JSON. */
export const takeJson = (
  rules: BodyRules,
  handle: (body: unknown, request: Request, response: Response) => Promise<void>,
): RequestHandler =>
  takeBody(rules, (bytes, request, response) => handle(readJson(bytes), request, response));

/**
 * The JSON of a body; undefined for an empty one.
 * @throws HttpError 400 for anything else, 413 for what is too deep or too much.
 */
export function readJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  try {
    // Without its byte order mark.
    return parseJson(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof JsonBoundsError) {
      throw new HttpError(413, 'json_too_large', `The body is not what a sender sends. ${error.message}`);
    }
    throw new HttpError(400, 'invalid_json', 'The body is not valid JSON.', { cause: error });
  }
}

const FORM_TYPE = /^\s*(?:application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/i;

/**
 * Refuses a body that may come from a form: a form on any web page can be sent here by the browser of whoever looks at that
 * page. Older browsers do not say by Origin that they do, but a form is always of one of these types.
 */
export const refuseForms: RequestHandler = ({ headers }, _response, next) => {
  if (!FORM_TYPE.test(headers['content-type'] ?? '')) next();
  else {
    const message =
      'Send it with Content-Type: application/json. Where WEBHOOK_TOKEN is set, and sent, any other will do.';
    next(new HttpError(415, 'unsupported_type', message));
  }
};

/** @throws HttpError for what needs no look into the body */
function checkHeaders({ headers }: IncomingMessage, limitBytes: number): void {
  if (Number(headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
  const encoding = headers['content-encoding'];
  // No sender packs: a few kilobytes could be gigabytes.
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw new HttpError(415, 'encoding_unsupported', 'Send the body without Content-Encoding.');
  }
  const charset = /;\s*charset\s*=\s*"?(?<name>[^\s;"]*)/i.exec(headers['content-type'] ?? '')?.groups?.[
    'name'
  ];
  if (charset !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(charset)) {
    throw new HttpError(415, 'charset_unsupported', 'Send the body in UTF-8.');
  }
}

const FIRST_BYTES = 16 * 1024;

/** One body on its way in. Its bytes are copied together: a chunk of one byte that is kept costs two hundred. */
class Reading {
  readonly #rules: BodyRules;
  #buffer = Buffer.alloc(0);
  #taken = 0;
  length = 0;

  constructor(rules: BodyRules) {
    this.#rules = rules;
  }

  read(request: IncomingMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      const declared = Number(request.headers['content-length'] ?? 0);
      const refused = request.destroyed ? aborted() : this.#reserve(declared);
      if (refused !== undefined) {
        reject(refused);
        return;
      }
      const end = (settle: () => void): void => {
        request.off('data', take).off('end', done).off('error', cut).off('close', cut);
        // What comes of a body that is refused is thrown away.
        request.on('error', () => undefined).resume();
        settle();
      };
      const take = (chunk: Buffer): void => {
        const refusal = this.#append(chunk);
        if (refusal !== undefined) end(() => reject(refusal));
      };
      const done = (): void => end(resolve);
      const cut = (): void => end(() => reject(aborted()));
      request.on('data', take).once('end', done).once('error', cut).once('close', cut);
    });
  }

  /** Gives them away, so that they can go when they are parsed. */
  takeBytes(): Buffer {
    const bytes = this.#buffer.subarray(0, this.length);
    this.#buffer = Buffer.alloc(0);
    return bytes;
  }

  release(): void {
    this.#rules.room.give(this.#taken);
    this.#taken = 0;
    this.#buffer = Buffer.alloc(0);
  }

  /** Why it cannot be kept; undefined when it is. */
  #append(chunk: Buffer): HttpError | undefined {
    const { limitBytes } = this.#rules;
    const length = this.length + chunk.length;
    if (length > limitBytes) return tooLarge(limitBytes);
    if (length > this.#buffer.length) {
      const grown = Math.max(FIRST_BYTES, 2 * this.#buffer.length, length);
      const refused = this.#reserve(Math.min(limitBytes, grown));
      if (refused !== undefined) return refused;
    }
    chunk.copy(this.#buffer, this.length);
    this.length = length;
    return undefined;
  }

  #reserve(bytes: number): HttpError | undefined {
    if (!this.#rules.room.take(bytes - this.#taken)) {
      const message = 'Too many bodies are being read at once; send it again.';
      return new HttpError(503, 'busy', message, { retryAfterS: RETRY_AFTER_S });
    }
    this.#taken = bytes;
    const before = this.#buffer.subarray(0, this.length);
    this.#buffer = Buffer.allocUnsafeSlow(bytes);
    before.copy(this.#buffer);
    return undefined;
  }
}

const RETRY_AFTER_S = 1;

const tooLarge = (limitBytes: number): HttpError =>
  new HttpError(413, 'body_too_large', `The body is larger than the limit of ${limitBytes} bytes.`);

const aborted = (): HttpError =>
  new HttpError(400, 'request_aborted', 'The sender cut the connection before it was answered.');
