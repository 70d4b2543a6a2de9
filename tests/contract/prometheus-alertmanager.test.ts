import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startAlertmanager } from '../support/servers/alertmanager.ts';
import { rewriteAlertmanagerConfig } from '../support/servers/configs.ts';
import { prometheusFolder } from '../unit/prometheus/rule-files.ts';

interface Received {
  readonly atMs: number;
  readonly authorization: string | undefined;
  readonly alerts: readonly string[];
  readonly labels: readonly Readonly<Record<string, string>>[];
}

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The project's alertmanager.yml, thirty times faster (group_interval 2 s), on a real Alertmanager. */
async function start(change: (yamlText: string) => string = (text) => text) {
  const received: Received[] = [];
  const receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { alerts } = JSON.parse(body) as { alerts: { labels: Record<string, string> }[] };
      received.push({
        atMs: Date.now(),
        authorization: request.headers.authorization,
        alerts: alerts.map(({ labels }) => labels['alertname'] ?? ''),
        labels: alerts.map(({ labels }) => labels),
      });
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => new Promise<void>((resolve) => receiver.close(() => resolve())));

  const folder = mkdtempSync(join(tmpdir(), 'alertmanager-file-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  const configFile = join(folder, 'alertmanager.yml');
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'a-token\n');
  const source = readFileSync(join(prometheusFolder, 'alertmanager.yml'), 'utf8');
  const { port } = receiver.address() as AddressInfo;
  const webhookUrl = `http://127.0.0.1:${port}/webhooks/alertmanager`;
  writeFileSync(
    configFile,
    rewriteAlertmanagerConfig(change(source), { webhookUrl, tokenFile, factor: 1 / 30 }),
  );
  const alertmanager = await startAlertmanager({ configFile });
  cleanups.push(() => alertmanager.close());

  const post = async (...alerts: Record<string, string>[]): Promise<void> => {
    const answer = await fetch(`${alertmanager.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts.map((labels) => ({ labels }))),
    });
    expect(answer.status).toBe(200);
  };
  const of = (alert: string) => received.filter((one) => one.alerts.includes(alert));
  const arrived = (alert: string, count = 1) =>
    vi.waitFor(() => expect(of(alert).length).toBeGreaterThanOrEqual(count), {
      timeout: 200_000,
      interval: 50,
    });
  /** The alerts told that carry all these labels. */
  const told = (labels: Record<string, string>) =>
    received
      .flatMap((one) => one.labels)
      .filter((own) => Object.entries(labels).every(([name, value]) => own[name] === value));
  return { post, of, arrived, told };
}

/** Milliseconds between the notifications after the first, which goes out at once. */
const gapsMs = (received: readonly Received[]): number[] =>
  received.slice(2).map((one, index) => one.atMs - (received[index + 1]?.atMs ?? Number.NaN));

describe('alertmanager.yml in a real Alertmanager', () => {
  it('brings the Watchdog at every group_interval, with the token', { retry: 3 }, async () => {
    const { post, of, arrived } = await start();
    await post({ alertname: 'Watchdog' });
    await arrived('Watchdog', 4);
    expect(Math.max(...gapsMs(of('Watchdog')))).toBeLessThan(3000);
    expect(new Set(of('Watchdog').map((one) => one.authorization))).toEqual(new Set(['Bearer a-token']));
  });

  // Alertmanager's own timers decide: on a machine that stalls for a moment a flush may come late enough to count.
  it('would bring it half as often, were its two intervals equal', { retry: 3 }, async () => {
    const { post, of, arrived } = await start((text) =>
      text.replace('repeat_interval: 30s', 'repeat_interval: 1m'),
    );
    await post({ alertname: 'Watchdog' });
    await arrived('Watchdog', 3);
    expect(Math.min(...gapsMs(of('Watchdog')))).toBeGreaterThan(3000);
  });

  const redisDown = { alertname: 'ComponentDown', component: 'redis', severity: 'critical' };
  const away = (job: string) => ({ alertname: 'TargetDown', component: job, job });

  it('says nothing of components while the exporter is away', async () => {
    const { post, of, arrived } = await start();
    await post(redisDown, away('exporter'));
    await arrived('TargetDown');
    await post({ alertname: 'Marker' });
    await arrived('Marker');
    expect(of('ComponentDown')).toEqual([]);
  });

  it('tells them while another part of the monitoring is away', async () => {
    const { post, arrived } = await start();
    await post(redisDown, away('alertmanager'));
    await arrived('TargetDown');
    await arrived('ComponentDown');
  });

  it('does not tell of Celery while its broker is down, and of everything else', async () => {
    const { post, of, arrived } = await start();
    await post(
      redisDown,
      { alertname: 'CeleryQueueBacklog', component: 'celery_workers' },
      { alertname: 'CeleryTaskStuck', component: 'celery_workers' },
      { alertname: 'MemoryHigh', component: 'memory' },
    );
    await arrived('ComponentDown');
    await arrived('MemoryHigh');
    await post({ alertname: 'Marker' });
    await arrived('Marker');
    expect([...of('CeleryQueueBacklog'), ...of('CeleryTaskStuck')]).toEqual([]);
  });

  it('does not tell of overdue work while the database it counts in is down, and of everything else', async () => {
    const { post, of, arrived } = await start();
    const databaseDown = { ...redisDown, component: 'database' };
    const reloadFailed = { alertname: 'ConfigReloadFailed', component: 'exporter' };
    await post(databaseDown, { alertname: 'JobOverdue', component: 'exporter' }, reloadFailed);
    await arrived('ComponentDown');
    await arrived('ConfigReloadFailed');
    await post({ alertname: 'Marker' });
    await arrived('Marker');
    expect(of('JobOverdue')).toEqual([]);
  });

  it('tells of Celery while another component is down', async () => {
    const { post, arrived } = await start();
    await post(
      { ...redisDown, component: 'telegram_api' },
      { alertname: 'CeleryQueueBacklog', component: 'celery_workers' },
    );
    await arrived('ComponentDown');
    await arrived('CeleryQueueBacklog');
  });

  it('does not tell that a check is late whose component is down, but one of another component', async () => {
    const { post, of, arrived } = await start();
    await post(
      redisDown,
      { alertname: 'HealthCheckStale', component: 'redis' },
      { alertname: 'HealthCheckStale', component: 'telegram_api' },
    );
    await arrived('ComponentDown');
    await arrived('HealthCheckStale');
    await post({ alertname: 'Marker' });
    await arrived('Marker');
    expect(of('HealthCheckStale')).toHaveLength(1);
  });

  const burn = (sli: string, severity: string) => ({
    alertname: 'ErrorBudgetBurn',
    component: sli === 'probe' ? 'public_endpoint' : 'nginx',
    sli,
    severity,
  });
  const down = (component: string) => ({ alertname: 'ComponentDown', component });
  const failing = (component: string) => ({ alertname: 'AiRequestsFailing', component });
  const disk = (alertname: string) => ({ alertname, component: 'disk_space', mountpoint: '/' });
  const certificate = (severity: string) => ({ alertname: 'CertificateExpiresSoon', target: 'x', severity });
  const errors = { alertname: 'HttpErrorRateHigh', component: 'nginx' };

  it.each([
    ['the budget of requests while they are known to fail', errors, burn('requests', 'critical')],
    ['the budget of a public address that is down', down('public_endpoint'), burn('probe', 'critical')],
    ['a slow burn beside a fast one', burn('requests', 'critical'), burn('requests', 'info')],
    ['checks from outside beside requests', burn('requests', 'info'), burn('probe', 'info')],
    ['checks from outside while requests are known to fail', errors, burn('probe', 'critical')],
    ['slow answers while requests fail', errors, { alertname: 'HttpLatencyHigh', component: 'nginx' }],
    ['requests while the database is down', down('database'), errors],
    ['the public address while Redis is down', down('redis'), down('public_endpoint')],
    ['Telegram while DNS is down', down('dns'), down('telegram_api')],
    ['requests while the public address is down', down('public_endpoint'), errors],
    ['the webhook while Telegram is away', down('telegram_api'), down('telegram_webhook')],
    ['delivery while Telegram is away', down('telegram_api'), { alertname: 'DeliveryStuck' }],
    ['queues without workers', down('celery_workers'), { alertname: 'CeleryMessagesWait' }],
    ['requests while the exporter is away', away('exporter'), errors],
    ['a disk that fills up and is full', disk('DiskSpaceLow'), disk('DiskFillingUp')],
    ['the later date of a certificate', certificate('critical'), certificate('warning')],
    ['calls to a provider that is down', down('openai_api'), failing('openai_api')],
    ['budgets while the exporter is away', away('exporter'), burn('requests', 'critical')],
    ['providers while the exporter is away', away('exporter'), failing('openai_api')],
    ['users while the exporter is away', away('exporter'), { alertname: 'ActiveUsersDropped' }],
  ])('does not tell twice: %s', async (_name, source, target) => {
    const { post, told, arrived } = await start();
    await post(source, target);
    await arrived(source.alertname);
    await post({ alertname: 'Marker' });
    await arrived('Marker');
    expect(told(target)).toEqual([]);
  });

  it.each([
    ['a budget while an AI provider is down', down('openai_api'), burn('probe', 'critical')],
    ['requests while Celery is down', down('celery_workers'), errors],
    ['another disk', disk('DiskSpaceLow'), { ...disk('DiskFillingUp'), mountpoint: '/data' }],
    ['calls to another provider', down('openai_api'), failing('google_ai_api')],
  ])('tells of %s', async (_name, source, target) => {
    const { post, arrived } = await start();
    await post(source, target);
    await arrived(source.alertname);
    await arrived(target.alertname);
  });

  it('says nothing of what a known cause makes fail, nor of the knowledge itself', async () => {
    const { post, of, told, arrived } = await start();
    const known = { alertname: 'CauseKnown', component: 'database', severity: 'info' };
    await post({ ...known, hides: 'components' }, errors, down('celery_workers'));
    await post({ alertname: 'Marker' });
    await arrived('Marker');
    expect([...of('CauseKnown'), ...told(errors), ...told(down('celery_workers'))]).toEqual([]);
  });

  it('tells of a component again minutes after its cause, and of rates when their windows have passed', async () => {
    const { post, told, arrived } = await start();
    const known = { alertname: 'CauseKnown', component: 'database', severity: 'info', hides: 'rates' };
    await post(known, errors, down('celery_workers'));
    await arrived('ComponentDown');
    await post({ alertname: 'Marker' });
    await arrived('Marker');
    expect(told(errors)).toEqual([]);
  });
});
