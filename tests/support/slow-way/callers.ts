/** Everything of the services that connects, once each, over addresses from the command line (JSON); says what came of it. */
import '../../../common/clients/next-address.ts';
import { createMail } from '../../../alert-bridge/fallback/mail.ts';
import { createNtfy } from '../../../alert-bridge/fallback/ntfy.ts';
import { createTelegramClient } from '../../../alert-bridge/telegram/client.ts';
import { clientOf } from '../../../alert-bridge/peers/redis-link.ts';
import { systemClock } from '../../../common/time/clock.ts';
import { getJson } from '../../../common/clients/http-json.ts';
import { databaseCollector } from '../../../exporter/collectors/database.ts';
import type { Collector } from '../../../exporter/model/collector.ts';
import { getJson as probeJson } from '../../../exporter/collectors/http/get-json.ts';
import { httpTargetCollector } from '../../../exporter/collectors/http/target.ts';
import { redisCollector } from '../../../exporter/collectors/redis.ts';
import { openDatabase } from '../../../exporter/postgres/postgres.ts';

export interface SlowAddresses {
  readonly database: string;
  readonly redis: string;
  readonly http: string;
  readonly telegram: string;
  readonly proxy: string;
  readonly mail: string;
  readonly token: string;
  readonly chat: string;
}

/** Longer than any machine needs: what is looked for is a client that gives an address up before it can answer. */
const TIMING = { intervalMs: 15_000, timeoutMs: 120_000, disabledReason: undefined };
const to = JSON.parse(process.argv[2] ?? '') as SlowAddresses;
const soon = (): AbortSignal => AbortSignal.timeout(TIMING.timeoutMs);
const collect = (collector: Collector) =>
  collector.collect({ signal: soon(), now: Date.now() }).finally(() => collector.close?.());
const notice = { title: 'slow', text: 'slow', id: 'slow', reason: 'telegram_unreachable' } as const;

async function sendMessage(proxyUrl?: string): Promise<void> {
  const client = createTelegramClient({
    token: to.token,
    apiRoot: to.telegram,
    proxyUrl,
    clock: systemClock,
  });
  const chat = { key: to.chat, id: Number(to.chat) };
  const sent = await client.sendMessage({ chat, text: 'slow', silent: false });
  client.close();
  if (!sent.ok) throw new Error(sent.failure.description);
}

async function shareThroughRedis(): Promise<void> {
  const client = clientOf({ url: to.redis });
  client.on('error', () => undefined);
  // As the bridge does: lost attempts are made again.
  for (let attempt = 0; client.status !== 'ready'; attempt += 1) {
    await (attempt === 0 ? client.connect() : systemClock.sleep(100)).catch(() => undefined);
    if (attempt > 40) throw new Error('Redis was not connected to.');
  }
  client.disconnect();
}

const callers: Readonly<Record<string, () => Promise<unknown>>> = {
  'Telegram, sendMessage': () => sendMessage(),
  'Telegram through a proxy': () => sendMessage(to.proxy),
  'PostgreSQL of the exporter': async () => {
    const database = openDatabase({ connectionString: to.database });
    await collect(databaseCollector(database.figures, TIMING)).finally(() => database.close());
  },
  'Redis of the exporter': () => collect(redisCollector({ url: to.redis }, TIMING)),
  'Redis of several bridges': shareThroughRedis,
  'HTTP check': () =>
    collect(
      httpTargetCollector(
        {
          ...TIMING,
          name: 'http:slow',
          url: new URL(to.http),
          expectStatus: undefined,
          expectBody: undefined,
          followRedirects: false,
          caFile: undefined,
          attemptTimeoutMs: TIMING.timeoutMs,
        },
        systemClock,
      ),
    ),
  'JSON check': () => probeJson({ url: new URL(to.http), signal: soon() }),
  'fetch of the bridge': () => getJson(to.http, { timeoutMs: TIMING.timeoutMs, maxBytes: 1_000 }),
  'e-mail': () =>
    createMail({ smtpUrl: to.mail, to: 'operator@example.com', timeoutMs: TIMING.timeoutMs }).send(
      notice,
      soon(),
    ),
  ntfy: () => createNtfy(to.http, TIMING.timeoutMs).send(notice, soon()),
};

const outcomes = Object.entries(callers).map(async ([name, call]) => [
  name,
  await call().then(
    () => 'connected',
    (error: unknown) => String(error),
  ),
]);
process.stdout.write(JSON.stringify(Object.fromEntries(await Promise.all(outcomes))), () => process.exit());
