import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { catalog } from './catalog.ts';

/** The exporter's own metrics, kept by prom-client: a fixed number of series with labels of our own making. */
export interface SelfMetrics {
  readonly observeProbe: (component: string, seconds: number) => void;
  /** Text format 0.0.4. */
  readonly render: () => Promise<string>;
  readonly close: () => void;
}

export interface BuildInfo {
  readonly version: string;
  readonly revision: string;
  readonly nodeVersion: string;
}

/** Gauges that prom-client names `…_total`, which is for counters alone: `promtool check metrics` says so. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

const PREFIX = 'expensebot_exporter_';

export function createSelfMetrics(build: BuildInfo): SelfMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: PREFIX });
  for (const name of MISNAMED) registry.removeSingleMetric(`${PREFIX}${name}`);
  const { buildInfo, probeResponse } = catalog;
  new Gauge({
    name: buildInfo.name,
    help: buildInfo.help,
    labelNames: [...buildInfo.labels],
    registers: [registry],
  }).set({ version: build.version, revision: build.revision, node_version: build.nodeVersion }, 1);
  const responses = new Histogram({
    name: probeResponse.name,
    help: probeResponse.help,
    labelNames: [...probeResponse.labels],
    buckets: [...probeResponse.buckets],
    registers: [registry],
  });
  return {
    observeProbe: (component, seconds) => responses.observe({ component }, seconds),
    render: () => registry.metrics(),
    close: () => registry.clear(),
  };
}
