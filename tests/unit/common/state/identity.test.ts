import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createIdentityHasher, hashKeyFrom, loadOrCreateKey } from '../../../../common/state/identity.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'identity-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('createIdentityHasher', () => {
  const hash = createIdentityHasher(Buffer.alloc(32, 1));

  it('is u_ and 12 hexadecimal digits, the same for a number, a bigint and its text', () => {
    expect(hash(123456789)).toMatch(/^u_[0-9a-f]{12}$/);
    expect(hash(123456789n)).toBe(hash(123456789));
    expect(hash('123456789')).toBe(hash(123456789));
  });

  it('differs by id and by key', () => {
    expect(hash(1)).not.toBe(hash(2));
    expect(createIdentityHasher(Buffer.alloc(32, 2))(1)).not.toBe(hash(1));
  });
});

describe('loadOrCreateKey', () => {
  it('makes 32 random bytes once, readable by the owner only, and leaves nothing else behind', () => {
    const path = join(folder, 'state', 'hash.key');
    const key = loadOrCreateKey(path);
    expect(key).toHaveLength(32);
    expect(loadOrCreateKey(path).equals(key)).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe(`${key.toString('hex')}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'state'))).toEqual(['hash.key']);
    expect(loadOrCreateKey(join(folder, 'other.key')).equals(key)).toBe(false);
  });

  it.each(['', 'abc', 'zz'.repeat(32), 'ab'.repeat(31)])(
    'refuses a file that holds %j, without quoting it',
    (content) => {
      const path = join(folder, 'hash.key');
      writeFileSync(path, content);
      expect(() => loadOrCreateKey(path)).toThrow(
        `The key file ${path} must hold 64 hexadecimal digits and holds ${content.length} characters of something else.`,
      );
      expect(readFileSync(path, 'utf8')).toBe(content);
    },
  );

  it('fails at once where no folder can be made', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => loadOrCreateKey(join(folder, 'file', 'hash.key'))).toThrow(/ENOTDIR|EEXIST/);
    expect(() => loadOrCreateKey('/proc/nowhere/hash.key')).toThrow('ENOENT');
  });
});

describe('hashKeyFrom', () => {
  it('prefers HASH_KEY, as hexadecimal or as text, to the file', () => {
    expect(hashKeyFrom({ HASH_KEY: 'ab'.repeat(32) })).toEqual(Buffer.alloc(32, 0xab));
    expect(hashKeyFrom({ HASH_KEY: 'a passphrase' })).toEqual(Buffer.from('a passphrase'));
    expect(hashKeyFrom({ STATE_DIR: folder })).toEqual(loadOrCreateKey(join(folder, 'hash.key')));
  });
});
