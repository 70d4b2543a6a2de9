/**
 * Makes sure that the programs which tests and demo start are there. As root on Debian it installs what is missing;
 * anywhere else it says in one sentence what to do. Run as `tsx tests/support/install.ts [--for test|demo|bench|build]`, or with
 * the names of packages.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  describeNeeds,
  findMissing,
  findProgram,
  isPackage,
  PROFILES,
  SERVICES,
  systemPlaces,
} from './machine/packages.ts';
import type { PackageName, Places, Profile } from './machine/packages.ts';

/** The sentence for a person; printed without a stack trace. */
export class InstallError extends Error {
  override readonly name = 'InstallError';
}

export interface System {
  readonly places: Places;
  readonly isRoot: boolean;
  readonly isDebian: boolean;
  /** invoke-rc.d asks this program before it starts a service; see Debian policy 9.3.3.2 and invoke-rc.d(8). */
  readonly policyFile: string;
  /** Runs a command, its output shown and returned. */
  readonly run: (
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ) => Promise<{ readonly code: number; readonly output: string }>;
  readonly say: (line: string) => void;
}

export function realSystem(): System {
  return {
    places: systemPlaces(),
    isRoot: process.getuid?.() === 0,
    isDebian: existsSync('/etc/debian_version'),
    policyFile: '/usr/sbin/policy-rc.d',
    run: runShown,
    say: (line) => console.log(line),
  };
}

/**
 * Resolves when every package of the list is there, after installing what was missing where that is possible.
 * @throws InstallError with one sentence that names what is missing and the command to get it.
 */
export async function ensurePackages(
  list: readonly PackageName[],
  system: System = realSystem(),
): Promise<void> {
  if (list.length === 0) return;
  const missing = findMissing(list, system.places);
  if (missing.length === 0) {
    system.say(`All ${list.length} system packages for this run are installed.`);
    return;
  }
  if (!system.isDebian) {
    throw new InstallError(
      `Missing on PATH: ${describeNeeds(missing)}; install them with this system's package manager.`,
    );
  }
  if (!system.isRoot) {
    throw new InstallError(
      `Missing packages: ${missing.join(', ')}. This line installs them and starts none of them as a service:\n${asRoot(missing)}`,
    );
  }
  system.say(`Installing ${missing.join(', ')} (none of them is started as a service, now or at boot) ...`);
  const output = await withoutServiceStarts(system.policyFile, () => install(missing, system));
  const stillMissing = findMissing(list, system.places);
  if (stillMissing.length > 0) {
    throw new InstallError(
      `apt-get succeeded, but these are still not found: ${describeNeeds(stillMissing)}. ` +
        (causeOf(output) ?? 'A newer Debian (12 or later) may be needed.'),
    );
  }
  system.say('Installed.');
}

/** Not apt-get itself: that would start the services, which listen where the demo does, and again at each boot. */
function asRoot(packages: readonly PackageName[]): string {
  const files = ['../../node_modules/.bin/tsx', './install.ts'].map((file) =>
    fileURLToPath(new URL(file, import.meta.url)),
  );
  return ['sudo', ...[process.execPath, ...files].map(quoted), ...packages].join(' ');
}

const quoted = (path: string): string =>
  /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;

/** Returns what apt has said. */
async function install(missing: readonly PackageName[], system: System): Promise<string> {
  let output = await apt(system, ['update']);
  // --reinstall: a package that has lost its program counts as installed.
  const options = ['-y', '--no-install-recommends', '--reinstall'];
  output += await apt(system, ['install', ...options, ...missing], output);
  const services = missing.filter((name) => SERVICES.has(name));
  if (services.length > 0 && findProgram(['systemctl'], system.places) !== undefined)
    await system.run('systemctl', ['disable', ...services], {});
  return output;
}

/** Once more after a failure: another apt may have held the lock, or a mirror may have hiccuped. */
async function apt(system: System, args: readonly string[], before = ''): Promise<string> {
  const attempt = () =>
    system.run('apt-get', ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=3', ...args], {
      DEBIAN_FRONTEND: 'noninteractive',
      // So that causeOf understands it.
      LC_ALL: 'C.UTF-8',
    });
  const first = await attempt();
  if (first.code === 0) return first.output;
  system.say(`apt-get ${args[0] ?? ''} failed; trying once more ...`);
  const { code, output } = await attempt();
  if (code === 0) return output;
  throw new InstallError(
    `apt-get ${args[0] ?? ''} failed twice (exit code ${code}). ` +
      (causeOf(before + output) ?? 'Its output is above: mend what it names, then run this again.'),
  );
}

/** In the order of what explains more: without a network nothing is located either. */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [
    /No space left on device|enough free space/,
    'The disk is full: make room, for instance with apt-get clean, then run this again.',
  ],
  [
    /Could not resolve|failure resolving|[Cc]ould not connect|Unable to connect|Network is unreachable|Connection timed out|cannot be downloaded/,
    'apt-get does not reach its package servers: mend the network or /etc/apt/sources.list, then run this again.',
  ],
  [
    /Unable to locate package|no installation candidate/,
    'This system does not offer the package that the output above names: Debian 12 or newer does.',
  ],
];

const causeOf = (output: string): string | undefined => CAUSES.find(([words]) => words.test(output))?.[1];

const OUR_POLICY =
  '#!/bin/sh\n# expensebot-monitoring: temporary, no service starts while its packages are installed\nexit 101\n';

/**
 * Runs `work` while a policy-rc.d forbids service starts, then restores what was there, also after an error, a Ctrl-C
 * or, at the next run, a kill.
 */
async function withoutServiceStarts<T>(policyFile: string, work: () => Promise<T>): Promise<T> {
  const saved = `${policyFile}.expensebot-saved`;
  const restore = () => {
    if (existsSync(saved)) renameSync(saved, policyFile);
    else rmSync(policyFile, { force: true });
  };
  const isOurs = existsSync(policyFile) && readFileSync(policyFile, 'utf8') === OUR_POLICY;
  if (isOurs || existsSync(saved)) restore();
  if (existsSync(policyFile)) renameSync(policyFile, saved);
  // With a listener the signal does not end this process before `finally`: apt-get gets the same Ctrl-C and fails.
  const onSignal = () => undefined;
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    writeFileSync(policyFile, OUR_POLICY);
    chmodSync(policyFile, 0o755);
    return await work();
  } finally {
    restore();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

function runShown(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; output: string }> {
  return new Promise((done, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    let output = '';
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      from.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        to.write(chunk);
      });
    }
    child.once('error', reject);
    child.once('close', (code) => done({ code: code ?? 1, output }));
  });
}

/** @throws InstallError for anything but nothing, `--for` with a profile, or names of packages. */
export function readPackages(args: readonly string[]): readonly PackageName[] {
  if (args.length === 0) return PROFILES.test;
  const [flag, value] = args;
  if (args.length === 2 && flag === '--for' && value !== undefined && Object.hasOwn(PROFILES, value))
    return PROFILES[value as Profile];
  const named = args.filter(isPackage);
  if (named.length === args.length) return named;
  throw new InstallError(
    `Unknown arguments "${args.join(' ')}"; use --for test, --for demo, --for bench, --for build, or names of packages.`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await ensurePackages(readPackages(process.argv.slice(2)));
  } catch (error) {
    if (!(error instanceof InstallError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
