/** How scheduled work fares, as samples. Pure. */
import type { JobStatus } from '../../common/jobs/jobs.ts';
import type { MetricFamily } from '../../common/metrics/family.ts';
import type { Sample } from '../model/collector.ts';
import { catalog } from './catalog.ts';

export function jobSamples(jobs: readonly JobStatus[]): readonly Sample[] {
  return jobs.flatMap(({ name, lastSuccessAt, lastRunAt, lastDurationMs, runs, failures }) => {
    const sample = (family: MetricFamily, value: number | undefined): readonly Sample[] =>
      value === undefined ? [] : [{ family, labels: { job_name: name }, value }];
    return [
      ...sample(catalog.jobLastSuccess, inSeconds(lastSuccessAt)),
      ...sample(catalog.jobLastRun, inSeconds(lastRunAt)),
      ...sample(catalog.jobDuration, inSeconds(lastDurationMs)),
      ...sample(catalog.jobRuns, runs),
      ...sample(catalog.jobRunsFailed, failures),
    ];
  });
}

const inSeconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);
