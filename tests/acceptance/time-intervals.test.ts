/** Time intervals of a real Alertmanager: what they keep silent is not made up for, and is told once when they end. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHAT_ID, post, QUIET, settled, WEBHOOK_TOKEN } from '../support/bridge/bridge.ts';
import { type Installation, useInstallation } from '../support/bridge/installation.ts';
import { startAlertmanager } from '../support/servers/alertmanager.ts';
import { freePort } from '../support/servers/ports.ts';
import type { Server } from '../support/servers/process.ts';
import { until } from '../support/machine/until.ts';

const ALWAYS = `[{ weekdays: ['sunday:saturday'] }]`;
const NEVER = `[{ years: ['2001'] }]`;

let configFile: string;
let nobody: number;
let alertmanager: Server;

/** Notifications of the receiver `lost` go to a port where nobody listens. */
const configure = (night: string, day: string): void =>
  writeFileSync(
    configFile,
    `route:
  receiver: alert-bridge
  group_wait: 0s
  group_interval: 1s
  group_by: [alertname]
  routes:
    - { matchers: ['{team="night", alertname!="Other"}'], mute_time_intervals: [night] }
    - { matchers: ['team="day"'], active_time_intervals: [day] }
    - { matchers: ['team="lost"'], receiver: lost }
time_intervals:
  - { name: night, time_intervals: ${night} }
  - { name: day, time_intervals: ${day} }
receivers:
  - name: alert-bridge
    webhook_configs:
      - url: ${world.bridge.url}/webhooks/alertmanager
        http_config: { authorization: { credentials: ${WEBHOOK_TOKEN} } }
  - name: lost
    webhook_configs: [{ url: 'http://127.0.0.1:${nobody}/' }]
`,
  );

const prepare = async (at: Installation): Promise<void> => {
  configFile = join(at.makeFolder(), 'alertmanager.yml');
  nobody = await freePort();
  const port = await freePort();
  await at.startBridge(
    { ALERTMANAGER_URL: `http://127.0.0.1:${port}` },
    { config: `${QUIET}reconcile: { every: 500ms, confirm_after: 1500ms, gap_after: 1h }\n` },
  );
  configure(ALWAYS, NEVER);
  alertmanager = at.closeAtTheEnd(await startAlertmanager({ configFile, port }));
};
const world = useInstallation(prepare);

const ask = async (path: string, body?: unknown): Promise<void> => {
  const response = await fetch(`${alertmanager.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body ?? {}),
  });
  expect(response.status).toBe(200);
};
const startsAt = new Date(Date.now() - 60_000).toISOString();
const fire = (alertname: string, team: string): Promise<void> =>
  ask('/api/v2/alerts', [
    {
      labels: { alertname, team, component: 'redis', severity: 'critical' },
      annotations: { summary: `${alertname} burns` },
      startsAt,
    },
  ]);

const timesShown = (alertname: string): number =>
  world.telegram.messages(CHAT_ID).filter(({ text }) => text.includes(`${alertname} burns`)).length;
const heard = (alertname: string): Promise<unknown> =>
  until(
    () => timesShown(alertname),
    (times) => times > 0,
    { what: `${alertname} in the chat` },
  );

/** The comparison asks for alerts of receivers that have posted. */
const makeKnown = (receiver: string): Promise<unknown> =>
  post(world.bridge, '/webhooks/alertmanager', {
    receiver,
    groupKey: receiver,
    status: 'firing',
    alerts: [],
  });

it(
  'an alert that a time interval mutes is not made up for, and is told once when the interval ends',
  {
    meta: {
      tried:
        'Alerts on routes of Alertmanager that a time interval mutes, beside one whose notification was lost',
      held: 'only the lost one is made up for; the muted ones are told once, when the interval ends',
    },
  },
  async () => {
    await makeKnown('lost');
    await fire('Other', 'any');
    await heard('Other');
    await fire('AtNight', 'night');
    await fire('NotByDay', 'day');
    // Fired after those, and made up for: they were looked at for at least as long.
    await fire('Lost', 'lost');
    await heard('Lost');
    expect(timesShown('AtNight') + timesShown('NotByDay')).toBe(0);

    configure(NEVER, ALWAYS);
    await ask('/-/reload');
    await heard('AtNight');
    await heard('NotByDay');
    await fire('LostToo', 'lost');
    await heard('LostToo');
    await settled(world.bridge);
    for (const alertname of ['Other', 'AtNight', 'NotByDay', 'Lost', 'LostToo'])
      expect([alertname, timesShown(alertname)]).toEqual([alertname, 1]);
  },
);
