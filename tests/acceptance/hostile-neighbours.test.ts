/** The built bridge among neighbours that all answer in every odd way: what is posted is told all the same. */
import { expect, it } from 'vitest';
import { CHAT_ID, notification, post, settled } from '../support/bridge/bridge.ts';
import { type Installation, useInstallation } from '../support/bridge/installation.ts';
import {
  HTTP,
  REDIS,
  SILENCE,
  startPeer,
  type Fault,
  type Peer,
} from '../support/robustness/hostile-peer.ts';
import { until } from '../support/machine/until.ts';
/** Connections that the bridge has made to any of them. */
let connections = 0;

/** Each connection meets the next fault. */
async function startAll(faults: readonly Fault[]): Promise<Peer> {
  let met = 0;
  return startPeer((socket) => {
    const [, talk] = faults[met % faults.length] ?? [];
    met += 1;
    connections += 1;
    talk?.(socket);
  });
}

const prepare = async (at: Installation): Promise<void> => {
  const [web, redis, mail] = await Promise.all([HTTP, REDIS, SILENCE].map(startAll));
  if (web === undefined || redis === undefined || mail === undefined) throw new Error('a peer is missing');
  for (const peer of [web, redis, mail]) at.closeAtTheEnd({ close: () => peer[Symbol.asyncDispose]() });
  const url = `http://127.0.0.1:${web.port}`;
  await at.startBridge({
    HA: 'true',
    REDIS_URL: `redis://127.0.0.1:${redis.port}/0`,
    STATE_KEY: 'ab'.repeat(32),
    ALERTMANAGER_URL: url,
    PROMETHEUS_URL: url,
    EXPORTER_URL: url,
    HEARTBEAT_URL: `${url}/ping`,
    FALLBACK_NTFY_URL: `${url}/topic`,
    FALLBACK_SMTP_URL: `smtp://bot:canary@127.0.0.1:${mail.port}`,
    FALLBACK_EMAIL_TO: 'admin@example.com',
    SENTRY_DSN: `http://canary@127.0.0.1:${web.port}/1`,
  });
};
const world = useInstallation(prepare, { shared: true });

it(
  'tells an alert while Alertmanager, Prometheus, the exporter, Redis, the mail server and all others are hostile',
  {
    meta: {
      tried: 'All neighbours of the bridge but Telegram hostile at once, each connection in another way',
      held: 'every alert is delivered, and the bridge goes on and stops in time',
    },
  },
  async () => {
    for (let round = 1; round <= 3; round += 1) {
      const sent = notification([
        {
          alertname: `Down${round}`,
          component: 'redis',
          severity: 'critical',
          summary: `Redis is down ${round}`,
        },
      ]);
      expect(await post(world.bridge, '/webhooks/alertmanager', sent)).toMatchObject({ status: 200 });
      await until(
        () =>
          world.telegram.messages(CHAT_ID).filter(({ text }) => text.includes(`Redis is down ${round}`))
            .length,
        (count) => count === 1,
        { what: `alert ${round} in the chat` },
      );
      const before = connections;
      // Neighbours are asked on and on: whoever met one fault meets the next.
      await until(
        () => connections,
        (count) => count >= before + 2,
        { what: 'neighbours are asked again', timeoutMs: 120_000 },
      );
    }
    expect(await settled(world.bridge)).toMatchObject({ pending: 0, failed: 0 });
    expect(world.bridge.logs()).not.toContain('Unexpected error');
    await world.bridge.stop();
  },
);
