import { createHmac } from 'node:crypto';
import type { FallbackSender } from './fallback-sender.ts';
import { post, withoutCredentials } from './post.ts';

export interface WebhookOptions {
  readonly url: string;
  /** Signs every request; `whsec_` and base64, as Standard Webhooks writes it, or any text. */
  readonly secret: string;
  readonly timeoutMs: number;
  /** Unix ms. */
  readonly now: () => number;
}

/**
 * A service that calls somebody: JSON, signed as Standard Webhooks says
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md). The id is the same whenever
 * the same is sent again.
 */
export function createWebhook({ url: address, secret, timeoutMs, now }: WebhookOptions): FallbackSender {
  const { url, headers } = withoutCredentials(address);
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  return {
    name: 'webhook',
    send: async ({ id, title, text, reason }, signal) => {
      const at = now();
      const timestamp = String(Math.floor(at / 1_000));
      const body = JSON.stringify({
        type: 'critical_alert',
        timestamp: new Date(at).toISOString(),
        data: { id, reason, title, text },
      });
      const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
      await post('the webhook', url, {
        headers: {
          ...headers,
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          'webhook-signature': `v1,${signature}`,
        },
        body,
        timeoutMs,
        signal,
      });
    },
  };
}
