/**
 * The steps of the Dockerfile in folders instead of images, where there is no engine: as strict as one about files, with the
 * Node.js of the image and no program but those of its base.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { nodeOfImage } from '../support/machine/node-24.ts';
import { findProgram } from '../support/machine/packages.ts';
import { root } from './compose-file.ts';

/** What of node:24-trixie-slim a step may call. */
const BASE = [
  'bash',
  'sh',
  'cat',
  'chmod',
  'chown',
  'cp',
  'dirname',
  'echo',
  'env',
  'find',
  'ls',
  'mkdir',
  'rm',
  'sed',
  'uname',
];

/** A folder with the programs of the base image, for PATH: no compiler among them. */
export function programsOfBase(folder: string): string {
  mkdirSync(folder);
  for (const name of BASE) {
    const program = findProgram([name]);
    if (program === undefined) throw new Error(`this machine has no ${name}`);
    symlinkSync(program, join(folder, name));
  }
  symlinkSync(join(nodeOfImage(), 'node'), join(folder, 'node'));
  const npm = realpathSync(findProgram(['npm']) ?? 'npm');
  writeFileSync(join(folder, 'npm'), `#!/bin/sh\nexec node '${npm}' "$@"\n`, { mode: 0o755 });
  return folder;
}

export interface Instruction {
  readonly name: string;
  readonly value: string;
}

/** The instructions of each stage, lines that go on joined, comments gone. */
export function readStages(dockerfile: string): readonly (readonly Instruction[])[] {
  const lines = dockerfile
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n');
  const instructions = lines.flatMap((line) => {
    const [, name, value] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [{ name, value: value.trim() }];
  });
  const starts = instructions.flatMap(({ name }, at) => (name === 'FROM' ? [at] : []));
  return starts.map((start, index) => instructions.slice(start, starts[index + 1]));
}

/** How this machine reaches npm, where its environment says so. */
const ofNpm = (): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      /^(?:npm_config_(?:registry|cafile|cache)|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS)$/i.test(name),
    ),
  );

/**
 * Builds the last stage below `folder` and returns where its /app is. Throws Error with what a step has printed when it fails.
 * @param programs what `programsOfBase` has made
 */
export function buildImage(dockerfile: string, folder: string, programs: string): string {
  let before = root;
  for (const [index, stage] of readStages(dockerfile).entries()) {
    const app = join(folder, `stage-${index}`, 'app');
    mkdirSync(app, { recursive: true });
    const inStage = (text: string): string => text.replaceAll('/app', app);
    for (const { name, value } of stage) {
      if (name === 'COPY') {
        const parts = value.split(/\s+/).filter((part) => part !== '--from=build');
        const isFolder = parts.length > 2 || parts.at(-1)?.endsWith('/') === true;
        const target = resolve(app, parts.pop() ?? '');
        for (const part of parts) {
          const source = resolve(before, part.replace(/^\/app\//, ''));
          // As Docker does, the content of a folder, and a file into a folder.
          const to = isFolder && statSync(source).isFile() ? join(target, basename(source)) : target;
          mkdirSync(dirname(to), { recursive: true });
          cpSync(source, to, { recursive: true, verbatimSymlinks: true });
        }
      } else if (name === 'RUN') {
        const command = inStage(value.replaceAll('chown -R node:node', 'chown -R 0:0'));
        const { status, stdout, stderr } = spawnSync('sh', ['-ec', command], {
          stdio: ['ignore', 'pipe', 'pipe'],
          cwd: app,
          encoding: 'utf8',
          env: { ...ofNpm(), PATH: programs, HOME: process.env['HOME'] ?? folder },
        });
        if (status !== 0) throw new Error(`${command}\n${stdout}${stderr}`);
      }
    }
    before = app;
  }
  return before;
}
