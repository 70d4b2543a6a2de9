import { within } from '../../common/time/within.ts';

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Posts to a service of the operator's; the answer counts only by its status.
 * @param name of the service, for the error: nothing of the URL or of the answer is in it
 */
export async function post(
  name: string,
  url: URL,
  { headers, body, timeoutMs, signal }: PostOptions,
): Promise<void> {
  let status: number;
  try {
    status = await within(timeoutMs, signal, async (limited) => {
      const response = await fetch(url, { method: 'POST', headers, body, signal: limited });
      await response.body?.cancel();
      return response.status;
    });
  } catch (error) {
    throw new Error(`${name} did not answer`, { cause: error });
  }
  if (status < 200 || status > 299) throw new Error(`${name} answered ${status}`);
}

/** Credentials of a URL as a header, and the URL without them: fetch takes none that has them. */
export function withoutCredentials(address: string): {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
} {
  const url = new URL(address);
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  return {
    url,
    headers:
      credentials === ':' ? {} : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
  };
}
