/**
 * Scrapes per second of the compiled exporter with a custom query, against Debian's prometheus-sql-exporter with the
 * same query: the same rows of one real PostgreSQL, read once by each and scraped as they are.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../support/machine/packages.ts';
import { makeTemporaryFolder } from '../../support/servers/folders.ts';
import { freePort } from '../../support/servers/ports.ts';
import { startPostgres, withClient } from '../../support/servers/postgres.ts';
import { httpProbe, startServer, type Server } from '../../support/servers/process.ts';
import { startService } from '../../support/servers/service.ts';
import { until } from '../../support/machine/until.ts';
import type { Bench, Prepared } from '../harness.ts';
import { createLoad } from '../support/load.ts';
import { countSeries, scrape } from '../support/metrics-servers.ts';
import { fillRows, queriesConfig, ROWS_METRIC, rowsQuery } from '../support/rows.ts';

const SIZES = [10_000, 50_000] as const;
const CONNECTIONS = 4;

export const metricsSqlExporter: Bench = {
  name: 'metrics-sql-exporter',
  needs: ['postgresql', 'prometheus-sql-exporter'],
  unit: 'scrapes/s',
  rounds: 7,
  prepare: async (): Promise<Prepared> => {
    const postgres = await startPostgres();
    await withClient(postgres.url, (client) => fillRows(client, Math.max(...SIZES)));
    const servers: { readonly name: string; readonly server: Server }[] = [];
    for (const rows of SIZES) {
      const ours = await startService(
        'exporter',
        { DATABASE_URL: postgres.url },
        { config: queriesConfig(rows) },
      );
      await serves(ours, ROWS_METRIC, rows);
      const theirs = await startSqlExporter(postgres.url, rows);
      await serves(theirs, `sql_${ROWS_METRIC}`, rows);
      servers.push({ name: nameOf('exporter', rows), server: ours });
      servers.push({ name: nameOf('prometheus-sql-exporter', rows), server: theirs });
    }
    const loads = servers.map(({ name, server }) => ({
      name,
      load: createLoad({ url: `${server.url}/metrics`, connections: CONNECTIONS }),
    }));
    return {
      subjects: Object.fromEntries(loads.map(({ name, load }) => [name, load.round])),
      comparisons: SIZES.map((rows) => ({
        name: `metrics-sql-exporter, ${rows.toLocaleString('en')} rows`,
        subject: nameOf('exporter', rows),
        peer: nameOf('prometheus-sql-exporter', rows),
        goal: { ratio: 10 },
      })),
      close: async () => {
        for (const { load } of loads) load.close();
        await Promise.all(servers.map(({ server }) => server.close()));
        await postgres.close();
      },
    };
  },
};

const nameOf = (subject: string, rows: number): string => `${subject} (${rows.toLocaleString('en')})`;

const serves = async (server: Server, metric: string, rows: number): Promise<void> => {
  await until(
    async () => countSeries(await scrape(server), metric),
    (count) => count === rows,
    { timeoutMs: 60_000, everyMs: 500, what: `${server.name} serving ${rows} series of ${metric}` },
  );
};

/** https://github.com/justwatchcom/sql_exporter#configuration */
async function startSqlExporter(database: string, rows: number): Promise<Server> {
  const command = findProgram(['prometheus-sql-exporter']);
  if (command === undefined)
    throw new Error('prometheus-sql-exporter is not installed: apt-get install prometheus-sql-exporter');
  const folder = makeTemporaryFolder();
  const config = join(folder, 'sql-exporter.yml');
  const connection = `${database.replace('postgresql:', 'postgres:')}?sslmode=disable`;
  const query = {
    name: ROWS_METRIC,
    help: 'Rows.',
    labels: ['category', 'currency'],
    values: ['amount'],
    query: rowsQuery(rows),
  };
  // JSON is YAML.
  const job = { name: 'bench', interval: '1h', connections: [connection], queries: [query] };
  writeFileSync(config, JSON.stringify({ jobs: [job] }));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  return startServer({
    name: 'prometheus-sql-exporter',
    command,
    args: [`-config.file=${config}`, `-web.listen-address=127.0.0.1:${port}`],
    host: '127.0.0.1',
    port,
    url,
    folder,
    keepFolder: false,
    probe: httpProbe(`${url}/metrics`),
  });
}
