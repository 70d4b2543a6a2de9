import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The two services, as they are started from the build. */
export const SERVICES = ['exporter', 'alert-bridge'] as const;
export type ServiceName = (typeof SERVICES)[number];

const fromBuild = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Starts a service in a process of its own, with Sentry loaded before anything it instruments. */
export function spawnService(name: ServiceName, args: readonly string[] = []): ChildProcess {
  // An address and not a path: in a path Node takes # and % for parts of one.
  const preload = new URL('../common/sentry/instrument.js', import.meta.url).href;
  return spawn(process.execPath, ['--import', preload, fromBuild(`${name}/main.js`), ...args], {
    stdio: 'inherit',
  });
}

/** Exit code of a process once it has ended; 1 when a signal ended it. */
export function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
