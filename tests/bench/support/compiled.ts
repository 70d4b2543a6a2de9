import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROJECT_ROOT } from '../../support/servers/service.ts';

/**
 * A module as `npm run build` left it. What a bench measures comes from here: the loader that runs the benches wraps
 * every function it meets to keep its name, which slows code down that makes functions as it goes.
 * @param source path of the TypeScript file from the project's root; @typeParam T type of that module
 */
export async function compiled<T>(source: string): Promise<T> {
  const path = join(PROJECT_ROOT, 'dist', source.replace(/\.ts$/, '.js'));
  const module: unknown = await import(pathToFileURL(path).href);
  return module as T;
}
