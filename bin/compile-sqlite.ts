/** The end of `npm run build`: an older Node.js needs a library compiled; a newer one finds it compiled in its package. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { ForeignBuildError, loadNative } from '../common/process/native.ts';
import { SQLITE_LIBRARY } from '../common/state/sqlite-library.ts';

const COMPILERS = ['python3', 'make', 'g++'];

async function isCompiled(): Promise<boolean> {
  try {
    await loadNative('better-sqlite3');
    return true;
  } catch (error) {
    if (error instanceof ForeignBuildError) return false;
    throw error;
  }
}

/** Where npm has put its sources; undefined: nowhere. */
function sources(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${SQLITE_LIBRARY}/package.json`));
  } catch {
    return undefined;
  }
}

/** What is wrong, for a person; undefined once it is compiled. */
function compile(): string | undefined {
  const folder = sources();
  if (folder === undefined) return `better-sqlite3 for Node ${process.version} is not installed: npm ci`;
  const missing = COMPILERS.filter((program) => spawnSync(program, ['--version']).error !== undefined);
  if (missing.length > 0)
    return (
      `Node ${process.version} needs better-sqlite3 compiled, which takes ${missing.join(' and ')}. On Debian, then repeat this:\n` +
      `sudo apt-get install ${COMPILERS.join(' ')}\nNode 22.14 and newer need nothing compiled.`
    );
  process.stderr.write(
    `Compiling better-sqlite3 for Node ${process.version}, which takes a minute or two ...\n`,
  );
  // Not its install script: that one asks GitHub first.
  const { status, error, stdout, stderr } = spawnSync('npm', ['--prefix', folder, 'run', 'build-release'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return `npm cannot be started: ${error.message}`;
  return status === 0 ? undefined : `${stdout}${stderr}\nbetter-sqlite3 cannot be compiled: see above.`;
}

if (SQLITE_LIBRARY === 'better-sqlite3-12' && !(await isCompiled())) {
  const problem = compile();
  if (problem !== undefined) {
    process.stderr.write(`${problem}\n`);
    process.exitCode = 1;
  }
}
