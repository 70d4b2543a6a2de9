import { expect, it } from 'vitest';
import { say } from '../../../../../common/reasons/reason.ts';
import { certificateReason } from '../../../../../exporter/collectors/http/certificate.ts';

const now = Date.parse('2026-11-23T12:00:00Z');
const facts = { valid_from: 'Nov  1 00:00:00 2026 GMT', valid_to: 'Dec  1 00:00:00 2026 GMT' };
const expired = { ...facts, valid_to: 'Nov  2 00:00:00 2026 GMT' };
const early = { ...facts, valid_from: 'Nov 30 00:00:00 2026 GMT' };
const many = ['a', 'b', 'c', 'd', 'e'].map((name) => `DNS:${name}.example`).join(', ');

it.each([
  ['CERT_HAS_EXPIRED', expired, 'the TLS certificate of host expired on 2026-11-02'],
  ['CERT_HAS_EXPIRED', facts, 'a certificate that signed the one of host has expired'],
  [
    'CERT_NOT_YET_VALID',
    early,
    'the TLS certificate of host is not valid before 2026-11-30: compare the clocks',
  ],
  [
    'CERT_NOT_YET_VALID',
    facts,
    'a certificate that signed the one of host is not valid yet: compare the clocks',
  ],
  ['ERR_TLS_CERT_ALTNAME_INVALID', facts, 'the TLS certificate of host is for another name: it names none'],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    { ...facts, subjectaltname: many },
    'the TLS certificate of host is for another name: a.example, b.example, c.example and 2 more',
  ],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    { ...facts, subjectaltname: 'DNS:<b>hostile</b>\n, IP Address:127.0.0.1' },
    'the TLS certificate of host is for another name: 127.0.0.1',
  ],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', facts, 'the TLS certificate of host is self-signed'],
  ['CERT_REVOKED', facts, 'the connection to host failed (CERT_REVOKED)'],
])('%s', (code, certificate, sentence) => {
  expect(say([certificateReason(code, certificate, { host: 'host', now })], 'en')).toBe(sentence);
});
