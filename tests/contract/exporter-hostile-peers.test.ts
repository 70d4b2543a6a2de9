/** What poses as a watched thing and answers in every odd way: a check fails at its deadline, and works with the next answer. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CollectorState } from '../../exporter/model/snapshot.ts';
import { systemClock } from '../../common/time/clock.ts';
import { aiApiCollector } from '../../exporter/collectors/ai-api.ts';
import { AI_PROVIDERS } from '../../exporter/collectors/ai-providers.ts';
import { openBroker } from '../../exporter/collectors/celery/broker.ts';
import { DEFAULT_NAMING } from '../../exporter/collectors/celery/wire.ts';
import { celeryCollector } from '../../exporter/collectors/celery/collector.ts';
import type { Collector } from '../../exporter/model/collector.ts';
import { databaseCollector } from '../../exporter/collectors/database.ts';
import { httpTargetCollector } from '../../exporter/collectors/http/target.ts';
import { redisCollector } from '../../exporter/collectors/redis.ts';
import { telegramApiCollector } from '../../exporter/collectors/telegram-api.ts';
import { telegramWebhookCollector } from '../../exporter/collectors/telegram-webhook.ts';
import { openDatabase } from '../../exporter/postgres/postgres.ts';
import { createPoller } from '../../exporter/scheduler/poller.ts';
import {
  flood,
  HTTP,
  json,
  pipeTo,
  REDIS,
  say,
  SILENCE,
  startPeer,
  type Fault,
  type UpdateHandler,
} from '../support/robustness/hostile-peer.ts';
import { startPostgres, type PostgresServer } from '../support/servers/postgres.ts';
import { startRedis } from '../support/servers/redis.ts';
import type { Server as Supervised } from '../support/servers/process.ts';
import { until } from '../support/machine/until.ts';

let postgres: PostgresServer;
let redis: Supervised;
beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
});
afterAll(async () => {
  await Promise.all([postgres.close(), redis.close()]);
});

const timing = { intervalMs: 500, timeoutMs: 500, disabledReason: undefined };
const message = (code: string, body: string, length = body.length + 4): Buffer => {
  const header = Buffer.alloc(5);
  header.write(code);
  header.writeUInt32BE(length, 1);
  return Buffer.concat([header, Buffer.from(body, 'latin1')]);
};
const POSTGRES: readonly Fault[] = [
  ...SILENCE,
  ['sends an error without an end', say(message('E', 'SERROR\0'))],
  ['sends a row of fewer columns than it says', say(message('D', '\x7f\xff'))],
  ['asks for an unknown way to sign in', say(message('R', '\0\0\0\x63'))],
  ['asks for SASL with nothing', say(message('R', '\0\0\0\x0a'))],
  ['goes on with SASL that was not begun', say(message('R', '\0\0\0\x0br=,s=,i='))],
  ['announces a row of 1 GB', say(message('D', '', 1_000_000_000))],
  ['floods notices', flood(message('N', 'SNOTICE\0MOh\0\0'))],
  ['is ready at once, and says no more', say(Buffer.concat([message('R', '\0\0\0\0'), message('Z', 'I')]))],
  ['speaks HTTP', say('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['answers half a message', say(message('R', '\0\0').subarray(0, 3))],
];

const http = (port: number): string => `http://127.0.0.1:${port}`;
const token = '123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw';
const telegramAccess = (port: number) => ({ token, apiRoot: http(port), proxyUrl: undefined });
const redisAt = (port: number) => ({ url: `redis://127.0.0.1:${port}/0` });

interface Subject {
  readonly create: (port: number) => Collector;
  readonly heals: () => UpdateHandler;
  readonly faults: readonly Fault[];
}

const SUBJECTS: Readonly<Record<string, Subject>> = {
  'an HTTP target': {
    create: (port) =>
      httpTargetCollector(
        {
          name: 'http:peer',
          url: new URL(http(port)),
          expectStatus: undefined,
          expectBody: undefined,
          followRedirects: true,
          caFile: undefined,
          intervalMs: 700,
          attemptTimeoutMs: 200,
          disabledReason: undefined,
        },
        systemClock,
      ),
    heals: () => json({}),
    faults: HTTP,
  },
  'an HTTPS target': {
    create: (port) =>
      httpTargetCollector(
        {
          name: 'https:peer',
          url: new URL(http(port).replace('http:', 'https:')),
          // It never gets that far: only the failures are looked at.
          expectStatus: undefined,
          expectBody: undefined,
          followRedirects: true,
          caFile: undefined,
          intervalMs: 700,
          attemptTimeoutMs: 200,
          disabledReason: undefined,
        },
        systemClock,
      ),
    heals: () => (socket) => socket.destroy(),
    faults: SILENCE,
  },
  'the API of an AI provider': {
    create: (port) => {
      const [provider] = AI_PROVIDERS;
      if (provider === undefined) throw new Error('no provider');
      return aiApiCollector(
        { provider, keys: [{ name: 'OPENAI_API_KEY', value: 'sk-x' }], baseUrl: http(port) },
        timing,
      );
    },
    heals: () => json({ data: [] }),
    faults: HTTP,
  },
  'the Bot API': {
    create: (port) => telegramApiCollector(telegramAccess(port), timing),
    heals: () => json({ ok: true, result: {} }),
    faults: HTTP,
  },
  'the Bot API behind a proxy': {
    create: (port) =>
      telegramApiCollector({ token, apiRoot: 'https://api.invalid', proxyUrl: http(port) }, timing),
    heals: () => (socket) => socket.destroy(),
    faults: HTTP,
  },
  'the webhook of the bot': {
    create: (port) =>
      telegramWebhookCollector(
        {
          access: telegramAccess(port),
          expectedUrl: undefined,
          maxPendingUpdates: 10,
          errorWindowMs: 60_000,
        },
        timing,
      ),
    heals: () => json({ ok: true, result: { url: '', pending_update_count: 0 } }),
    faults: HTTP,
  },
  Redis: {
    create: (port) => redisCollector(redisAt(port), timing),
    heals: () => pipeTo(redis.port),
    faults: REDIS,
  },
  'the broker of Celery': {
    create: (port) => {
      const broker = openBroker({
        naming: DEFAULT_NAMING,
        connection: redisAt(port),
        settings: 'REDIS_URL',
        elapsedMs: () => performance.now(),
        newId: () => crypto.randomUUID(),
      });
      const options = { queues: ['default'], visibilityTimeoutMs: 3_600_000, inspectEveryMs: 60_000 };
      return celeryCollector(options, timing, broker, () => undefined);
    },
    heals: () => pipeTo(redis.port),
    faults: REDIS,
  },
  PostgreSQL: {
    create: (port) => {
      const url = postgres.url.replace(`:${postgres.port}/`, `:${port}/`);
      // To sign in takes longer than other answers, above all on a busy machine.
      const patient = { ...timing, timeoutMs: 2_500 };
      const abandonAfterMs = { first: 2_500, longest: 2_500 };
      const database = openDatabase({ connectionString: url }, { abandonAfterMs });
      return { ...databaseCollector(database.probe, patient), close: () => database.close() };
    },
    heals: () => pipeTo(postgres.port),
    faults: POSTGRES,
  },
};

/** Of those that nothing healthy can be put behind here: that they are still asked. */
const NEVER_WELL = ['an HTTPS target', 'the Bot API behind a proxy'];

