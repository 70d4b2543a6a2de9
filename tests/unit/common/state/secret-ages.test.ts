import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadEnvironment } from '../../../../common/env/load.ts';
import { namedSecrets } from '../../../../common/redact/environment.ts';
import { daysSince, noteSecrets, secretAges, sinceWhen } from '../../../../common/state/secret-ages.ts';

const DAY = 24 * 3_600_000;
const NOW = Date.parse('2026-12-07T08:00:00Z');
const CANARY = 'canary-password';

let base: string;
let folder: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'secret-ages-'));
  folder = serviceFolder('alert-bridge');
});
afterEach(() => {
  rmSync(base, { recursive: true });
});

/** With a known salt: two secrets in 65,536 look the same. */
function serviceFolder(name: string, salt = '0'.repeat(32)): string {
  const path = join(base, name);
  mkdirSync(path);
  writeFileSync(join(path, 'secret-ages.json'), JSON.stringify({ salt, secrets: {} }), { mode: 0o600 });
  return path;
}
const file = (): string => join(folder, 'secret-ages.json');
const secret = (value = CANARY, changedAt?: number) => ({ name: 'DB_PASSWORD', value, changedAt });
const note = (at: number, value = CANARY, changedAt?: number) =>
  noteSecrets(folder, [secret(value, changedAt)], at);
const since = (at: number, folders = [folder]) => secretAges(folders, at)[0]?.since;

describe('the date of a secret', () => {
  it('is when it was first seen, and stays through every start', () => {
    note(NOW - 100 * DAY);
    note(NOW - 50 * DAY);
    note(NOW);
    expect(secretAges([folder], NOW)).toEqual([{ name: 'DB_PASSWORD', since: NOW - 100 * DAY }]);
  });

  it('is anew when the secret is another', () => {
    note(NOW - 100 * DAY);
    note(NOW - 5 * DAY, 'another');
    note(NOW, 'another');
    expect(since(NOW)).toBe(NOW - 5 * DAY);
  });

  it('is that of its file, and stays when the file is written again with the same secret', () => {
    note(NOW - DAY, CANARY, NOW - 120 * DAY);
    note(NOW, CANARY, NOW - 1000);
    expect(since(NOW)).toBe(NOW - 120 * DAY);
  });

  it('is not that of a file from before the former secret was last seen', () => {
    note(NOW - 3 * DAY, 'former', NOW - 120 * DAY);
    note(NOW, CANARY, NOW - 200 * DAY);
    expect(since(NOW)).toBe(NOW - 3 * DAY);
  });

  it.each([
    ['a file that has the date of a tool', 0, NOW],
    ['a file of 1980, as archives have it', Date.UTC(1980, 0), NOW],
    ['a file from the future', NOW + DAY, NOW],
  ])('is now for %s', (_, changedAt, expected) => {
    note(NOW, CANARY, changedAt);
    expect(since(NOW)).toBe(expected);
  });

  it('is set right when a clock ran ahead', () => {
    note(NOW + 400 * DAY);
    note(NOW);
    expect(since(NOW)).toBe(NOW);
    expect(daysSince(NOW + DAY, NOW)).toBe(0);
  });
});

describe('what is kept', () => {
  it('is no secret, for nobody else, and as small as the list of secrets', () => {
    note(NOW - DAY);
    note(NOW);
    expect(readFileSync(file(), 'utf8')).not.toContain(CANARY);
    expect(readFileSync(file(), 'utf8')).toMatch(/"fingerprint":"[0-9a-f]{4}"/);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['secret-ages.json']);
  });

  it('does not show that two secrets, or those of two installations, are the same', () => {
    const other = serviceFolder('other', '1'.repeat(32));
    noteSecrets(folder, [secret(), { ...secret(), name: 'REDIS_PASSWORD' }], NOW);
    noteSecrets(other, [secret()], NOW);
    const fingerprintIn = (path: string, name = 'DB_PASSWORD'): unknown =>
      (
        JSON.parse(readFileSync(join(path, 'secret-ages.json'), 'utf8')) as {
          secrets: Record<string, { fingerprint: string }>;
        }
      ).secrets[name]?.fingerprint;
    expect(fingerprintIn(folder)).toMatch(/^[0-9a-f]{4}$/);
    expect(fingerprintIn(other)).not.toBe(fingerprintIn(folder));
    expect(fingerprintIn(folder, 'REDIS_PASSWORD')).not.toBe(fingerprintIn(folder));
  });

  it.each(['', '{', '{"salt":"x","secrets":{}}', '[]'])(
    'is begun anew from %j, which is set aside',
    (content) => {
      writeFileSync(file(), content);
      expect(secretAges([folder], NOW)).toEqual([]);
      note(NOW);
      expect(since(NOW)).toBe(NOW);
      expect(readdirSync(folder).toSorted()).toEqual([
        'secret-ages.json',
        'secret-ages.json.damaged-20261207T080000Z',
      ]);
    },
  );

  it('is read where a newer release has added to it', () => {
    note(NOW - 100 * DAY);
    const kept = JSON.parse(readFileSync(file(), 'utf8')) as object;
    writeFileSync(file(), JSON.stringify({ ...kept, version: 2 }));
    note(NOW);
    expect(since(NOW)).toBe(NOW - 100 * DAY);
  });

  it('is left as it is when it cannot be written', () => {
    note(NOW - 100 * DAY);
    mkdirSync(`${file()}.new`);
    expect(() => note(NOW)).toThrow('EISDIR');
    expect(since(NOW - 100 * DAY)).toBe(NOW - 100 * DAY);
  });
});

