/** How scheduled work fares. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { JobStatus } from '../../common/jobs/jobs.ts';
import type { MetricFamily } from '../../common/metrics/family.ts';
import { catalog } from './catalog.ts';

/** @returns what brings the metrics up to date, before a scrape */
export function createJobMetrics(registry: Registry): (jobs: readonly JobStatus[]) => void {
  const options = ({ name, help, labels }: MetricFamily) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  const lastSuccess = new Gauge(options(catalog.jobLastSuccess));
  const lastRun = new Gauge(options(catalog.jobLastRun));
  const duration = new Gauge(options(catalog.jobDuration));
  const runs = new Counter(options(catalog.jobRuns));
  const runsFailed = new Counter(options(catalog.jobRunsFailed));

  return (jobs) => {
    for (const metric of [lastSuccess, lastRun, duration, runs, runsFailed]) metric.reset();
    for (const { name, ...status } of jobs) {
      const labels = { job_name: name };
      if (status.lastSuccessAt !== undefined) lastSuccess.set(labels, status.lastSuccessAt / 1_000);
      if (status.lastRunAt !== undefined) lastRun.set(labels, status.lastRunAt / 1_000);
      if (status.lastDurationMs !== undefined) duration.set(labels, status.lastDurationMs / 1_000);
      runs.inc(labels, status.runs);
      runsFailed.inc(labels, status.failures);
    }
  };
}
