/** Words for a TLS certificate that Node refuses. Pure. */
import { describeNetworkCode } from './network-error.ts';

/** The part of Node's PeerCertificate that is told. */
export interface CertificateFacts {
  /** As OpenSSL writes it: `Nov 23 02:24:01 2026 GMT`. */
  readonly valid_from: string;
  readonly valid_to: string;
  /** `DNS:a.example, DNS:b.example, IP Address:127.0.0.1`; absent in old certificates. */
  readonly subjectaltname?: string | undefined;
}

const MAX_NAMES = 3;

/** @param code `authorizationError` of the socket: a code of OpenSSL's verification, or Node's of the name. */
export function describeCertificate(
  code: string,
  certificate: CertificateFacts,
  { host, now }: { readonly host: string; readonly now: number },
): string {
  // What is told is the server's own certificate; the code may be about one that signed it.
  const isOwn = {
    expired: Date.parse(certificate.valid_to) <= now,
    early: Date.parse(certificate.valid_from) > now,
  };
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return isOwn.expired
        ? `the TLS certificate of ${host} expired on ${day(certificate.valid_to)}`
        : `a certificate that signed the one of ${host} has expired`;
    case 'CERT_NOT_YET_VALID':
      return isOwn.early
        ? `the TLS certificate of ${host} is not valid before ${day(certificate.valid_from)}: compare the clocks`
        : `a certificate that signed the one of ${host} is not valid yet: compare the clocks`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the TLS certificate of ${host} is for another name: ${names(certificate)}`;
    default:
      return describeNetworkCode(code, host);
  }
}

const day = (date: string): string => new Date(Date.parse(date)).toISOString().slice(0, 10);

function names({ subjectaltname = '' }: CertificateFacts): string {
  const all = subjectaltname
    .split(', ')
    .map((name) => name.replace(/^[^:]*:/, ''))
    .filter((name) => /^[\w.*:-]{1,100}$/.test(name));
  if (all.length === 0) return 'it names none';
  const rest = all.length - MAX_NAMES;
  return all.slice(0, MAX_NAMES).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
