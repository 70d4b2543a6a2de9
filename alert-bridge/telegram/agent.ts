/** The connections to the Bot API: kept alive, through a proxy where one is set. */
import { Agent as HttpAgent, type ClientRequest } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { AgentConnectOpts } from 'agent-base';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { SocksProxyAgent } from 'socks-proxy-agent';
import { ConfigError } from '../../common/config/problem.ts';

/**
 * Idle connections are dropped after this long. Home routers and carriers forget them silently, and the next alert
 * would go into the void until its time-out.
 */
const IDLE_MS = 15_000;

export interface AgentOptions {
  /** True when the API root is https. */
  readonly secure: boolean;
  /** http, https, socks5 (names resolved here) or socks5h (names resolved by the proxy). */
  readonly proxyUrl?: string | undefined;
  /** How long a SOCKS proxy may take to connect. */
  readonly timeoutMs: number;
}

/** @throws ConfigError when the proxy's protocol is none of these */
export function createAgent({ secure, proxyUrl, timeoutMs }: AgentOptions): HttpAgent {
  const options = { keepAlive: true, timeout: IDLE_MS };
  if (proxyUrl === undefined) return secure ? new HttpsAgent(options) : new HttpAgent(options);
  switch (URL.canParse(proxyUrl) ? new URL(proxyUrl).protocol : '') {
    case 'http:':
    case 'https:':
      return new TunnelAgent(proxyUrl, options);
    case 'socks5:':
    case 'socks5h:':
      return new SocksProxyAgent(proxyUrl, { ...options, timeout: Math.min(timeoutMs, IDLE_MS) });
    default:
      throw new ConfigError([
        {
          name: 'TELEGRAM_PROXY_URL',
          received: 'a secret (not shown)',
          fix: 'Write a URL that starts with http://, https://, socks5:// or socks5h://.',
        },
      ]);
  }
}

/** Ends the connection to a proxy that accepts it and never answers CONNECT: the library waits for ever. */
class TunnelAgent extends HttpsProxyAgent<string> {
  readonly #base = this.connectOpts;
  readonly #closing = new AbortController();

  override async connect(...[request, options]: [ClientRequest, AgentConnectOpts]) {
    const abandon = new AbortController();
    const onEnd = (): void => abandon.abort();
    request.once('close', onEnd);
    this.#closing.signal.addEventListener('abort', onEnd);
    // Read by the library before it first waits, so calls do not disturb each other.
    this.connectOpts = { ...this.#base, signal: abandon.signal };
    try {
      return await super.connect(request, options);
    } finally {
      request.off('close', onEnd);
      this.#closing.signal.removeEventListener('abort', onEnd);
    }
  }

  override destroy(): void {
    this.#closing.abort();
    super.destroy();
  }
}
