import { join } from 'node:path';
import { makeTemporaryFolder } from './folders.ts';
import { freePort } from './ports.ts';
import { httpProbe, requireProgram, startServer } from './process.ts';
import type { Server } from './process.ts';

/** A VictoriaMetrics on loopback that shows a sample as soon as it has it. */
export async function startVictoriaMetrics(): Promise<Server> {
  const port = await freePort();
  const folder = makeTemporaryFolder();
  const url = `http://127.0.0.1:${port}`;
  return startServer({
    name: 'VictoriaMetrics',
    command: requireProgram(['victoria-metrics']),
    args: [
      `-httpListenAddr=127.0.0.1:${port}`,
      `-storageDataPath=${join(folder, 'data')}`,
      '-search.latencyOffset=0s',
    ],
    host: '127.0.0.1',
    port,
    url,
    folder,
    keepFolder: false,
    probe: httpProbe(`${url}/health`),
  });
}
