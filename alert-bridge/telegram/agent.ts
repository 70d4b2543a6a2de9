/** The connections to the Bot API: kept alive, through a proxy where one is set. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { SocksProxyAgent } from 'socks-proxy-agent';
import { ConfigError } from '../../common/config/problem.ts';
import { createTunnelAgent } from '../../common/http/tunnel.ts';

/**
 * Idle connections are dropped after this long. Home routers and carriers forget them silently, and the next alert
 * would go into the void until its time-out.
 */
const IDLE_MS = 15_000;

export interface AgentOptions {
  /** True when the API root is https. */
  readonly secure: boolean;
  /** http, https, socks5 or socks5h. */
  readonly proxyUrl?: string | undefined;
  /** How long a proxy may take to connect. */
  readonly timeoutMs: number;
}

/** @throws ConfigError when the proxy's protocol is none of these */
export function createAgent({ secure, proxyUrl, timeoutMs }: AgentOptions): HttpAgent {
  const options = { keepAlive: true, timeout: IDLE_MS };
  if (proxyUrl === undefined) return secure ? new HttpsAgent(options) : new HttpAgent(options);
  switch (URL.canParse(proxyUrl) ? new URL(proxyUrl).protocol : '') {
    case 'http:':
    case 'https:':
      return createTunnelAgent({ proxyUrl, secure, timeoutMs, keepAlive: true, idleMs: IDLE_MS });
    case 'socks5:':
    case 'socks5h:':
      // Names are resolved by the proxy either way: where one is needed, the local DNS is often what is broken.
      return new SocksProxyAgent(proxyUrl.replace(/^socks5h?:/i, 'socks5h:'), {
        ...options,
        timeout: Math.min(timeoutMs, IDLE_MS),
      });
    default:
      throw new ConfigError('alert-bridge', [
        {
          name: 'TELEGRAM_PROXY_URL',
          received: 'a secret (not shown)',
          fix: 'Write a URL that starts with http://, https://, socks5:// or socks5h://.',
        },
      ]);
  }
}
