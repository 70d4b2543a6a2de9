import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { httpProbe, startServer } from '../support/servers/process.ts';
import type { Server } from '../support/servers/process.ts';
import { envFile } from './configs.ts';

export interface ServiceOptions {
  readonly name: string;
  /** Below `dist/`. */
  readonly entry: string;
  readonly port: number;
  readonly folder: string;
  readonly project: string;
  readonly config: { readonly variable: string; readonly text: string };
  readonly env: Readonly<Record<string, string>>;
}

/**
 * One of the project's services from the build. Its settings are a `.env` in its own working folder, its environment
 * is nearly empty: neither the `.env` nor the environment of the person who runs the demo has any say in it.
 */
export function startService({
  name,
  entry,
  port,
  folder,
  project,
  config,
  env,
}: ServiceOptions): Promise<Server> {
  const configFile = join(folder, 'config.yml');
  writeFileSync(configFile, config.text);
  const settings = {
    ...env,
    [config.variable]: configFile,
    STATE_DIR: join(folder, 'state'),
    LOG_DIR: join(folder, 'log'),
  };
  writeFileSync(join(folder, '.env'), envFile(settings), { mode: 0o600 });
  const dist = join(project, 'dist');
  const url = `http://127.0.0.1:${port}`;
  return startServer({
    name: `The ${name}`,
    command: process.execPath,
    args: ['--import', join(dist, 'common/sentry/instrument.js'), join(dist, entry)],
    host: '127.0.0.1',
    port,
    url,
    folder,
    keepFolder: true,
    probe: httpProbe(`${url}/-/healthy`),
    stopTimeoutMs: 3500,
  });
}
