/** The network between the application and the monitoring, as docs/operations.md has it made. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { compose, root, service } from './compose-file.ts';

const operations = readFileSync(join(root, 'docs/operations.md'), 'utf8');
const [, install = ''] = /^## Install\n([^]*?)^## /m.exec(operations) ?? [];
const [, created = ''] = /^docker network create (\S+)$/m.exec(install) ?? [];
const [, override = ''] = /^```yaml\n([^]*?)^```/m.exec(install) ?? [];

it('is made before anything else, belongs to neither, and has both servers in it under their names', () => {
  expect(created).not.toBe('');
  const { services, networks } = parse(override) as {
    services: Record<string, { networks: string[] }>;
    networks: Record<string, { external: boolean; name: string }>;
  };
  const [[name, network] = ['', undefined]] = Object.entries(networks);
  expect(network).toEqual({ external: true, name: created });
  // A service that names a network leaves the default one, in which the application finds it, unless it names that too.
  const both = { networks: ['default', name] };
  expect(services).toEqual({ db: both, redis: both });
  expect(install).toContain(`\`APP_NETWORK=${created}\`, \`APP_NETWORK_EXTERNAL=true\``);
  expect(compose.networks['app']).toEqual({
    name: '${APP_NETWORK:-expensebot-monitoring_app}',
    external: '${APP_NETWORK_EXTERNAL:-false}',
  });
  for (const [one, host] of [
    ['DB_HOST', 'db'],
    ['REDIS_HOST', 'redis'],
  ] as const)
    expect(service('exporter').environment?.[one]).toBe(`\${${one}:-${host}}`);
});
