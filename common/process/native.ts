/** Modules that are compiled: for one version of Node, one kind of processor and one C library. */
import { createRequire } from 'node:module';
import { loadSqliteLibrary } from '../state/sqlite-library.ts';
import { OperatorError } from './operator-error.ts';

/** How each is loaded far enough to know that it can be. The libraries load their compiled part late. */
export const NATIVE_MODULES = {
  'better-sqlite3': () => {
    new (loadSqliteLibrary())(':memory:').close();
    return Promise.resolve();
  },
  '@resvg/resvg-js': () => import('@resvg/resvg-js'),
  // Required, for the hooks of Sentry's SDK raise what an import fails with a second time, where nobody can catch it.
  '@sentry/profiling-node': () => {
    const require = createRequire(import.meta.url);
    createRequire(require.resolve('@sentry/profiling-node'))('@sentry/node-cpu-profiler');
    return Promise.resolve();
  },
};

/** @throws ForeignBuildError when the module cannot be loaded */
export async function loadNative(module: keyof typeof NATIVE_MODULES): Promise<void> {
  try {
    await NATIVE_MODULES[module]();
  } catch (error) {
    throw explainForeignBuild(module, error);
  }
}

/** A module was installed for another Node or another system: its sentence says what to do. */
export class ForeignBuildError extends OperatorError {
  override readonly name = 'ForeignBuildError';

  constructor(module: string, cause: unknown) {
    super(
      `${module} does not load in Node ${process.version} (${process.platform}, ${process.arch}): it was installed for another Node or another system. Run \`npm ci && npm run build\` with the Node that runs this.`,
      { cause },
    );
  }
}

/** What the loaders say of a file that is for something else, or that was never built. */
const NOT_LOADED =
  /ERR_DLOPEN_FAILED|NODE_MODULE_VERSION|Could not locate the bindings file|\.node'|native binding/;

/** The error as one for the operator, when it is that of a module that cannot be loaded; any other as it is. */
export function explainForeignBuild(module: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const isMissing = code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND';
  return isMissing || NOT_LOADED.test(`${code} ${error.message}`)
    ? new ForeignBuildError(module, error)
    : error;
}
