/** What is known of a request that got no usable answer. Pure. */

export interface Unanswered {
  readonly outcome: 'unreachable';
  readonly reason: UnansweredReason;
  /** False only when it is certain that the request never reached Telegram. */
  readonly mayHaveArrived: boolean;
}

export type UnansweredReason =
  /** A page instead of JSON, or 5xx: something answered, but not the Bot API. */
  | 'server_error'
  | 'timeout'
  /** No connection, or one that broke. */
  | 'connection'
  /** The caller gave up, at shutdown say. */
  | 'aborted';

interface Known {
  readonly connected?: boolean;
  readonly endedBy?: 'deadline' | 'caller' | 'length';
}

/** Codes of errors that come before a request is written: no address, no route, no listener, no trust. */
const BEFORE_WRITING =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EADDRNOTAVAIL|ERR_INVALID_\w+|ERR_SOCKS_\w*|EPROTO|ERR_SSL_\w+|ERR_TLS_\w+|CERT_\w+|UNABLE_TO_\w+|\w*SELF_SIGNED_CERT\w*|HOSTNAME_MISMATCH|ERR_REDIRECT)$/;
/** The same by the system call, for codes that can come at any time (ETIMEDOUT, EHOSTUNREACH, ECONNRESET). */
const CONNECTING = /^(?:connect|getaddrinfo|queryA{1,4})\s|before secure TLS connection was established/;

/** A sentence for logs beside the class; it may still hold secrets. */
export function unanswered(error: unknown, known: Known): Unanswered & { readonly sentence: string } {
  const { code, reason } = read(error);
  const mayHaveArrived = known.connected ?? !(BEFORE_WRITING.test(code) || CONNECTING.test(reason));
  const base = { outcome: 'unreachable', mayHaveArrived } as const;
  if (known.endedBy === 'deadline') return { ...base, reason: 'timeout', sentence: 'No answer in time.' };
  if (known.endedBy === 'caller') return { ...base, reason: 'aborted', sentence: 'The call was given up.' };
  if (known.endedBy === 'length')
    return { ...base, reason: 'server_error', sentence: 'The answer is too long for one of the Bot API.' };
  if (code === 'invalid-json' || (code === '' && error instanceof TypeError))
    return {
      ...base,
      reason: 'server_error',
      sentence: 'The answer is not one of the Bot API.',
    };
  const sentence = [code, reason].filter((part) => part !== '').join(': ');
  const isTimeout =
    /^(?:ETIMEDOUT|ESOCKETTIMEDOUT|request-timeout|body-timeout)$/.test(code) || isAbort(error);
  return {
    ...base,
    reason: isTimeout ? 'timeout' : 'connection',
    sentence: sentence || 'The connection failed.',
  };
}

const isAbort = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');

/**
 * node-fetch writes `request to <URL with the token> failed, reason: <the system's words>`: only the words after it
 * are kept, and of a message without them nothing that looks like a URL.
 */
function read(error: unknown): { code: string; reason: string } {
  if (!(error instanceof Error)) return { code: '', reason: '' };
  const fields = error as Error & { readonly code?: unknown; readonly type?: unknown };
  const code = [fields.code, fields.type].find((value): value is string => typeof value === 'string') ?? '';
  const [, words] = error.message.split(/reason: ?/, 2);
  const reason = (words ?? error.message).replaceAll(/(?<!\S)\S*?:\/\/\S*/g, '[url]').trim();
  return { code, reason };
}
