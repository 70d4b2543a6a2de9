import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRIVATE_CANARIES } from '../support/app/database.ts';
import { recountNow } from '../support/app/recount.ts';
import { CHAT_ID, readLedger, readMetrics } from '../support/bridge/bridge.ts';
import { startChain, type Chain } from '../support/bridge/chain.ts';
import { unanswered, type Excuses } from '../support/documents/dashboard-answers.ts';
import { withClient } from '../support/servers/postgres.ts';
import { until } from '../support/machine/until.ts';

let chain: Chain;
beforeAll(async () => {
  chain = await startChain();
});
afterAll(() => chain.close());

const messages = () => chain.telegram.messages(CHAT_ID);
const about = (text: string) => messages().filter((message) => message.text.includes(text));

interface Health {
  readonly status: string;
  readonly timestamp: string;
  readonly components: Readonly<
    Record<string, { readonly status: string; readonly response_time_ms?: number }>
  >;
  readonly metrics: Readonly<Record<string, number | null>>;
}

async function health(): Promise<{ readonly code: number; readonly body: Health }> {
  const response = await fetch(`${chain.exporter.url}/health`);
  return { code: response.status, body: (await response.json()) as Health };
}

describe('the whole chain', () => {
  it("serves the specification's health with real figures", async () => {
    // The last 24 hours move on between two counts, so one waits until both agree.
    const usersNow = (): Promise<number | null | undefined> =>
      withClient(chain.postgres.url, async (client) => {
        const { activeUsers } = await recountNow(client, { now: new Date() });
        return activeUsers['1d'];
      });
    const { body } = await until(
      async () => ({ ...(await health()), users: await usersNow() }),
      ({ code, body: { metrics }, users }) => code === 200 && metrics['active_users_24h'] === users,
    );
    expect(body.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
    expect(body.components).toMatchObject({
      database: { status: 'healthy', response_time_ms: expect.any(Number) as number },
      redis: { status: 'healthy', response_time_ms: expect.any(Number) as number },
      telegram_api: { status: 'healthy', response_time_ms: expect.any(Number) as number },
      openai_api: { status: 'disabled' },
    });
    expect(body.metrics).toEqual({
      active_users_24h: expect.any(Number) as number,
      requests_per_minute: null,
      error_rate: null,
    });
  });

  it('answers every query of the dashboards, or there is a reason', async () => {
    const reasons: Excuses = [
      [/retention|baseline/, 'nobody may have registered a week before yesterday'],
      [
        /http_|slo:|access_log_|public_endpoint|tls_/,
        'no nginx serves anybody here, and no address is checked',
      ],
      [/celery_|webhook_/, 'neither Celery nor a webhook is here'],
      [/_ai_/, 'no AI provider is asked'],
      [/job_|reconciliation_/, 'no job has run yet'],
      [
        /_bucket|telegram_|signals_|pictures_|second_channel|posts_/,
        'nothing may have been delivered or refused yet',
      ],
      [/outbox_oldest|checkin_|_ha_/, 'nothing waits, nobody checks in, and there is one bridge'],
      [/unless on \(component\)/, 'nothing is down'],
      [/ offset |annotation/, 'there is no history yet'],
    ];
    await expect
      .poll(() => unanswered(chain.prometheus.url, reasons), { timeout: 120_000, interval: 1_000 })
      .toEqual([]);
  });

  it('gives promtool nothing to complain of', async () => {
    for (const { url } of [chain.exporter, chain.bridge]) {
      const text = await (await fetch(`${url}/metrics`)).text();
      const { status, stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], { input: text });
      expect({ status, output: `${stdout.toString()}${stderr.toString()}` }).toEqual({
        status: 0,
        output: '',
      });
    }
  });

  it('sees the Watchdog arrive, and tells nobody', async () => {
    await until(
      () => readMetrics(chain.bridge),
      (value) => value('alert_bridge_watchdog_last_seen_timestamp_seconds') > 0,
      { timeoutMs: 200_000 },
    );
    expect(about('Watchdog')).toEqual([]);
  });

  it('Redis stopped → an alert in the chat; Redis back → resolved; nothing sent twice', async () => {
    await chain.redis.stop();
    const alert = await chain.telegram.waitForMessage(CHAT_ID, ({ text }) => /^🚨.*Redis/.test(text), {
      timeoutMs: 200_000,
    });
    expect(alert.silent).toBe(false);
    expect(await health()).toMatchObject({
      code: 503,
      body: { status: 'unhealthy', components: { redis: { status: 'unhealthy' } } },
    });

    await chain.redis.restart();
    const reply = await chain.telegram.waitForMessage(
      CHAT_ID,
      // The picture is a reply too.
      ({ reply_to, text }) => reply_to === alert.message_id && text !== '',
      { timeoutMs: 200_000 },
    );
    expect(reply).toMatchObject({ silent: true });
    expect(reply.text).toMatch(/^✅ Redis снова отвечает\nСбой длился/);
    const turnedGreen = await until(
      () => messages().find(({ message_id }) => message_id === alert.message_id),
      (message) => message?.text.startsWith('✅') === true,
    );
    expect(turnedGreen?.text).toMatch(/снова отвечает/);
    expect(await until(health, ({ code }) => code === 200)).toMatchObject({
      body: { components: { redis: { status: 'healthy' } } },
    });
    // A busy test machine may have told of something else meanwhile, with Redis among what is unknown then.
    expect(about('Redis снова отвечает').map(({ text }) => text)).toHaveLength(2);
    expect(await readLedger(chain.bridge)).toMatchObject({ failed: 0, possibleDuplicates: 0 });
    const told = await fetch(`${chain.bridge.url}/api/v1/signals?type=alert:ComponentDown:redis`);
    expect(await told.json()).toMatchObject({
      signals: [
        { outcome: 'delivered', reason: 'resolved' },
        { outcome: 'delivered', reason: 'first_notification' },
      ],
    });
  });

  it('PostgreSQL frozen → told; thawed → resolved; the exporter answers throughout', async () => {
    chain.postgres.freeze();
    const alert = await chain.telegram.waitForMessage(
      CHAT_ID,
      ({ text }) => /^🚨.*(баз|database)/is.test(text),
      { timeoutMs: 200_000 },
    );
    expect((await fetch(`${chain.exporter.url}/metrics`)).status).toBe(200);
    chain.postgres.thaw();
    await chain.telegram.waitForMessage(CHAT_ID, ({ reply_to }) => reply_to === alert.message_id, {
      timeoutMs: 200_000,
    });
  });

  it('holds no secret and no private word of a user in any log, answer or message', async () => {
    const answers = await Promise.all(
      [chain.exporter, chain.bridge].flatMap(({ url }) =>
        ['/', '/metrics', '/health', '/-/ready', '/api/v1/signals'].map(async (path) =>
          (await fetch(`${url}${path}`)).text(),
        ),
      ),
    );
    const logs = [chain.exporter, chain.bridge].flatMap((service) => [
      service.logs(),
      ...filesBelow(join(service.folder, 'log')),
    ]);
    const everything = [...answers, ...logs, ...messages().map(({ html }) => html)].join('\n');
    expect(logs.join('').length).toBeGreaterThan(1_000);
    for (const secret of [...chain.secrets, ...Object.values(PRIVATE_CANARIES)])
      expect(everything).not.toContain(secret);
    // Who is told appears only as a hash.
    expect([...answers, ...logs].join('\n')).not.toContain(String(CHAT_ID));
  });
});

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
