import dgram from 'node:dgram';
import { lookup } from 'node:dns';
import { promises as dnsPromises, resolve4 } from 'node:dns';
import { mkdtempSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { describe, expect, test } from 'vitest';
import { takeNetworkAttempts } from '../../support/machine/no-network.ts';

const refused = /unit tests may not reach the network: tried .*; put it under tests\/contract/;

describe('unit tests may not reach the network', () => {
  test.each<[string, () => unknown]>([
    ['tcp by port and host', () => net.connect(65_000, '127.0.0.1')],
    ['tcp by options', () => net.connect({ port: 65_000, host: '127.0.0.1' })],
    ['a socket of its own', () => new net.Socket().connect(65_000)],
    ['tls', () => tls.connect(65_000, '127.0.0.1')],
    ['listening', () => net.createServer().listen(0)],
    ['udp', () => dgram.createSocket('udp4').send('x', 65_000, '127.0.0.1')],
    ['dns.lookup imported by name', () => lookup('localhost', () => undefined)],
    ['dns.resolve4 imported by name', () => resolve4('localhost', () => undefined)],
    ['dns.promises', () => dnsPromises.lookup('localhost')],
    ['http', () => http.get('http://127.0.0.1:65000/')],
  ])('%s', (_name, attempt) => {
    expect(attempt).toThrow(refused);
    expect(takeNetworkAttempts()).toHaveLength(1);
  });

  test('fetch rejects, and the swallowed attempt is remembered', async () => {
    await expect(fetch('http://127.0.0.1:65000/')).rejects.toThrow();
    expect(takeNetworkAttempts()).toEqual([expect.stringContaining('127.0.0.1:65000')]);
  });

  test('a unix socket goes on working', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'no-network-')), 's');
    const server = net.createServer((socket) => socket.end('hello'));
    await new Promise<void>((done) => server.listen(path, done));
    const heard = await new Promise<string>((done) => {
      net.connect(path).on('data', (data: Buffer) => done(data.toString()));
    });
    await new Promise((done) => server.close(done));
    expect(heard).toBe('hello');
    expect(takeNetworkAttempts()).toEqual([]);
  });
});
