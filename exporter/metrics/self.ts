import { collectDefaultMetrics, Gauge, Histogram, Registry, type OpenMetricsContentType } from 'prom-client';
import type { MetricFamily } from '../../common/metrics/family.ts';
import type { Exemplar, Sample } from '../model/collector.ts';
import type { ReloadResult } from '../scheduler/reload.ts';
import { catalog } from './catalog.ts';

/** The exporter's own metrics, kept by prom-client: a fixed number of series with labels of our own making. */
export interface SelfMetrics {
  /** @param at Unix milliseconds of its end: names the run in the exemplar, as the log writes it */
  readonly observeProbe: (component: string, seconds: number, at: number) => void;
  /** Also forgets the probes of what is watched no more. @param at Unix milliseconds */
  readonly observeReload: (result: ReloadResult, at: number) => void;
  /** Reads some files of /proc: a millisecond in which nothing else is done. */
  readonly samples: () => Promise<readonly Sample[]>;
  readonly close: () => void;
}

export interface BuildInfo {
  readonly version: string;
  readonly revision: string;
  readonly nodeVersion: string;
  /** Unix milliseconds at which the configuration was loaded first. */
  readonly startedAt: number;
}

/** Gauges that prom-client names `…_total`, which is for counters alone: `promtool check metrics` says so. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

const PREFIX = 'expensebot_exporter_';

export function createSelfMetrics(build: BuildInfo): SelfMetrics {
  // Exemplars are kept for this kind of registry only; the text of both formats is written from its samples.
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  collectDefaultMetrics({ register: registry, prefix: PREFIX });
  for (const name of MISNAMED) registry.removeSingleMetric(`${PREFIX}${name}`);
  const { buildInfo, configLastReloadSuccess, configLastReloadSuccessful, probeResponse } = catalog;
  const gaugeOf = ({ name, help, labels }: MetricFamily): Gauge =>
    new Gauge({ name, help, labelNames: [...labels], registers: [registry] });
  const reloaded = gaugeOf(configLastReloadSuccessful);
  const reloadedAt = gaugeOf(configLastReloadSuccess);
  gaugeOf(buildInfo).set(
    { version: build.version, revision: build.revision, node_version: build.nodeVersion },
    1,
  );
  reloaded.set(1);
  reloadedAt.set(build.startedAt / 1000);
  const responses = new Histogram<'component' | 'run_at'>({
    name: probeResponse.name,
    help: probeResponse.help,
    labelNames: [...probeResponse.labels],
    buckets: [...probeResponse.buckets],
    registers: [registry],
    enableExemplars: true,
  });
  return {
    observeProbe: (component, seconds, at) =>
      responses.observe({
        labels: { component },
        value: seconds,
        exemplarLabels: { run_at: new Date(at).toISOString() },
      }),
    observeReload: (result, at) => {
      reloaded.set(Number(result.isLoaded));
      if (!result.isLoaded) return;
      reloadedAt.set(at / 1000);
      for (const component of result.changes.removed) responses.remove({ component });
    },
    samples: async () => (await registry.getMetricsAsJSON()).flatMap((metric) => samplesOf(metric)),
    close: () => registry.clear(),
  };
}

type RegistryMetric = Awaited<ReturnType<Registry<OpenMetricsContentType>['getMetricsAsJSON']>>[number];

/** More than the declared type tells: https://github.com/siimon/prom-client/blob/master/lib/histogram.js */
type RegistryValue = RegistryMetric['values'][number] & {
  readonly metricName?: string;
  readonly exemplar?: {
    readonly labelSet: Readonly<Record<string, string>>;
    readonly value: number;
    readonly timestamp: number;
  } | null;
};

/** Not prom-client's own text: its OpenMetrics is per registry, and writes bounds of buckets in a way of its own. */
function samplesOf({ name, help, type, values }: RegistryMetric): readonly Sample[] {
  const kind = KINDS.find((one) => one === String(type));
  if (kind === undefined) return [];
  const labels = new Set(values.flatMap((value) => Object.keys(value.labels)));
  labels.delete('le');
  const family: MetricFamily = { name, kind, help, labels: [...labels] };
  return values.map((value: RegistryValue) => {
    const part = PARTS.find((one) => value.metricName === `${name}_${one}`);
    return {
      family,
      labels: Object.fromEntries(Object.entries(value.labels).map(([label, text]) => [label, String(text)])),
      value: value.value,
      ...(part === undefined ? {} : { part }),
      ...(value.exemplar ? { exemplar: exemplarOf(value.exemplar) } : {}),
    };
  });
}

const KINDS = ['gauge', 'counter', 'histogram'] as const;
const PARTS = ['bucket', 'sum', 'count'] as const;

const exemplarOf = ({ labelSet, value, timestamp }: NonNullable<RegistryValue['exemplar']>): Exemplar => ({
  labels: labelSet,
  value,
  timestampSeconds: timestamp,
});
