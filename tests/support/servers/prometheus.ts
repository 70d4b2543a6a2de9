import { join } from 'node:path';
import { formatDurationMs } from './durations.ts';
import { claimFolder, makeTemporaryFolder } from './folders.ts';
import { freePort } from './ports.ts';
import { httpProbe, requireProgram, startServer } from './process.ts';
import type { Server } from './process.ts';

export interface PrometheusOptions {
  readonly configFile: string;
  readonly port?: number;
  /** Kept after `close()`; without it a temporary one. */
  readonly folder?: string;
  /**
   * Default 1m. An alert that fires before Prometheus has found its Alertmanagers, some seconds after the start, is
   * first told this much later.
   */
  readonly resendDelayMs?: number;
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
      `--rules.alert.resend-delay=${formatDurationMs(options.resendDelayMs ?? 60_000)}`,
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
