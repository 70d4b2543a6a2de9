/**
 * Scrapes per second, against a node:http server that sends the same bytes and against plain prom-client with the same
 * series. At 10,000 series: the compiled server and renderer over an invented snapshot. As it is: the compiled service
 * with nothing it watches reachable, so that it has no more than its own series.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder } from '../../support/servers/folders.ts';
import { freePort } from '../../support/servers/ports.ts';
import { httpProbe, startServer, type Server } from '../../support/servers/process.ts';
import { PROJECT_ROOT, startService } from '../../support/servers/service.ts';
import { until } from '../../support/until.ts';
import type { Bench, Prepared } from '../harness.ts';
import { createLoad } from '../support/load.ts';
import { FAMILY } from '../support/series.ts';

const SERIES = 10_000;
const CONNECTIONS = 4;
const SUBJECT = join(PROJECT_ROOT, 'tests/bench/support/metrics-subject.ts');

const NAMES = {
  many: 'exporter',
  manyBare: 'node:http, same bytes',
  promClient: 'prom-client, same series',
  service: 'service',
  serviceBare: 'node:http, same bytes as the service',
} as const;

export const metricsThroughput: Bench = {
  name: 'metrics-throughput',
  unit: 'scrapes/s',
  rounds: 7,
  prepare: async (): Promise<Prepared> => {
    const [many, promClient, service] = await Promise.all([
      startSubject('exporter', String(SERIES)),
      startSubject('prom-client', String(SERIES)),
      startService('exporter', NOTHING_REACHABLE),
    ]);
    const manyText = await scrape(many);
    for (const text of [manyText, await scrape(promClient)]) assertSeries(text);
    const serviceText = await until(
      () => scrape(service),
      (text) => text.includes('expensebot_probe_success{component="database"} 0'),
      { timeoutMs: 30_000, everyMs: 200, what: 'The exporter seeing that the database is away' },
    );
    const [manyBare, serviceBare] = await Promise.all([
      startSubject('bare', keep(manyText)),
      startSubject('bare', keep(serviceText)),
    ]);

    // What is compared is next to its peer.
    const servers = { manyBare, many, promClient, service, serviceBare };
    const loads = Object.entries(servers).map(([key, { url }]) => ({
      name: NAMES[key as keyof typeof NAMES],
      ...createLoad({ url: `${url}/metrics`, connections: CONNECTIONS }),
    }));
    return {
      subjects: Object.fromEntries(loads.map(({ name, round }) => [name, round])),
      comparisons: [
        { name: 'metrics-throughput, 10,000 series', subject: NAMES.many, peer: NAMES.manyBare, goal: 0.8 },
        { name: 'metrics-throughput, 10,000 series', subject: NAMES.many, peer: NAMES.promClient, goal: 20 },
        { name: 'metrics-throughput, as it is', subject: NAMES.service, peer: NAMES.serviceBare, goal: 0.8 },
      ],
      close: async () => {
        for (const load of loads) load.close();
        await Promise.all(Object.values(servers).map((server) => server.close()));
      },
    };
  },
};

/** Port 1 refuses; `.invalid` never resolves (RFC 2606). */
const NOTHING_REACHABLE = {
  DATABASE_URL: 'postgresql://nobody:nothing@127.0.0.1:1/expense_bot',
  REDIS_URL: 'redis://127.0.0.1:1/0',
  TELEGRAM_BOT_TOKEN: '123456:AAbenchTokenOfNoBotAtAll0123456789x',
  TELEGRAM_API_ROOT: 'https://nope.invalid',
} as const;

async function startSubject(kind: 'exporter' | 'prom-client' | 'bare', argument: string): Promise<Server> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  return startServer({
    name: `bench ${kind}`,
    command: process.execPath,
    args: ['--import', import.meta.resolve('tsx'), SUBJECT, kind, String(port), argument],
    env: { NODE_ENV: 'production' },
    host: '127.0.0.1',
    port,
    url,
    folder: makeTemporaryFolder(),
    keepFolder: false,
    probe: httpProbe(`${url}/metrics`),
  });
}

const scrape = async ({ url }: Server): Promise<string> => (await fetch(`${url}/metrics`)).text();

function keep(text: string): string {
  const path = join(makeTemporaryFolder(), 'metrics.txt');
  writeFileSync(path, text);
  return path;
}

/** Ratios between servers that serve different things would say nothing. */
function assertSeries(text: string): void {
  const found = text.split(`\n${FAMILY.name}{`).length - 1;
  if (found !== SERIES) throw new Error(`${found} series of ${FAMILY.name} are served instead of ${SERIES}`);
}
