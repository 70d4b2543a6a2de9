/** The profile `proxy`: what is missing is said by name, and the settings that the page names make it work. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadEnvironment } from '../../common/env/load.ts';
import { hashPassword } from '../support/servers/caddy.ts';
import { requireProgram } from '../support/servers/process.ts';
import { composeText, root, service } from './compose-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proxy-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const operations = readFileSync(join(root, 'docs/operations.md'), 'utf8');
const [, page = ''] = /\n## From a phone\n([^]*?)\n## /.exec(operations) ?? [];
const [, example = ''] = /```bash\n( *COMPOSE_PROFILES=proxy[^]*?)```/.exec(page) ?? [];

describe('check-proxy', () => {
  /** As Compose runs it, `/data` elsewhere. */
  const check = (env: Readonly<Record<string, string>>) => {
    const [, , script = ''] = service('check-proxy').command ?? [];
    const here = script
      .replaceAll('$$', '$')
      .replaceAll('/data', folder)
      .replace('1000:1000', String(process.getuid?.() ?? 0));
    const { status, stderr } = spawnSync('sh', ['-c', here], { env, encoding: 'utf8' });
    return { code: status, stderr };
  };
  const HASH = '$2a$14$fHE4CG3UK4eBAJDA2xEG7OBc69LWpQYwjKd2i9VayxyPh1ReuRyGC';

  it.each([
    ['nothing', {}],
    ['no password', { PROXY_DOMAIN: 'm.example.com', PROXY_PASSWORD_HASH: '' }],
    ['no name', { PROXY_DOMAIN: '', PROXY_PASSWORD_HASH: HASH }],
    ['a password in place of its hash', { PROXY_DOMAIN: 'm.example.com', PROXY_PASSWORD_HASH: 'secret' }],
    [
      'a hash that lost its dollar signs',
      { PROXY_DOMAIN: 'm.example.com', PROXY_PASSWORD_HASH: HASH.slice(10) },
    ],
  ])('refuses %s, by name', (_, env) => {
    const { code, stderr } = check(env);
    expect(code).toBe(2);
    expect(stderr).toContain('set PROXY_DOMAIN, and PROXY_PASSWORD_HASH in single quotes, in .env');
    expect(stderr).not.toContain('secret');
  });

  it('passes otherwise, before and after the proxy has filled its volume', () => {
    const env = { PROXY_DOMAIN: 'm.example.com', PROXY_PASSWORD_HASH: HASH };
    expect(check(env)).toMatchObject({ code: 0 });
    mkdirSync(join(folder, 'caddy'));
    expect(check(env)).toMatchObject({ code: 0 });
  });
});

it('the file that the compose file mounts is one that Caddy takes, formatted as Caddy formats', () => {
  expect(statSync(join(root, 'proxy/Caddyfile')).isFile()).toBe(true);
  const caddy = requireProgram(['caddy']);
  const env = {
    PROXY_DOMAIN: 'monitoring.example.com',
    PROXY_PASSWORD_HASH: hashPassword('x'),
    HOME: folder,
  };
  const config = ['--config', join(root, 'proxy/Caddyfile'), '--adapter', 'caddyfile'];
  const validated = spawnSync(caddy, ['validate', ...config], { env, encoding: 'utf8' });
  expect(validated.stdout + validated.stderr).toContain('Valid configuration');
  const formatted = spawnSync(caddy, ['fmt', join(root, 'proxy/Caddyfile')], { encoding: 'utf8' }).stdout;
  expect(formatted).toBe(readFileSync(join(root, 'proxy/Caddyfile'), 'utf8'));
});

it('every setting of the page is one that the compose file reads or the services know, as it is written there', () => {
  const path = join(folder, '.env');
  writeFileSync(path, example.replaceAll(/^ +| +#.*$/gm, ''));
  const { values, problems, warnings } = loadEnvironment({ env: {}, dotenvPath: path });
  expect([problems, warnings]).toEqual([[], []]);
  expect(Object.keys(values).toSorted()).toEqual([
    'COMPOSE_PROFILES',
    'GRAFANA_ANONYMOUS',
    'GRAFANA_PUBLIC_URL',
    'PROXY_DOMAIN',
    'PROXY_PASSWORD_HASH',
    'STATUS_PUBLIC_URL',
  ]);
  for (const name of ['GRAFANA_ANONYMOUS', 'GRAFANA_PUBLIC_URL', 'PROXY_DOMAIN', 'PROXY_PASSWORD_HASH'])
    expect(composeText).toContain(`\${${name}:-`);
  expect(values['PROXY_PASSWORD_HASH']).toMatch(/^\$2a\$14\$/);
  expect(values['GRAFANA_PUBLIC_URL']).toBe(`https://${values['PROXY_DOMAIN'] ?? ''}/grafana`);
});

it('the page names the ports and the image that the compose file has', () => {
  expect(page).toContain(`docker run --rm -it ${service('proxy').image} caddy hash-password`);
  for (const port of service('proxy').ports ?? [])
    expect(page).toContain(/\w+_PORT/.exec(port)?.[0] ?? 'none');
});
