/** docs/without-docker.md: its units as systemd judges them, its commands for Prometheus and Alertmanager as they are run. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOf } from '../../common/text/commands.ts';
import { findProgram } from '../support/machine/packages.ts';
import { runTool } from '../support/machine/run-tool.ts';
import { PROJECT_ROOT } from '../support/servers/service.ts';

const page = readFileSync(join(PROJECT_ROOT, 'docs/without-docker.md'), 'utf8');
const UNITS = join(PROJECT_ROOT, 'bin/systemd');
const units = readdirSync(UNITS).map((name) => [name, readFileSync(join(UNITS, name), 'utf8')] as const);
/** Of 10: what is left is the network, which both need, and Node's compiler. */
const MOST_EXPOSED = 2;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'without-docker-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const settingOf = (unit: string, name: string): readonly string[] =>
  [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);

describe.each(units)('%s', (name, unit) => {
  it('agrees with the page about user, folders and program', () => {
    const [user = ''] = settingOf(unit, 'User');
    const [state = ''] = settingOf(unit, 'StateDirectory');
    const [logs = ''] = settingOf(unit, 'LogsDirectory');
    const [program = ''] = settingOf(unit, 'WorkingDirectory');
    expect(page).toContain(`useradd --system --home-dir /var/lib/${state} --shell /usr/sbin/nologin ${user}`);
    expect(page).toContain(`\nSTATE_DIR=/var/lib/${state}\n`);
    expect(page).toContain(`\nLOG_DIR=/var/log/${logs}\n`);
    expect(commandsOf('systemd')('docker compose exec exporter node x')).toBe(
      `cd ${program} && sudo -u ${user} node x`,
    );
    expect(
      commandsOf('systemd')(`docker compose restart ${name.replace(/^expensebot-|\.service$/g, '')}`),
    ).toBe(`sudo systemctl restart ${name.replace('.service', '')}`);
  });

  it('starts what npm start does', () => {
    const { scripts } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const [command = ''] = settingOf(unit, 'ExecStart');
    const all = Object.values(scripts).map((script) => script.replace(/^.*exec /, '/usr/bin/'));
    expect(all).toContain(command);
  });

  it.runIf(findProgram(['systemd-analyze']) !== undefined)('is valid, and exposed to little', () => {
    // It looks for the program too, which stands elsewhere on other machines.
    const file = join(folder, name);
    writeFileSync(file, unit.replaceAll('/usr/bin/node', process.execPath));
    const analyze = (...args: string[]): string =>
      execFileSync('systemd-analyze', args, { encoding: 'utf8', stdio: 'pipe' });
    expect(analyze('verify', '--man=no', '--recursive-errors=no', file)).toBe('');
    const judged = analyze('security', '--offline=yes', '--no-pager', file);
    expect(Number(/exposure level for \S+: ([\d.]+)/.exec(judged)?.[1])).toBeLessThan(MOST_EXPOSED);
  });
});

it('names for every command of Compose the one that messages name', () => {
  const rows = [...page.matchAll(/^\| `(docker compose [^`]+)` +\| `([^`]+)` +\|$/gm)];
  expect(rows.length).toBeGreaterThan(8);
  for (const [, docker = '', here] of rows) expect(commandsOf('systemd')(docker)).toBe(here);
});

it('writes configurations that promtool and amtool take, and a token file that others may not read', async () => {
  const [, commands = ''] =
    /```bash\n(cd \/opt\/expensebot-monitoring\nsudo install -D[^]*?)```/.exec(page) ?? [];
  const target = join(folder, 'prometheus');
  mkdirSync(target);
  writeFileSync(join(folder, '.env'), 'LOCALE=ru\nWEBHOOK_TOKEN=a-token\nDEBUG=\n');
  const here = commands
    .replace('cd /opt/expensebot-monitoring', `cd '${PROJECT_ROOT}'`)
    .replaceAll('/etc/prometheus', target)
    .replaceAll(/sudo |-o root -g prometheus /g, '')
    .replace(' .env', ` ${folder}/.env`);
  const ran = await runTool('bash', ['-euc', here], folder);
  expect(ran.code, ran.output).toBe(0);
  expect(readFileSync(join(target, 'webhook_token'), 'utf8').trim()).toBe('a-token');
  expect(statSync(join(target, 'webhook_token')).mode & 0o777).toBe(0o640);
  const configs = ['prometheus.yml', 'alertmanager.yml'].map((name) =>
    readFileSync(join(target, name), 'utf8'),
  );
  const addresses = configs.flatMap((text) => text.match(/(?<=['/])[\w.-]+:\d{4}/g) ?? []);
  expect(addresses.toSorted()).toEqual(
    [
      ...['127.0.0.1:9093', '127.0.0.1:9093', '127.0.0.1:9847', '127.0.0.1:9848', '127.0.0.1:9848'],
      'localhost:9090',
    ].toSorted(),
  );
});

it('keeps Prometheus and Alertmanager on loopback, as long as Docker keeps data', () => {
  const compose = readFileSync(join(PROJECT_ROOT, 'docker-compose.yml'), 'utf8');
  const [prometheus = '', alertmanager = ''] = [...page.matchAll(/^ARGS="(.*)"$/gm)].map(
    ([, args = '']) => args,
  );
  for (const kept of compose.match(/--storage\.tsdb\.retention\.\S+/g) ?? [])
    expect(prometheus).toContain(kept);
  expect(prometheus).toContain('--web.listen-address=127.0.0.1:9090');
  expect(alertmanager).toContain('--web.listen-address=127.0.0.1:9093');
  expect(alertmanager.endsWith('--cluster.listen-address=')).toBe(true);
});

it('is linked from every runbook, in both languages', () => {
  const runbooks = join(PROJECT_ROOT, 'docs/runbooks');
  for (const file of readdirSync(runbooks)) {
    const text = readFileSync(join(runbooks, file), 'utf8');
    expect(text.match(/^> .+\(\.\.\/without-docker\.md#commands\)\.$/gm), file).toHaveLength(2);
  }
});
