import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Sample } from '../../../../exporter/model/collector.ts';
import { catalog } from '../../../../exporter/metrics/catalog.ts';
import { exemplarOf, seriesOf } from '../../../../exporter/metrics/exposition.ts';
import { createSelfMetrics, type SelfMetrics } from '../../../../exporter/metrics/self.ts';

let self: SelfMetrics;
beforeEach(() => {
  self = createSelfMetrics({ version: '1.2.3', revision: 'abc', nodeVersion: 'v20', startedAt: 1_000 });
});
afterEach(() => self.close());

describe("the exporter's own metrics", () => {
  it('know the configuration in force, and forget what it watches no more', async () => {
    const observed = async (): Promise<Record<string, number>> =>
      Object.fromEntries((await self.samples()).map((sample) => [seriesOf(sample), sample.value]));
    const success = catalog.configLastReloadSuccessful.name;
    const at = catalog.configLastReloadSuccess.name;
    self.observeProbe('http:old', 0.003, 0);
    self.observeProbe('redis', 0.003, 0);
    expect(await observed()).toMatchObject({ [success]: 1, [at]: 1 });
    self.observeReload({ isLoaded: false, error: new Error('no') }, 5_000);
    expect(await observed()).toMatchObject({
      [success]: 0,
      [at]: 1,
      'expensebot_probe_response_seconds_count{component="http:old"}': 1,
    });
    self.observeReload({ isLoaded: true, changes: { added: [], changed: [], removed: ['http:old'] } }, 9_000);
    const after = await observed();
    expect(after).toMatchObject({ [success]: 1, [at]: 9 });
    expect(after).toHaveProperty(['expensebot_probe_response_seconds_count{component="redis"}'], 1);
    expect(Object.keys(after).join()).not.toContain('http:old');
  });

  it('become samples, histograms with the run that was counted last', async () => {
    self.observeProbe('redis', 0.003, 1_700_000_000_000);
    const samples = await self.samples();
    const of = (name: string): Sample[] => samples.filter(({ family }) => family.name === name);
    expect(of(catalog.buildInfo.name).map((sample) => `${seriesOf(sample)} ${sample.value}`)).toEqual([
      'expensebot_exporter_build_info{version="1.2.3",revision="abc",node_version="v20"} 1',
    ]);
    const buckets = of(catalog.probeResponse.name);
    expect(buckets.map((sample) => [seriesOf(sample), sample.value]).slice(0, 3)).toEqual([
      ['expensebot_probe_response_seconds_bucket{le="0.0025",component="redis"}', 0],
      ['expensebot_probe_response_seconds_bucket{le="0.01",component="redis"}', 1],
      ['expensebot_probe_response_seconds_bucket{le="0.025",component="redis"}', 1],
    ]);
    expect(buckets.map(seriesOf).slice(-3)).toEqual([
      'expensebot_probe_response_seconds_bucket{le="+Inf",component="redis"}',
      'expensebot_probe_response_seconds_sum{component="redis"}',
      'expensebot_probe_response_seconds_count{component="redis"}',
    ]);
    const exemplars = buckets.map(exemplarOf).filter((text) => text !== '');
    expect(exemplars).toHaveLength(1);
    expect(exemplars[0]).toMatch(/^ # \{run_at="2023-11-14T22:13:20.000Z"\} 0\.003 \d+(\.\d+)?$/);
    expect(of('expensebot_exporter_process_cpu_seconds_total')[0]?.family.kind).toBe('counter');
    expect(samples.filter(({ family }) => family.kind === 'gauge' && family.name.endsWith('_total'))).toEqual(
      [],
    );
  });
});
