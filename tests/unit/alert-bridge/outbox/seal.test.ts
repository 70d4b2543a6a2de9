import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createSeal,
  HEADER_BYTES,
  UnreadableError,
  type Place,
} from '../../../../alert-bridge/outbox/seal.ts';

const [first, second, third] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2), Buffer.alloc(32, 3)];
const seal = createSeal([first]);
const place: Place = ['signals', 'id'];

describe('what is sealed', () => {
  it('opens as it was, and holds none of the text, whatever that is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 4 }), (text) => {
        const sealed = seal.seal(text, place);
        expect(seal.open(sealed, place)).toBe(text);
        expect(sealed.includes(text)).toBe(false);
      }),
    );
  });

  it('differs every time', () => {
    expect(seal.seal('text', place).equals(seal.seal('text', place))).toBe(false);
  });

  it.each<[string, Place]>([
    ['of another row', ['signals', 'other']],
    ['of another table', ['threads', 'id']],
    ['that reads the same when joined', ['signals', 'i', 'd']],
  ])('does not open at the place %s', (_what, other) => {
    expect(() => seal.open(seal.seal('text', place), other)).toThrow(UnreadableError);
  });

  it('does not open with any of its bits changed, nor cut short', () => {
    const sealed = seal.seal('text', place);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const altered = Buffer.from(sealed);
      altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => seal.open(altered, place)).toThrow(UnreadableError);
    }
    for (let length = 0; length < sealed.length; length += 1)
      expect(() => seal.open(sealed.subarray(0, length), place)).toThrow(UnreadableError);
  });
});

describe('keys', () => {
  it('open what they have sealed, wherever they stand; the first one seals', () => {
    const both = createSeal([second, first]);
    const sealed = seal.seal('text', place);
    expect(both.open(sealed, place)).toBe('text');
    expect(both.seal('text', place).subarray(0, HEADER_BYTES)).toEqual(createSeal([second]).header);
    expect(both.knows(sealed.subarray(0, HEADER_BYTES))).toBe(true);
  });

  it('that are not known open nothing', () => {
    const other = createSeal([third]);
    expect(other.knows(seal.header)).toBe(false);
    expect(() => other.open(seal.seal('text', place), place)).toThrow('sealed with a key that is not known');
  });
});
