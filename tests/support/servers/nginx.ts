import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Identity } from '../machine/certificates.ts';
import { claimFolder, makeTemporaryFolder } from './folders.ts';
import { freePort } from './ports.ts';
import { httpProbe, requireProgram, startServer } from './process.ts';
import { openFiles, processTree } from './proc.ts';
import type { Server } from './process.ts';

export interface NginxOptions {
  readonly port?: number;
  /** Kept after `close()`; without it a temporary one. */
  readonly folder?: string;
  /** Text of a `log_format … ;` named `monitoring`, without its name; default: nginx's own `combined`. */
  readonly logFormat?: string;
  /** `location … { … }` blocks of the server; what none of them takes is answered with 200. */
  readonly locations?: string;
  /** Serves the same over TLS too, on a port of its own. */
  readonly tls?: Identity;
}

export interface Nginx {
  readonly server: Server;
  readonly accessLog: string;
  /** `https://127.0.0.1:…`; only with `tls`. */
  readonly tlsUrl: string | undefined;
  /** Every worker writes into the file of that name: the master creates it and tells them of it later. */
  readonly hasReopened: () => boolean;
}

/** Answered and never logged, so that waiting for the server leaves nothing in the log. */
const READY_PATH = '/-/nginx-is-ready';

/** An nginx on loopback, two workers, with a log in its folder that has every request in it at once. */
export async function startNginx(options: NginxOptions = {}): Promise<Nginx> {
  const command = requireProgram(['nginx']);
  const port = options.port ?? (await freePort());
  const folder = options.folder ?? makeTemporaryFolder();
  if (options.folder !== undefined) claimFolder(options.folder);
  const accessLog = join(folder, 'access.log');
  const config = join(folder, 'nginx.conf');
  const secure = options.tls === undefined ? undefined : await prepareTls(folder, options.tls);
  writeFileSync(config, configuration({ folder, port, accessLog, secure }, options));
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    name: 'nginx',
    command,
    args: ['-p', folder, '-c', config, '-e', 'stderr'],
    host: '127.0.0.1',
    port,
    url,
    folder,
    keepFolder: options.folder !== undefined,
    probe: httpProbe(url + READY_PATH),
    // "Fast" shutdown: takes the workers along, which outlive a SIGKILL to their master.
    deathSignal: 'TERM',
  });
  const hasReopened = (): boolean => {
    // What was renamed has a name that begins so, and what was deleted one that says so.
    const logs = processTree(server.pid)
      .flatMap(openFiles)
      .filter((path) => path.startsWith(accessLog));
    return logs.length > 0 && logs.every((path) => path === accessLog);
  };
  return { server, accessLog, tlsUrl: secure?.url, hasReopened };
}

/** A path as nginx reads it: unquoted it ends at a blank. */
const quoted = (path: string): string => `"${path.replaceAll(/["\\]/g, '\\$&')}"`;

interface Secure {
  readonly url: string;
  readonly directives: string;
}

async function prepareTls(folder: string, { key, cert }: Identity): Promise<Secure> {
  const port = await freePort();
  const [keyFile, certFile] = [join(folder, 'tls.key'), join(folder, 'tls.pem')];
  writeFileSync(keyFile, key, { mode: 0o600 });
  writeFileSync(certFile, cert);
  const directives = `listen 127.0.0.1:${port} ssl; ssl_certificate ${quoted(certFile)}; ssl_certificate_key ${quoted(keyFile)};`;
  return { url: `https://127.0.0.1:${port}`, directives };
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly accessLog: string;
  readonly secure: Secure | undefined;
}

function configuration({ folder, port, accessLog, secure }: Place, options: NginxOptions): string {
  const { logFormat, locations = '' } = options;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 2;
pid ${quoted(join(folder, 'nginx.pid'))};
error_log stderr warn;
events { worker_connections 256; }
http {
  ${temporary.map((name) => `${name}_temp_path ${quoted(join(folder, name))};`).join('\n  ')}
  ${logFormat === undefined ? '' : `log_format monitoring ${logFormat};`}
  access_log ${quoted(accessLog)} ${logFormat === undefined ? 'combined' : 'monitoring'};
  server {
    listen 127.0.0.1:${port};
    ${secure?.directives ?? ''}
    location = ${READY_PATH} { access_log off; return 204; }
    location / { return 200 "ok\\n"; }
    ${locations}
  }
}
`;
}
