/**
 * Makes sure that the programs which tests and demo start are there. As root on Debian it installs what is missing;
 * anywhere else it says in one sentence what to do. Run as `tsx tests/support/install.ts [--for test|demo|bench]`.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describeNeeds, findMissing, PROFILES, systemPlaces } from './machine/packages.ts';
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
  /** Runs a command, its output shown, and returns its exit code. */
  readonly run: (
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ) => Promise<number>;
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
  const missing = findMissing(list, system.places);
  if (missing.length === 0) {
    system.say(`All ${list.length} system packages for this run are installed.`);
    return;
  }
  const command = `apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (!system.isDebian) {
    throw new InstallError(
      `Missing on PATH: ${describeNeeds(missing)}; install them with this system's package manager.`,
    );
  }
  if (!system.isRoot) {
    throw new InstallError(
      `Missing packages: ${missing.join(', ')}; install them with: ${command.replaceAll('apt-get', 'sudo apt-get')}`,
    );
  }
  system.say(`Installing ${missing.join(', ')} (none of them is started as a service) ...`);
  await withoutServiceStarts(system.policyFile, async () => {
    await apt(system, ['update'], command);
    await apt(system, ['install', '-y', '--no-install-recommends', ...missing], command);
  });
  const stillMissing = findMissing(list, system.places);
  if (stillMissing.length > 0) {
    throw new InstallError(
      `apt-get succeeded, but these are still not found: ${describeNeeds(stillMissing)}; a newer Debian (12 or later) may be needed.`,
    );
  }
  system.say('Installed.');
}

/** Once more after a failure: another apt may have held the lock, or a mirror may have hiccuped. */
async function apt(system: System, args: readonly string[], command: string): Promise<void> {
  const attempt = () =>
    system.run('apt-get', ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=3', ...args], {
      DEBIAN_FRONTEND: 'noninteractive',
    });
  if ((await attempt()) === 0) return;
  system.say(`apt-get ${args[0] ?? ''} failed; trying once more ...`);
  const code = await attempt();
  if (code !== 0) {
    throw new InstallError(
      `apt-get ${args[0] ?? ''} failed twice (exit code ${code}); its output is above. By hand: ${command}`,
    );
  }
}

const OUR_POLICY =
  '#!/bin/sh\n# expensebot-monitoring: temporary, no service starts while its packages are installed\nexit 101\n';

/**
 * Runs `work` while a policy-rc.d forbids service starts, then restores what was there, also after an error, a Ctrl-C
 * or, at the next run, a kill.
 */
async function withoutServiceStarts(policyFile: string, work: () => Promise<void>): Promise<void> {
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
    await work();
  } finally {
    restore();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

function runShown(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** @throws InstallError for anything but nothing, `--for test` or `--for demo`. */
export function readProfile(args: readonly string[]): Profile {
  if (args.length === 0) return 'test';
  const [flag, value] = args;
  if (args.length === 2 && flag === '--for' && (value === 'test' || value === 'demo' || value === 'bench'))
    return value;
  throw new InstallError(`Unknown arguments "${args.join(' ')}"; use --for test, --for demo or --for bench.`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await ensurePackages(PROFILES[readProfile(process.argv.slice(2))]);
  } catch (error) {
    if (!(error instanceof InstallError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
