import { within } from '../../common/time/within.ts';

export interface PingOptions {
  /** The bearer token of a peer's check-in, which is posted to; undefined: a service that counts GETs. */
  readonly token: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** @throws Error for no answer in time and for any but a good one; its message holds no address: that may be secret. */
export const ping = (url: string, { token, timeoutMs, signal: outer }: PingOptions): Promise<void> =>
  within(timeoutMs, outer, async (signal) => {
    const response = await fetch(url, {
      signal,
      ...(token === undefined ? {} : { method: 'POST', headers: { authorization: `Bearer ${token}` } }),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the answer was ${response.status}`);
  });
