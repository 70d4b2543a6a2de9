import { expect, it } from 'vitest';
import { CHAT_ID, post } from '../support/bridge/bridge.ts';
import { useInstallation } from '../support/bridge/installation.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { startRedis } from '../support/servers/redis.ts';
import { startService } from '../support/servers/service.ts';
import { startSentryServer } from '../support/sentry/sentry-server.ts';
import { until } from '../support/machine/until.ts';

/** Longer than any number that Sentry's client invents. */
const USER_ID = 5_512_345_678_901;

/** Named by the pattern of their route. */
const ROUTES = ['POST /api/v1/events', 'GET /api/v1/daily/:date'];

const world = useInstallation(() => undefined);

it('both services, as they run in production, report to Sentry and give nothing away', async () => {
  const sentry = world.closeAtTheEnd(await startSentryServer());
  // An empty database: every figure's query fails, as it does after a migration that took a table away.
  await using postgres = await startPostgres({ password: 'canary-database-password' });
  await using redis = await startRedis({ password: 'canary-redis-password' });
  const env = {
    SENTRY_DSN: sentry.dsn,
    SENTRY_TRACES_SAMPLE_RATE: '1',
    SENTRY_PROFILES_SAMPLE_RATE: '1',
    ENVIRONMENT: 'acceptance',
    RELEASE: 'v-test',
  };
  await using exporter = await startService('exporter', {
    ...env,
    MONITORING_BOT_TOKEN: '7000000001:AAcanaryTokenOfTheMonitoringBot01234',
    TELEGRAM_API_ROOT: world.telegram.apiRoot,
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
  });
  const bridge = await world.startBridge(env);

  const details = 'canary-detail user@canary.example 4111 1111 1111 1111';
  const error = { type: 'critical_error', error_type: 'X', details, user_id: USER_ID };
  const names = (): unknown[] => sentry.items('transaction').map(({ payload }) => payload['transaction']);
  // Of routes, and of none: what is answered with 404 is no transaction, and may be a breadcrumb.
  const withIds = async (): Promise<void> => {
    await post(bridge, `/api/v1/checkins/${USER_ID}`, {});
    for (const { url } of [bridge, exporter]) {
      await fetch(`${url}/users/${USER_ID}/ivan.petrov?user=${USER_ID}`);
      await fetch(`${url}/api/v1/daily/${USER_ID}`);
    }
  };
  // Asked again: on a machine that is busy, Sentry's client drops what it has no room for.
  await until(
    async () => {
      expect((await fetch(`${exporter.url}/metrics`)).status).toBe(200);
      expect((await post(bridge, '/api/v1/events', error)).status).toBe(202);
      await withIds();
      return names();
    },
    (seen) => ['GET /metrics', ...ROUTES].every((name) => seen.includes(name)),
    { everyMs: 1_000, what: 'transactions of both services' },
  );
  const ofRoutes = sentry
    .items('transaction')
    .filter(({ payload }) => ROUTES.includes(String(payload['transaction'])));
  for (const { payload } of ofRoutes) expect(payload['transaction_info']).toEqual({ source: 'route' });
  await world.telegram.waitForMessage(CHAT_ID, ({ text }) => text.startsWith('🚨'));
  for (const { payload } of sentry.items('transaction')) {
    expect(payload).toMatchObject({ environment: 'acceptance', release: 'v-test' });
  }
  const event = sentry
    .items('transaction')
    .find(({ payload }) => payload['transaction'] === 'POST /api/v1/events');
  expect(event?.payload['user']).toEqual({ id: expect.stringMatching(/^u_[0-9a-f]{12}$/) as string });
  // What is not sent as a request ends is sent at the orderly end.
  await exporter.stop();
  await bridge.stop();
  expect(sentry.refused).toEqual([]);
  expect(sentry.received).not.toMatch(
    /ivan|canary-|canaryToken|4111 1111|user@canary|5512345678901|4242000001/,
  );
});

it('neither sends anything while DEBUG is true', async () => {
  const sentry = world.closeAtTheEnd(await startSentryServer());
  const bridge = await world.startBridge({
    SENTRY_DSN: sentry.dsn,
    SENTRY_TRACES_SAMPLE_RATE: '1',
    DEBUG: 'true',
  });
  await post(bridge, '/api/v1/events', { type: 'bot_started' });
  await world.telegram.waitForMessage(CHAT_ID, ({ text }) => text.startsWith('▶️'));
  await bridge.stop();
  expect(sentry.envelopes).toEqual([]);
  expect(sentry.received).toBe('');
});
