import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadEnvironment } from '../../common/env/load.ts';
import { readBridgeConfig } from '../../alert-bridge/config/config.ts';
import { aiApiCollector } from '../../exporter/collectors/ai-api.ts';
import { AI_PROVIDERS } from '../../exporter/collectors/ai-providers.ts';
import { readExporterConfig } from '../../exporter/config.ts';
import { assertPortsFree, type PortMachine } from '../demo/addresses.ts';
import { readDemoArguments, readTroubleArguments } from '../demo/arguments.ts';
import { hastenBridge, hastenExporter } from '../demo/configs.ts';
import { askDemo, startControl } from '../demo/control.ts';
import { openDemoFolder } from '../demo/folder.ts';
import { explainFullDisk } from '../demo/room.ts';
import type { Trouble } from '../demo/troubles.ts';
import { AI_PROVIDER_NAMES, startAiProviders } from '../support/exporter/ai-providers.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(PROJECT, path), 'utf8');

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'demo-parts-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

describe('the command line of the demo', () => {
  const around = { env: {}, cwd: '/here', project: '/project', isRoot: false };

  it('lives in the project, for root where the user postgres can reach it, or where it is told to', () => {
    const folder = (args: readonly string[], over = {}) =>
      readDemoArguments(args, { ...around, ...over }).folder;
    expect(folder([])).toBe('/project/var/demo');
    expect(folder([], { isRoot: true })).toBe('/var/tmp/expensebot-demo');
    expect(folder([], { env: { DEMO_DIR: 'there' } })).toBe('/here/there');
    expect(folder(['--dir', '/x'], { env: { DEMO_DIR: 'there' } })).toBe('/x');
    expect(readTroubleArguments('heal', ['redis', '--dir', '/x'], around)).toEqual({
      folder: '/x',
      name: 'redis',
    });
  });

  it('reads --lang and --fresh, and refuses what it does not know in one line', () => {
    expect(readDemoArguments([], around)).toMatchObject({ locale: 'ru', fresh: false });
    expect(readDemoArguments(['--lang', 'en', '--fresh'], around)).toMatchObject({
      locale: 'en',
      fresh: true,
    });
    const usage = 'npm run demo -- [--lang ru|en] [--fresh] [--dir FOLDER]';
    expect(() => readDemoArguments(['--lang', 'de'], around)).toThrow(
      `--lang is "de"; write ru or en: ${usage}`,
    );
    expect(() => readDemoArguments(['--fast'], around)).toThrow(`Unknown option '--fast'. Use: ${usage}`);
    expect(() => readDemoArguments(['redis'], around)).toThrow(`Use: ${usage}`);
    expect(() => readTroubleArguments('break', ['redis', 'postgres'], around)).toThrow(
      'One name at a time: npm run demo:break [NAME] [-- --dir FOLDER]',
    );
  });
});

describe('ports that are taken', () => {
  const machine = (
    taken: Readonly<Record<number, string>>,
    over: Partial<PortMachine> = {},
  ): PortMachine => ({
    isFree: (port) => Promise.resolve(!(port in taken)),
    holderOf: () => 'another program',
    userOf: (port) => taken[port],
    ...{ isRoot: false, hasSystemd: true, ...over },
  });

  it("names Debian's services and the commands that stop them", async () => {
    const both = { 9090: 'prometheus', 9093: 'prometheus' };
    await expect(assertPortsFree(machine(both))).rejects.toThrow(
      [
        "Port 9090, which Prometheus of the demo needs, is in use by Debian's service prometheus.",
        "Port 9093, which Alertmanager of the demo needs, is in use by Debian's service prometheus-alertmanager.",
        'Stop what Debian has started, then run npm run demo again: sudo systemctl stop prometheus prometheus-alertmanager',
        'They start again with the machine; this keeps them from it: sudo systemctl disable prometheus prometheus-alertmanager',
      ].join('\n'),
    );
    await expect(assertPortsFree(machine(both, { isRoot: true, hasSystemd: false }))).rejects.toThrow(
      /again: service prometheus stop && service prometheus-alertmanager stop$/,
    );
  });

  it('tells of anybody else who listens there', async () => {
    await expect(assertPortsFree(machine({ 9090: 'ann', 9849: 'prometheus' }))).rejects.toThrow(
      [
        'Port 9849, which the chat page of the demo needs, is in use by another program: stop that program, then run npm run demo again.',
        'Port 9090, which Prometheus of the demo needs, is in use by another program: stop that program, then run npm run demo again.',
      ].join('\n'),
    );
    await assertPortsFree(machine({}));
  });
});

