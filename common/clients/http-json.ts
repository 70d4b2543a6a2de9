import { parseJson } from '../text/json.ts';
import { within } from '../time/within.ts';

export interface GetJsonOptions {
  readonly signal?: AbortSignal;
  /** For the whole answer. */
  readonly timeoutMs: number;
  /** An answer longer than this is given up. */
  readonly maxBytes: number;
}

export interface RequestJsonOptions extends GetJsonOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Sent as JSON. */
  readonly body?: unknown;
  /** A status beside 2xx whose body is an answer too. */
  readonly alsoGood?: number;
}

/**
 * The JSON behind a URL, which may name a user and a password.
 * @throws Error for no answer in time, any but a good one, one that is too long, too deep or no JSON; its message holds
 * no address: that may be secret.
 */
export const getJson = (url: string, options: GetJsonOptions): Promise<unknown> => requestJson(url, options);

/** The same with any method; undefined for an empty answer. */
export const requestJson = (url: string, options: RequestJsonOptions): Promise<unknown> =>
  within(options.timeoutMs, options.signal, (signal) => ask(url, options, signal));

async function ask(url: string, options: RequestJsonOptions, signal: AbortSignal): Promise<unknown> {
  const { maxBytes, method = 'GET', body, alsoGood } = options;
  const { address, authorization } = withoutCredentials(url);
  const response = await fetch(address, {
    method,
    signal,
    headers: { ...authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok && response.status !== alsoGood) {
    await response.body?.cancel();
    throw new Error(`the answer was ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error(`the answer was longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return bytes === 0 ? undefined : parseJson(Buffer.concat(chunks).toString('utf8'));
}

/** `http://user:password@host` asks for Basic authentication (RFC 7617); fetch refuses such an address. */
function withoutCredentials(url: string): { address: URL; authorization: { authorization?: string } } {
  const address = new URL(url);
  const { username, password } = address;
  if (username === '' && password === '') return { address, authorization: {} };
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  address.username = '';
  address.password = '';
  return {
    address,
    authorization: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
  };
}
