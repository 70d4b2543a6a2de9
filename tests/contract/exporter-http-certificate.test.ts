import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Collector } from '../../exporter/model/collector.ts';
import type { HttpTarget } from '../../exporter/collectors/http/target.ts';
import { createAuthority, inDays, type Authority } from '../support/machine/certificates.ts';
import {
  answering,
  closeServers,
  expiries,
  ok,
  outcome,
  phases,
  probeOf,
  serve,
} from '../support/exporter/http-target.ts';

let authority: Authority;

beforeAll(async () => {
  authority = await createAuthority();
});
afterAll(() => authority.close());
afterEach(closeServers);

const probe = (url: string, options: Partial<HttpTarget> = {}): Collector =>
  probeOf(url, { caFile: authority.caFile, ...options });

const day = (date: Date): string => date.toISOString().slice(0, 10);

describe('a TLS certificate', () => {
  it('that is good is told with its expiry, and one more phase', async () => {
    const to = inDays(20);
    const { url, host } = await serve(ok, await authority.issue({ names: 'DNS:localhost', to }));
    const found = await outcome(probe(url));
    expect(found.error).toBeUndefined();
    expect(expiries(found)).toEqual([[host, to.getTime() / 1000]]);
    expect(phases(found)).toEqual(['dns', 'connect', 'tls', 'first_byte', 'transfer']);
  });

  it('is good for an address too, and with the whole chain', async () => {
    const named = await serve(ok, await authority.issue({ names: 'IP:127.0.0.1', to: inDays(5) }));
    expect((await outcome(probe(`https://127.0.0.1:${named.port}`))).error).toBeUndefined();
    const identity = await authority.issue({ names: 'DNS:localhost', to: inDays(5), chain: 'complete' });
    expect((await outcome(probe((await serve(ok, identity)).url))).error).toBeUndefined();
  });

  it.each([
    [
      'expired',
      (host: string, to: Date) => `the TLS certificate of ${host} expired on ${day(to)}`,
      () => authority.issue({ names: 'DNS:localhost', from: inDays(-9), to: inDays(-2) }),
      -2,
    ],
    [
      'not yet valid',
      (host: string) =>
        `the TLS certificate of ${host} is not valid before ${day(inDays(2))}: compare the clocks`,
      () => authority.issue({ names: 'DNS:localhost', from: inDays(2), to: inDays(9) }),
      9,
    ],
    [
      'self-signed',
      (host: string) => `the TLS certificate of ${host} is self-signed`,
      () => authority.selfSigned('DNS:localhost'),
      30,
    ],
    [
      'for another name',
      (host: string) => `the TLS certificate of ${host} is for another name: a.example, *.b.example`,
      () => authority.issue({ names: 'DNS:a.example,DNS:*.b.example', to: inDays(9) }),
      9,
    ],
    [
      'without its chain',
      (host: string) =>
        `${host} sends its TLS certificate without the one that signed it (incomplete chain), or the issuer is not known here`,
      () => authority.issue({ names: 'DNS:localhost', to: inDays(9), chain: 'incomplete' }),
      9,
    ],
  ])('that is %s is refused before anything is sent', async (_case, sentence, identity, days) => {
    const { url, host, asked } = await serve(ok, await identity());
    const found = await outcome(probe(url.replace('//', '//user:secret@')));
    expect(found.error).toBe(sentence(host, inDays(days)));
    expect(asked).toEqual([]);
    const [[target, expiry] = []] = expiries(found);
    expect(target).toBe(host);
    expect(Math.abs(Number(expiry) - inDays(days).getTime() / 1000)).toBeLessThan(60);
  });

  it('of an authority that nobody trusts is refused', async () => {
    const identity = await authority.issue({ names: 'DNS:localhost', to: inDays(9), chain: 'complete' });
    const { url, host } = await serve(ok, identity);
    expect((await outcome(probe(url, { caFile: undefined }))).error).toBe(
      `the issuer of the TLS certificate of ${host} is not known here`,
    );
  });

  it('is told although the answer is bad, and kept while the server is away', async () => {
    const to = inDays(3);
    let status = 500;
    const server = await serve(
      (incoming, response) => answering(status)(incoming, response),
      await authority.issue({ names: 'DNS:localhost', to }),
    );
    const collector = probe(server.url);
    const known = [[server.host, to.getTime() / 1000]];
    const bad = await outcome(collector);
    expect(bad).toMatchObject({
      error: expect.stringContaining('answers 500') as string,
      details: { status: 500 },
    });
    expect(expiries(bad)).toEqual(known);
    status = 200;
    expect(expiries(await outcome(collector))).toEqual(known);
    await server.close();
    const away = await outcome(collector);
    expect(away.error).toContain('nothing listens');
    expect(expiries(away)).toEqual(known);
    expect(expiries(await outcome(probe(server.url)))).toEqual([]);
  });

  it('of every host on the way is told, and forgotten once the way is another', async () => {
    const identity = await authority.issue({ names: 'DNS:localhost', to: inDays(3) });
    const last = await serve(ok, identity);
    let answer = answering(302, { location: last.url });
    const first = await serve((incoming, response) => answer(incoming, response), identity);
    const collector = probe(first.url);
    expect(expiries(await outcome(collector)).map(([host]) => host)).toEqual([first.host, last.host]);
    answer = ok;
    expect(expiries(await outcome(collector)).map(([host]) => host)).toEqual([first.host]);
  });

  it('needs the file that says whom to trust', async () => {
    expect((await outcome(probe('https://localhost:1', { caFile: '/nowhere/ca.pem' }))).error).toBe(
      'the ca_file /nowhere/ca.pem cannot be read (ENOENT)',
    );
  });
});
