import { describe, expect, it } from 'vitest';
import type { Row } from '../../../../exporter/postgres/postgres.ts';
import { aiRequests as tableOf } from '../../../../exporter/kpi/ai.ts';
import { seriesOf } from '../../../../exporter/metrics/exposition.ts';

const aiRequests = tableOf([]);
const call = (row: Partial<Row>): Row => ({
  service: 'openai',
  success: true,
  tokens_used: 5,
  estimated_cost: '0.000100',
  response_time: 0.3,
  ...row,
});
const seriesAfter = (...rows: readonly Row[]): Record<string, number> => {
  const total = rows.reduce<ReturnType<typeof aiRequests.totals>>(
    (sum, row) => aiRequests.add(sum, row),
    aiRequests.totals([]),
  );
  return Object.fromEntries(aiRequests.samples(total).map((sample) => [seriesOf(sample), sample.value]));
};
const BUCKET = 'expensebot_ai_response_seconds_bucket';

describe('calls to AI providers', () => {
  it('add up exactly, whatever is unknown of them', () => {
    const series = seriesAfter(
      ...Array.from({ length: 3 }, () => call({})),
      call({ success: false, tokens_used: null, estimated_cost: null, response_time: 70 }),
    );
    expect(series).toMatchObject({
      'expensebot_ai_requests_total{provider="openai"}': 4,
      'expensebot_ai_requests_failed_total{provider="openai"}': 1,
      'expensebot_ai_tokens_total{provider="openai"}': 15,
      'expensebot_ai_cost_usd_total{provider="openai"}': 0.0003,
      [`${BUCKET}{le="0.2",provider="openai"}`]: 0,
      [`${BUCKET}{le="0.5",provider="openai"}`]: 3,
      [`${BUCKET}{le="59.9",provider="openai"}`]: 3,
      [`${BUCKET}{le="+Inf",provider="openai"}`]: 4,
      'expensebot_ai_response_seconds_count{provider="openai"}': 4,
    });
    expect(series['expensebot_ai_response_seconds_sum{provider="openai"}']).toBeCloseTo(70.9, 9);
  });

  it('have no series of what is known of none of them, and no time of 0 seconds', () => {
    const unknown = { tokens_used: null, estimated_cost: null };
    const series = seriesAfter(
      call({ ...unknown, success: false, response_time: 0 }),
      call({ ...unknown, success: false, response_time: null }),
      call({ ...unknown, service: 'qwen', estimated_cost: '0.000000' }),
    );
    expect(series).toMatchObject({
      'expensebot_ai_requests_total{provider="openai"}': 2,
      [`${BUCKET}{le="0.1",provider="openai"}`]: 0,
      'expensebot_ai_response_seconds_count{provider="openai"}': 0,
      // A cost of 0 is one.
      'expensebot_ai_cost_usd_total{provider="qwen"}': 0,
    });
    const names = Object.keys(series);
    expect(names.filter((name) => name.startsWith('expensebot_ai_tokens_total'))).toEqual([]);
    expect(names).not.toContain('expensebot_ai_cost_usd_total{provider="openai"}');
  });

  it('begin at zero where a provider is set up, and as far as they are sure to come', () => {
    const expected = tableOf(['openai', 'google', 'somebody']);
    const first = expected.add(expected.totals([]), call({ service: 'google', success: false }));
    const series = expected.samples(first).map((sample) => `${seriesOf(sample)} ${sample.value}`);
    expect(series.filter((one) => !one.includes('google'))).toEqual([
      'expensebot_ai_requests_total{provider="openai"} 0',
      'expensebot_ai_requests_failed_total{provider="openai"} 0',
    ]);
    expect(series).toContain('expensebot_ai_requests_failed_total{provider="google"} 1');
  });

  it('go on from what an older release kept', () => {
    const kept = {
      openai: { requests: 3, failed: 0, tokens: null, costMicros: null, within: [], seconds: 2 },
    };
    const series = Object.fromEntries(
      aiRequests.samples(aiRequests.add(kept, call({}))).map((sample) => [seriesOf(sample), sample.value]),
    );
    expect(series).toMatchObject({
      'expensebot_ai_tokens_total{provider="openai"}': 5,
      'expensebot_ai_response_seconds_count{provider="openai"}': 4,
    });
  });

  it('are told by provider as long as there are few, and the four of the application always', () => {
    const names = ['constructor', ...Array.from({ length: 20 }, (_, index) => `made-up-${index}`), 'qwen'];
    const series = seriesAfter(...names.map((service) => call({ service })));
    const told = Object.keys(series).filter((name) => name.startsWith('expensebot_ai_requests_total'));
    expect(told).toHaveLength(8);
    expect(series).toMatchObject({
      'expensebot_ai_requests_total{provider="constructor"}': 1,
      'expensebot_ai_requests_total{provider="qwen"}': 1,
      'expensebot_ai_requests_total{provider="other"}': 15,
    });
  });
});
