import { request as httpRequest, type Agent, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { parseJson } from '../../../common/text/json.ts';
import { ProbeError } from '../../model/collector.ts';
import { networkReason } from './network-error.ts';

export interface JsonAnswer {
  readonly status: number;
  /** Undefined when the body is no JSON, or more than anybody answers: an error page, a captive portal. */
  readonly body: unknown;
}

export interface JsonRequest {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** A proxy, when there is one. */
  readonly agent?: Agent | undefined;
}

/** A list of models is about 100 kB; whatever sends megabytes is not what was asked. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/**
 * One GET on a connection of its own, so that DNS and TLS are tried each time. Redirects are not followed.
 * @throws ProbeError that names the host and never the path: paths of the Bot API hold the token.
 */
export async function getJson({ url, headers, signal, agent }: JsonRequest): Promise<JsonAnswer> {
  const options: RequestOptions = {
    headers: { accept: 'application/json', 'user-agent': 'expensebot-exporter', ...headers },
    signal,
    // What stands before an API may bend HTTP; the API itself is reached all the same.
    insecureHTTPParser: true,
    maxHeaderSize: 300 * 1024,
    ...(agent === undefined ? { agent: false } : { agent }),
  };
  try {
    return await new Promise<JsonAnswer>((resolve, reject) => {
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const outgoing = send(url, options, (response) => {
        // The end of the body tells from here on, or its error.
        outgoing.off('close', onClose);
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size <= MAX_BODY_BYTES) chunks.push(chunk);
          else
            response.destroy(
              new ProbeError({ code: 'answer_too_long', target: url.host, bytes: MAX_BODY_BYTES }),
            );
        });
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: parse(Buffer.concat(chunks).toString('utf8')) });
        });
      });
      // A socket may close without an error and without an answer.
      const onClose = (): void => reject(new ProbeError({ code: 'connection_cut', target: url.host }));
      outgoing.once('close', onClose);
      // Nothing of HTTP comes after 101 Switching Protocols; without this listener Node drops the request in silence.
      outgoing.on('upgrade', ({ statusCode = 0 }, socket) => {
        socket.destroy();
        resolve({ status: statusCode, body: undefined });
      });
      outgoing.on('error', reject);
      // Node keeps it to itself while an agent, such as that of a proxy, has given no socket.
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      outgoing.end();
    });
  } catch (error) {
    if (error instanceof ProbeError) throw error;
    throw new ProbeError(networkReason(error, url.host), { cause: error });
  }
}

function parse(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
