import type { FallbackSender } from './fallback-sender.ts';
import { post, withoutCredentials } from './post.ts';

/** ntfy makes a file of a longer message (https://docs.ntfy.sh/config/#message-limits). */
const MESSAGE_BYTES = 4_000;

/** A topic of ntfy (https://docs.ntfy.sh/publish/); credentials may stand in its URL. */
export function createNtfy(topicUrl: string, timeoutMs: number): FallbackSender {
  const { url, headers } = withoutCredentials(topicUrl);
  return {
    name: 'ntfy',
    send: ({ title, text }, signal) =>
      post('ntfy', url, {
        headers: { ...headers, title: encodeHeader(title), priority: 'urgent', tags: 'rotating_light' },
        body: withinBytes(text, MESSAGE_BYTES),
        timeoutMs,
        signal,
      }),
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
