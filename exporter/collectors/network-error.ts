/** Turns what Node says about a failed connection into a sentence that names the other end and nothing secret. */

const SENTENCES: Readonly<Record<string, (target: string) => string>> = {
  ECONNREFUSED: (target) => `nothing listens at ${target} (connection refused)`,
  ENOENT: (target) => `nothing listens at ${target} (no such socket)`,
  ENOTFOUND: (target) => `the name of ${target} is not known to DNS`,
  EAI_AGAIN: (target) => `DNS does not answer for ${target}`,
  ETIMEDOUT: (target) => `${target} does not answer (connection timed out)`,
  ECONNRESET: (target) => `${target} cut the connection`,
  EPIPE: (target) => `${target} cut the connection`,
  EHOSTUNREACH: (target) => `there is no route to ${target}`,
  ENETUNREACH: (target) => `there is no route to ${target}`,
  UNACCEPTABLE_ANSWER: (target) =>
    `${target} answers with something that is not its protocol, or too much of it`,
  ERR_SSL_WRONG_VERSION_NUMBER: (target) => `${target} does not speak TLS`,
  CERT_HAS_EXPIRED: (target) => `the TLS certificate of ${target} has expired`,
  CERT_NOT_YET_VALID: (target) => `the TLS certificate of ${target} is not valid yet: compare the clocks`,
  DEPTH_ZERO_SELF_SIGNED_CERT: (target) => `the TLS certificate of ${target} is self-signed`,
  SELF_SIGNED_CERT_IN_CHAIN: (target) =>
    `the TLS certificate chain of ${target} holds a self-signed certificate`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: (target) =>
    `${target} sends its TLS certificate without the one that signed it (incomplete chain), or the issuer is not known here`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: (target) =>
    `the issuer of the TLS certificate of ${target} is not known here`,
  ERR_TLS_CERT_ALTNAME_INVALID: (target) => `the TLS certificate of ${target} is for another name`,
};

export function describeNetworkError(error: unknown, target: string): string {
  const code = errorCode(error);
  // The message of an unknown error may quote a URL with a token in it; its code cannot.
  return code === undefined ? `the connection to ${target} broke` : describeNetworkCode(code, target);
}

export const describeNetworkCode = (code: string, target: string): string =>
  SENTENCES[code]?.(target) ?? `the connection to ${target} failed (${code})`;

export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
