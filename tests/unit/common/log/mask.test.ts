import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { maskInLogs } from '../../../../common/log/mask.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mask-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const masked = (content: string, ...texts: readonly string[]): string => {
  writeFileSync(join(folder, 'app-part.1.log'), content);
  maskInLogs(folder, texts);
  return readFileSync(join(folder, 'app-part.1.log'), 'utf8');
};

it.each([
  ['a user 5512345 paid', 'a user ******* paid'],
  ['5512345,5512345', '*******,*******'],
  ['user5512345', 'user*******'],
  ['55123456 05512345', '55123456 05512345'],
  ['Пользователь 5512345: платёж', 'Пользователь *******: платёж'],
])('masks a number where it stands alone: %j', (content, expected) => {
  expect(masked(content, '5512345')).toBe(expected);
});

it.each([
  ['by u_0123456789ab.', 'by **************.'],
  ['by u_0123456789abc', 'by u_0123456789abc'],
  ['by Anna, Annabel, яAnna', 'by ****, Annabel, яAnna'],
])('masks a word where it stands alone: %j', (content, expected) => {
  expect(masked(content, 'u_0123456789ab', 'Anna')).toBe(expected);
});

it('counts in every part, follows no links, and leaves other files alone', () => {
  writeFileSync(join(folder, 'app-part.2.log'), 'of 5512345');
  writeFileSync(join(folder, 'audit-2026-01-01.log'), 'of 5512345 and 5512345');
  writeFileSync(join(folder, 'notes.txt'), 'of 5512345');
  symlinkSync('app-part.2.log', join(folder, 'app.log'));
  expect(maskInLogs(folder, ['5512345'])).toBe(3);
  expect(maskInLogs(folder, ['5512345'])).toBe(0);
  expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('of 5512345');
});
