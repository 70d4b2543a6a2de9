import { describe, expect, it } from 'vitest';
import type { ProbeError } from '../../../../exporter/model/collector.ts';
import { dnsCollector, publicNames, type Lookup } from '../../../../exporter/collectors/dns.ts';

const timing = { intervalMs: 15_000, timeoutMs: 10_000, disabledReason: undefined };
const failing = (code: string): Error => Object.assign(new Error(`getaddrinfo ${code}`), { code });
const run = async (names: readonly string[], lookup: Lookup, signal = new AbortController().signal) =>
  dnsCollector(names, timing, lookup)
    .collect({ signal, now: 0 })
    .then(
      () => 'ok',
      (error: unknown) => (error as ProbeError).message,
    );

describe('names that need DNS', () => {
  it.each([
    ['https://api.telegram.org', ['api.telegram.org']],
    ['socks5://proxy.example.com:1080', ['proxy.example.com']],
    ['http://127.0.0.1:8081', []],
    ['http://[::1]:8081', []],
    ['http://localhost:8081', []],
    ['http://telegram.localhost', []],
    ['http://host.docker.internal:8081', []],
    ['http://telegram-bot-api:8081', []],
  ])('%s: %j', (url, names) => {
    expect(publicNames([new URL(url), undefined])).toEqual(names);
  });

  it('are asked once each', () => {
    const urls = ['https://a.example/x', 'https://b.example', 'https://a.example/y'];
    expect(publicNames(urls.map((url) => new URL(url)))).toEqual(['a.example', 'b.example']);
  });
});

describe('DNS', () => {
  it('works when one of two names is found', async () => {
    const lookup: Lookup = (host) =>
      host === 'b.example' ? Promise.resolve({ address: '192.0.2.1' }) : Promise.reject(failing('ENOTFOUND'));
    expect(await run(['a.example', 'b.example'], lookup)).toBe('ok');
  });

  it.each([
    ['ENOTFOUND', 'the name of a.example is not known to DNS; the name of b.example is not known to DNS'],
    ['EAI_AGAIN', 'DNS does not answer for a.example; DNS does not answer for b.example'],
  ])('fails with %s of both as: %s', async (code, sentence) => {
    expect(await run(['a.example', 'b.example', 'c.example'], () => Promise.reject(failing(code)))).toBe(
      sentence,
    );
  });

  it('says so when nothing answers, and asks for a name once at a time', async () => {
    let asked = 0;
    const silent: Lookup = () => {
      asked += 1;
      return new Promise(() => undefined);
    };
    const collector = dnsCollector(['a.example'], timing, silent);
    for (let time = 0; time < 3; time++) {
      const abort = new AbortController();
      const found = collector.collect({ signal: abort.signal, now: 0 });
      abort.abort();
      await expect(found).rejects.toThrow('DNS does not answer for a.example');
    }
    expect(asked).toBe(1);
  });

  it('is disabled where every address is on this machine', () => {
    expect(dnsCollector([], timing).disabledReason).toEqual({ code: 'dns_not_needed' });
  });
});