describe('a full disk', () => {
  const gigabyte = () => 1e9;

  it.each([
    'could not extend file "base/5/1": wrote only 4096 of 8192 bytes at block 7',
    'ENOSPC: no space left on device, write',
  ])('is told first: %s', (message) => {
    expect(String(explainFullDisk(new Error(message), '/demo', gigabyte))).toBe(
      `DemoError: The disk that holds /demo is full (953 MB free): make room, or give a folder on another disk with --dir.\nWhat failed: ${message}`,
    );
  });

  it('is seen behind words that do not name it, and anything else stays as it is', () => {
    const error = new Error('After 60 seconds no message has arrived in the chat.');
    expect(String(explainFullDisk(error, '/demo', () => 4096))).toContain('is full (0 MB free)');
    expect(explainFullDisk(error, '/demo', gigabyte)).toBe(error);
  });
});

describe("the demo's configuration", () => {
  it('checks at least every few seconds, and leaves everything of exporter/config.yml but what nginx needs', () => {
    const source = parse(read('exporter/config.yml')) as Source;
    const hastened = parse(hastenExporter(read('exporter/config.yml'), { caFile: '/ca.pem' })) as Source;
    const withoutTimes = (config: Source) =>
      JSON.parse(
        JSON.stringify(config, (key, value: unknown) =>
          /^(interval|timeout)$/.test(key) ? undefined : value,
        ),
      ) as unknown;
    Object.assign(source.probes['public_endpoint'] ?? {}, { ca_file: '/ca.pem' });
    Object.assign(source.celery, { inspect_interval: '5s' });
    Object.assign(source.access_log, { format: 'combined_time' });
    expect(withoutTimes(hastened)).toEqual(withoutTimes(source));
    expect(hastened.probes['database']).toMatchObject({ interval: '2500ms', timeout: '2500ms' });
    expect(hastened.figures['daily']).toMatchObject({ interval: '15000ms', timeout: '15000ms' });
    expect(source.probes['database']).toMatchObject({ interval: '15s' });
  });

  it('is accepted by both services', () => {
    const settings = (text: string, more: Record<string, string>) => {
      mkdirSync(join(base, 'a folder #1'), { recursive: true });
      const config = join(base, 'a folder #1', 'config.yml');
      writeFileSync(config, text);
      const own = { EXPORTER_CONFIG: config, BRIDGE_CONFIG: config, ...more };
      const loaded = loadEnvironment({ env: own, dotenvPath: join(base, 'none') });
      expect(loaded).toMatchObject({ values: own, problems: [], warnings: [] });
      return loaded;
    };
    const exporter = readExporterConfig(
      settings(hastenExporter(read('exporter/config.yml'), { caFile: '/ca.pem' }), {}),
    );
    expect(exporter.timing.redis).toMatchObject({ intervalMs: 2500, timeoutMs: 2500 });
    const bridge = readBridgeConfig(
      settings(hastenBridge(read('alert-bridge/config.yml')), {
        MONITORING_BOT_TOKEN: `1:${'a'.repeat(35)}`,
        ADMIN_TELEGRAM_ID: '1',
      }),
    );
    expect(bridge.routing.fallback.policy).toMatchObject({
      cooldownMs: 60_000,
      lateAfterMs: 20_000,
      sound: ['critical'],
    });
  });
});

describe("the demo's folder", () => {
  it('keeps its secrets, forgets what belongs to one chat, and starts anew when told to', async () => {
    const path = join(base, 'demo');
    const open = async (fresh: boolean) => {
      const folder = await openDemoFolder(path, fresh);
      folder.release();
      return folder;
    };
    const first = await open(false);
    for (const name of ['postgres', 'bridge'] as const) writeFileSync(join(first.room(name), 'kept'), '');
    const second = await open(false);
    expect(second.secrets).toEqual(first.secrets);
    expect(readFileSync(join(path, 'postgres/kept'), 'utf8')).toBe('');
    expect(() => readFileSync(join(path, 'bridge/kept'))).toThrow('ENOENT');

    const third = await open(true);
    expect(third.secrets).not.toEqual(first.secrets);
    expect(() => readFileSync(join(path, 'postgres/kept'))).toThrow('ENOENT');
  });

  it("touches nothing of somebody else's, and lets one demo in at a time", async () => {
    mkdirSync(join(base, 'exporter'));
    writeFileSync(join(base, 'exporter/main.ts'), 'precious');
    await expect(openDemoFolder(base, true)).rejects.toThrow(`${base} holds things that are not the demo's`);
    expect(readFileSync(join(base, 'exporter/main.ts'), 'utf8')).toBe('precious');

    const path = join(base, 'demo');
    const first = await openDemoFolder(path, false);
    await expect(openDemoFolder(path, false)).rejects.toThrow(
      `A demo already runs in ${path}: use it, or stop it`,
    );
    first.release();
    (await openDemoFolder(path, false)).release();
  });
});

