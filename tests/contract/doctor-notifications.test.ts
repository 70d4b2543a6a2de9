/** The doctor, where a real Alertmanager shows the bridge another token. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chainChecks } from '../../alert-bridge/cli/doctor/chain.ts';
import type { Finding } from '../../common/doctor/check.ts';
import { WEBHOOK_TOKEN } from '../support/bridge/bridge.ts';
import { type Installation, useInstallation } from '../support/bridge/installation.ts';
import { until } from '../support/machine/until.ts';
import { startAlertmanager } from '../support/servers/alertmanager.ts';
import type { Server } from '../support/servers/process.ts';
import { startPrometheus } from '../support/servers/prometheus.ts';

let folder: string;
let alertmanager: Server;
let prometheus: Server;

/** JSON is YAML. */
const write = (name: string, content: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const prepare = async (at: Installation): Promise<void> => {
  folder = at.makeFolder();
  const bridge = await at.startBridge();
  write('token', WEBHOOK_TOKEN);
  alertmanager = await startAlertmanager({
    configFile: write('alertmanager.yml', {
      route: {
        receiver: 'alert-bridge',
        group_by: ['alertname'],
        group_wait: '0s',
        group_interval: '1s',
        repeat_interval: '1s',
      },
      receivers: [
        {
          name: 'alert-bridge',
          webhook_configs: [
            {
              url: `${bridge.url}/webhooks/alertmanager`,
              http_config: { authorization: { credentials_file: join(folder, 'token') } },
            },
          ],
        },
      ],
    }),
  });
  at.closeAtTheEnd(alertmanager);
  const rule = { alert: 'Watchdog', expr: 'vector(1)' };
  const job = ({ name, url }: { name: string; url: string }) => ({
    job_name: name,
    static_configs: [{ targets: [url.replace('http://', '')] }],
  });
  prometheus = await startPrometheus({
    resendDelayMs: 1_000,
    configFile: write('prometheus.yml', {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: [write('rules.yml', { groups: [{ name: 'watchdog', rules: [rule] }] })],
      alerting: { alertmanagers: [job(alertmanager)].map(({ static_configs }) => ({ static_configs })) },
      scrape_configs: [job(alertmanager), job(bridge)],
    }),
  });
  at.closeAtTheEnd(prometheus);
};
const world = useInstallation(prepare, { shared: true });

const notifications = async (): Promise<Finding> => {
  const [check] = chainChecks({
    exporter: 'http://127.0.0.1:1',
    bridge: world.bridge.url,
    prometheus: prometheus.url,
    alertmanager: alertmanager.url,
    webhookToken: WEBHOOK_TOKEN,
  }).filter(({ name }) => name === 'notifications');
  if (check === undefined) throw new Error('there is no such check');
  return check.look(AbortSignal.timeout(60_000));
};

describe('the doctor', () => {
  it('says that notifications arrive, then that the bridge refuses their token, and what to do', async () => {
    expect(
      await until(notifications, ({ status }) => status !== 'left out', {
        timeoutMs: 120_000,
        what: 'a first figure',
      }),
    ).toMatchObject({ status: 'ok' });
    write('token', 'an-older-token');
    const found = await until(
      notifications,
      (one) => one.status === 'wrong' && one.detail.includes('token'),
      { timeoutMs: 120_000, what: 'refused notifications' },
    );
    expect(found).toMatchObject({
      todo: [expect.stringContaining('up -d --force-recreate alertmanager alert-bridge') as string],
    });
  });
});
