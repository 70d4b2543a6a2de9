/** TLS as libpq, the application's client, means it: https://www.postgresql.org/docs/15/libpq-ssl.html. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { ProbeError } from '../model/collector.ts';
import { errorCode } from '../collectors/http/network-error.ts';

/** `no-verify` is a word of node-postgres, and means `require` without a file. */
export const SSL_MODES = [
  'disable',
  'allow',
  'prefer',
  'require',
  'verify-ca',
  'verify-full',
  'no-verify',
] as const;
type SslMode = (typeof SSL_MODES)[number];

/** What a URL may say of TLS; libpq alone reads them, node-postgres would take some of them otherwise. */
const PARAMETERS = [
  ...['ssl', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'sslpassword', 'sslcrl', 'sslcrldir', 'sslsni'],
  ...['ssl_min_protocol_version', 'ssl_max_protocol_version'],
] as const;

/** Undefined where the URL names no mode that libpq knows. */
export function sslModeOf(said: URLSearchParams): SslMode | undefined {
  const fallback = /^(true|1)$/.test(said.get('ssl') ?? '') ? 'require' : 'prefer';
  return SSL_MODES.find((mode) => mode === (said.get('sslmode') ?? fallback));
}

/** How to connect, one after the other until one succeeds; false: without TLS. */
export type TlsWays = readonly (ConnectionOptions | false)[];

/** The same URL without what it says of TLS: node-postgres would read files for it. */
export function withoutTls(connectionString: string): string {
  const url = new URL(connectionString);
  for (const name of PARAMETERS) url.searchParams.delete(name);
  return url.href;
}

/**
 * @param host a name, an address, or the folder of a Unix socket
 * @param said the parameters of the URL
 * @throws ProbeError that names a file which cannot be read
 */
export function tlsWays(host: string, said: URLSearchParams): TlsWays {
  const mode = sslModeOf(said) ?? 'prefer';
  // libpq never speaks TLS over a Unix socket.
  if (host.startsWith('/') || mode === 'disable') return [false];
  const secure = tlsOptions(mode, said);
  if (mode === 'allow') return [false, secure];
  return mode === 'prefer' ? [secure, false] : [secure];
}

function tlsOptions(mode: SslMode, said: URLSearchParams): ConnectionOptions {
  const file = (name: string, usual: string): string | undefined => {
    const path = said.get(name) ?? '';
    if (path !== '') return readNamed(name, path);
    const own = join(homedir(), '.postgresql', usual);
    return existsSync(own) ? readNamed(name, own) : undefined;
  };
  const text = (name: string): string | undefined => said.get(name) || undefined;
  const isSystem = said.get('sslrootcert') === 'system';
  const ca = isSystem || mode === 'no-verify' ? undefined : file('sslrootcert', 'root.crt');
  const isVerified = ca !== undefined || isSystem || mode.startsWith('verify-');
  const crl = isVerified ? revoked(file('sslcrl', 'root.crl'), said.get('sslcrldir') ?? '') : undefined;
  return withoutUndefined({
    ca,
    crl,
    cert: file('sslcert', 'postgresql.crt'),
    key: file('sslkey', 'postgresql.key'),
    passphrase: text('sslpassword'),
    minVersion: text('ssl_min_protocol_version'),
    maxVersion: text('ssl_max_protocol_version'),
    rejectUnauthorized: isVerified,
    // Only verify-full asks whom the certificate is for, and `system`, which implies it.
    checkServerIdentity: mode === 'verify-full' || isSystem ? undefined : () => undefined,
  });
}

function revoked(list: string | undefined, folder: string): string[] | undefined {
  const named = folder === '' ? [] : readFolder('sslcrldir', folder);
  const lists = [...(list === undefined ? [] : [list]), ...named];
  return lists.length === 0 ? undefined : lists;
}

const readNamed = (name: string, path: string): string =>
  reading(name, path, () => readFileSync(path, 'utf8'));
const readFolder = (name: string, path: string): readonly string[] =>
  reading(name, path, () => readdirSync(path).map((one) => readFileSync(join(path, one), 'utf8')));

function reading<T>(name: string, path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const code = errorCode(error) ?? '?';
    throw new ProbeError({ code: 'file_unreadable', setting: name, path, error: code }, { cause: error });
  }
}

const withoutUndefined = (options: { [name: string]: unknown }): ConnectionOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
