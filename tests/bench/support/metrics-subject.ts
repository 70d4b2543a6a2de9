/**
 * One subject of the bench metrics-throughput as a process of its own: `exporter PORT SERIES`, the compiled server and
 * renderer over a snapshot; `prom-client PORT SERIES`, the same series in a plain registry; `bare PORT FILE`, the bytes
 * of a file and nothing else.
 */
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import ipaddr from 'ipaddr.js';
import { Gauge, Registry } from 'prom-client';
import type * as ClockModule from '../../../common/clock.ts';
import type * as SelfModule from '../../../exporter/metrics/self.ts';
import type * as ServerModule from '../../../exporter/server.ts';
import { compiled } from './compiled.ts';
import { FAMILY, snapshotOf } from './series.ts';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

async function exporter(series: number): Promise<RequestListener> {
  const server = await compiled<typeof ServerModule>('exporter/server.ts');
  const { createSelfMetrics } = await compiled<typeof SelfModule>('exporter/metrics/self.ts');
  const { systemClock } = await compiled<typeof ClockModule>('common/clock.ts');
  const self = createSelfMetrics({ version: '0.0.0', revision: 'bench', nodeVersion: process.version });
  const snapshot = snapshotOf(series, Date.now());
  return server.createServer({
    snapshot: () => snapshot,
    isPolling: () => true,
    self: self.samples,
    clock: systemClock,
    allowedNetworks: [ipaddr.parseCIDR('127.0.0.0/8')],
    trustedProxies: [],
    onUnexpected: (error) => console.error(error),
    onSlow: () => undefined,
    onRefused: (error) => console.error(error),
  });
}

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
  if (kind === 'exporter') return exporter(Number(argument));
  if (kind === 'prom-client') return promClient(Number(argument));
  if (kind === 'bare') return bare(argument);
  throw new Error(`No subject is named ${kind ?? '(nothing)'}: exporter, prom-client or bare`);
}

const [kind, port = '', argument = ''] = process.argv.slice(2);
createServer(await listenerOf(kind, argument)).listen(Number(port), '127.0.0.1');
