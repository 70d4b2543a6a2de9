import { describe, expect, it } from 'vitest';
import { say } from '../../../../../common/reasons/reason.ts';
import { networkReason } from '../../../../../exporter/collectors/http/network-error.ts';

const withCode = (code: string): Error => Object.assign(new Error('https://host/bot1:token/getMe'), { code });

const sentence = (error: unknown, target: string): string => say([networkReason(error, target)], 'en');

describe('sentence for a failed connection', () => {
  it.each([
    ['ECONNREFUSED', 'nothing listens at host:1 (connection refused)'],
    ['ENOTFOUND', 'the name of host:1 is not known to DNS'],
    ['EAI_AGAIN', 'DNS does not answer for host:1'],
    ['ETIMEDOUT', 'host:1 does not answer (connection timed out)'],
    ['ECONNRESET', 'host:1 cut the connection'],
    ['EHOSTUNREACH', 'there is no route to host:1'],
    ['CERT_HAS_EXPIRED', 'the TLS certificate of host:1 has expired'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'the TLS certificate of host:1 is self-signed'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'the TLS certificate of host:1 is for another name'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'the issuer of the TLS certificate of host:1 is not known here'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'host:1 does not speak TLS'],
    ['ESOMETHING', 'the connection to host:1 failed (ESOMETHING)'],
  ])('%s', (code, expected) => {
    expect(sentence(withCode(code), 'host:1')).toBe(expected);
  });

  it('never quotes the message, which may hold a token', () => {
    expect(sentence(new Error('https://host/bot1:token/getMe'), 'host')).toBe('the connection to host broke');
    expect(sentence('bot1:token', 'host')).toBe('the connection to host broke');
  });
});
