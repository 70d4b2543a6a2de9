/** The two services at work with what they meet in production, for tests and benches that look at what they keep. */
import { CHAT_ID, notification, post, QUIET, settled, startBridge, startTelegram } from '../bridge/bridge.ts';
import { HEAP_TOLD } from './heap.ts';
import { startPostgres, withClient } from '../servers/postgres.ts';
import type { Server } from '../servers/process.ts';
import { startRedis } from '../servers/redis.ts';
import { startService } from '../servers/service.ts';
import { createAppDatabase } from '../app/database.ts';
import { until } from '../machine/until.ts';

export interface Soaked extends AsyncDisposable {
  readonly server: Server;
  /** Resolves when the service has done a part of its work. */
  readonly work: (round: number) => Promise<void>;
}

const QUERIES = 8;
export const ROWS = 4_000;

/** @param answers of so many rows in a round */
export async function soakExporter(answers: number, nodeArgs: readonly string[] = []): Promise<Soaked> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  await withClient(postgres.url, createAppDatabase);
  const query = (n: number): string => `
  - name: soak_${n}
    help: Rows that are the same every time.
    interval: 1s
    timeout: 900ms
    row_limit: ${ROWS}
    labels: [kind]
    values: [n]
    query: SELECT 'kind ' || n AS kind, n FROM generate_series(1, ${ROWS}) AS n`;
  const config = `
probes:
  database: { interval: 500ms, timeout: 400ms }
  redis: { interval: 500ms, timeout: 400ms }
  celery_workers: { interval: 1s, timeout: 900ms }
figures:
  current: { interval: 1s, timeout: 900ms }
http_targets:
  - { name: itself, url: ${redis.url.replace('redis:', 'http:').replace('/0', '/')}, interval: 1s, timeout: 200ms }
queries: ${Array.from({ length: QUERIES }, (_, n) => query(n)).join('')}
`;
  const server = await startService(
    'exporter',
    { DATABASE_URL: postgres.url, REDIS_URL: redis.url },
    { config, nodeArgs: [...HEAP_TOLD, ...nodeArgs] },
  );
  let looks = 0;
  const answered = (): Promise<number> =>
    withClient(postgres.url, async (client) => {
      const sql = 'SELECT xact_commit::float8 AS n FROM pg_stat_database WHERE datname = current_database()';
      looks += 1;
      return ((await client.query<{ n: number }>(sql)).rows[0]?.n ?? 0) - looks;
    });
  return {
    server,
    work: async () => {
      const before = await until(answered, () => true, { timeoutMs: 200_000 });
      await fetch(`${server.url}/metrics`).then((answer) => answer.text());
      await until(answered, (now) => now - before >= answers, {
        what: 'answers',
        timeoutMs: 120_000,
        everyMs: 500,
      });
    },
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await Promise.all([postgres.close(), redis.close()]);
    },
  };
}

/** @param alerts of a storm, in every round */
export async function soakBridge(alerts: number, nodeArgs: readonly string[] = []): Promise<Soaked> {
  const telegram = await startTelegram({ chatBurst: 1_000_000 });
  const server = await startBridge(telegram, {}, { config: QUIET, nodeArgs: [...HEAP_TOLD, ...nodeArgs] });
  const send = async (path: string, body: unknown): Promise<void> => {
    const { status } = await post(server, path, body);
    if (status >= 300) throw new Error(`${path} answers ${status}`);
  };
  return {
    server,
    work: async (round) => {
      const startsAt = new Date();
      const storm = (status: 'firing' | 'resolved') =>
        Array.from({ length: alerts }, (_, n) => ({
          alertname: `Storm${n % 50}`,
          component: `round ${round}, ${n}`,
          severity: n % 3 === 0 ? 'critical' : 'warning',
          status,
        }));
      for (const status of ['firing', 'firing', 'resolved'] as const) {
        await send('/webhooks/alertmanager', notification(storm(status), startsAt));
        const event = { type: 'payment_received', user_id: `${round}`, amount: 1, payment_type: 'month' };
        await send('/api/v1/events', event);
        telegram.say(CHAT_ID, { text: '/status' });
        await settled(server, 120_000);
      }
    },
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await telegram.close();
    },
  };
}
