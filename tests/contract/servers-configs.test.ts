import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import {
  rewriteAlertmanagerConfig,
  rewritePrometheusConfig,
  scaleRules,
} from '../support/servers/configs.ts';
import { formatDurationMs, parseDurationMs } from '../support/servers/durations.ts';
import { startAlertmanager } from '../support/servers/alertmanager.ts';
import { freePort } from '../support/servers/ports.ts';
import { startPrometheus } from '../support/servers/prometheus.ts';

const PROJECT = resolve(import.meta.dirname, '../../prometheus');
const read = (name: string) => readFileSync(join(PROJECT, name), 'utf8');
const TARGETS = {
  exporter: '127.0.0.1:1',
  'alert-bridge': '127.0.0.1:2',
  prometheus: null,
  alertmanager: null,
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'configs-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the project's own prometheus.yml", () => {
  it('keeps its jobs, with the addresses and intervals of the test', () => {
    const source = parse(read('prometheus.yml')) as Record<string, unknown>;
    const written = parse(
      rewritePrometheusConfig(read('prometheus.yml'), {
        scrapeIntervalMs: 250,
        evaluationIntervalMs: 500,
        targets: TARGETS,
        alertmanagers: ['127.0.0.1:3'],
        ruleFiles: ['/rules/a.yml'],
      }),
    ) as Record<string, unknown>;
    expect(written['global']).toMatchObject({
      scrape_interval: '250ms',
      scrape_timeout: '250ms',
      evaluation_interval: '500ms',
    });
    expect(written['scrape_configs']).toMatchObject([
      { job_name: 'exporter', static_configs: [{ targets: ['127.0.0.1:1'] }] },
      { job_name: 'alert-bridge', static_configs: [{ targets: ['127.0.0.1:2'] }] },
    ]);
    expect(written['alerting']).toMatchObject({
      alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:3'] }] }],
    });
    expect(written['rule_files']).toEqual(['/rules/a.yml']);
    expect(Object.keys(written)).toEqual(expect.arrayContaining(Object.keys(source)));
  });

  it('refuses a job without a target, and a target without a job', () => {
    const { exporter: _left, ...withoutExporter } = TARGETS;
    const rest = { alertmanagers: [], ruleFiles: [] };
    expect(() =>
      rewritePrometheusConfig(read('prometheus.yml'), { targets: withoutExporter, ...rest }),
    ).toThrow('No target is given for job "exporter" (null leaves it out)');
    expect(() =>
      rewritePrometheusConfig(read('prometheus.yml'), {
        targets: { ...TARGETS, celery: '127.0.0.1:9' },
        ...rest,
      }),
    ).toThrow('The file has no job "celery"');
  });

  it("keeps what is not an address or an interval, and a job's own interval when none is given", () => {
    const source = `
scrape_configs:
  - {job_name: a, scrape_interval: 5s, metrics_path: /x, static_configs: [{targets: ['a:1'], labels: {host: one}}]}
`;
    const changes = { targets: { a: 'b:2' }, alertmanagers: [], ruleFiles: [] };
    const jobOf = (text: string) => (parse(text) as { scrape_configs: unknown[] }).scrape_configs[0];
    const kept = {
      job_name: 'a',
      metrics_path: '/x',
      static_configs: [{ targets: ['b:2'], labels: { host: 'one' } }],
    };
    expect(jobOf(rewritePrometheusConfig(source, changes))).toEqual({ ...kept, scrape_interval: '5s' });
    expect(jobOf(rewritePrometheusConfig(source, { ...changes, scrapeIntervalMs: 300 }))).toEqual(kept);
  });
});

