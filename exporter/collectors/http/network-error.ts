/** Turns what Node says about a failed connection into a reason that names the other end and nothing secret. */
import type { CodeWith, Reason } from '../../../common/reasons/reason.ts';

const CODES: Readonly<Record<string, CodeWith<'target'>>> = {
  ECONNREFUSED: 'connection_refused',
  ENOENT: 'no_socket',
  ENOTFOUND: 'name_unknown',
  EAI_AGAIN: 'dns_silent',
  ETIMEDOUT: 'connection_timed_out',
  ECONNRESET: 'connection_cut',
  EPIPE: 'connection_cut',
  EHOSTUNREACH: 'no_route',
  ENETUNREACH: 'no_route',
  UNACCEPTABLE_ANSWER: 'wrong_protocol',
  ERR_SSL_WRONG_VERSION_NUMBER: 'tls_missing',
  CERT_HAS_EXPIRED: 'certificate_expired',
  CERT_NOT_YET_VALID: 'certificate_early',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate_self_signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'chain_self_signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'chain_incomplete',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'issuer_unknown',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate_elsewhere',
};

export function networkReason(error: unknown, target: string): Reason {
  const code = errorCode(error);
  // The message of an unknown error may quote a URL with a token in it; its code cannot.
  return code === undefined ? { code: 'connection_broke', target } : networkReasonOf(code, target);
}

export function networkReasonOf(error: string, target: string): Reason {
  const code = CODES[error];
  return code === undefined ? { code: 'connection_failed', target, error } : { code, target };
}

export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
