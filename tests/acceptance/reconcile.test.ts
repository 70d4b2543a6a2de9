/** A real Alertmanager that cannot reach the bridge, or has forgotten: what is told all the same, and what is not. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHAT_ID, post, QUIET, readLedger, settled } from '../support/bridge/bridge.ts';
import { type Installation, useInstallation } from '../support/bridge/installation.ts';
import { startAlertmanager } from '../support/servers/alertmanager.ts';
import { freePort } from '../support/servers/ports.ts';
import type { Server } from '../support/servers/process.ts';
import { until } from '../support/machine/until.ts';

let alertmanager: Server;

/** An Alertmanager whose webhooks of two receivers go to a port where nobody listens. */
const prepare = async (at: Installation): Promise<void> => {
  const configFile = join(at.makeFolder(), 'alertmanager.yml');
  const nobody = await freePort();
  const webhook = `webhook_configs: [{ url: 'http://127.0.0.1:${nobody}/' }]`;
  writeFileSync(
    configFile,
    `route:
  receiver: alert-bridge
  group_wait: 0s
  group_by: [alertname]
  routes: [{ matchers: ['team="other"'], receiver: other }]
inhibit_rules: [{ source_matchers: ['alertname="Known"'], target_matchers: ['alertname="Inhibited"'] }]
receivers:
  - name: alert-bridge
    ${webhook}
  - name: other
    ${webhook}
`,
  );
  alertmanager = at.closeAtTheEnd(await startAlertmanager({ configFile }));
  await at.startBridge(
    { ALERTMANAGER_URL: alertmanager.url },
    {
      config: `${QUIET}reconcile: { every: 500ms, confirm_after: 1500ms, gap_after: 500ms }\n`,
    },
  );
};
const world = useInstallation(prepare);

const startsAt = new Date(Date.now() - 60_000).toISOString();
const labels = (alertname: string, more: Record<string, string> = {}) => ({
  alertname,
  component: 'redis',
  severity: 'critical',
  ...more,
});

/** As Prometheus posts it. */
async function send(alert: object): Promise<void> {
  const response = await fetch(`${alertmanager.url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([alert]),
  });
  expect(response.status).toBe(200);
}

async function fire(alertname: string, more?: Record<string, string>): Promise<string> {
  await send({ labels: labels(alertname, more), annotations: { summary: alertname }, startsAt });
  const known = await until(
    async () => {
      const all = (await (await fetch(`${alertmanager.url}/api/v2/alerts`)).json()) as {
        labels: Record<string, string>;
        fingerprint: string;
        startsAt: string;
      }[];
      return all.find((one) => one.labels['alertname'] === alertname);
    },
    (one) => one !== undefined,
  );
  return known?.fingerprint ?? '';
}

/** The webhook that Alertmanager would have posted. */
const notify = (alertname: string, fingerprint: string) =>
  post(world.bridge, '/webhooks/alertmanager', {
    receiver: 'alert-bridge',
    groupKey: alertname,
    status: 'firing',
    alerts: [
      {
        status: 'firing',
        labels: labels(alertname),
        annotations: { summary: alertname },
        startsAt,
        fingerprint,
      },
    ],
  });

const shown = () => world.telegram.messages(CHAT_ID).map(({ text }) => text);
const heard = (...parts: readonly string[]) =>
  until(shown, (texts) => texts.some((text) => parts.every((part) => text.includes(part))), {
    what: parts.join(' and '),
    timeoutMs: 200_000,
  });
/** Looks enough for a difference to be confirmed, proven by one that is. */
async function looks(): Promise<void> {
  await fire('Marker');
  await heard('Marker');
}

it('tells a firing alert whose notification never came, once', async () => {
  await notify('Known', await fire('Known'));
  await fire('Unheard');
  await heard('🚨', 'Unheard');
  await looks();
  expect(shown().filter((text) => text.includes('Unheard'))).toHaveLength(1);
  expect(shown().filter((text) => text.includes('Known'))).toHaveLength(1);
  expect(await readLedger(world.bridge)).toMatchObject({ accepted: 3, delivered: 3, pending: 0 });
});

it('does not tell what is silenced, inhibited or routed to somebody else', async () => {
  await notify('Known', await fire('Known'));
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  await fetch(`${alertmanager.url}/api/v2/silences`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      matchers: [{ name: 'alertname', value: 'Silenced', isRegex: false, isEqual: true }],
      startsAt: new Date().toISOString(),
      endsAt: inAnHour,
      createdBy: 'test',
      comment: 'test',
    }),
  });
  await fire('Silenced');
  await fire('Inhibited');
  await fire('Elsewhere', { team: 'other' });
  await looks();
  expect(shown().some((text) => /Silenced|Inhibited|Elsewhere/.test(text))).toBe(false);
});

it('shows an alert as resolved that Alertmanager no longer knows, once it has been up for a while', async () => {
  await notify('Forgotten', await fire('Forgotten'));
  await heard('🚨', 'Forgotten');
  await alertmanager.restart();
  await heard('✅', 'Forgotten');
  expect(await readLedger(world.bridge)).toMatchObject({ accepted: 2, pending: 0 });
});

it('changes nothing while Alertmanager does not answer', async () => {
  await notify('Burning', await fire('Burning'));
  await heard('🚨', 'Burning');
  await alertmanager.stop();
  await until(
    () => world.bridge.logs(),
    (text) => text.includes('Alertmanager cannot be asked what fires'),
  );
  expect(shown().some((text) => text.includes('✅'))).toBe(false);
  expect(await readLedger(world.bridge)).toMatchObject({ accepted: 1 });
});

it('reports after an absence from when to when, what still burns and what ended unseen', async () => {
  await notify('StillBurning', await fire('StillBurning'));
  await notify('Ended', await fire('Ended'));
  await heard('Ended');
  await settled(world.bridge);
  await world.bridge.stop();
  await send({ labels: labels('Ended'), startsAt, endsAt: new Date().toISOString() });
  const away = Date.now();
  await until(
    () => Date.now() - away,
    (ms) => ms > 1_000,
  );
  await world.bridge.restart();
  await heard('🔎', 'Ещё активен (1): StillBurning', 'Закрылся за это время (1): Ended');
  await heard('✅', 'Ended');
});
