import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensurePackages, InstallError, readProfile } from '../support/install.ts';
import type { System } from '../support/install.ts';
import { findMissing, findPostgresBin, PROFILES } from '../support/machine/packages.ts';

let root: string;
let policyFile: string;
let said: string[];
let ran: string[];
let policiesSeen: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'install-test-'));
  policyFile = join(root, 'policy-rc.d');
  said = [];
  ran = [];
  policiesSeen = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A machine in a folder; `apt` gets each call and may put programs in place, and returns the exit code. */
function machine(over: Partial<System> = {}, apt: (args: string) => number = () => 0): System {
  return {
    places: { path: '/bin', root },
    isRoot: true,
    isDebian: true,
    policyFile,
    say: (line) => said.push(line),
    run: (command, args, env) => {
      const line = [command, ...args].join(' ');
      ran.push(line);
      expect(env['DEBIAN_FRONTEND']).toBe('noninteractive');
      policiesSeen.push(readFileSync(policyFile, 'utf8'));
      return Promise.resolve(apt(line));
    },
    ...over,
  };
}

function put(...files: string[]): void {
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
    chmodSync(join(root, file), 0o755);
  }
}

const REDIS = ['redis-server'] as const;
const installsRedis = (line: string) => {
  if (line.includes('install')) put('/usr/bin/redis-server');
  return 0;
};

describe('ensurePackages', () => {
  it('does nothing and says one line when everything is there', async () => {
    put('/usr/bin/redis-server');
    await ensurePackages(REDIS, machine());
    expect(ran).toEqual([]);
    expect(said).toEqual(['All 1 system packages for this run are installed.']);
  });

  it('installs as root on Debian, says so first, and forbids service starts meanwhile', async () => {
    await ensurePackages(REDIS, machine({}, installsRedis));
    expect(said[0]).toContain('Installing redis-server');
    expect(ran.map((line) => line.replaceAll(/-o \S+ /g, ''))).toEqual([
      'apt-get update',
      'apt-get install -y --no-install-recommends redis-server',
    ]);
    expect(policiesSeen).toHaveLength(2);
    for (const policy of policiesSeen) expect(policy).toMatch(/^#!\/bin\/sh\n[^]*exit 101\n$/);
    expect(existsSync(policyFile)).toBe(false);
  });

  it('restores a policy that was there, also after an error and after a run that was killed', async () => {
    writeFileSync(policyFile, 'theirs');
    await ensurePackages(REDIS, machine({}, installsRedis));
    expect(readFileSync(policyFile, 'utf8')).toBe('theirs');

    rmSync(join(root, '/usr/bin/redis-server'));
    await expect(
      ensurePackages(
        REDIS,
        machine({}, () => 100),
      ),
    ).rejects.toThrow(InstallError);
    expect(readFileSync(policyFile, 'utf8')).toBe('theirs');

    // What a SIGKILL in the middle leaves: ours in place, theirs put aside.
    writeFileSync(`${policyFile}.expensebot-saved`, 'theirs');
    writeFileSync(policyFile, policiesSeen[0] ?? '');
    await ensurePackages(REDIS, machine({}, installsRedis));
    expect(readFileSync(policyFile, 'utf8')).toBe('theirs');
    expect(existsSync(`${policyFile}.expensebot-saved`)).toBe(false);
  });

  it('tries a failed apt-get once more, and not twice', async () => {
    let failures = 1;
    await ensurePackages(
      REDIS,
      machine({}, (line) => (failures-- > 0 ? 100 : installsRedis(line))),
    );
    expect(ran).toHaveLength(3);
    rmSync(join(root, '/usr/bin/redis-server'));
    ran = [];
    await expect(
      ensurePackages(
        REDIS,
        machine({}, () => 100),
      ),
    ).rejects.toThrow(
      'apt-get update failed twice (exit code 100); its output is above. By hand: apt-get update && apt-get install -y --no-install-recommends redis-server',
    );
    expect(ran).toHaveLength(2);
  });

  it('tells a user without root, or without Debian, what to do in one sentence', async () => {
    await expect(ensurePackages(REDIS, machine({ isRoot: false }))).rejects.toThrow(
      'Missing packages: redis-server; install them with: sudo apt-get update && sudo apt-get install -y --no-install-recommends redis-server',
    );
    await expect(
      ensurePackages(['redis-server', 'prometheus'], machine({ isDebian: false })),
    ).rejects.toThrow(
      "Missing on PATH: redis-server; prometheus and promtool; install them with this system's package manager.",
    );
    expect(ran).toEqual([]);
  });

  it('does not believe an apt-get that succeeds and brings nothing', async () => {
    await expect(ensurePackages(REDIS, machine())).rejects.toThrow('these are still not found: redis-server');
  });
});

describe('what is missing', () => {
  it('is everything of the profile on an empty machine, and the demo needs no browser', () => {
    const places = { path: '/bin', root };
    expect(findMissing(PROFILES.test, places)).toEqual(PROFILES.test);
    expect(PROFILES.test).toContain('chromium');
    expect(PROFILES.demo).not.toContain('chromium');
  });

  it('takes the newest PostgreSQL, and none older than 15', () => {
    const places = { path: '/bin', root };
    put('/usr/lib/postgresql/13/bin/postgres', '/usr/lib/postgresql/13/bin/initdb');
    expect(findPostgresBin(places)).toBeUndefined();
    for (const major of [15, 17, 16]) {
      put(`/usr/lib/postgresql/${major}/bin/postgres`, `/usr/lib/postgresql/${major}/bin/initdb`);
    }
    expect(findPostgresBin(places)).toBe(join(root, '/usr/lib/postgresql/17/bin'));
  });
});

describe('readProfile', () => {
  it('reads --for and refuses anything else', () => {
    expect([readProfile([]), readProfile(['--for', 'demo']), readProfile(['--for', 'test'])]).toEqual([
      'test',
      'demo',
      'test',
    ]);
    expect(() => readProfile(['--for', 'prod'])).toThrow(
      'Unknown arguments "--for prod"; use --for test, --for demo or --for bench.',
    );
  });
});
