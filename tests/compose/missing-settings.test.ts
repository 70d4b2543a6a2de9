/** What is missing in .env is said by name, and nothing starts. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BOT_TOKEN } from '../support/bridge/bridge.ts';
import { composeCommand, root, service } from './compose-file.ts';

const example = readFileSync(join(root, '.env.example'), 'utf8');
/** `.env.example` with these values. */
const envWith = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values).reduce(
    (text, [name, value]) => text.replace(new RegExp(`^${name}=.*$`, 'm'), `${name}=${value}`),
    example,
  );
const GOOD = {
  MONITORING_BOT_TOKEN: BOT_TOKEN,
  ADMIN_TELEGRAM_ID: '42',
  WEBHOOK_TOKEN: 'a'.repeat(64),
  GRAFANA_ADMIN_PASSWORD: 'a-password',
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'missing-settings-'));
  for (const file of ['docker-compose.yml', 'docker-compose.ha.yml'])
    copyFileSync(join(root, file), join(folder, file));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('check-config', () => {
  const { command: [, program = ''] = [], environment = {} } = service('check-config');
  const check = (values: Readonly<Record<string, string>>, more: Readonly<Record<string, string>> = {}) => {
    writeFileSync(join(folder, '.env'), envWith(values));
    const ofCompose = Object.entries(environment).filter(([, value]) => !value.includes('$'));
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, program)], {
      cwd: folder,
      env: {
        ...Object.fromEntries(ofCompose),
        EXPORTER_CONFIG: join(root, 'exporter/config.yml'),
        BRIDGE_CONFIG: join(root, 'alert-bridge/config.yml'),
        ...more,
      },
      encoding: 'utf8',
    });
    return { code: status, output: stdout + stderr };
  };

  it('passes with what the README asks for', () => {
    expect(check(GOOD)).toMatchObject({ code: 0 });
  });

  it('names all that is missing in a copy of .env.example at once', () => {
    const { code, output } = check({});
    expect(code).toBe(2);
    for (const name of ['MONITORING_BOT_TOKEN', 'ADMIN_TELEGRAM_ID', 'WEBHOOK_TOKEN'])
      expect(output).toContain(name);
  });

  it('names what two bridges need', () => {
    const { code, output } = check(GOOD, { HA: 'true' });
    expect(code).toBe(2);
    expect(output).toContain('STATE_KEY');
  });
});

describe.runIf(composeCommand !== undefined)('Docker Compose', () => {
  const [program = '', ...first] = composeCommand ?? [];
  const config = (values: Readonly<Record<string, string>>, ...files: string[]) => {
    writeFileSync(join(folder, '.env'), envWith(values));
    const args = [...first, ...files.flatMap((file) => ['-f', file]), 'config', '--quiet'];
    return spawnSync(program, args, {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', HOME: folder },
      encoding: 'utf8',
    });
  };

  it('reads both files with what the README asks for', () => {
    expect(config(GOOD)).toMatchObject({ status: 0, stderr: '' });
    expect(config(GOOD, 'docker-compose.yml', 'docker-compose.ha.yml')).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  it.each(['WEBHOOK_TOKEN', 'GRAFANA_ADMIN_PASSWORD'])('stops without %s, and says so', (name) => {
    const { status, stderr } = config({ ...GOOD, [name]: '' });
    expect(status).not.toBe(0);
    expect(stderr).toContain(`set ${name} in .env`);
  });
});
