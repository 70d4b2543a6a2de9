import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import type { ListenAddress } from '../env/reader.ts';
import { OperatorError } from '../process/operator-error.ts';
import { errorBody } from './errors.ts';

export interface HttpServer {
  readonly host: string;
  /** The port in use: the one asked for, or the one the system chose for port 0. */
  readonly port: number;
  /** Stops accepting, lets requests in flight end, and cuts what is still open after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** What a client may take of the server. */
export interface Limits {
  /** From the first byte to the end of the headers, and of the whole request, ms. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** Connections that are open at once; further ones are cut. */
  readonly connections: number;
}

/** A client that opens a connection and says nothing must not hold it for ever (slow loris). */
const LIMITS: Limits = { headersMs: 10_000, requestMs: 60_000, connections: 500 };

/** How late a limit may be noticed; Node looks every half minute unless it is told to. */
const NOTICED_WITHIN_MS = 1_000;

/** A server that cannot start, in one sentence for the operator. */
class ListenError extends OperatorError {
  override readonly name = 'ListenError';
}

/** @param setting name of the variable that says where to listen, for the error. */
export async function listen(
  handler: RequestListener,
  address: ListenAddress,
  setting: string,
  limits: Limits = LIMITS,
): Promise<HttpServer> {
  const answers = new WeakMap<Duplex, ServerResponse>();
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: Math.min(NOTICED_WITHIN_MS, limits.headersMs / 2),
    },
    (request, response) => {
      answers.set(request.socket, response);
      if (makeOriginForm(request)) handler(request, response);
      else
        refuse(
          request.socket,
          [400, 'bad_request', 'That is no address of a page.'],
          request.method === 'HEAD',
        );
    },
  );
  server.maxConnections = limits.connections;
  server.on('clientError', (error: NodeJS.ErrnoException & { readonly rawPacket?: Buffer }, socket) => {
    const answer = answers.get(socket);
    // Behind the beginning of an answer another one would be taken for more of it.
    if (!socket.writable || (answer !== undefined && answer.headersSent && !answer.writableFinished)) {
      socket.destroy(error);
    } else refuse(socket, reasonOf(error.code), error.rawPacket?.toString('latin1', 0, 5) === 'HEAD ');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, address, setting)));
    server.listen(address.port, address.host, resolve);
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  return {
    host: address.host,
    port,
    close: async (graceMs) => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(cut);
    },
  };
}

/** A client may write the whole URL (RFC 9112, 3.2.2). False when what it wrote is none: Express would not see its path. */
function makeOriginForm(request: IncomingMessage): boolean {
  const { url = '' } = request;
  if (url.startsWith('/') || url === '*') return true;
  if (!URL.canParse(url)) return false;
  const { pathname, search } = new URL(url);
  request.url = pathname + search;
  return pathname.startsWith('/');
}

type Reason = readonly [status: number, code: string, message: string];

/** What Node's parser did not let pass, or what did not come in time. */
function reasonOf(code: string | undefined): Reason {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [431, 'headers_too_large', 'The headers are larger than 16 kB.'];
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return [413, 'body_too_large', 'The extensions of a chunk are too long.'];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'timeout', 'The request did not come in time.'];
    default:
      return [400, 'bad_request', 'That is no valid HTTP request.'];
  }
}

/** Answers what never became a request that a route could answer, and ends the connection. */
function refuse(socket: Duplex, [status, code, message]: Reason, isHead: boolean): void {
  const body = JSON.stringify(errorBody(code, message));
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      isHead ? '' : body,
    ].join('\r\n'),
    () => socket.destroy(),
  );
}

function explain(error: NodeJS.ErrnoException, { host, port }: ListenAddress, setting: string): ListenError {
  const where = `${host}:${port}`;
  const reasons: Record<string, string> = {
    EADDRINUSE: `${where} is in use by another program: stop it, or set ${setting} to another port.`,
    EACCES: `This user may not listen on ${where}: set ${setting} to a port above 1023.`,
    EADDRNOTAVAIL: `${host} is no address of this machine: set ${setting} to 127.0.0.1:${port} or 0.0.0.0:${port}.`,
  };
  const sentence = reasons[error.code ?? ''] ?? `Cannot listen on ${where} (${setting}): ${error.message}.`;
  return new ListenError(sentence, { cause: error });
}
