import { within } from '../../common/time/within.ts';
import type { FallbackSender } from './fallback-sender.ts';

/** ntfy makes a file of a longer message (https://docs.ntfy.sh/config/#message-limits). */
const MESSAGE_BYTES = 4_000;

/** A topic of ntfy (https://docs.ntfy.sh/publish/); credentials may stand in its URL. */
export function createNtfy(topicUrl: string, timeoutMs: number): FallbackSender {
  const url = new URL(topicUrl);
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const authorization =
    credentials === ':' ? {} : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  url.username = '';
  url.password = '';
  return {
    name: 'ntfy',
    send: async ({ title, text }, signal) => {
      let status: number;
      try {
        status = await within(timeoutMs, signal, async (limited) => {
          const response = await fetch(url, {
            method: 'POST',
            headers: {
              ...authorization,
              title: encodeHeader(title),
              priority: 'urgent',
              tags: 'rotating_light',
            },
            body: withinBytes(text, MESSAGE_BYTES),
            signal: limited,
          });
          await response.body?.cancel();
          return response.status;
        });
      } catch (error) {
        throw new Error('ntfy did not answer', { cause: error });
      }
      if (status < 200 || status > 299) throw new Error(`ntfy answered ${status}`);
    },
  };
}

/** RFC 2047, which ntfy reads: headers are ASCII. */
const encodeHeader = (text: string): string => `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;

/** Never ends within a character. */
function withinBytes(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  return new TextDecoder().decode(encoded.subarray(0, bytes), { stream: true });
}
