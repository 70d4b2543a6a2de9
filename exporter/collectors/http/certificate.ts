/** Why Node refuses a TLS certificate. Pure. */
import type { Reason } from '../../../common/reasons/reason.ts';
import { networkReasonOf } from './network-error.ts';

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
export function certificateReason(
  code: string,
  certificate: CertificateFacts,
  { host: target, now }: { readonly host: string; readonly now: number },
): Reason {
  // What is told is the server's own certificate; the code may be about one that signed it.
  const isOwn = {
    expired: Date.parse(certificate.valid_to) <= now,
    early: Date.parse(certificate.valid_from) > now,
  };
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return isOwn.expired
        ? { code: 'certificate_expired_on', target, day: day(certificate.valid_to) }
        : { code: 'signer_expired', target };
    case 'CERT_NOT_YET_VALID':
      return isOwn.early
        ? { code: 'certificate_early_until', target, day: day(certificate.valid_from) }
        : { code: 'signer_early', target };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return isFor(certificate, target);
    default:
      return networkReasonOf(code, target);
  }
}

const day = (date: string): string => new Date(Date.parse(date)).toISOString().slice(0, 10);

function isFor({ subjectaltname = '' }: CertificateFacts, target: string): Reason {
  const all = subjectaltname
    .split(', ')
    .map((name) => name.replace(/^[^:]*:/, ''))
    .filter((name) => /^[\w.*:-]{1,100}$/.test(name));
  if (all.length === 0) return { code: 'certificate_nameless', target };
  const names = all.slice(0, MAX_NAMES).join(', ');
  const more = all.length - MAX_NAMES;
  return more > 0
    ? { code: 'certificate_names_more', target, names, more }
    : { code: 'certificate_names', target, names };
}
