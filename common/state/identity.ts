/** People appear in logs and in Sentry only as a keyed hash: the same person is recognisable, nobody is identifiable. */
import { createHmac, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from './make-folder.ts';
import { isStorageTrouble, moveAside } from './storage.ts';

const KEY_BYTES = 32;
const HASH_HEX_CHARS = 12;

export type IdentityHasher = (id: string | number | bigint) => string;

/** `u_` and 12 hex digits of HMAC-SHA-256: ids have few digits, so a hash without a key could be counted through. */
export function createIdentityHasher(key: Buffer): IdentityHasher {
  return (id) => `u_${createHmac('sha256', key).update(String(id)).digest('hex').slice(0, HASH_HEX_CHARS)}`;
}

/** 32 bytes from 64 hex digits; undefined when `text` is anything else. */
export function parseKey(text: string): Buffer | undefined {
  const trimmed = text.trim();
  return /^[0-9a-f]{64}$/i.test(trimmed) ? Buffer.from(trimmed, 'hex') : undefined;
}

/** The file of a key holds something else. */
class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

function readKey(path: string): Buffer | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const key = parseKey(text);
  if (key === undefined) {
    throw new KeyFileError(
      `The key file ${path} must hold ${KEY_BYTES * 2} hexadecimal digits and holds ${text.trim().length} characters of ` +
        'something else. Restore it from a backup; or delete it to have a new one made (old hashes then match no more).',
    );
  }
  return key;
}

/**
 * The key in `path`: 32 random bytes as hex, mode 0600, made on first use. Two processes starting at once agree on one
 * key: each writes its own temporary file, and only one `link` succeeds.
 * @throws when the file holds something else, or cannot be read or made.
 */
export function loadOrCreateKey(path: string): Buffer {
  const existing = readKey(path);
  if (existing !== undefined) return existing;
  makeFolder(dirname(path));
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeSync(file, `${randomBytes(KEY_BYTES).toString('hex')}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    linkSync(temporary, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  const made = readKey(path);
  if (made === undefined) throw new Error(`The key file ${path} vanished while it was being made.`);
  return made;
}

export interface UsableKey {
  readonly key: Buffer;
  /** Where the file is now that was there and holds no key. */
  readonly setAside: string | undefined;
}

/**
 * As `loadOrCreateKey`; what is there and is no key is set aside, and a new one is made.
 * @param now Unix ms
 * @throws the error of a disk that is full, read-only or forbids it.
 */
export function loadOrRenewKey(path: string, now: number): UsableKey {
  try {
    return { key: loadOrCreateKey(path), setAside: undefined };
  } catch (error) {
    if (isStorageTrouble(error)) throw error;
    const setAside = moveAside(path, now);
    return { key: loadOrCreateKey(path), setAside };
  }
}

const DEFAULT_STATE_DIR = './var/state';

/** As `hashKeyFrom`, and as `loadOrRenewKey`. @param now Unix ms */
export function usableHashKey(values: Readonly<Record<string, string>>, now: number): UsableKey {
  if (values['HASH_KEY'] !== undefined) return { key: hashKeyFrom(values), setAside: undefined };
  return loadOrRenewKey(hashKeyPath(values), now);
}

/**
 * The key of hashed ids: HASH_KEY (64 hexadecimal digits, or any other text), else the file `hash.key` in STATE_DIR,
 * which both services share.
 * @throws as `loadOrCreateKey`.
 */
export function hashKeyFrom(values: Readonly<Record<string, string>>): Buffer {
  const given = values['HASH_KEY'];
  if (given !== undefined) return parseKey(given) ?? Buffer.from(given, 'utf8');
  return loadOrCreateKey(hashKeyPath(values));
}

const hashKeyPath = (values: Readonly<Record<string, string>>): string =>
  join(values['STATE_DIR'] ?? DEFAULT_STATE_DIR, 'hash.key');
