import type { Reason } from '../../../../common/reasons/reason.ts';
import { describe, expect, it } from 'vitest';
import { catalog } from '../../../../exporter/metrics/catalog.ts';
import { seriesOf } from '../../../../exporter/metrics/exposition.ts';
import { figureSamples, statusSamples } from '../../../../exporter/metrics/render.ts';
import { applyRun, initialState, type CollectorState } from '../../../../exporter/model/snapshot.ts';

const NOW = 1_700_000_000_000;

describe('what a snapshot serves', () => {
  const component = (disabledReason?: Reason): CollectorState =>
    initialState({ name: 'redis', kind: 'component', intervalMs: 15_000, disabledReason });
  const all = (collectors: readonly CollectorState[], now = NOW): string[] =>
    statusSamples({ collectors }, now).map((sample) => `${seriesOf(sample)} ${sample.value}`);
  const lines = (state: CollectorState, now = NOW): string[] =>
    all([state], now).filter((line) => !line.startsWith('expensebot_health_status'));
  const run = (ok: boolean, observedAt = NOW) => ({ ok, observedAt, durationMs: 2 });

  it('shows the status as one of three', () => {
    expect(all([component()])).toEqual([
      'expensebot_health_status{status="healthy"} 0',
      'expensebot_health_status{status="degraded"} 1',
      'expensebot_health_status{status="unhealthy"} 0',
    ]);
  });

  it('has no series for what is disabled or not known yet', () => {
    expect(lines(component())).toEqual([]);
    expect(lines(component({ code: 'not_set', variable: 'KEY' }))).toEqual([]);
  });

  it('tells raw and judged apart', () => {
    const failedOnce = applyRun(applyRun(component(), run(true), 2), run(false), 2);
    expect(lines(failedOnce)).toEqual([
      'expensebot_component_up{component="redis"} 1',
      'expensebot_probe_success{component="redis"} 0',
      'expensebot_probe_duration_seconds{component="redis"} 0.002',
      'expensebot_probe_last_success_timestamp_seconds{component="redis"} 1700000000',
    ]);
  });

  it('keeps nothing of a stale component but the time of its last success', () => {
    expect(lines(applyRun(component(), run(true), 2), NOW + 60_000)).toEqual([
      'expensebot_probe_last_success_timestamp_seconds{component="redis"} 1700000000',
    ]);
  });

  it('tells queries by their name', () => {
    const query = initialState({ name: 'users', kind: 'query', intervalMs: 300_000 });
    expect(lines(applyRun(query, run(false), 2))).toEqual([
      'expensebot_query_success{query="users"} 0',
      'expensebot_query_duration_seconds{query="users"} 0.002',
    ]);
  });

  it('hands over the very figures of a collector until they are three intervals old', () => {
    const samples = [{ family: catalog.users, labels: {}, value: 3 }];
    const query = initialState({ name: 'users', kind: 'query', intervalMs: 15_000 });
    const ran = applyRun(query, { ...run(true), figures: { samples, details: {} } }, 2);
    const at = (now: number) => figureSamples({ collectors: [component(), ran] }, now);
    expect([...at(NOW + 45_000).keys()]).toEqual(['users']);
    expect(at(NOW + 45_000).get('users')).toBe(samples);
    expect(at(NOW + 45_001).size).toBe(0);
  });
});