describe('durations', () => {
  it.each([
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['0s', 0],
    ['0', 0],
    ['1d', 86_400_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
    expect(parseDurationMs(formatDurationMs(ms))).toBe(ms);
  });
  it.each(['', '5', '1x', 'm', '1.5s'])('"%s" is refused', (text) => {
    expect(() => parseDurationMs(text)).toThrow('is not a Prometheus duration');
  });
});

describe('the whole chain of changed files', () => {
  it('passes promtool and amtool', () => {
    const ruleFiles = writeRules();
    const prometheus = write(
      'checked.yml',
      rewritePrometheusConfig(read('prometheus.yml'), {
        scrapeIntervalMs: 200,
        targets: TARGETS,
        alertmanagers: [],
        ruleFiles,
      }),
    );
    const alertmanager = write(
      'am.yml',
      rewriteAlertmanagerConfig(read('alertmanager.yml'), {
        webhookUrl: 'http://127.0.0.1:1/x',
        factor: 0.01,
      }),
    );
    expect(execFileSync('promtool', ['check', 'config', prometheus], { encoding: 'utf8' })).toContain(
      'SUCCESS',
    );
    expect(execFileSync('amtool', ['check-config', alertmanager], { encoding: 'utf8' })).toContain('SUCCESS');
  });

  it('brings TargetDown of a missing exporter to the webhook within seconds, with the token', async () => {
    const received: { authorization: string | undefined; body: string }[] = [];
    const webhook = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        received.push({ authorization: request.headers.authorization, body });
        response.end();
      });
    });
    await new Promise<void>((done) => webhook.listen(0, '127.0.0.1', done));
    const webhookUrl = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/webhooks/alertmanager`;
    const tokenFile = write('token', 'secret-token');
    await using alertmanager = await startAlertmanager({
      configFile: write(
        'alertmanager.yml',
        rewriteAlertmanagerConfig(read('alertmanager.yml'), {
          webhookUrl,
          tokenFile,
          groupWaitMs: 100,
          groupIntervalMs: 500,
          factor: 0.01,
        }),
      ),
    });
    const nobody = `127.0.0.1:${await freePort()}`;
    await using prometheus = await startPrometheus({
      configFile: write(
        'prometheus.yml',
        rewritePrometheusConfig(read('prometheus.yml'), {
          scrapeIntervalMs: 200,
          evaluationIntervalMs: 200,
          targets: { exporter: nobody, 'alert-bridge': nobody, prometheus: null, alertmanager: null },
          alertmanagers: [`127.0.0.1:${alertmanager.port}`],
          ruleFiles: writeRules(),
        }),
      ),
    });
    try {
      await vi.waitFor(
        () => expect(received.map(({ body }) => body).join('\n')).toContain('"alertname":"TargetDown"'),
        {
          timeout: 200_000,
        },
      );
    } finally {
      webhook.close();
      webhook.closeAllConnections();
    }
    expect(received[0]?.authorization).toBe('Bearer secret-token');
    // By its labels an alert is known: what is stored elsewhere has one more.
    expect(read('prometheus.yml')).toContain('monitor: expensebot');
    expect(received.map(({ body }) => body).join('\n')).not.toContain('"monitor"');
    expect(prometheus.running).toBe(true);
  });
});

describe('rewriteAlertmanagerConfig', () => {
  const source = `
route:
  receiver: alert-bridge
  group_interval: 1m
  routes: [{receiver: other, repeat_interval: 1m, routes: [{group_wait: 10s}]}]
receivers:
  - name: alert-bridge
    webhook_configs: [{url: 'http://a:1/old', max_alerts: 0, http_config: {authorization: {credentials_file: /x}}}]
  - name: other
    webhook_configs: [{url: 'http://a:1/checkins/x?y=1'}]
  - name: none
`;

  it('moves webhooks, scales nested intervals, and leaves the rest', () => {
    const changes = {
      webhookUrl: 'http://127.0.0.1:5/new',
      token: 't',
      groupWaitMs: 50,
      repeatIntervalMs: 9000,
      factor: 0.1,
    };
    const http_config = { authorization: { type: 'Bearer', credentials: 't' } };
    expect(parse(rewriteAlertmanagerConfig(source, changes))).toEqual({
      route: {
        receiver: 'alert-bridge',
        group_wait: '50ms',
        group_interval: '6000ms',
        repeat_interval: '9000ms',
        routes: [{ receiver: 'other', repeat_interval: '6000ms', routes: [{ group_wait: '1000ms' }] }],
      },
      receivers: [
        {
          name: 'alert-bridge',
          webhook_configs: [{ url: 'http://127.0.0.1:5/new', max_alerts: 0, http_config }],
        },
        { name: 'other', webhook_configs: [{ url: 'http://127.0.0.1:5/checkins/x?y=1', http_config }] },
        { name: 'none' },
      ],
    });
  });

  it('sends no Authorization header without a token, and refuses a file without the receiver', () => {
    expect(rewriteAlertmanagerConfig(source, { webhookUrl: 'http://127.0.0.1:5/new' })).not.toContain(
      'authorization',
    );
    expect(() =>
      rewriteAlertmanagerConfig(source.replaceAll('alert-bridge', 'x'), { webhookUrl: 'http://a/' }),
    ).toThrow('The file has no receiver "alert-bridge" with webhook_configs');
  });
});

describe('scaleRules', () => {
  const source = `
groups:
  - name: g
    interval: 30s
    rules:
      - {record: r, expr: up}
      - {alert: A, expr: up == 0, for: 1m, keep_firing_for: 10m, labels: {severity: warning}}
      - {alert: B, expr: vector(1)}
`;
  const rulesOf = (text: string) =>
    (parse(text) as { groups: { interval: string; rules: unknown[] }[] }).groups[0];

  it('multiplies, and leaves recording rules and absent durations alone', () => {
    expect(rulesOf(scaleRules(source, { factor: 0.05 }))).toEqual({
      name: 'g',
      interval: '30s',
      rules: [
        { record: 'r', expr: 'up' },
        {
          alert: 'A',
          expr: 'up == 0',
          for: '3000ms',
          keep_firing_for: '30000ms',
          labels: { severity: 'warning' },
        },
        { alert: 'B', expr: 'vector(1)' },
      ],
    });
  });

  it('sets for: and the interval when told', () => {
    expect(rulesOf(scaleRules(source, { forMs: 500, intervalMs: 200 }))).toMatchObject({
      interval: '200ms',
      rules: [
        { record: 'r' },
        { alert: 'A', for: '500ms', keep_firing_for: '600000ms' },
        { alert: 'B', for: '500ms' },
      ],
    });
  });
});

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function writeRules(): readonly string[] {
  return readdirSync(join(PROJECT, 'rules'))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => write(`rules-${name}`, scaleRules(read(join('rules', name)), { forMs: 500 })));
}
