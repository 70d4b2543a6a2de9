/** Which hop of the chain is broken, told apart on a real Prometheus and a real Alertmanager. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { diagnose, type Diagnosis } from '../../alert-bridge/monitor/diagnose.ts';
import { getJson } from '../../common/clients/http-json.ts';
import { startAlertmanager } from '../support/servers/alertmanager.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../support/servers/folders.ts';
import { freePort } from '../support/servers/ports.ts';
import type { Server } from '../support/servers/process.ts';
import { startPrometheus } from '../support/servers/prometheus.ts';

const RULES = 'groups: [{ name: meta, rules: [{ alert: Watchdog, expr: vector(1) }] }]';

let folder: string;
let prometheus: Server;
let alertmanager: Server;
let alertmanagerPort: number;

const prometheusConfig = (rules: string, port: number): void => {
  writeFileSync(join(folder, 'rules.yml'), rules);
  writeFileSync(
    join(folder, 'prometheus.yml'),
    `global: { evaluation_interval: 200ms }
rule_files: [${join(folder, 'rules.yml')}]
alerting: { alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:${port}'] }] }] }
`,
  );
};
const reload = async (rules: string, port = alertmanagerPort): Promise<void> => {
  prometheusConfig(rules, port);
  const { ok } = await fetch(`${prometheus.url}/-/reload`, { method: 'POST' });
  expect(ok).toBe(true);
};

beforeAll(async () => {
  folder = makeTemporaryFolder();
  alertmanagerPort = await freePort();
  const nobody = await freePort();
  const configFile = join(folder, 'alertmanager.yml');
  writeFileSync(
    configFile,
    `route: { receiver: bridge, group_wait: 0s }
receivers: [{ name: bridge, webhook_configs: [{ url: 'http://127.0.0.1:${nobody}/' }] }]
`,
  );
  alertmanager = await startAlertmanager({ configFile, port: alertmanagerPort });
  prometheusConfig(RULES, alertmanagerPort);
  prometheus = await startPrometheus({ configFile: join(folder, 'prometheus.yml'), resendDelayMs: 1_000 });
});
afterAll(async () => {
  await prometheus.close();
  await alertmanager.close();
  removeTemporaryFolder(folder);
});

const ask = (): Promise<Diagnosis> =>
  diagnose({ prometheus: prometheus.url, alertmanager: alertmanager.url }, (url) =>
    getJson(url, { timeoutMs: 1_000, maxBytes: 1_000_000 }),
  );
const becomes = (wanted: Diagnosis): Promise<void> => expect.poll(ask, { interval: 200 }).toBe(wanted);

// All works but the way from Alertmanager to the bridge, where nobody listens.
beforeEach(() => becomes('webhook_failing'));

it('Prometheus does not answer: stopped, or hanging', async () => {
  prometheus.freeze();
  await becomes('prometheus_down');
  prometheus.thaw();
  await becomes('webhook_failing');
  await prometheus.stop();
  await becomes('prometheus_down');
  await prometheus.restart();
});

it('Prometheus has no such rule, and then has it again', async () => {
  await reload('groups: []');
  await becomes('rule_not_firing');
  await reload(RULES);
});

it('Alertmanager does not answer', async () => {
  await alertmanager.stop();
  await becomes('alertmanager_down');
  await alertmanager.restart();
});

it('the Watchdog is silenced', async () => {
  const options = ['--duration=1h', '--author=x', '--comment=y', `--alertmanager.url=${alertmanager.url}`];
  const { stdout } = spawnSync('amtool', ['silence', 'add', 'alertname=Watchdog', ...options]);
  await becomes('muted');
  const url = `--alertmanager.url=${alertmanager.url}`;
  expect(spawnSync('amtool', ['silence', 'expire', stdout.toString().trim(), url]).status).toBe(0);
});

it('Prometheus does not reach Alertmanager', async () => {
  await reload(RULES, await freePort());
  // It has told it before; started anew, Alertmanager knows what it is told.
  await alertmanager.restart();
  await becomes('alertmanager_not_told');
});
