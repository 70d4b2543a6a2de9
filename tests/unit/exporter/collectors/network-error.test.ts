import { describe, expect, it } from 'vitest';
import { describeNetworkError } from '../../../../exporter/collectors/network-error.ts';

const withCode = (code: string): Error => Object.assign(new Error('https://host/bot1:token/getMe'), { code });

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
  ])('%s', (code, sentence) => {
    expect(describeNetworkError(withCode(code), 'host:1')).toBe(sentence);
  });

  it('never quotes the message, which may hold a token', () => {
    expect(describeNetworkError(new Error('https://host/bot1:token/getMe'), 'host')).toBe(
      'the connection to host broke',
    );
    expect(describeNetworkError('bot1:token', 'host')).toBe('the connection to host broke');
  });
});