describe('of several services', () => {
  it('the younger date counts, and what is set no more is not told', () => {
    const other = serviceFolder('exporter');
    note(NOW - 100 * DAY);
    note(NOW);
    const gone = { name: 'OPENAI_API_KEY', value: 'x', changedAt: undefined };
    noteSecrets(other, [secret('former'), gone], NOW - 100 * DAY);
    noteSecrets(other, [secret('changed')], NOW - DAY);
    expect(secretAges([folder, other, join(base, 'nowhere')], NOW)).toEqual([
      { name: 'DB_PASSWORD', since: NOW - DAY },
    ]);
  });

  it('a secret is as old as whoever has noted it first', () => {
    const other = serviceFolder('exporter');
    note(NOW - 10 * DAY);
    noteSecrets(other, [secret()], NOW);
    expect(sinceWhen([folder, other], secret())).toBe(NOW - 10 * DAY);
    expect(sinceWhen([folder, other], secret('unknown'))).toBeUndefined();
    expect(sinceWhen([], secret())).toBeUndefined();
  });
});

describe('which secrets there are', () => {
  it.each([
    ['a password', { DB_PASSWORD: 'a' }, [['DB_PASSWORD', 'a']]],
    ['a URL, by what is secret in it', { REDIS_URL: 'redis://:pw@one:6379' }, [['REDIS_URL', 'pw']]],
    ['no URL without a password', { REDIS_URL: 'redis://one', DATABASE_URL: 'postgres://me@host/db' }, []],
    [
      'a secret path',
      { HEARTBEAT_URL: 'https://hc.example/0123456789abcdef' },
      [['HEARTBEAT_URL', '0123456789abcdef']],
    ],
    ['the key that counts', { STATE_KEY: 'new,old' }, [['STATE_KEY', 'new']]],
    [
      'those of the application',
      { BOT_TOKEN: '1:a', OPENAI_API_KEY_2: 'k' },
      [
        ['BOT_TOKEN', '1:a'],
        ['OPENAI_API_KEY_2', 'k'],
      ],
    ],
    ['none', { TIMEZONE: 'UTC', ADMIN_TELEGRAM_ID: '1' }, []],
  ])('%s', (_, values, expected) => {
    const found = namedSecrets(values).map(({ name, value }) => [name, value.split('\n')[0]]);
    expect(found).toEqual(expected);
  });

  it('a URL with another host has the same secret, one with another password has not', () => {
    const secretIn = (url: string) => namedSecrets({ REDIS_URL: url })[0]?.value;
    expect(secretIn('redis://:pw@two:6379/1')).toBe(secretIn('redis://:pw@one:6379'));
    expect(secretIn('redis://:other@one:6379')).not.toBe(secretIn('redis://:pw@one:6379'));
  });

  it('one in a file has the date of the file', () => {
    const path = join(base, 'password');
    writeFileSync(path, `${CANARY}\n`);
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    const { values, changedAt } = loadEnvironment({
      env: { DB_PASSWORD_FILE: path },
      dotenvPath: '/nowhere',
    });
    expect([values, changedAt]).toEqual([{ DB_PASSWORD: CANARY }, { DB_PASSWORD: 1_700_000_000_000 }]);
  });
});
