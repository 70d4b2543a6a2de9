import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ENV_NAMES } from '../../common/env/variables.ts';
import { compose, composeText, parseCompose, root, service, type Service } from './compose-file.ts';

const names = Object.keys(compose.services);
/** They look, and end. */
const checks = ['check-config', 'check-passwords', 'check-proxy'];
/** Which further check the services of a profile wait for. */
const checkOf: Readonly<Record<string, string>> = { app: 'check-passwords', proxy: 'check-proxy' };
const lasting = names.filter((name) => !checks.includes(name));

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
      'check-config',
      'check-passwords',
      'db',
      'redis',
      'exporter',
      'alert-bridge',
      'prometheus',
      'alertmanager',
      'grafana',
      'check-proxy',
      'proxy',
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

  it.each(names)(
    '%s restarts, unless it is a check, is hardened, and its log cannot fill the disk',
    (name) => {
      expect(service(name)).toMatchObject({
        restart: checks.includes(name) ? 'no' : 'unless-stopped',
        security_opt: ['no-new-privileges:true'],
        logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '5' } },
      });
    },
  );

  it.each(names)('%s has a pinned image', (name) => {
    const { image } = service(name);
    if (!image.startsWith('expensebot'))
      expect(image).toMatch(/^[\w/]+:v?\d+(\.\d+\.\d+|-alpine)(@sha256:[0-9a-f]{64})?$/);
    else expect(image).toBe('expensebot-monitoring:${RELEASE:-local}');
  });

  it('builds its image once, in the service that all others wait for', () => {
    expect(names.filter((name) => service(name).build !== undefined)).toEqual(['check-config']);
    const { image } = service('check-config');
    expect(names.filter((name) => service(name).image === image)).toEqual([
      'check-config',
      'exporter',
      'alert-bridge',
    ]);
  });

  it.each(names.filter((name) => name !== 'proxy'))('%s publishes on loopback only', (name) => {
    const onLoopback = /^127\.0\.0\.1:\$\{[A-Z]+_PORT:-(\d+)\}:\1$/;
    expect((service(name).ports ?? []).filter((port) => !onLoopback.test(port))).toEqual([]);
  });

  it('publishes the proxy on every address, on ports of your own', () => {
    expect(service('proxy').ports).toEqual(['${PROXY_HTTPS_PORT:-443}:443', '${PROXY_HTTP_PORT:-80}:80']);
  });

  it('gives the proxy no more rights, networks and memory than it needs', () => {
    expect(service('proxy')).toMatchObject({
      user: '1000:1000',
      read_only: true,
      cap_drop: ['ALL'],
      cap_add: ['NET_BIND_SERVICE'],
      networks: ['monitoring'],
      mem_limit: '128m',
    });
    expect(service('check-proxy')).toMatchObject({ cap_add: ['CHOWN'], profiles: service('proxy').profiles });
  });

  it('publishes neither the database nor Redis', () => {
    expect(service('db').ports).toBeUndefined();
    expect(service('redis').ports).toBeUndefined();
  });

  it.each(names)('starts %s once the settings are checked, whatever else is down', (name) => {
    const [profile = ''] = service(name).profiles ?? [];
    const expected = ['check-config', checkOf[profile]].filter(
      (check) => check !== undefined && check !== name,
    );
    expect([...waitsFor(name)].toSorted()).toEqual(name === 'check-config' ? [] : expected);
    for (const [, { condition }] of Object.entries(service(name).depends_on ?? {}))
      expect(condition).toBe('service_completed_successfully');
  });

  it('checks without a network, so that nothing it watches can keep the monitoring from starting', () => {
    for (const check of checks)
      expect(service(check)).toMatchObject({ network_mode: 'none', read_only: true, cap_drop: ['ALL'] });
  });

  it('notices a wait over two steps', () => {
    const alertmanager = {
      ...service('alertmanager'),
      depends_on: { db: { condition: 'service_healthy' as const } },
    };
    const grafana = {
      ...service('grafana'),
      depends_on: { alertmanager: { condition: 'service_healthy' as const } },
    };
    const spoiled = { ...compose, services: { ...compose.services, alertmanager, grafana } };
    expect(waitsFor('grafana', spoiled).has('db')).toBe(true);
  });

  it('sees within ten seconds of a start that a service is well, on every engine', () => {
    for (const name of lasting.filter((one) => service(one).profiles === undefined))
      expect(service(name).healthcheck).toMatchObject({ interval: '10s', timeout: '5s' });
    // Compose refuses it on an engine before 25.
    expect(composeText).not.toMatch(/^ +start_interval:/m);
  });

  it('has another Alertmanager when the token is another, which Compose does not see in a secret', () => {
    expect(service('alertmanager').environment).toEqual({
      WEBHOOK_TOKEN: '${WEBHOOK_TOKEN:?set WEBHOOK_TOKEN in .env}',
    });
  });

  it('lets Redis become its user, and keeps no further right', () => {
    const { command, cap_drop, cap_add, user } = service('redis');
    // The entrypoint of the image becomes that user for this command alone.
    expect(command?.[0]).toBe('redis-server');
    expect({ cap_drop, user }).toEqual({ cap_drop: ['ALL'], user: undefined });
    expect(cap_add).toEqual(['CHOWN', 'DAC_OVERRIDE', 'SETGID', 'SETPCAP', 'SETUID']);
  });

  it('leaves db and redis out where the application has its own', () => {
    const inProfile = names.filter((name) => service(name).profiles !== undefined);
    expect(inProfile).toEqual(['check-passwords', 'db', 'redis', 'check-proxy', 'proxy']);
    expect(inProfile.map((name) => service(name).profiles)).toEqual([
      ['app'],
      ['app'],
      ['app'],
      ['proxy'],
      ['proxy'],
    ]);
  });

  it('mounts folders that exist, read-only, and volumes that are declared', () => {
    const mounts = names
      .flatMap((name) => service(name).volumes ?? [])
      .map((mount) => withDefaults(mount).split(':'));
    const files = mounts.filter(([source = '']) => source.startsWith('.'));
    expect(files.length).toBeGreaterThan(4);
    for (const [source = '', , mode] of files) {
      // A file that an editor or git has replaced would stay the old one.
      expect(statSync(join(root, source)).isDirectory(), source).toBe(true);
      expect(mode, source).toBe('ro');
    }
    const volumes = mounts.map(([source = '']) => source).filter((source) => !source.startsWith('.'));
    expect([...new Set(volumes)].toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
  });

  it('uses networks and secrets that are declared', () => {
    for (const name of names) {
      for (const network of service(name).networks ?? [])
        expect(Object.keys(compose.networks)).toContain(network);
      for (const secret of service(name).secrets ?? [])
        expect(Object.keys(compose.secrets)).toContain(secret);
    }
    // Compose copies a secret into the root file system: https://github.com/docker/compose/issues/12303
    expect(names.filter((name) => service(name).secrets !== undefined && service(name).read_only)).toEqual(
      [],
    );
  });

  it('knows every variable it sets for our services or fills in', () => {
    const known = new Set<string>(ENV_NAMES);
    const used = [
      ...interpolated(composeText.replaceAll(/^\s*#.*$/gm, '')),
      ...['check-config', 'exporter', 'alert-bridge'].flatMap((name) =>
        Object.keys(service(name).environment ?? {}),
      ),
      ...Object.values(compose.secrets).map((secret) => secret.environment),
    ];
    expect(used.filter((name) => !known.has(name))).toEqual([]);
    expect(interpolated('$${A:?x} ${B:-c}')).toEqual(['B']);
  });

  it('holds no secret of its own', () => {
    for (const name of names)
      for (const [variable, value] of Object.entries(service(name).environment ?? {}))
        if (/PASSWORD|TOKEN|SECRET|AUTH/.test(variable))
          expect(value, variable).toMatch(
            /^(?:\$\{\w+(:-(?:false)?|:\?[^}]+)\}|\$\$__file\{[^}]+\}|true|false)$/,
          );
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
    expect(service('exporter').ports).toEqual([
      `127.0.0.1:\${EXPORTER_PORT:-${exporterPort}}:${exporterPort}`,
    ]);
    const listens = ({ environment = {} }: Service) => [
      environment['EXPORTER_LISTEN'],
      environment['BRIDGE_LISTEN'],
    ];
    expect(listens(service('check-config'))).toEqual([
      service('exporter').environment?.['EXPORTER_LISTEN'],
      service('alert-bridge').environment?.['BRIDGE_LISTEN'],
    ]);

    const alertmanager = readFileSync(join(root, 'prometheus/alertmanager.yml'), 'utf8');
    expect(alertmanager).toContain(`http://alert-bridge:${bridgePort}/webhooks/alertmanager`);
    expect(alertmanager).toContain(`credentials_file: /run/secrets/${Object.keys(compose.secrets)[0] ?? ''}`);
  });
});
