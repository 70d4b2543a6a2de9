export interface GetJsonOptions {
  readonly signal?: AbortSignal;
  /** For the whole answer. */
  readonly timeoutMs: number;
  /** An answer longer than this is given up. */
  readonly maxBytes: number;
}

/**
 * The JSON behind a URL.
 * @throws Error for no answer in time, any but a good one, one that is too long or no JSON; its message holds no
 * address: that may be secret.
 */
export async function getJson(url: string, options: GetJsonOptions): Promise<unknown> {
  const { signal: caller, timeoutMs, maxBytes } = options;
  const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(caller ? [caller] : [])]);
  const response = await fetch(url, { signal });
  if (!response.ok) {
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
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
}
