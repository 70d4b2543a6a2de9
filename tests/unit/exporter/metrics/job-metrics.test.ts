import { expect, it } from 'vitest';
import { jobSamples } from '../../../../exporter/metrics/job-metrics.ts';

const readable = (samples: ReturnType<typeof jobSamples>): Record<string, number> =>
  Object.fromEntries(
    samples.map(({ family, labels, value }) => [`${family.name} ${String(labels['job_name'])}`, value]),
  );

it('a job that has run tells when, how long and how often, in seconds', () => {
  const status = { name: 'work', lastRunAt: 9_500, lastSuccessAt: 7_000, lastDurationMs: 250, runs: 3 };
  expect(readable(jobSamples([{ ...status, failures: 1 }]))).toEqual({
    'expensebot_job_last_success_timestamp_seconds work': 7,
    'expensebot_job_last_run_timestamp_seconds work': 9.5,
    'expensebot_job_duration_seconds work': 0.25,
    'expensebot_job_runs_total work': 3,
    'expensebot_job_runs_failed_total work': 1,
  });
});

it('what has not happened yet is absent, not zero', () => {
  const unknown = { lastRunAt: undefined, lastSuccessAt: undefined, lastDurationMs: undefined };
  expect(readable(jobSamples([{ name: 'work', ...unknown, runs: 0, failures: 0 }]))).toEqual({
    'expensebot_job_runs_total work': 0,
    'expensebot_job_runs_failed_total work': 0,
  });
});
