/** Compiled modules that were built for something else: an installation like that, and what everything in it says. */
import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeTemporaryFolder, removeTemporaryFolder } from '../support/servers/folders.ts';
import { explainForeignBuild, ForeignBuildError } from '../../common/process/native.ts';
import { SQLITE_LIBRARY } from '../../common/state/sqlite-library.ts';
import { PROJECT_ROOT } from '../support/servers/service.ts';

const MODULES = join(PROJECT_ROOT, 'node_modules');
/** The package brings profilers for other systems: each is a compiled module that this one cannot load. */
const FOREIGN = join(MODULES, '@sentry/node-cpu-profiler/lib/sentry_cpu_profiler-darwin-x64-115.node');

const folder = makeTemporaryFolder();

beforeAll(() => {
  cpSync(join(PROJECT_ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
  copyFileSync(join(PROJECT_ROOT, 'package.json'), join(folder, 'package.json'));
  const link = (name: string): void => symlinkSync(join(MODULES, name), join(folder, 'node_modules', name));
  mkdirSync(join(folder, 'node_modules/@resvg'), { recursive: true });
  for (const name of readdirSync(MODULES)) if (name !== SQLITE_LIBRARY && name !== '@resvg') link(name);
  const copied = [SQLITE_LIBRARY, ...readdirSync(join(MODULES, '@resvg')).map((name) => `@resvg/${name}`)];
  for (const name of copied) {
    const to = join(folder, 'node_modules', name);
    cpSync(join(MODULES, name), to, {
      recursive: true,
      filter: (path) => !/\/(?:deps|src|build)$/.test(path),
    });
    for (const file of readdirSync(to).filter((one) => one.endsWith('.node')))
      copyFileSync(FOREIGN, join(to, file));
  }
  const release = join(folder, 'node_modules', SQLITE_LIBRARY, 'build/Release');
  mkdirSync(release, { recursive: true });
  copyFileSync(FOREIGN, join(release, 'better_sqlite3.node'));
});
afterAll(() => removeTemporaryFolder(folder));

interface Run {
  readonly code: number | undefined;
  readonly output: string;
}

function run(program: string, args: readonly string[] = [], path = process.env['PATH'] ?? ''): Promise<Run> {
  const env = {
    PATH: path,
    MONITORING_BOT_TOKEN: '7000000001:AAcanaryTokenOfTheMonitoringBot01234',
    ADMIN_TELEGRAM_ID: '4242000001',
    TELEGRAM_API_ROOT: 'http://127.0.0.1:1',
    DATABASE_URL: 'postgresql://u:p@127.0.0.1:1/x',
    REDIS_URL: 'redis://127.0.0.1:1/0',
    SENTRY_DSN: 'http://0123456789abcdef0123456789abcdef@127.0.0.1:1/1',
    SENTRY_PROFILES_SAMPLE_RATE: '1',
    SENTRY_PROFILER_BINARY_PATH: FOREIGN,
    DEBUG: 'false',
    STATE_DIR: join(folder, 'state'),
    LOG_DIR: join(folder, 'log'),
  };
  const preload = ['--import', join(folder, 'dist/common/sentry/instrument.js')];
  const command = [...(program.startsWith('bin/') ? [] : preload), join(folder, 'dist', program), ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: folder, env, timeout: 200_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      resolve({ code: typeof code === 'number' ? code : undefined, output: stdout + stderr });
    });
  });
}

it.each([['alert-bridge/main.js'], ['exporter/main.js']])(
  '%s says that its modules are for another Node, and does not start',
  async (program) => {
    const { code, output } = await run(program);
    expect(output).toMatch(/^better-sqlite3 does not load in Node .*Run `npm ci && npm run build`/m);
    expect(output).toMatch(/^@sentry\/profiling-node does not load .*nothing is profiled/m);
    expect(output).not.toMatch(/writable|\.js:\d+/);
    expect(code).toBe(1);
  },
);

it('npm run forget says so too', async () => {
  mkdirSync(join(folder, 'state/alert-bridge'), { recursive: true });
  writeFileSync(join(folder, 'state/alert-bridge/outbox.sqlite'), '');
  const forget = await run('bin/forget.js', ['--user', '123456789']);
  expect(forget.code).toBe(1);
  expect(forget.output).toMatch(/Not done: better-sqlite3 does not load .*Run `npm ci && npm run build`/);
  expect(forget.output).not.toMatch(/\.js:\d+/);
});

it.runIf(SQLITE_LIBRARY === 'better-sqlite3-12')('the build says what compiling takes', async () => {
  const { code, output } = await run('bin/compile-sqlite.js', [], folder);
  expect(output).toMatch(/needs better-sqlite3 compiled, which takes python3 and make and g\+\+\./);
  expect(output).toContain('sudo apt-get install python3 make g++');
  expect(code).toBe(1);
});

it.runIf(SQLITE_LIBRARY === 'better-sqlite3')('the build compiles nothing for a newer Node', async () => {
  expect(await run('bin/compile-sqlite.js', [], folder)).toEqual({ code: 0, output: '' });
});

it('the doctor names each of them, with what to do', async () => {
  const { code, output } = await run('bin/doctor.js', ['--no-send']);
  expect(code).toBe(1);
  for (const name of ['better-sqlite3', '@resvg/resvg-js', '@sentry/profiling-node'])
    expect(output).toMatch(new RegExp(`✗ wrong +${name} +does not load in Node`));
  expect(output).toContain(
    'Install the packages again with the Node that runs the services: npm ci && npm run build',
  );
});

it.each([
  [
    'ERR_DLOPEN_FAILED',
    "The module '/x/better_sqlite3.node' was compiled against a different Node.js version using NODE_MODULE_VERSION 127.",
  ],
  ['ERR_DLOPEN_FAILED', "/lib/x86_64-linux-gnu/libm.so.6: version `GLIBC_2.38' not found"],
  ['ERR_DLOPEN_FAILED', "Module did not self-register: '/x/better_sqlite3.node'."],
  [undefined, 'Could not locate the bindings file. Tried:\n → /x/better_sqlite3.node'],
  ['MODULE_NOT_FOUND', "Cannot find module '@resvg/resvg-js-linux-arm64-musl'"],
])('an error of the loader is known by what it says: %s %s', (code, message) => {
  const error = Object.assign(new Error(message), code === undefined ? {} : { code });
  expect(explainForeignBuild('a module', error)).toBeInstanceOf(ForeignBuildError);
  const other = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });
  expect(explainForeignBuild('a module', other)).toBe(other);
});
