/**
 * What the compiled exporter costs: from its start until it answers (it is ready then), and resident memory. The peer is Node.js with an
 * HTTP server and nothing else: what the runtime itself costs on this machine.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { startPostgres, withClient } from '../../support/servers/postgres.ts';
import type { Server } from '../../support/servers/process.ts';
import { startService } from '../../support/servers/service.ts';
import { until } from '../../support/machine/until.ts';
import type { Bench, Prepared } from '../harness.ts';
import { countSeries, keepBytes, scrape, startBare } from '../support/metrics-servers.ts';
import { fillRows, queriesConfig, ROWS_METRIC } from '../support/rows.ts';

const START_LIMIT_S = 1.5;
const IDLE_LIMIT_MB = 120;
const SERIES = 10_000;
const SETTLE_MS = 60_000;
/** As often as Prometheus asks. */
const SCRAPE_EVERY_MS = 15_000;

/** The database is not there, as after a reboot: being ready depends on nothing. */
const NOTHING = {
  DATABASE_URL: 'postgresql://nobody:nothing@127.0.0.1:1/x',
  REDIS_URL: 'redis://127.0.0.1:1/0',
};

export const footprintStart: Bench = {
  name: 'footprint-start',
  needs: [],
  unit: 's',
  rounds: 5,
  prepare: (): Promise<Prepared> => {
    const bytes = keepBytes('ok\n');
    return Promise.resolve({
      subjects: {
        exporter: () => secondsToStart(() => startService('exporter', NOTHING)),
        'node:http': () => secondsToStart(() => startBare(bytes)),
      },
      comparisons: [
        {
          name: 'footprint-start, until it answers',
          subject: 'exporter',
          peer: 'node:http',
          goal: { atMost: START_LIMIT_S },
        },
      ],
      close: () => Promise.resolve(),
    });
  },
};

export const footprintMemory: Bench = {
  name: 'footprint-memory',
  needs: ['postgresql'],
  unit: 'MB',
  rounds: 3,
  prepare: async (): Promise<Prepared> => {
    const postgres = await startPostgres();
    await withClient(postgres.url, (client) => fillRows(client, SERIES));
    const database = { DATABASE_URL: postgres.url };
    const idle = await startService('exporter', database);
    const full = await startService('exporter', database, { config: queriesConfig(SERIES) });
    const bare = await startBare(keepBytes('ok\n'));
    await until(
      async () => countSeries(await scrape(full), ROWS_METRIC),
      (count) => count === SERIES,
      { timeoutMs: 60_000, everyMs: 500, what: `${SERIES} series being served` },
    );
    for (let waitedMs = 0; waitedMs < SETTLE_MS; waitedMs += SCRAPE_EVERY_MS) {
      await delay(SCRAPE_EVERY_MS);
      for (const server of [idle, full]) await scrape(server);
    }
    const servers = { idle, '10,000 series of a custom query': full, 'node:http': bare };
    return {
      subjects: Object.fromEntries(
        Object.entries(servers).map(([name, server]) => [name, () => Promise.resolve(residentMb(server))]),
      ),
      comparisons: [
        {
          name: 'footprint-memory, idle',
          subject: 'idle',
          peer: 'node:http',
          goal: { atMost: IDLE_LIMIT_MB },
        },
        {
          name: 'footprint-memory, 10,000 series',
          subject: '10,000 series of a custom query',
          peer: 'node:http',
          goal: { atMost: 2 * IDLE_LIMIT_MB },
        },
      ],
      close: async () => {
        await Promise.all(Object.values(servers).map((server) => server.close()));
        await postgres.close();
      },
    };
  },
};

async function secondsToStart(start: () => Promise<Server>): Promise<number> {
  const startedMs = performance.now();
  const server = await start();
  const seconds = (performance.now() - startedMs) / 1_000;
  await server.close();
  return seconds;
}

/** proc_pid_status(5) */
function residentMb({ pid }: Server): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kilobytes) * 1_024) / 1e6;
}
