/** PostgreSQL over TCP and over its Unix socket: whatever becomes of it, the exporter goes on, and ends as it should. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  cleanUpExporters,
  health,
  launch,
  ready,
  type RunningExporter,
} from '../support/exporter-process.ts';
import { startPostgres, withClient, type PostgresServer } from '../support/servers/postgres.ts';
import { until } from '../support/until.ts';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());
afterEach(cleanUpExporters);

const status = async (exporter: RunningExporter): Promise<string | undefined> =>
  (await health(exporter)).components['database']?.status;
const becomes = (exporter: RunningExporter, wanted: string): Promise<unknown> =>
  until(
    () => status(exporter),
    (now) => now === wanted,
    { what: `database ${wanted}`, timeoutMs: 30_000 },
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
  const start = async (): Promise<RunningExporter> => {
    const exporter = await launch({
      DB_HOST: host(),
      DB_PORT: String(postgres.port),
      DB_NAME: postgres.database,
      DB_USER: postgres.user,
      DB_PASSWORD: postgres.password,
    });
    await becomes(await ready(exporter), 'healthy');
    return exporter;
  };

  it(
    'survives a restart, terminated backends and a frozen server, and ends in order while it is frozen',
    {
      meta: {
        tried: 'PostgreSQL restarted, terminated, stopped and frozen, over TCP and over a Unix socket',
        held: 'the exporter goes on, and a SIGTERM still ends it in order',
      },
    },
    async () => {
      const exporter = await start();
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
        exporter.child.kill('SIGTERM');
        expect([await exporter.ended, exporter.output()]).toEqual([0, expect.not.stringContaining('ERR_')]);
      } finally {
        postgres.thaw();
      }
    },
  );
});
