/**
 * Vitest set-up of the unit project: no test in it may reach the network, listen on it or ask DNS.
 * The attempt throws, and the test fails afterwards too, for code under test often catches what a socket throws.
 * Unix sockets and pipes stay usable: the test runner's own workers talk over them.
 */
import dgram from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { afterEach } from 'vitest';

type Method = (this: unknown, ...args: unknown[]) => unknown;

const attempts: string[] = [];

function refuse(what: string): never {
  const sentence = `unit tests may not reach the network: tried ${what}; put it under tests/contract`;
  attempts.push(sentence);
  throw new Error(sentence);
}

/** Sentences of the attempts made since the last call; taking them keeps the running test from failing. */
export function takeNetworkAttempts(): string[] {
  return attempts.splice(0);
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function text(value: unknown, fallback: string): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : fallback;
}

/** net.connect(path), (port, host) and (options); node itself passes them on as one array. */
function target(args: unknown[]): { pipe: boolean; name: string } {
  const list: unknown[] = Array.isArray(args[0]) ? args[0] : args;
  const first = list[0];
  if (typeof first === 'string' && !/^\d+$/.test(first)) return { pipe: true, name: first };
  if (typeof first === 'object' && first !== null) {
    // http.Agent passes `path: null` for a TCP connection.
    const pipe = typeof field(first, 'path') === 'string' || typeof field(first, 'fd') === 'number';
    return { pipe, name: `${text(field(first, 'host'), 'localhost')}:${text(field(first, 'port'), '0')}` };
  }
  return { pipe: false, name: `${text(list[1], 'localhost')}:${text(first, '0')}` };
}

function guard(owner: object, name: string, wrap: (original: Method) => Method): void {
  const original: unknown = Reflect.get(owner, name);
  if (typeof original === 'function') Reflect.set(owner, name, wrap(original as Method));
}

for (const [prototype, name] of [
  [net.Socket.prototype, 'connect'],
  [net.Server.prototype, 'listen'],
] as const) {
  guard(
    prototype,
    name,
    (original) =>
      function guarded(this: unknown, ...args: unknown[]): unknown {
        const { pipe, name: where } = target(args);
        return pipe ? original.apply(this, args) : refuse(where);
      },
  );
}

for (const name of ['bind', 'connect', 'send']) {
  guard(dgram.Socket.prototype, name, () => () => refuse(`udp ${name}`));
}

const lookups = /^(?:lookup|lookupService|resolve\w*|reverse)$/;
for (const owner of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
  for (const name of Object.getOwnPropertyNames(owner).concat('resolve', 'resolve4', 'resolve6', 'reverse')) {
    if (lookups.test(name)) guard(owner, name, () => (host) => refuse(`dns ${text(host, '?')}`));
  }
}

// Named imports of built-in modules keep the old functions until told otherwise.
syncBuiltinESMExports();

afterEach(() => {
  const made = takeNetworkAttempts();
  if (made.length > 0) throw new Error(made.join('\n'));
});
