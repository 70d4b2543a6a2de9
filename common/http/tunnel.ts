import { Agent as HttpAgent, request as httpRequest, type ClientRequestArgs } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as startTls, type ConnectionOptions } from 'node:tls';
import { linkAbort, within } from '../time/within.ts';

export interface TunnelOptions {
  /** http or https, with or without a user and a password. */
  readonly proxyUrl: string;
  /** True when what is behind the proxy is spoken to over TLS. */
  readonly secure: boolean;
  /** How long the proxy may take to connect. */
  readonly timeoutMs: number;
  /** Of an agent for one call: ends the connection that is being made. */
  readonly signal?: AbortSignal;
  readonly keepAlive: boolean;
  /** Idle connections are dropped after this long, ms. */
  readonly idleMs?: number;
}

/**
 * An agent whose connections lead through an HTTP proxy, by CONNECT (https://www.rfc-editor.org/rfc/rfc9110#CONNECT). Node
 * itself reads what the proxy answers, and so bounds its headers; the agents on npm keep whatever comes.
 */
export function createTunnelAgent(options: TunnelOptions): HttpAgent {
  const { secure, timeoutMs, keepAlive, idleMs } = options;
  const proxy = new URL(options.proxyUrl);
  const closing = new AbortController();
  linkAbort(options.signal, closing);
  const settings = { keepAlive, ...(idleMs === undefined ? {} : { timeout: idleMs }) };
  const agent = secure ? new HttpsAgent(settings) : new HttpAgent(settings);

  const open = async (target: ClientRequestArgs & ConnectionOptions): Promise<Duplex> => {
    const host = target.host ?? '';
    const address = `${isIPv6(host) ? `[${host}]` : host}:${String(target.port)}`;
    const socket = await within(timeoutMs, closing.signal, (limited) => connectTo(address, proxy, limited));
    return secure ? startTls({ ...target, socket }) : socket;
  };

  const destroy = agent.destroy.bind(agent);
  return Object.assign(agent, {
    createConnection: (
      target: ClientRequestArgs & ConnectionOptions,
      done: (error: Error | null, socket?: Duplex) => void,
    ): undefined => {
      open(target).then(
        (socket) => done(null, socket),
        (error: unknown) => done(error as Error),
      );
    },
    destroy: () => {
      closing.abort(new Error('The connections were closed.'));
      destroy();
    },
  });
}

/** The codes of what the proxy itself answers begin so: nothing has gone any further. */
const refusal = (message: string): Error => Object.assign(new Error(message), { code: 'ERR_PROXY_REFUSED' });

function connectTo(address: string, proxy: URL, signal: AbortSignal): Promise<Duplex> {
  const { protocol, hostname, port, username, password } = proxy;
  const isSecure = protocol === 'https:';
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return new Promise((resolve, reject) => {
    const request = (isSecure ? httpsRequest : httpRequest)({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (isSecure ? 443 : 80) : Number(port),
      method: 'CONNECT',
      path: address,
      headers: {
        host: address,
        ...(credentials === ':'
          ? {}
          : { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
      },
      agent: false,
      signal,
    });
    request.once('connect', ({ statusCode = 0 }, socket, head) => {
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy();
        reject(refusal(`the proxy answered ${statusCode}`));
        return;
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    request.once('error', reject);
    request.once('close', () => reject(refusal('the proxy closed the connection')));
    request.end();
  });
}
