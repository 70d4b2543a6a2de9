/** PostgreSQL over TCP and over its Unix socket: whatever becomes of it, the exporter goes on, and ends as it should. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, withClient, type PostgresServer } from '../support/servers/postgres.ts';
import type { Server } from '../support/servers/process.ts';
import { startService } from '../support/servers/service.ts';
import { until } from '../support/machine/until.ts';

const CONFIG = `
probes:
  database: { interval: 500ms, timeout: 400ms }
  celery_workers: { enabled: false }
`;

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());

/** Of the database, once it is. */
const becomes = (exporter: Server, wanted: string): Promise<unknown> =>
  until(
    async () => {
      const health = (await (await fetch(`${exporter.url}/health`)).json()) as {
        components: Record<string, { status: string }>;
      };
      return health.components['database']?.status;
    },
    (now) => now === wanted,
    { what: `database ${wanted}`, timeoutMs: 200_000 },
  );

const terminate = (): Promise<unknown> =>
  withClient(postgres.url, (client) =>
    client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'expensebot-exporter'",
    ),
  );

describe.each([
  ['TCP', () => '127.0.0.1'],
  ['a Unix socket', () => postgres.folder],
])('over %s', (_way, host) => {
  it(
    'survives a restart, terminated backends and a frozen server, and ends in order while it is frozen',
    {
      timeout: 300_000,
      meta: {
        tried: 'PostgreSQL restarted, terminated, stopped and frozen, over TCP and over a Unix socket',
        held: 'the exporter goes on, and a SIGTERM still ends it in order',
      },
    },
    async () => {
      await using exporter = await startService(
        'exporter',
        {
          DB_HOST: host(),
          DB_PORT: String(postgres.port),
          DB_NAME: postgres.database,
          DB_USER: postgres.user,
          DB_PASSWORD: postgres.password,
        },
        { config: CONFIG },
      );
      await becomes(exporter, 'healthy');
      await terminate();
      await becomes(exporter, 'healthy');
      await postgres.stop();
      await becomes(exporter, 'unhealthy');
      await postgres.restart();
      await becomes(exporter, 'healthy');
      postgres.freeze();
      try {
        await becomes(exporter, 'unhealthy');
        postgres.thaw();
        await becomes(exporter, 'healthy');
        postgres.freeze();
        await becomes(exporter, 'unhealthy');
        await exporter.kill('SIGTERM');
        await until(
          () => exporter.running,
          (running) => !running,
          { what: 'an end' },
        );
        expect(exporter.logs()).toContain('The exporter is stopping.');
        expect(exporter.logs()).not.toMatch(/ERR_|unforeseen|Not everything was settled/);
      } finally {
        postgres.thaw();
      }
    },
  );
});
