/** Web servers for the checks of HTTP targets, and what such a check makes of them. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server as TcpServer, Socket } from 'node:net';
import { expect } from 'vitest';
import type { Clock } from '../../../common/time/clock.ts';
import { ProbeError, type Collector, type Observation } from '../../../exporter/model/collector.ts';
import { httpTargetCollector, type HttpTarget } from '../../../exporter/collectors/http/target.ts';
import { catalog } from '../../../exporter/metrics/catalog.ts';
import type { Identity } from '../machine/certificates.ts';

const clock: Clock = { now: Date.now, sleep: () => Promise.resolve() };
const closers: (() => Promise<void>)[] = [];
/** Ends every server that was started here. */
export async function closeServers(): Promise<void> {
  await Promise.all(closers.splice(0).map((close) => close()));
}

/** On loopback; its connections are cut when it is closed. */
export async function listen(
  server: Server | TcpServer,
): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  closers.push(close);
  return { port: (server.address() as AddressInfo).port, close };
}

/** A web server that remembers who asked for what. */
export async function serve(answer: RequestListener, identity?: Identity) {
  const asked: Pick<IncomingMessage, 'url' | 'headers'>[] = [];
  const listener: RequestListener = (incoming, response) => {
    asked.push(incoming);
    answer(incoming, response);
  };
  const server = identity === undefined ? createServer(listener) : createTlsServer(identity, listener);
  const { port, close } = await listen(server);
  const host = identity === undefined ? `127.0.0.1:${port}` : `localhost:${port}`;
  return {
    asked,
    close,
    port,
    host,
    url: `${identity === undefined ? 'http' : 'https'}://${host}/health?key=query-secret`,
  };
}

export const ok: RequestListener = (_incoming, response) => void response.end('all is well');
export const answering =
  (status: number, headers: Record<string, string> = {}): RequestListener =>
  (_incoming, response) =>
    void response.writeHead(status, headers).end();

/** A check of that URL, without pauses between its attempts. */
export const probeOf = (url: string, options: Partial<HttpTarget>): Collector =>
  httpTargetCollector(
    {
      name: 'public_endpoint',
      url: new URL(url),
      expectStatus: undefined,
      expectBody: undefined,
      followRedirects: true,
      caFile: undefined,
      intervalMs: 60_000,
      attemptTimeoutMs: 5_000,
      disabledReason: undefined,
      ...options,
    },
    clock,
  );

export interface Outcome extends Partial<Observation> {
  readonly error?: string;
}

export async function outcome(
  collector: Collector,
  signal: AbortSignal = new AbortController().signal,
): Promise<Outcome> {
  try {
    return await collector.collect({ signal, now: Date.now() });
  } catch (error) {
    if (!(error instanceof ProbeError)) throw error;
    expect(JSON.stringify([error.message, error.observation])).not.toContain('secret');
    return { error: error.message, ...error.observation };
  }
}

/** Of the certificates that were read, by server. */
export const expiries = ({ samples = [] }: Outcome) =>
  samples
    .filter(({ family }) => family === catalog.tlsCertificateExpiry)
    .map(({ labels, value }) => [labels['target'], value]);
export const phases = ({ samples = [] }: Outcome) =>
  samples.filter(({ family }) => family === catalog.httpTargetPhase).map(({ labels }) => labels['phase']);
