/** What the Dockerfile leaves of the project: how large it is, that it works, and under which licences it stands. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BOT_TOKEN,
  CHAT_ID,
  notification,
  post,
  settled,
  startBridge,
  startTelegram,
  WEBHOOK_TOKEN,
} from '../support/bridge/bridge.ts';
import { requireProgram } from '../support/servers/process.ts';
import { startService } from '../support/servers/service.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../support/servers/folders.ts';
import { freePort } from '../support/servers/ports.ts';
import { until } from '../support/machine/until.ts';
import { buildImage, programsOfBase } from './build-image.ts';
import { root, service } from './compose-file.ts';

const MOST_MEGABYTES = 150;
const SENTRY = {
  SENTRY_DSN: 'http://0123456789abcdef0123456789abcdef@127.0.0.1:1/1',
  SENTRY_PROFILES_SAMPLE_RATE: '1',
  DEBUG: 'false',
};
const BRIDGE = {
  MONITORING_BOT_TOKEN: BOT_TOKEN,
  ADMIN_TELEGRAM_ID: String(CHAT_ID),
  TELEGRAM_API_ROOT: 'http://127.0.0.1:1',
};
const EXPORTER = { DATABASE_URL: 'postgresql://u:p@127.0.0.1:1/x', REDIS_URL: 'redis://127.0.0.1:1/0' };

let folder: string;
let programs: string;
let app: string;
beforeAll(() => {
  folder = makeTemporaryFolder();
  programs = programsOfBase(join(folder, 'bin'));
  app = buildImage(readFileSync(join(root, 'Dockerfile'), 'utf8'), folder, programs);
});
afterAll(() => removeTemporaryFolder(folder));

const megabytes = (path: string): number =>
  Number.parseInt(spawnSync('du', ['-sm', path], { encoding: 'utf8' }).stdout);

/** A program of the image, with nothing on PATH but the image's. */
function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return spawnSync(join(programs, 'node'), args, {
    cwd: app,
    encoding: 'utf8',
    env: { PATH: programs, STATE_DIR: join(folder, 'state'), LOG_DIR: join(folder, 'log'), ...env },
  });
}

describe('the image', () => {
  it(`adds at most ${MOST_MEGABYTES} MB to its base`, () => {
    expect(megabytes(app)).toBeGreaterThan(20);
    expect(megabytes(app)).toBeLessThanOrEqual(MOST_MEGABYTES);
  });

  it('runs the bridge, which delivers', async () => {
    const telegram = await startTelegram();
    const build = { root: app, node: join(programs, 'node') };
    const bridge = await startBridge(telegram, { ...SENTRY, PATH: programs }, { build });
    try {
      expect(
        (await post(bridge, '/webhooks/alertmanager', notification([{ alertname: 'Kept' }]))).status,
      ).toBe(200);
      expect(await settled(bridge)).toMatchObject({ delivered: 1 });
      // Nothing that was taken away is missed.
      expect(bridge.logs()).not.toMatch(/Cannot find|MODULE_NOT_FOUND|does not load/);
    } finally {
      await bridge.close();
      await telegram.close();
    }
  });

  it('runs the exporter', async () => {
    const build = { root: app, node: join(programs, 'node') };
    const exporter = await startService('exporter', { ...SENTRY, ...EXPORTER, PATH: programs }, { build });
    try {
      const metrics = await (await fetch(`${exporter.url}/metrics`)).text();
      expect(metrics).toMatch(/^expensebot_exporter_build_info\{.*node_version="v?24\./m);
      expect(exporter.logs()).not.toMatch(/Cannot find|MODULE_NOT_FOUND|does not load/);
    } finally {
      await exporter.close();
    }
  });

  it('draws', () => {
    const chart = {
      title: 'Redis',
      language: 'en',
      panels: [
        {
          title: '',
          unit: 'bytes',
          series: [{ name: '', shape: 'line', points: [0, 1, 2].map((hour) => [hour * 3_600_000, hour]) }],
        },
      ],
      axis: { kind: 'hours', timezone: 'UTC', from: 0, to: 7_200_000 },
    };
    const program = `import { draw } from './dist/alert-bridge/charts/draw.js';
      process.stdout.write(Buffer.from(draw(${JSON.stringify(chart)})).subarray(1, 4))`;
    expect(run(['--input-type=module', '-e', program])).toMatchObject({ status: 0, stdout: 'PNG' });
  });

  it('has the commands of the documentation, with every compiled module in them', () => {
    const check = run(['dist/bin/check-config.js'], { ...BRIDGE, ...EXPORTER });
    expect(check).toMatchObject({ status: 0, stderr: '' });
    const { stdout } = run(['dist/bin/doctor.js', '--no-send'], { ...BRIDGE, ...EXPORTER });
    for (const name of ['better-sqlite3', '@resvg/resvg-js', '@sentry/profiling-node'])
      expect(stdout).toMatch(new RegExp(`ok +${name} +loads in Node v24`));
    // Nothing is there yet; that it has loaded is seen by what it says.
    expect(run(['dist/bin/forget.js']).stderr).toContain('Usage: npm run forget');
  });

  it('lists what is in it, with versions and licences', () => {
    const { components } = JSON.parse(readFileSync(join(app, 'sbom.cdx.json'), 'utf8')) as {
      components: { name: string; version: string; licenses?: unknown[] }[];
    };
    const names = components.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['better-sqlite3', 'echarts', 'express']));
    for (const name of ['vitest', 'typescript', 'sentry', 'better-sqlite3-12'])
      expect(names).not.toContain(name);
    // npm gives no licence that has no name of SPDX.
    const without = components.filter(({ licenses = [] }) => licenses.length === 0);
    expect(without.map(({ name }) => name)).toEqual(['dejavu-fonts-ttf']);
  });

  // The kernel ends a first process by no signal that it does not catch itself.
  it.runIf(process.getuid?.() === 0).each(['exporter', 'alert-bridge'])(
    '%s ends in order as the first process of its container',
    async (name) => {
      const [program = '', ...args] = service(name).command ?? [];
      const listen = { exporter: 'EXPORTER_LISTEN', 'alert-bridge': 'BRIDGE_LISTEN' }[name] ?? '';
      const port = await freePort();
      const child = spawn(
        requireProgram(['unshare']),
        ['--pid', '--fork', '--kill-child', join(programs, program), ...args],
        {
          cwd: app,
          env: {
            ...BRIDGE,
            ...EXPORTER,
            PATH: programs,
            WEBHOOK_TOKEN,
            [listen]: `127.0.0.1:${port}`,
            STATE_DIR: join(folder, 'first', name),
            LOG_DIR: join(folder, 'first', name),
          },
          stdio: 'ignore',
        },
      );
      const ended = once(child, 'exit');
      await until(
        () => fetch(`http://127.0.0.1:${port}/-/healthy`),
        ({ ok }) => ok,
      );
      const first = readFileSync(`/proc/${child.pid ?? 0}/task/${child.pid ?? 0}/children`, 'utf8').trim();
      process.kill(Number(first), 'SIGTERM');
      expect(await ended).toEqual([0, null]);
    },
  );
});
