import { join } from 'node:path';
import { claimFolder, makeTemporaryFolder } from './folders.ts';
import { freePort } from './ports.ts';
import { httpProbe, requireProgram, startServer } from './process.ts';
import type { Server } from './process.ts';

export interface PrometheusOptions {
  readonly configFile: string;
  readonly port?: number;
  /** Kept after `close()`; without it a temporary one. */
  readonly folder?: string;
  /** Default `warn`. */
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error';
}

/** A Prometheus on loopback with `/-/reload` enabled. `logs()` has its complaints about configuration and rules. */
export async function startPrometheus(options: PrometheusOptions): Promise<Server> {
  const command = requireProgram(['prometheus']);
  const port = options.port ?? (await freePort());
  const folder = options.folder ?? makeTemporaryFolder();
  if (options.folder !== undefined) claimFolder(options.folder);
  const url = `http://127.0.0.1:${port}`;
  return startServer({
    name: 'Prometheus',
    command,
    args: [
      `--config.file=${options.configFile}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-lifecycle',
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--log.level=${options.logLevel ?? 'warn'}`,
    ],
    host: '127.0.0.1',
    port,
    url,
    folder,
    keepFolder: options.folder !== undefined,
    probe: httpProbe(`${url}/-/ready`),
  });
}
