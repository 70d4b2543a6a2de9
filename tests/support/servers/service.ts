import { join, resolve } from 'node:path';
import { makeTemporaryFolder } from './folders.ts';
import { freePort } from './ports.ts';
import { startServer } from './process.ts';
import type { Server } from './process.ts';

export const PROJECT_ROOT = resolve(import.meta.dirname, '../../..');

/** Command line of a service as `npm run build` left it, the way production starts it. */
export const serviceCommand = (service: ServiceName): string[] => [
  '--import',
  join(PROJECT_ROOT, 'dist/common/sentry/instrument.js'),
  join(PROJECT_ROOT, `dist/${service}/main.js`),
];

export type ServiceName = 'exporter' | 'alert-bridge';

const LISTEN = { exporter: 'EXPORTER_LISTEN', 'alert-bridge': 'BRIDGE_LISTEN' } as const;

/**
 * One of the project's services on loopback, from the build, with nothing but this environment and its defaults:
 * no `.env` of the developer's. State and logs are in its folder.
 */
export async function startService(
  service: ServiceName,
  env: Readonly<Record<string, string>>,
  options: { readonly port?: number } = {},
): Promise<Server> {
  const port = options.port ?? (await freePort());
  const folder = makeTemporaryFolder();
  const url = `http://127.0.0.1:${port}`;
  return startServer({
    name: service,
    command: process.execPath,
    args: serviceCommand(service),
    env: { [LISTEN[service]]: `127.0.0.1:${port}`, NODE_ENV: 'production', ...env },
    host: '127.0.0.1',
    port,
    url,
    folder,
    keepFolder: false,
    probe: async () => {
      const response = await fetch(`${url}/-/healthy`, { signal: AbortSignal.timeout(1_000) });
      if (!response.ok) throw new Error(`/-/healthy answered ${response.status}`);
    },
  });
}
