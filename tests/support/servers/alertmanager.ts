import { join } from 'node:path';
import { claimFolder, makeTemporaryFolder } from './folders.ts';
import { freePort } from './ports.ts';
import { httpProbe, requireProgram, startServer } from './process.ts';
import type { Server } from './process.ts';

export interface AlertmanagerOptions {
  readonly configFile: string;
  readonly port?: number;
  /** Kept after `close()`; without it a temporary one. */
  readonly folder?: string;
  /** Default `warn`. */
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error';
}

/** A single Alertmanager on loopback; an empty cluster address keeps it from opening the gossip port 9094. */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<Server> {
  const command = requireProgram(['prometheus-alertmanager', 'alertmanager']);
  const port = options.port ?? (await freePort());
  const folder = options.folder ?? makeTemporaryFolder();
  if (options.folder !== undefined) claimFolder(options.folder);
  const url = `http://127.0.0.1:${port}`;
  return startServer({
    name: 'Alertmanager',
    command,
    args: [
      `--config.file=${options.configFile}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--storage.path=${join(folder, 'data')}`,
      '--cluster.listen-address=',
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
