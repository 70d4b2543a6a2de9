import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SQLITE_LIBRARY, sqliteLibraryFor } from '../../../../common/state/sqlite-library.ts';

const read = (path: string) =>
  JSON.parse(readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8')) as {
    engines: { node: string };
    dependencies: Record<string, string>;
    optionalDependencies: Record<string, string>;
  };

it.each([
  ['8', 'better-sqlite3-12'],
  ['9', 'better-sqlite3-12'],
  ['10', 'better-sqlite3'],
  ['11', 'better-sqlite3'],
])('a Node.js with Node-API %s takes %s, whose compiled part it can load', (napi, library) => {
  expect(sqliteLibraryFor(napi)).toBe(library);
});

it('is installed for this Node.js', () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  // The first with Node-API 10: https://nodejs.org/docs/latest-v22.x/api/n-api.html#node-api-version-matrix
  const isOlder = major < 22 || (major === 22 && minor < 14);
  expect(SQLITE_LIBRARY).toBe(isOlder ? 'better-sqlite3-12' : 'better-sqlite3');
  const { engines, dependencies } = read('common/state/older-node/package.json');
  expect(engines.node).toBe('<22.14');
  expect(dependencies).toEqual({
    'better-sqlite3-12': expect.stringMatching(/^npm:better-sqlite3@\^12\./) as string,
  });
  const project = read('package.json');
  expect(project.dependencies['better-sqlite3']).toMatch(/^\^13\./);
  expect(project.optionalDependencies).toEqual({ 'sqlite-for-older-node': 'file:common/state/older-node' });
});

it('is not compiled by npm, which would run node-gyp for version 13 too: its package-lock forgets `gypfile: false`', () => {
  expect(readFileSync(new URL('../../../../.npmrc', import.meta.url), 'utf8')).toMatch(
    /^ignore-scripts=true$/m,
  );
});
