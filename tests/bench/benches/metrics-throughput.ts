/**
 * Scrapes per second, against a node:http server that sends the same bytes and against plain prom-client with the same
 * series. At 10,000 and 50,000 series: the compiled server and renderer over an invented snapshot. As it is: the
 * compiled service with nothing it watches reachable, so that it has no more than its own series.
 */
import type { Server } from '../../support/servers/process.ts';
import { startService } from '../../support/servers/service.ts';
import { until } from '../../support/machine/until.ts';
import type { Bench, Comparison, Prepared, Round } from '../harness.ts';
import { createLoad } from '../support/load.ts';
import { assertSeries, keepBytes, scrape, startSubject } from '../support/metrics-servers.ts';

const SIZES = [10_000, 50_000] as const;
const CONNECTIONS = 4;

export const metricsThroughput: Bench = {
  name: 'metrics-throughput',
  needs: [],
  unit: 'scrapes/s',
  rounds: 7,
  prepare: async (): Promise<Prepared> => {
    const parts = [...(await Promise.all(SIZES.map(prepareSize))), await prepareService()];
    return {
      subjects: Object.fromEntries(parts.flatMap(({ rounds }) => rounds)),
      comparisons: parts.flatMap(({ comparisons }) => comparisons),
      close: async () => {
        await Promise.all(parts.map(({ close }) => close()));
      },
    };
  },
};

interface Part {
  readonly rounds: readonly (readonly [string, Round])[];
  readonly comparisons: readonly Comparison[];
  readonly close: () => Promise<void>;
}

async function prepareSize(series: number): Promise<Part> {
  const size = series.toLocaleString('en');
  const [exporter, promClient] = await Promise.all([
    startSubject('exporter', String(series)),
    startSubject('prom-client', String(series)),
  ]);
  const text = await scrape(exporter);
  for (const served of [text, await scrape(promClient)]) assertSeries(served, series);
  const bare = await startSubject('bare', keepBytes(text));
  const names = {
    bare: 'node:http, same bytes',
    exporter: 'exporter',
    promClient: 'prom-client, same series',
  };
  const name = `metrics-throughput, ${size} series`;
  // What is compared is next to its peer.
  return part({ bare, exporter, promClient }, names, size, [
    { name, subject: 'exporter', peer: 'bare', goal: { ratio: 0.8 } },
    { name, subject: 'exporter', peer: 'promClient', goal: { ratio: 20 } },
  ]);
}

async function prepareService(): Promise<Part> {
  const service = await startService('exporter', NOTHING_REACHABLE);
  const text = await until(
    () => scrape(service),
    (served) => served.includes('expensebot_probe_success{component="database"} 0'),
    { timeoutMs: 30_000, everyMs: 200, what: 'The exporter seeing that the database is away' },
  );
  const bare = await startSubject('bare', keepBytes(text));
  return part({ service, bare }, { service: 'service', bare: 'node:http, same bytes' }, 'as it is', [
    { name: 'metrics-throughput, as it is', subject: 'service', peer: 'bare', goal: { ratio: 0.8 } },
  ]);
}

/** @param names of the servers, for people; @param where tells subjects of one name apart */
function part<K extends string>(
  servers: Readonly<Record<K, Server>>,
  names: Readonly<Record<K, string>>,
  where: string,
  comparisons: readonly (Comparison & { readonly subject: K; readonly peer: K })[],
): Part {
  const keys = Object.keys(servers) as K[];
  const loads = keys.map((key) =>
    createLoad({ url: `${servers[key].url}/metrics`, connections: CONNECTIONS }),
  );
  const nameOf = (key: K): string => `${names[key]} (${where})`;
  return {
    rounds: loads.map(({ round }, index) => [nameOf(keys[index] as K), round] as const),
    comparisons: comparisons.map((comparison) => ({
      ...comparison,
      subject: nameOf(comparison.subject),
      peer: nameOf(comparison.peer),
    })),
    close: async () => {
      for (const load of loads) load.close();
      await Promise.all(keys.map((key) => servers[key].close()));
    },
  };
}

/** Port 1 refuses; `.invalid` never resolves (RFC 2606). */
const NOTHING_REACHABLE = {
  DATABASE_URL: 'postgresql://nobody:nothing@127.0.0.1:1/expense_bot',
  REDIS_URL: 'redis://127.0.0.1:1/0',
  TELEGRAM_BOT_TOKEN: '123456:AAbenchTokenOfNoBotAtAll0123456789x',
  TELEGRAM_API_ROOT: 'https://nope.invalid',
} as const;
