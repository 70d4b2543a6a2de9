import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensurePackages, InstallError, readPackages } from '../support/install.ts';
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

/** A machine in a folder; `apt` gets each call and may put programs in place, and returns the exit code, or what it says before it fails. */
function machine(over: Partial<System> = {}, apt: (args: string) => number | string = () => 0): System {
  return {
    places: { path: '/bin', root },
    isRoot: true,
    isDebian: true,
    policyFile,
    say: (line) => said.push(line),
    run: (command, args, env) => {
      const line = [command, ...args].join(' ');
      ran.push(line);
      policiesSeen.push(readFileSync(policyFile, 'utf8'));
      if (command === 'apt-get') expect(env['DEBIAN_FRONTEND']).toBe('noninteractive');
      const answer = apt(line);
      return Promise.resolve(
        typeof answer === 'string' ? { code: 100, output: answer } : { code: answer, output: '' },
      );
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
      'apt-get install -y --no-install-recommends --reinstall redis-server',
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
      'apt-get update failed twice (exit code 100). Its output is above: mend what it names, then run this again.',
    );
    expect(ran).toHaveLength(2);
  });

  it('keeps what it has installed from starting at the next boot, and nothing else', async () => {
    put('/usr/bin/systemctl');
    await ensurePackages(
      ['redis-server', 'nginx', 'openssl'],
      machine({}, (line) => {
        if (line.includes('install')) put('/usr/bin/redis-server', '/usr/sbin/nginx', '/usr/bin/openssl');
        return 0;
      }),
    );
    expect(ran.at(-1)).toBe('systemctl disable redis-server nginx');
    expect(policiesSeen).toHaveLength(3);
  });

  it.each([
    [
      'the network',
      "W: Failed to fetch http://mirror.example/  Temporary failure resolving 'mirror.example'",
      'apt-get does not reach its package servers: mend the network',
    ],
    ['a full disk', 'E: Write error - write (28: No space left on device)', 'The disk is full: make room'],
    ['an old system', 'E: Unable to locate package redis-server', 'Debian 12 or newer does.'],
  ])('names %s as the cause', async (_case, says, told) => {
    const install = (line: string) => (line.includes('install') ? says : 0);
    await expect(ensurePackages(REDIS, machine({}, install))).rejects.toThrow(told);
  });

  it('knows of the network from an update that has succeeded without one', async () => {
    const run: System['run'] = (_command, args) =>
      Promise.resolve({
        code: args.includes('update') ? 0 : 100,
        output: args.includes('update')
          ? "W: Failed to fetch: Temporary failure resolving 'mirror.example'"
          : 'E: Unable to locate package redis-server',
      });
    await expect(ensurePackages(REDIS, machine({ run }))).rejects.toThrow(
      'apt-get install failed twice (exit code 100). apt-get does not reach its package servers',
    );
  });

  it('tells a user without root, or without Debian, what to do in one sentence', async () => {
    // Not a line of apt-get: that would start Debian's services, on the demo's own ports.
    await expect(ensurePackages(REDIS, machine({ isRoot: false }))).rejects.toThrow(
      /^Missing packages: redis-server\. This line .+ starts none of them as a service:\nsudo \S+ \S+\/tsx'? \S+\/install\.ts'? redis-server$/,
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

describe('readPackages', () => {
  it('reads --for and names, and refuses anything else', () => {
    expect([readPackages([]), readPackages(['--for', 'demo']), readPackages(['nginx', 'mtail'])]).toEqual([
      PROFILES.test,
      PROFILES.demo,
      ['nginx', 'mtail'],
    ]);
    expect(() => readPackages(['--for', 'prod'])).toThrow(
      'Unknown arguments "--for prod"; use --for test, --for demo, --for bench, --for build, or names of packages.',
    );
  });
});
