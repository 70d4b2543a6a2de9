/**
 * One subject of the bench metrics-throughput as a process of its own: `exporter PORT SERIES`, the compiled server and
 * renderer over a snapshot; `restless PORT SERIES`, the same, and twice a second all its figures are new ones;
 * `prom-client PORT SERIES`, the same series in a plain registry; `bare PORT FILE`, the bytes
 * of a file and nothing else. `GET /stall` of each: the longest the event loop stood since it was last asked, in ms.
 */
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import ipaddr from 'ipaddr.js';
import { Gauge, Registry } from 'prom-client';
import type * as ClockModule from '../../../common/time/clock.ts';
import type * as SelfModule from '../../../exporter/metrics/self.ts';
import type * as ServerModule from '../../../exporter/server.ts';
import type { Snapshot } from '../../../exporter/model/snapshot.ts';
import { compiled } from './compiled.ts';
import { FAMILY, snapshotOf } from './series.ts';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const RESTLESS_MS = 500;

async function exporter(series: number, isRestless: boolean): Promise<RequestListener> {
  const server = await compiled<typeof ServerModule>('exporter/server.ts');
  const { createSelfMetrics } = await compiled<typeof SelfModule>('exporter/metrics/self.ts');
  const { systemClock } = await compiled<typeof ClockModule>('common/time/clock.ts');
  const build = { version: '0.0.0', revision: 'bench', nodeVersion: process.version, startedAt: Date.now() };
  const self = createSelfMetrics(build);
  let snapshot = snapshotOf(series, Date.now());
  if (isRestless) setInterval(() => (snapshot = renewed(snapshot)), RESTLESS_MS);
  return server.createServer({
    snapshot: () => snapshot,
    isPolling: () => true,
    daily: () => Promise.reject(new Error('nobody asks for days here')),
    mountPages: () => undefined,
    self: self.samples,
    clock: systemClock,
    allowedNetworks: [ipaddr.parseCIDR('127.0.0.0/8')],
    trustedProxies: [],
    reload: () => ({ isLoaded: false, error: new Error('there is nothing to reload in a bench') }),
    onUnexpected: (error) => console.error(error),
    onSlow: () => undefined,
    onRefused: (error) => console.error(error),
  });
}

/** The same figures as a collector would bring them: in arrays nobody has seen yet. */
const renewed = ({ collectors }: Snapshot): Snapshot => ({
  collectors: collectors.map((state) =>
    state.figures === undefined
      ? state
      : { ...state, figures: { ...state.figures, samples: [...state.figures.samples] } },
  ),
});

function promClient(series: number): RequestListener {
  const registry = new Registry();
  const { name, help, labels: labelNames } = FAMILY;
  const gauge = new Gauge({ name, help, labelNames: [...labelNames], registers: [registry] });
  for (const { figures } of snapshotOf(series, Date.now()).collectors) {
    for (const { labels, value } of figures?.samples ?? []) gauge.set({ ...labels }, value);
  }
  return (_request, response) => {
    void registry.metrics().then((text) => response.setHeader('Content-Type', CONTENT_TYPE).end(text));
  };
}

function bare(path: string): RequestListener {
  const bytes = readFileSync(path);
  return (_request, response) => {
    response.setHeader('Content-Type', CONTENT_TYPE).setHeader('Content-Length', bytes.length).end(bytes);
  };
}

async function listenerOf(kind: string | undefined, argument: string): Promise<RequestListener> {
  if (kind === 'exporter' || kind === 'restless') return exporter(Number(argument), kind === 'restless');
  if (kind === 'prom-client') return promClient(Number(argument));
  if (kind === 'bare') return bare(argument);
  throw new Error(`No subject is named ${kind ?? '(nothing)'}: exporter, restless, prom-client or bare`);
}

const [kind, port = '', argument = ''] = process.argv.slice(2);
const listener = await listenerOf(kind, argument);
const RESOLUTION_MS = 1;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
createServer((request, response) => {
  if (request.url !== '/stall') {
    listener(request, response);
    return;
  }
  // What is recorded is the time between two ticks of a timer, which are so far apart when nothing stands.
  response.end(String(Math.max(0, delay.max / 1e6 - RESOLUTION_MS)));
  delay.reset();
}).listen(Number(port), '127.0.0.1');