/** @returns what became of it, in a word */
async function meet(name: string, subject: Subject, hostile: UpdateHandler): Promise<string> {
  await using peer = await startPeer(hostile);
  const unexpected: unknown[] = [];
  const poller = createPoller({
    collectors: [subject.create(peer.port)],
    clock: systemClock,
    elapsedMs: () => performance.now(),
    random: () => 0,
    failuresBeforeDown: 2,
    redact: (text) => text,
    onUnexpected: (_collector, error) => unexpected.push(error),
  });
  const state = () => poller.snapshot().collectors[0];
  const patience = { timeoutMs: 200_000 };
  poller.start();
  try {
    await until(
      () => state()?.judged,
      (judged) => judged === 'down',
      { ...patience, what: 'down' },
    );
    // A run that was given up keeps nothing open. A peer that does not read sees that late: these are of three runs.
    if (peer.open.size > 9) return `${peer.open.size} connections`;
    let dials = 0;
    const heal = subject.heals();
    peer.talk = (socket) => {
      dials += 1;
      heal(socket);
    };
    if (NEVER_WELL.includes(name))
      await until(
        () => dials,
        (count) => count >= 2,
        patience,
      );
    // Of Celery nobody works here; that it says so is the answer of a broker that is well.
    else await until(state, (found) => isWell(found?.lastRun), { ...patience, what: 'an answer' });
    return unexpected.length === 0 ? 'goes on' : `unforeseen: ${String(unexpected[0])}`;
  } catch (error) {
    return `${String(error)}; last run: ${JSON.stringify(state()?.lastRun)}`;
  } finally {
    await poller.stop();
  }
}

const isWell = (run: CollectorState['lastRun']): boolean =>
  run !== undefined && (run.ok || run.reasons?.some(({ code }) => code === 'celery_nobody') === true);

it.each(Object.entries(SUBJECTS))(
  'a check of %s fails and goes on, whatever the other side answers',
  {
    timeout: 300_000,
    meta: {
      tried:
        'Every watched thing silent, half closed, reset, or answering 101, garbage, floods, trickles and absurd lengths',
      held: 'the check fails at its deadline and works with the next good answer; the exporter goes on',
    },
  },
  async (name, subject) => {
    const outcomes: [string, string][] = [];
    for (let first = 0; first < subject.faults.length; first += 8) {
      const some = subject.faults.slice(first, first + 8).map(async ([fault, hostile]) => {
        outcomes.push([fault, await meet(name, subject, hostile)]);
      });
      await Promise.all(some);
    }
    const wanted = subject.faults.map(([fault]) => [fault, 'goes on']);
    expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(wanted));
  },
);
