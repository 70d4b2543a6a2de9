import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeTemporaryFolder } from './folders.ts';
import { freePort } from './ports.ts';
import { httpProbe, startServer } from './process.ts';
import type { Server } from './process.ts';

export const PROJECT_ROOT = resolve(import.meta.dirname, '../../..');

export type ServiceName = 'exporter' | 'alert-bridge';

/** Command line of a service as `npm run build` left it, the way production starts it. */
export const serviceCommand = (service: ServiceName, root = PROJECT_ROOT): string[] => [
  '--import',
  pathToFileURL(join(root, 'dist/common/sentry/instrument.js')).href,
  join(root, `dist/${service}/main.js`),
];

const VARIABLES = {
  exporter: { listen: 'EXPORTER_LISTEN', config: 'EXPORTER_CONFIG' },
  'alert-bridge': { listen: 'BRIDGE_LISTEN', config: 'BRIDGE_CONFIG' },
} as const;

export interface ServiceOptions {
  readonly port?: number;
  /** Kept after `close()`; without it a temporary one. */
  readonly folder?: string;
  /** Text of its config.yml; without it the defaults. */
  readonly config?: string;
  /** Another build than that of the project, and the Node.js that runs it. */
  readonly build?: { readonly root: string; readonly node: string };
  /** Options of Node.js before those of the service. */
  readonly nodeArgs?: readonly string[];
  /** What must hold whenever the service is stopped in order. */
  readonly beforeStop?: (service: { readonly url: string }) => Promise<unknown>;
}

/**
 * One of the project's services on loopback, from the build, with nothing but this environment: neither the `.env`
 * nor the environment of whoever runs it has any say. Its state and logs are in its folder.
 */
export async function startService(
  service: ServiceName,
  env: Readonly<Record<string, string>>,
  options: ServiceOptions = {},
): Promise<Server> {
  const port = options.port ?? (await freePort());
  const folder = options.folder ?? makeTemporaryFolder();
  const url = `http://127.0.0.1:${port}`;
  const { listen, config } = VARIABLES[service];
  const configFile = join(folder, 'config.yml');
  if (options.config !== undefined) writeFileSync(configFile, options.config);
  return startServer({
    name: service,
    command: options.build?.node ?? process.execPath,
    args: [...(options.nodeArgs ?? []), ...serviceCommand(service, options.build?.root)],
    env: {
      [listen]: `127.0.0.1:${port}`,
      STATE_DIR: join(folder, 'state'),
      LOG_DIR: join(folder, 'log'),
      // As in production's image, so that texts are the same on every machine.
      INSTALLATION: 'docker',
      ...(options.config === undefined ? {} : { [config]: configFile }),
      ...env,
    },
    host: '127.0.0.1',
    port,
    url,
    folder,
    keepFolder: options.folder !== undefined,
    probe: httpProbe(`${url}/-/healthy`),
    beforeStop: async () => {
      await options.beforeStop?.({ url });
    },
    // It gives what is in flight 3 s; the whole demo ends within 5.
    stopTimeoutMs: 3_500,
  });
}
