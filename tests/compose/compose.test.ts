import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ENV_NAMES } from '../../common/env/variables.ts';
import { compose, composeText, parseCompose, root, service } from './compose-file.ts';

const names = Object.keys(compose.services);

/** Every service that must be up before `name` is started, over all steps. */
function waitsFor(name: string, file = compose): Set<string> {
  const found = new Set<string>();
  const visit = (current: string): void => {
    for (const next of Object.keys(file.services[current]?.depends_on ?? {}))
      if (!found.has(next)) {
        found.add(next);
        visit(next);
      }
  };
  visit(name);
  return found;
}

/** Every variable that Compose fills in, `$$` being a plain dollar sign. */
function interpolated(text: string): string[] {
  return [...text.replaceAll('$$', '').matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name);
}

/** `${A:-b}` → `b`. */
const withDefaults = (text: string): string => text.replaceAll(/\$\{\w+:-(\w+)\}/g, '$1');

describe('docker-compose.yml', () => {
  it('has the whole chain', () => {
    expect(names).toEqual([
      'db',
      'redis',
      'exporter',
      'alert-bridge',
      'prometheus',
      'alertmanager',
      'grafana',
    ]);
  });

  it('refuses a key that Compose does not know', () => {
    expect(() => parseCompose(composeText.replace('healthcheck:', 'healtcheck:'))).toThrow('healtcheck');
  });

  it("has the specification's healthchecks", () => {
    expect(service('db').healthcheck).toEqual({
      test: ['CMD-SHELL', 'pg_isready -U ${DB_USER:-expense_user}'],
      interval: '120s',
      timeout: '5s',
      retries: 3,
      start_period: '30s',
    });
    expect(service('redis').healthcheck).toEqual({
      test: ['CMD', 'redis-cli', '-e', '--raw', 'incr', 'ping'],
      interval: '120s',
      timeout: '3s',
      retries: 3,
      start_period: '20s',
    });
  });

  it.each(names)('%s restarts, is hardened, and its log cannot fill the disk', (name) => {
    expect(service(name)).toMatchObject({
      restart: 'unless-stopped',
      security_opt: ['no-new-privileges:true'],
      logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '5' } },
    });
  });

  it.each(names)('%s has a pinned image', (name) => {
    const { image, build } = service(name);
    if (build === undefined) expect(image).toMatch(/^[\w/]+:v?\d+(\.\d+\.\d+|-alpine)$/);
    else expect(image).toBe('expensebot-monitoring:${RELEASE:-local}');
  });

  it.each(names)('%s publishes on loopback only', (name) => {
    for (const port of service(name).ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it('publishes neither the database nor Redis', () => {
    expect(service('db').ports).toBeUndefined();
    expect(service('redis').ports).toBeUndefined();
  });

  it('starts exporter and bridge whatever else is down', () => {
    expect([...waitsFor('exporter')]).toEqual([]);
    expect([...waitsFor('alert-bridge')]).toEqual([]);
  });

  it('lets nothing of the alert chain wait for what it watches', () => {
    const watched = ['db', 'redis', 'exporter', 'alert-bridge'];
    for (const name of ['prometheus', 'alertmanager', 'grafana'])
      expect([...waitsFor(name)].filter((other) => watched.includes(other))).toEqual([]);
  });

  it('notices a wait over two steps', () => {
    const alertmanager = {
      ...service('alertmanager'),
      depends_on: { db: { condition: 'service_healthy' as const } },
    };
    const spoiled = { ...compose, services: { ...compose.services, alertmanager } };
    expect(waitsFor('grafana', spoiled).has('db')).toBe(true);
  });

  it('waits for health where it waits, and only for services of no profile', () => {
    const conditions = names.flatMap((name) =>
      Object.entries(service(name).depends_on ?? {}).map(([other, { condition }]) => [
        condition,
        service(other).profiles,
      ]),
    );
    expect(conditions).toEqual([
      ['service_healthy', undefined],
      ['service_healthy', undefined],
    ]);
  });

  it('leaves db and redis out where the application has its own', () => {
    const inProfile = names.filter((name) => service(name).profiles !== undefined);
    expect(inProfile).toEqual(['db', 'redis']);
  });

  it('mounts files that exist, read-only, and volumes that are declared', () => {
    const mounts = names
      .flatMap((name) => service(name).volumes ?? [])
      .map((mount) => withDefaults(mount).split(':'));
    const files = mounts.filter(([source = '']) => source.startsWith('.'));
    expect(files.length).toBeGreaterThan(4);
    for (const [source = '', , mode] of files) {
      expect(existsSync(join(root, source)), source).toBe(true);
      expect(mode, source).toBe('ro');
    }
    const volumes = mounts.map(([source = '']) => source).filter((source) => !source.startsWith('.'));
    expect([...new Set(volumes)].toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
  });

  it('uses networks and secrets that are declared', () => {
    for (const name of names) {
      for (const network of service(name).networks) expect(Object.keys(compose.networks)).toContain(network);
      for (const secret of service(name).secrets ?? [])
        expect(Object.keys(compose.secrets)).toContain(secret);
    }
    // Compose copies a secret into the root file system: https://github.com/docker/compose/issues/12303
    expect(names.filter((name) => service(name).secrets !== undefined && service(name).read_only)).toEqual(
      [],
    );
  });

  it('knows every variable it sets for our services or fills in', () => {
    const ofCompose = ['GRAFANA_ADMIN_PASSWORD', 'APP_NETWORK', 'APP_NETWORK_EXTERNAL'];
    const known = new Set<string>([...ENV_NAMES, ...ofCompose]);
    const used = [
      ...interpolated(composeText.replaceAll(/^\s*#.*$/gm, '')),
      ...['exporter', 'alert-bridge'].flatMap((name) => Object.keys(service(name).environment ?? {})),
      ...Object.values(compose.secrets).map((secret) => secret.environment),
    ];
    expect(used.filter((name) => !known.has(name))).toEqual([]);
    expect(interpolated('$${A:?x} ${B:-c}')).toEqual(['B']);
  });

  it('holds no secret of its own', () => {
    for (const name of names)
      for (const [variable, value] of Object.entries(service(name).environment ?? {}))
        if (/PASSWORD|TOKEN|SECRET|AUTH/.test(variable))
          expect(value, variable).toMatch(/^(?:\$\{\w+(:-|:\?[^}]+)\}|\$\$__file\{[^}]+\}|true|false)$/);
  });

  it('listens in the containers where Prometheus scrapes and Alertmanager posts', () => {
    const prometheus = parse(readFileSync(join(root, 'prometheus/prometheus.yml'), 'utf8')) as {
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    };
    const targets = Object.fromEntries(
      prometheus.scrape_configs.map((job) => [job.job_name, job.static_configs.flatMap((s) => s.targets)]),
    );
    const portOf = (listen: string | undefined) => /^0\.0\.0\.0:(\d+)$/.exec(listen ?? '')?.[1] ?? 'none';
    const exporterPort = portOf(service('exporter').environment?.['EXPORTER_LISTEN']);
    const bridgePort = portOf(service('alert-bridge').environment?.['BRIDGE_LISTEN']);
    expect(targets['exporter']).toEqual([`exporter:${exporterPort}`]);
    expect(targets['alert-bridge']).toEqual([`alert-bridge:${bridgePort}`]);
    expect(service('exporter').ports).toEqual([`127.0.0.1:${exporterPort}:${exporterPort}`]);

    const alertmanager = readFileSync(join(root, 'prometheus/alertmanager.yml'), 'utf8');
    expect(alertmanager).toContain(`http://alert-bridge:${bridgePort}/webhooks/alertmanager`);
    expect(alertmanager).toContain(`credentials_file: /run/secrets/${Object.keys(compose.secrets)[0] ?? ''}`);
  });
});
