/** docker-compose.ha.yml on top of docker-compose.yml, merged as Compose does (https://docs.docker.com/reference/compose-file/merge/). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseDocument, stringify, type Tags } from 'yaml';
import { z } from 'zod';
import { compose, parseCompose, root, service, type Service } from './compose-file.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
/** Compose's own tag: the list takes the place of the other one instead of being added to it. */
const customTags: Tags = [{ tag: '!override', collection: 'seq', resolve: (list: unknown) => list }];
const document = parseDocument(read('docker-compose.ha.yml'), { customTags });

const changesSchema = z.strictObject({
  extends: z.strictObject({ file: z.literal('docker-compose.yml'), service: z.string() }).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  command: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  ports: z.array(z.string()).optional(),
});
const file = z
  .strictObject({
    services: z.record(z.string(), changesSchema),
    volumes: z.record(z.string(), z.null()),
  })
  .parse(document.toJS());

const targetOf = (mount: string): string => mount.split(':')[1] ?? '';

function merged([name, { extends: from, ...changes }]: [string, z.infer<typeof changesSchema>]): Service {
  const base = service(from?.service ?? name);
  const { volumes = [] } = changes;
  const replaced = new Set(volumes.map(targetOf));
  return {
    ...base,
    ...changes,
    environment: { ...base.environment, ...changes.environment },
    volumes: [...(base.volumes ?? []).filter((mount) => !replaced.has(targetOf(mount))), ...volumes],
  };
}

const changed = Object.fromEntries(
  Object.entries(file.services).map((entry) => [entry[0], merged(entry)] as const),
);
const whole = parseCompose(
  stringify({
    ...compose,
    services: { ...compose.services, ...changed },
    volumes: { ...compose.volumes, ...file.volumes },
  }),
);
const of = (name: string): Service => {
  const found = whole.services[name];
  if (found === undefined) throw new Error(`there is no service ${name}`);
  return found;
};
const PAIRS = [
  ['alert-bridge', 'alert-bridge-b'],
  ['alertmanager', 'alertmanager-b'],
] as const;

describe('docker-compose.ha.yml', () => {
  it('adds the second of each pair, and nothing else', () => {
    const added = Object.keys(whole.services).filter((name) => !Object.hasOwn(compose.services, name));
    expect(added).toEqual(PAIRS.map(([, second]) => second));
    for (const [first, second] of PAIRS) expect(file.services[second]?.extends?.service).toBe(first);
  });

  it('publishes nothing twice, and on loopback only', () => {
    const ports = Object.values(whole.services).flatMap((one) => one.ports ?? []);
    const published = ports.map(
      (port) => /^127\.0\.0\.1:\$\{([A-Z_]+)_PORT:-(\d+)\}:\d+$/.exec(port)?.slice(1, 3) ?? [port, port],
    );
    for (const each of [0, 1]) expect(new Set(published.map((one) => one[each])).size).toBe(ports.length);
    // Without the tag Compose would publish the first one's port a second time.
    for (const [, second] of PAIRS)
      expect(document.getIn(['services', second, 'ports'], true)).toMatchObject({ tag: '!override' });
  });

  it('gives each a state of its own, in volumes that are declared', () => {
    for (const [first, second] of PAIRS) {
      const named = (name: string) =>
        (of(name).volumes ?? [])
          .filter((mount) => !mount.startsWith('.'))
          .map((mount) => mount.split(':')[0]);
      expect(named(second).filter((volume) => named(first).includes(volume))).toEqual([]);
      for (const volume of named(second)) expect(Object.keys(file.volumes)).toContain(volume);
      expect(of(second).volumes?.map(targetOf).toSorted()).toEqual(
        of(first).volumes?.map(targetOf).toSorted(),
      );
    }
  });

  it('has the settings of two checked', () => {
    expect(of('check-config').environment).toMatchObject({ HA: 'true', REDIS_HOST: '${REDIS_HOST:-redis}' });
  });

  it('tells the bridges that they are two, apart by name, each with an Alertmanager', () => {
    for (const [index, name] of PAIRS[0].entries())
      expect(of(name).environment).toMatchObject({
        HA: 'true',
        BRIDGE_NAME: name,
        REDIS_HOST: '${REDIS_HOST:-redis}',
        ALERTMANAGER_URL: `http://${PAIRS[1][index] ?? ''}:9093`,
      });
  });

  it('joins the Alertmanagers', () => {
    const gossip = (name: string) => of(name).command?.filter((part) => part.startsWith('--cluster.'));
    const [first, second] = PAIRS[1];
    expect(gossip(first)).toEqual(['--cluster.listen-address=0.0.0.0:9094', `--cluster.peer=${second}:9094`]);
    expect(gossip(second)).toEqual(['--cluster.listen-address=0.0.0.0:9094', `--cluster.peer=${first}:9094`]);
  });

  it('reads the configuration of two, and changes nothing else', () => {
    const rest = (command: readonly string[] = []) =>
      command.filter((part) => !/^--(?:cluster\.|config\.file=)/.test(part));
    for (const [name, config] of [
      ['prometheus', 'prometheus'],
      ['alertmanager', 'alertmanager'],
      ['alertmanager-b', 'alertmanager'],
    ] as const) {
      expect(rest(of(name).command)).toEqual(rest(service(config).command));
      expect(of(name).command).toContain(`--config.file=/etc/${config}/ha/${config}.yml`);
      expect(of(name).volumes).toContain(`./prometheus:/etc/${config}:ro`);
    }
  });

  it('has Prometheus send and ask both, and every Alertmanager post to both', () => {
    const prometheus = parse(read('prometheus/ha/prometheus.yml')) as {
      rule_files: string[];
      alerting: { alertmanagers: { static_configs: { targets: string[] }[] }[] };
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    };
    const targetsOf = (configs: { targets: string[] }[] = []) => configs.flatMap(({ targets }) => targets);
    // A file names others from its own folder.
    expect(prometheus.rule_files).toEqual(['../rules/*.yml']);
    const alertmanagers = PAIRS[1].map((name) => `${name}:9093`);
    expect(targetsOf(prometheus.alerting.alertmanagers[0]?.static_configs)).toEqual(alertmanagers);
    const job = (name: string) =>
      targetsOf(prometheus.scrape_configs.find(({ job_name }) => job_name === name)?.static_configs);
    expect(job('alertmanager')).toEqual(alertmanagers);
    expect(job('alert-bridge')).toEqual(PAIRS[0].map((name) => `${name}:9848`));

    const alertmanager = parse(read('prometheus/ha/alertmanager.yml')) as {
      receivers: { webhook_configs?: { url: string }[] }[];
    };
    const [first, second] = alertmanager.receivers.flatMap((receiver) => receiver.webhook_configs ?? []);
    expect([first, second].map((webhook) => webhook?.url)).toEqual(
      PAIRS[0].map((name) => `http://${name}:9848/webhooks/alertmanager`),
    );
    expect({ ...second, url: '' }).toEqual({ ...first, url: '' });
  });
});
