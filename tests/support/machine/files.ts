import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every file and folder below a folder, itself included; links are not followed. */
export function everythingIn(folder: string): readonly string[] {
  const below = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  return [folder, ...below];
}

/** Those that others than their owner may read, write or enter, each with its mode. */
export const openToOthers = (paths: readonly string[]): readonly string[] =>
  paths
    .map((path) => ({ path, stat: lstatSync(path) }))
    .filter(({ stat }) => !stat.isSymbolicLink() && (stat.mode & 0o077) !== 0)
    .map(({ path, stat }) => `${(stat.mode & 0o777).toString(8)} ${path}`);

/** Files that hold the text in their bytes. */
export const filesThatHold = (text: string, folder: string): readonly string[] =>
  everythingIn(folder).filter((path) => lstatSync(path).isFile() && readFileSync(path).includes(text));
