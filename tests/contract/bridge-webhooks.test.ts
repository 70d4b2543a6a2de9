/** Grafana's and Sentry's webhooks, through the built bridge into the chat. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CHAT_ID, post, readLedger, settled } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { until } from '../support/machine/until.ts';

const SECRET = 'canary-sentry-client-secret';
const world = useInstallation((at) => at.startBridge({ SENTRY_WEBHOOK_SECRET: SECRET }), { shared: true });

const texts = (): readonly string[] => world.telegram.messages(CHAT_ID).map(({ html }) => html);
const shown = (...parts: string[]): Promise<unknown> =>
  until(texts, (all) => all.some((text) => parts.every((part) => text.includes(part))));

async function sentry(
  resource: string,
  payload: unknown,
  signature?: string,
): Promise<{ status: number; body: unknown }> {
  const body = JSON.stringify(payload);
  const signed = createHmac('sha256', SECRET).update(body).digest('hex');
  const response = await fetch(`${world.bridge.url}/webhooks/sentry`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'sentry-hook-resource': resource,
      'sentry-hook-signature': signature ?? signed,
    },
    body,
  });
  return { status: response.status, body: await response.json() };
}

const issue = {
  id: '42',
  title: 'OperationalError: <connection> refused',
  culprit: 'bot.handlers in add',
  level: 'fatal',
  firstSeen: '2024-09-20T08:00:00.000Z',
  web_url: 'https://coins.sentry.io/issues/42/',
};
const issueHook = (action: string) => ({ action, data: { issue } });

describe('webhooks of others', () => {
  it("shows Grafana's alert with its value and a link to its panel, and ends it", async () => {
    const alert = (status: string) => ({
      groupKey: 'g',
      status,
      alerts: [
        {
          status,
          labels: { alertname: 'HighMemory', severity: 'critical' },
          annotations: { summary: 'Памяти мало' },
          startsAt: '2024-09-22T09:51:03Z',
          endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : '2024-09-22T09:59:00Z',
          fingerprint: 'a',
          panelURL: 'https://grafana.example.com/d/x?viewPanel=2',
          values: { B: 44.2, C: 1 },
        },
      ],
    });
    expect(await post(world.bridge, '/webhooks/grafana', alert('firing'))).toEqual({
      status: 200,
      body: { status: 'accepted', accepted: 1 },
    });
    await shown('Памяти мало', '44.2', 'https://grafana.example.com/d/x?viewPanel=2');
    await post(world.bridge, '/webhooks/grafana', alert('resolved'));
    await shown('✅', 'Памяти мало');
  });

  it('shows alerts of rules of others so that they can be told apart, and rings for what they call urgent', async () => {
    const alert = (instance: string, labels: object, annotations: object = {}) => ({
      status: 'firing',
      labels: { instance, job: 'node', ...labels },
      annotations,
      startsAt: '2024-09-22T09:51:03Z',
      fingerprint: instance,
    });
    const told = (alerts: readonly object[]) =>
      post(world.bridge, '/webhooks/alertmanager', {
        groupKey: JSON.stringify(alerts),
        status: 'firing',
        alerts,
      });
    await told([alert('web-1:9100', { alertname: 'InstanceDown', severity: 'CRITICAL' })]);
    await shown('🚨 <b>InstanceDown (web-1:9100, node)', 'instance: <code>web-1:9100</code>');
    const rings = () =>
      world.telegram.messages(CHAT_ID).find(({ html }) => html.includes('🚨 <b>InstanceDown'));
    expect(rings()).toMatchObject({ silent: false });
    await told([alert('pod', { alertname: 'PodCrash', severity: 'notice' }, { message: 'It restarts.' })]);
    await shown('ℹ️ <b>PodCrash', 'It restarts.');
    const grafana = { alertname: 'DatasourceError', rulename: 'High CPU', severity: 'page' };
    await post(world.bridge, '/webhooks/grafana', {
      groupKey: 'e',
      alerts: [alert('g', grafana, { summary: 'CPU is high', Error: 'connection refused' })],
    });
    await shown('🚨', '«High CPU»', 'connection refused');
  });

  it("shows Sentry's issue with its link, and that it was resolved", async () => {
    expect(await sentry('issue', issueHook('created'))).toEqual({
      status: 200,
      body: { status: 'accepted' },
    });
    await shown(
      'OperationalError: &lt;connection&gt; refused',
      'https://coins.sentry.io/issues/42/',
      'Sentry',
    );
    expect(await sentry('issue', issueHook('created'))).toMatchObject({ body: { status: 'duplicate' } });
    await sentry('issue', issueHook('resolved'));
    await shown('✅', 'OperationalError');
  });

  it('leaves out what concerns no chat: somebody assigned, a resolution of what was never told', async () => {
    expect(await sentry('issue', issueHook('assigned'))).toEqual({
      status: 200,
      body: { status: 'ignored' },
    });
    expect(await sentry('installation', { action: 'created' })).toMatchObject({
      body: { status: 'ignored' },
    });
    const before = texts().length;
    await sentry('issue', { action: 'resolved', data: { issue: { ...issue, id: '43' } } });
    await settled(world.bridge);
    expect(texts()).toHaveLength(before);
  });

  it('refuses what is not signed with the secret, and never says the secret', async () => {
    for (const signature of ['', '00', createHmac('sha256', 'wrong').update('{}').digest('hex')]) {
      expect(await sentry('issue', issueHook('created'), signature)).toMatchObject({
        status: 401,
        body: { error: { code: 'unauthorized' } },
      });
    }
    const unsigned = await fetch(`${world.bridge.url}/webhooks/sentry`, { method: 'POST' });
    expect(unsigned.status).toBe(401);
    expect(await unsigned.text()).not.toContain(SECRET);
  });

  it('loses no text of a storm of events, and doubles no sign', async () => {
    const before = texts().length;
    const titles = Array.from({ length: 40 }, (_, n) => `🚨 Сервер ${n} недоступен`);
    const posts = titles.map((title, n) =>
      post(world.bridge, '/api/v1/events', {
        type: 'custom',
        title,
        text: `Причина-${n}.`,
        severity: 'critical',
      }),
    );
    await Promise.all(posts);
    await settled(world.bridge);
    const told = texts().slice(before).join('\n');
    expect(told).toContain('Сводкой, чтобы не слать по одному');
    expect(titles.flatMap((_, n) => (told.includes(`Причина-${n}.`) ? [] : [n]))).toEqual([]);
    expect(told).not.toMatch(/🚨\s*(?:<b>)?\s*🚨/u);
  });

  it('keeps the law of the ledger', async () => {
    expect(await readLedger(world.bridge)).toMatchObject({ pending: 0, failed: 0 });
  });
});
