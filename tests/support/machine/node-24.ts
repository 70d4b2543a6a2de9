/**
 * The Node.js of the image, from npm where this one is another. Run as `tsx tests/support/machine/node-24.ts <command>`: the
 * command runs with that one first on PATH.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findProgram } from './packages.ts';

export const IMAGE_MAJOR = 24;
const ROOT = join(import.meta.dirname, '../../..');

/** Folder with the program `node`. Throws Error where npm has none for this machine, or cannot be reached. */
export function nodeOfImage(): string {
  if (Number.parseInt(process.versions.node) === IMAGE_MAJOR) return dirname(process.execPath);
  // `npm ci` clears it away, and has the package in its own cache.
  const cache = join(ROOT, 'node_modules/.cache', `node-${IMAGE_MAJOR}`);
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(cache, 'node_modules', name, 'bin');
  if (!existsSync(join(folder, 'node'))) {
    const args = [
      'install',
      '--prefix',
      cache,
      '--no-save',
      '--no-audit',
      '--no-fund',
      `${name}@${IMAGE_MAJOR}`,
    ];
    const { status, stderr } = spawnSync(findProgram(['npm']) ?? 'npm', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`npm gives no ${name}@${IMAGE_MAJOR}:\n${stderr}`);
  }
  return folder;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (Number.parseInt(process.versions.node) >= IMAGE_MAJOR) {
    console.log(`This is Node ${process.version}: nothing is left to run with ${IMAGE_MAJOR}.`);
    process.exit(0);
  }
  const [command = '', ...args] = process.argv.slice(2);
  const PATH = [nodeOfImage(), process.env['PATH'] ?? ''].join(delimiter);
  const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, PATH } });
  // A terminal sends Ctrl-C to both: the command ends first.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  child.once('exit', (code) => process.exit(code ?? 1));
}
