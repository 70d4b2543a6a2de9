import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { IMAGE_MAJOR } from '../support/machine/node-24.ts';
import { root, service } from './compose-file.ts';

const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
const stages = dockerfile.split(/^(?=FROM )/m).slice(1);
const final = stages.at(-1) ?? '';

describe('Dockerfile', () => {
  it('has a build stage and a final stage on one Node.js', () => {
    const base = `node:${IMAGE_MAJOR}-trixie-slim`;
    expect(stages.map((stage) => /^FROM (\S+)/.exec(stage)?.[1])).toEqual([base, base]);
  });

  it('installs nothing of Debian, and keeps the development dependencies in the build stage', () => {
    expect(dockerfile).not.toContain('apt-get');
    expect(stages[0]).toContain('npm prune --omit=dev');
    expect(final).not.toMatch(/npm /);
  });

  it('runs as a user without rights who owns the folders of state and logs', () => {
    const lines = final.split('\n');
    const owner = lines.findIndex((line) => line.includes('chown -R node:node /app/var'));
    const user = lines.findIndex((line) => line.startsWith('USER node'));
    const command = lines.findIndex((line) => line.startsWith('CMD '));
    expect(owner).toBeGreaterThan(0);
    expect(user).toBeGreaterThan(owner);
    expect(command).toBeGreaterThan(user);
  });

  it('starts the services as npm does', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(scripts['start:exporter']).toContain(service('exporter').command?.join(' '));
    expect(scripts['start:bridge']).toContain(service('alert-bridge').command?.join(' '));
    expect(final).toContain(`CMD ${JSON.stringify(service('exporter').command).replaceAll('",', '", ')}`);
  });

  it('copies nothing that .dockerignore keeps out', () => {
    const allowed = readFileSync(join(root, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = [...(stages[0] ?? '').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, sources = '']) => sources.split(' '),
    );
    // Parts of a folder come first where the dependencies need them.
    const whole = copied.filter((path) => !allowed.some((folder) => path.startsWith(`${folder}/`)));
    expect(whole.toSorted()).toEqual(allowed.toSorted());
    expect(final).not.toMatch(/^COPY (?!--from)/m);
  });
});
