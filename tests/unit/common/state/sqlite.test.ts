import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectSqlite, isDamage, openIntactSqlite, suspect } from '../../../../common/state/sqlite.ts';
import { loadSqliteLibrary } from '../../../../common/state/sqlite-library.ts';

const NOW = Date.parse('2024-09-22T10:00:00.123Z');

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sqlite-'));
  path = join(folder, 'outbox.sqlite');
  const database = connectSqlite(path);
  database.exec('CREATE TABLE kept (text TEXT)');
  const insert = database.prepare('INSERT INTO kept VALUES (?)');
  database.transaction(() => {
    for (let row = 0; row < 500; row += 1) insert.run(`row ${row} ${'x'.repeat(200)}`);
  })();
  database.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const rows = (): number => {
  const { database } = openIntactSqlite(path, NOW);
  const count = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() as number;
  database.close();
  return count;
};
const overwrite = (at: number, bytes: Buffer): void => {
  const whole = readFileSync(path);
  bytes.copy(whole, at);
  writeFileSync(path, whole);
};

describe('a state file', () => {
  it('that is whole is opened, whoever else may read it', () => {
    const { database, setAside } = openIntactSqlite(path, NOW);
    expect(setAside).toBeUndefined();
    expect(database.prepare('SELECT count(*) FROM kept').pluck().get()).toBe(500);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    database.close();
  });

  it.each([
    ['is no database', () => writeFileSync(path, 'not a database at all, but long enough to be looked at')],
    ['lost its header', () => overwrite(0, Buffer.alloc(100, 0xff))],
    ['lost a page', () => overwrite(4096 * 3, Buffer.alloc(4096, 0xee))],
    ['was cut off', () => writeFileSync(path, readFileSync(path).subarray(0, 4096 * 5 + 77))],
    ['was found damaged in use', () => suspect(path)],
  ])('that %s is set aside, and a new one is begun', (_what, damage) => {
    damage();
    const damaged = readFileSync(path);
    const { database, setAside } = openIntactSqlite(path, NOW);
    expect(setAside).toBe(`${path}.damaged-20240922T100000Z`);
    // But for the header, where opening counts.
    expect(readFileSync(setAside ?? '').subarray(100)).toEqual(damaged.subarray(100));
    expect(database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()).toBe(0);
    database.close();
    expect(rows()).toBe(0);
    expect(readdirSync(folder).filter((name) => name.includes('.damaged-'))).toHaveLength(1);
    expect(existsSync(`${path}.suspect`)).toBe(false);
  });

  it('that somebody else has locked is not damaged', () => {
    const other = connectSqlite(path);
    other.pragma('journal_mode = DELETE');
    other.exec('BEGIN EXCLUSIVE');
    expect(() => openIntactSqlite(path, NOW)).toThrow(expect.objectContaining({ code: 'SQLITE_BUSY' }));
    other.close();
    expect(readdirSync(folder)).toEqual(['outbox.sqlite']);
    // SQLite waits for the other one first.
  });
});

it('damage is what the file is to blame for', () => {
  expect(isDamage(new (loadSqliteLibrary().SqliteError)('', 'SQLITE_CORRUPT_INDEX'))).toBe(true);
  expect(isDamage(new (loadSqliteLibrary().SqliteError)('', 'SQLITE_FULL'))).toBe(false);
  expect(isDamage(new Error('SQLITE_CORRUPT'))).toBe(false);
});
