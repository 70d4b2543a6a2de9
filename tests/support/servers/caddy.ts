import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder } from './folders.ts';
import { freePort } from './ports.ts';
import { httpProbe, requireProgram, startServer } from './process.ts';
import type { Server } from './process.ts';

export interface CaddyOptions {
  /** Of the project: what the compose file mounts. */
  readonly caddyfile: string;
  /** Where its upstreams really are: `{ 'grafana:3000': '127.0.0.1:…' }`. */
  readonly upstreams: Readonly<Record<string, string>>;
  /** As the compose file sets it, without PROXY_DOMAIN. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Caddy {
  readonly server: Server;
  /** `https://localhost:…`, with a certificate of its own authority. */
  readonly url: string;
}

/** bcrypt of a password, cheaper than the default. */
export function hashPassword(password: string): string {
  const { stdout } = spawnSync(requireProgram(['caddy']), ['hash-password'], {
    input: `${password}\n${password}\n`,
    encoding: 'utf8',
  });
  return stdout.trim().split('\n').at(-1) ?? '';
}

/** Debian's Caddy with the project's Caddyfile, on free ports of loopback; else the file is taken as it is. */
export async function startCaddy({ caddyfile, upstreams, env }: CaddyOptions): Promise<Caddy> {
  const [port, httpPort, healthPort] = [await freePort(), await freePort(), await freePort()];
  const folder = makeTemporaryFolder();
  const moves = {
    ...upstreams,
    '127.0.0.1:2020': `127.0.0.1:${healthPort}`,
    '\tadmin off': `\tadmin off\n\thttp_port ${httpPort}\n\thttps_port ${port}\n\tdefault_bind 127.0.0.1`,
  };
  const text = Object.entries(moves).reduce(
    (moved, [from, to]) => {
      if (!moved.includes(from)) throw new Error(`The Caddyfile has no ${from}`);
      return moved.replaceAll(from, to);
    },
    readFileSync(caddyfile, 'utf8'),
  );
  const config = join(folder, 'Caddyfile');
  writeFileSync(config, text);
  const server = await startServer({
    name: 'Caddy',
    command: requireProgram(['caddy']),
    args: ['run', '--config', config, '--adapter', 'caddyfile'],
    env: { ...env, PROXY_DOMAIN: 'localhost', HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    host: '127.0.0.1',
    port,
    url: `http://127.0.0.1:${healthPort}`,
    folder,
    keepFolder: false,
    probe: httpProbe(`http://127.0.0.1:${healthPort}/-/healthy`),
  });
  return { server, url: `https://localhost:${port}` };
}
