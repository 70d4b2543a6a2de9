/**
 * One HTTP request on a connection of its own, timed by phase. A certificate is read before it is judged, so that
 * its expiry is known of a bad one too, and nothing is sent to a server whose certificate is refused.
 */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { certificateReason } from './certificate.ts';
import { ProbeError } from '../../model/collector.ts';
import { AnswerReader } from './answer.ts';

export const PHASES = ['dns', 'connect', 'tls', 'first_byte', 'transfer'] as const;
export type Phase = (typeof PHASES)[number];

/** What was learnt on the way; also holds what was learnt before a failure. */
export interface Trace {
  /** Milliseconds by phase, over all redirects. */
  readonly phasesMs: Map<Phase, number>;
  /** Unix seconds at which the certificate of a host (with its port, unless 443) expires. */
  readonly certificates: Map<string, number>;
  /** What is being waited for. */
  phase: Phase;
}

export interface Exchange {
  readonly url: URL;
  /** PEM of the authorities to trust instead of the built-in ones. */
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
  /** Unix milliseconds; a certificate is judged by Node, this only words the judgement. */
  readonly now: number;
  readonly trace: Trace;
}

export interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  /** The first {@link MAX_BODY_BYTES} of it. */
  readonly body: string;
}

/** A page of health is small; beyond this a body is neither read nor searched. */
export const MAX_BODY_BYTES = 1024 * 1024;

export const newTrace = (): Trace => ({ phasesMs: new Map(), certificates: new Map(), phase: 'dns' });

/** @throws ProbeError of a bad certificate (`isFinal`); else what Node throws, or the reason of the signal. */
export async function exchange(options: Exchange): Promise<Answer> {
  const lap = stopwatch(options.trace);
  const socket = await dial(options, lap);
  try {
    return await ask(socket, options, lap);
  } finally {
    socket.destroy();
  }
}

/** A certificate does not get better within a second: no second attempt is made. */
export class CertificateError extends ProbeError {}

/** Ends the current phase and begins the next. */
type Lap = (next: Phase) => void;

function stopwatch(trace: Trace): Lap {
  let startedMs = performance.now();
  return (next) => {
    const nowMs = performance.now();
    trace.phasesMs.set(trace.phase, (trace.phasesMs.get(trace.phase) ?? 0) + nowMs - startedMs);
    trace.phase = next;
    startedMs = nowMs;
  };
}

function dial(options: Exchange, lap: Lap): Promise<Socket> {
  const { url, signal, trace } = options;
  signal.throwIfAborted();
  const isSecure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
  const address = { host, port };
  trace.phase = isIP(host) === 0 ? 'dns' : 'connect';
  return new Promise((resolve, reject) => {
    const secured = isSecure ? dialTls(address, options.ca) : undefined;
    const socket = secured ?? connect(address);
    const cut = (): void => void socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', cut, { once: true });
    socket.once('close', () => {
      signal.removeEventListener('abort', cut);
      // After resolve this says nothing; before it, a socket that closed without an error must not hang the run.
      reject(new ProbeError({ code: 'connection_cut', target: url.host }));
    });
    socket.on('error', reject);
    socket.once('lookup', () => {
      if (trace.phase === 'dns') lap('connect');
    });
    socket.once('connect', () => lap(isSecure ? 'tls' : 'first_byte'));
    if (secured === undefined) socket.once('connect', () => resolve(socket));
    secured?.once('secureConnect', () => {
      lap('first_byte');
      const problem = judge(secured, options);
      if (problem === undefined) resolve(secured);
      else secured.destroy(problem);
    });
  });
}

function dialTls(address: { host: string; port: number }, ca: string | undefined): TLSSocket {
  return connectTls({
    ...address,
    // RFC 6066: an address is no server name.
    ...(isIP(address.host) === 0 ? { servername: address.host } : {}),
    ...(ca === undefined ? {} : { ca }),
    ALPNProtocols: ['http/1.1'],
    // The handshake is finished with a bad certificate too, to read it; judge() refuses it before a byte is sent.
    rejectUnauthorized: false,
  });
}

/** Node's own judgement of chain, dates and name. https://nodejs.org/api/tls.html#tlssocketauthorizationerror */
function judge(socket: TLSSocket, { url, now, trace }: Exchange): CertificateError | undefined {
  const certificate = socket.getPeerCertificate();
  const expiresMs = Date.parse(certificate.valid_to);
  if (!Number.isNaN(expiresMs)) trace.certificates.set(url.host, expiresMs / 1000);
  if (socket.authorized) return undefined;
  const code = String(socket.authorizationError);
  return new CertificateError(certificateReason(code, certificate, { host: url.host, now }));
}

async function ask(socket: Socket, { url, trace, signal }: Exchange, lap: Lap): Promise<Answer> {
  signal.throwIfAborted();
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const fields = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    'User-Agent: expensebot-exporter',
    'Accept: */*',
    // A body that is searched must come as it is.
    'Accept-Encoding: identity',
    'Connection: close',
    ...(credentials === ':' ? [] : [`Authorization: Basic ${Buffer.from(credentials).toString('base64')}`]),
  ];
  socket.write(`${fields.join('\r\n')}\r\n\r\n`);
  const reader = new AnswerReader(socket);
  const head = await reader.head();
  if (head === undefined) throw new ProbeError({ code: 'connection_cut', target: url.host });
  lap('transfer');
  const body = await reader.body(head, MAX_BODY_BYTES);
  if (body === undefined) throw new ProbeError({ code: 'connection_cut', target: url.host });
  lap(trace.phase);
  return { status: head.status, location: head.location, body };
}
