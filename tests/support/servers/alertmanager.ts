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
  /** Port of its gossip and those of its peers; without it a single one. */
  readonly cluster?: { readonly port: number; readonly peers: readonly number[] };
  /** Default `warn`. */
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error';
}

/** An Alertmanager on loopback; an empty cluster address keeps it from opening the gossip port 9094. */
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
      ...clusterArgs(options.cluster),
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

function clusterArgs(cluster: AlertmanagerOptions['cluster']): string[] {
  if (cluster === undefined) return ['--cluster.listen-address='];
  return [
    `--cluster.listen-address=127.0.0.1:${cluster.port}`,
    `--cluster.advertise-address=127.0.0.1:${cluster.port}`,
    '--cluster.settle-timeout=2s',
    '--cluster.gossip-interval=50ms',
    ...cluster.peers.map((port) => `--cluster.peer=127.0.0.1:${port}`),
  ];
}
