/**
 * The longest time the event loop answers nobody, with 50,000 series that all change twice a second and are scraped
 * with gzip meanwhile. The peer sends fixed bytes: what it stalls is the machine's doing.
 */
import { performance } from 'node:perf_hooks';
import type { Server } from '../../support/servers/process.ts';
import type { Bench, Prepared } from '../harness.ts';
import { createLoad } from '../support/load.ts';
import { assertSeries, keepBytes, scrape, startSubject } from '../support/metrics-servers.ts';

const SERIES = 50_000;
/** As many as an exporter has readers: a Prometheus, a second one, somebody who looks. */
const CONNECTIONS = 2;
const LIMIT_MS = 10;

export const metricsStall: Bench = {
  name: 'metrics-stall',
  needs: [],
  unit: 'ms',
  rounds: 7,
  prepare: async (): Promise<Prepared> => {
    const restless = await startSubject('restless', String(SERIES));
    const bare = await startSubject('bare', keepBytes('ok\n'));
    assertSeries(await scrape(restless), SERIES);
    const servers = { 'exporter, all series change': restless, 'node:http, three bytes': bare };
    const loads = Object.entries(servers).map(([name, server]) => ({ name, server, ...loadOf(server) }));
    return {
      subjects: Object.fromEntries(
        loads.map(({ name, server, round }) => [
          name,
          async () => {
            await longestStallMs(server);
            const untilMs = performance.now() + 1_500;
            while (performance.now() < untilMs) await round();
            return longestStallMs(server);
          },
        ]),
      ),
      comparisons: [
        {
          name: 'metrics-stall, 50,000 series',
          subject: 'exporter, all series change',
          peer: 'node:http, three bytes',
          goal: { atMost: LIMIT_MS },
        },
      ],
      close: async () => {
        for (const load of loads) load.close();
        await Promise.all([restless.close(), bare.close()]);
      },
    };
  },
};

const loadOf = ({ url }: Server) =>
  createLoad({ url: `${url}/metrics`, connections: CONNECTIONS, headers: { 'accept-encoding': 'gzip' } });

/** Since it was last asked. */
const longestStallMs = async ({ url }: Server): Promise<number> =>
  Number(await (await fetch(`${url}/stall`)).text());
