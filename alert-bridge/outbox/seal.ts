/**
 * Text at rest: AES-256-GCM (NIST SP 800-38D) with a random nonce. What is sealed is a byte for the version, four that
 * name the key, the nonce, the ciphertext and the tag; the place it is kept at is authenticated with it, so that a row
 * moved to another place opens no more.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/** Table and key of a row. */
export type Place = readonly [table: string, ...key: string[]];

export interface Seal {
  /** The first bytes of everything it seals: version and key. */
  readonly header: Buffer;
  seal(text: string, place: Place): Buffer;
  /** @throws UnreadableError when it was sealed with a key that is not known, at another place, or was altered. */
  open(sealed: Buffer, place: Place): string;
  /** True for the header of what one of the keys has sealed. */
  knows(header: Buffer): boolean;
}

export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

const ALGORITHM = 'aes-256-gcm';
const VERSION = 1;
const KEY_NAME_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const HEADER_BYTES = 1 + KEY_NAME_BYTES;

/** The keys, the one first that has sealed something with this header. */
export const keyOfFirst = (header: Buffer, keys: readonly Buffer[]): readonly Buffer[] =>
  keys.toSorted((a, b) => Number(headerOf(b).equals(header)) - Number(headerOf(a).equals(header)));

/** @param keys 32 bytes each: the first one seals, each of them opens what it has sealed */
export function createSeal(keys: readonly [Buffer, ...Buffer[]]): Seal {
  const byHeader = new Map(keys.toReversed().map((key) => [headerOf(key).toString('hex'), key]));
  const [key] = keys;
  const header = headerOf(key);

  return {
    header,
    knows: (other) => byHeader.has(other.toString('hex')),
    seal: (text, place) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(authenticated(header, place));
      return Buffer.concat([header, nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    },
    open: (sealed, place) => {
      const itsHeader = sealed.subarray(0, HEADER_BYTES);
      const itsKey = byHeader.get(itsHeader.toString('hex'));
      if (itsKey === undefined) throw new UnreadableError(`${place[0]}: sealed with a key that is not known`);
      try {
        const nonce = sealed.subarray(HEADER_BYTES, HEADER_BYTES + NONCE_BYTES);
        const decipher = createDecipheriv(ALGORITHM, itsKey, nonce, { authTagLength: TAG_BYTES });
        decipher.setAAD(authenticated(itsHeader, place));
        decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
        const ciphertext = sealed.subarray(HEADER_BYTES + NONCE_BYTES, -TAG_BYTES);
        return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
      } catch (error) {
        throw new UnreadableError(`${place[0]}: altered since it was sealed`, { cause: error });
      }
    },
  };
}

function headerOf(key: Buffer): Buffer {
  const name = createHmac('sha256', key).update('name of this key').digest().subarray(0, KEY_NAME_BYTES);
  return Buffer.concat([Buffer.of(VERSION), name]);
}

const authenticated = (header: Buffer, place: Place): Buffer =>
  Buffer.concat([header, Buffer.from(JSON.stringify(place), 'utf8')]);
