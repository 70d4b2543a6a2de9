/** Answers `GET /metrics` in the reader's format and encoding. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { COMMON_HEADERS } from '../../common/http/app.ts';
import type { Exposition, Version } from './cache.ts';
import { CONTENT_TYPES, type Format } from './exposition.ts';
import type { YieldToEventLoop } from './fragment.ts';
import { formatFor, wantsGzip } from './negotiate.ts';

/** Resolves when the answer is on its way; undefined when it is so already. Rejects before anything was sent. */
export type Scrape = (request: IncomingMessage, response: ServerResponse) => Promise<void> | undefined;

/**
 * Level 1 leaves a tenth of the text; the default level takes more than twice as long to leave a twelfth. Big pieces:
 * each of them comes back to the event loop.
 */
const GZIP = { level: 1, chunkSize: 256 * 1024 } as const;
const compress = promisify(gzip);

interface Answer {
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Buffer;
}

export function createScrape(exposition: Exposition): Scrape {
  const formats = remembering(formatFor);
  const gzips = remembering(wantsGzip);
  const answers = new WeakMap<Version, Map<string, Answer | Promise<Answer>>>();

  /** The same bytes are prepared once per version, and what is being prepared is waited for by all. */
  const answerOf = (version: Version, format: Format, isGzip: boolean): Answer | Promise<Answer> => {
    const known = answers.get(version) ?? new Map<string, Answer | Promise<Answer>>();
    answers.set(version, known);
    const key = isGzip ? `${format} gzip` : format;
    const found = known.get(key);
    if (found !== undefined) return found;
    const plain = version.body(format);
    const made = isGzip
      ? compress(plain, GZIP).then((body) => {
          const answer = answerWith(format, body, { 'Content-Encoding': 'gzip' });
          known.set(key, answer);
          return answer;
        })
      : answerWith(format, plain, {});
    known.set(key, made);
    return made;
  };

  return (request, response) => {
    const format = formats(request.headers.accept);
    const isGzip = gzips(header(request.headers['accept-encoding']));
    const send = ({ headers, body }: Answer): void => void response.writeHead(200, headers).end(body);
    const version = exposition.current();
    if (version === undefined) {
      return exposition.refresh().then(async (fresh) => send(await answerOf(fresh, format, isGzip)));
    }
    const answer = answerOf(version, format, isGzip);
    if (answer instanceof Promise) return answer.then(send);
    send(answer);
    return undefined;
  };
}

const answerWith = (format: Format, body: Buffer, headers: Answer['headers']): Answer => ({
  headers: {
    ...COMMON_HEADERS,
    'Content-Type': CONTENT_TYPES[format],
    'Content-Length': body.length,
    Vary: 'Accept, Accept-Encoding',
    ...headers,
  },
  body,
});

const header = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(',') : value;

/** Readers send the same header every time; the last few answers are enough, and a stranger cannot fill the memory. */
const REMEMBERED = 16;

function remembering<T>(decide: (header: string | undefined) => T): (header: string | undefined) => T {
  const known = new Map<string | undefined, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    if (known.size >= REMEMBERED) known.clear();
    const decided = decide(text);
    known.set(text, decided);
    return decided;
  };
}

/** Lets others have the event loop once a piece of work has taken so long: the garbage collector takes its own share. */
const PIECE_MS = 1;

/** @param elapsedMs monotonic */
export function createYieldToEventLoop(elapsedMs: () => number): YieldToEventLoop {
  let startedMs = elapsedMs();
  return () => {
    const nowMs = elapsedMs();
    if (nowMs - startedMs < PIECE_MS) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        startedMs = elapsedMs();
        resolve();
      });
    });
  };
}
