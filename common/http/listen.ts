import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { ListenAddress } from '../env/reader.ts';
import { OperatorError } from '../operator-error.ts';

export interface HttpServer {
  readonly host: string;
  /** The port in use: the one asked for, or the one the system chose for port 0. */
  readonly port: number;
  /** Stops accepting, lets requests in flight end, and cuts what is still open after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** A server that cannot start, in one sentence for the operator. */
class ListenError extends OperatorError {
  override readonly name = 'ListenError';
}

/** @param setting name of the variable that says where to listen, for the error. */
export async function listen(
  handler: RequestListener,
  address: ListenAddress,
  setting: string,
): Promise<HttpServer> {
  // A client that opens a connection and says nothing must not hold it for ever (slow loris).
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 60_000, keepAliveTimeout: 65_000 },
    handler,
  );
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