describe('demo:break and demo:heal', () => {
  function trouble(name: string, over: Partial<Trouble> = {}): Trouble {
    let broken = false;
    const set = (value: boolean) => () => {
      broken = value;
      return Promise.resolve();
    };
    return {
      ...{ name, about: `${name} is gone`, isBroken: () => broken, break: set(true), heal: set(false) },
      ...{ afterBreak: 'Wait.', afterHeal: 'Look.', ...over },
    };
  }

  it('break, say so, list the state, and heal', async () => {
    const control = await startControl(base, [trouble('redis'), trouble('mail')]);
    try {
      expect(await askDemo(base, 'break', 'redis')).toMatch(
        /^Broken: redis is gone\. Wait\. .*\nHeal it with: npm run demo:heal redis$/,
      );
      expect(await askDemo(base, 'break', 'redis')).toBe('Nothing to do: redis is already broken.');
      expect(await askDemo(base, 'heal', undefined)).toMatch(
        / {2}redis +\[broken now\] redis is gone\n {2}mail +mail is gone$/,
      );
      expect(await askDemo(base, 'heal', 'redis')).toMatch(/^Healed: redis\. Look\./);
      await expect(askDemo(base, 'heal', 'nobody')).rejects.toThrow('There is no "nobody" to heal.');
    } finally {
      await control.close();
    }
  });

  it('tell what went wrong, and that nobody is there before and after', async () => {
    const nobody = `No demo is running in ${base}: start it with npm run demo`;
    await expect(askDemo(base, 'break', 'redis')).rejects.toThrow(nobody);
    const failing = trouble('redis', { break: () => Promise.reject(new Error('Redis is made of stone.')) });
    const control = await startControl(base, [failing]);
    await expect(askDemo(base, 'break', 'redis')).rejects.toThrow('Redis is made of stone.');
    const file = readFileSync(join(base, 'control.json'), 'utf8');
    const { url } = JSON.parse(file) as { url: string };
    expect((await fetch(`${url}/break/redis`, { method: 'POST' })).status).toBe(401);
    await control.close();
    // As after a kill: the file is there, the demo is not.
    writeFileSync(join(base, 'control.json'), file);
    await expect(askDemo(base, 'break', 'redis')).rejects.toThrow(nobody);
  });
});

describe('the local AI providers', () => {
  const keys = {
    openai: 'k-openai',
    google: 'k-google',
    deepseek: 'k-deepseek',
    qwen: 'k-qwen',
    openrouter: 'k-openrouter',
    yandex: 'k-yandex',
  };

  it.each(AI_PROVIDER_NAMES)("%s lets the exporter's own check in with its key only", async (name) => {
    const fake = await startAiProviders(keys);
    const provider = AI_PROVIDERS.find((candidate) => candidate.name.startsWith(name));
    if (provider === undefined) throw new Error(`The exporter has no ${name}`);
    const check = (key: string) =>
      aiApiCollector(
        { provider, keys: [{ name: provider.keyVariable, value: key }], baseUrl: fake.baseUrl(name) },
        { intervalMs: 1000, timeoutMs: 1000, disabledReason: undefined },
      ).collect({ signal: AbortSignal.timeout(60_000), now: 0 });
    try {
      expect(await check(keys[name])).toEqual({ samples: [] });
      const another = name === 'openai' ? keys.google : keys.openai;
      await expect(check(another)).rejects.toThrow('key refused');
      fake.break(name);
      await expect(check(keys[name])).rejects.toThrow('answers 503 to the');
      expect(AI_PROVIDER_NAMES.filter((each) => fake.isBroken(each))).toEqual([name]);
      fake.heal(name);
      expect(await check(keys[name])).toEqual({ samples: [] });
      expect((await fetch(`${fake.baseUrl(name)}/chat`)).status).toBe(404);
    } finally {
      await fake.close();
    }
  });
});

interface Source {
  readonly probes: Readonly<Record<string, object>>;
  readonly celery: object;
  readonly access_log: object;
  readonly figures: Readonly<Record<string, object>>;
}
