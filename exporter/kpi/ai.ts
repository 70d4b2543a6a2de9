/** Calls to AI providers, as the application notes them. */
import type { MetricFamily } from '../../common/metrics/family.ts';
import type { Sample } from '../collectors/collector.ts';
import type { Row } from '../database.ts';
import { catalog } from '../metrics/catalog.ts';
import { isSound } from './odd-values.ts';
import { integerOf, numberOf, textOf } from './query.ts';
import type { Table } from './reader.ts';

interface Calls {
  readonly requests: number;
  readonly failed: number;
  readonly tokens: number;
  /** In millionths of a dollar, the column's own precision: sums stay exact. */
  readonly costMicros: number;
  /** How many took at most the bound of the same place; not the infinite one. */
  readonly within: readonly number[];
  readonly seconds: number;
}

type Providers = Readonly<Record<string, Calls>>;

/** Always told by name; so are the first few others. A column of free text must not make series without end. */
const KNOWN: readonly string[] = ['openai', 'google', 'deepseek', 'qwen'];
const MAX_UNKNOWN = 6;
const OTHERS = 'other';
const MICROS = 1_000_000;
const MEASURES = ['tokens_used', 'estimated_cost', 'response_time'] as const;
const CHECKED = ['timestamp', ...MEASURES] as const;
const BOUNDS = catalog.aiResponse.buckets;
const NONE: Calls = {
  requests: 0,
  failed: 0,
  tokens: 0,
  costMicros: 0,
  within: BOUNDS.map(() => 0),
  seconds: 0,
};

export const aiRequests: Table<Providers> = {
  name: 'ai_requests',
  table: 'ai_service_metrics',
  columns: ['service', 'success', ...MEASURES],
  checked: CHECKED,
  totalsText: `
    SELECT service, count(*) AS requests, count(*) FILTER (WHERE success IS NOT TRUE) AS failed,
           coalesce(sum(tokens_used), 0) AS tokens, coalesce(sum(estimated_cost), 0) AS cost,
           coalesce(sum(response_time), 0) AS seconds,
           ${BOUNDS.map((bound, n) => `count(*) FILTER (WHERE response_time <= ${bound}) AS within_${n}`).join(', ')}
    FROM ai_service_metrics WHERE id <= $1 AND ${isSound(CHECKED)}
    GROUP BY service ORDER BY requests DESC, service COLLATE "C"`,
  totals: (rows) =>
    rows.reduce<Providers>((providers, row) => merged(providers, textOf(row, 'service'), totalsOf(row)), {}),
  add: (providers, row) => merged(providers, textOf(row, 'service'), callOf(row)),
  samples: (providers) =>
    Object.entries(providers).flatMap(([provider, calls]) => samplesOf(provider, calls)),
};

function merged(providers: Providers, service: string, calls: Calls): Providers {
  const unknown = Object.keys(providers).filter((name) => name !== OTHERS && !KNOWN.includes(name));
  const isNamed =
    KNOWN.includes(service) || Object.hasOwn(providers, service) || unknown.length < MAX_UNKNOWN;
  const provider = isNamed ? service : OTHERS;
  const before = Object.hasOwn(providers, provider) ? providers[provider] : undefined;
  return { ...providers, [provider]: sum(before ?? NONE, calls) };
}

const sum = (a: Calls, b: Calls): Calls => ({
  requests: a.requests + b.requests,
  failed: a.failed + b.failed,
  tokens: a.tokens + b.tokens,
  costMicros: a.costMicros + b.costMicros,
  within: a.within.map((count, n) => count + (b.within[n] ?? 0)),
  seconds: a.seconds + b.seconds,
});

const totalsOf = (row: Row): Calls => ({
  requests: integerOf(row, 'requests'),
  failed: integerOf(row, 'failed'),
  tokens: integerOf(row, 'tokens'),
  costMicros: Math.round(numberOf(row, 'cost') * MICROS),
  within: BOUNDS.map((_, n) => integerOf(row, `within_${n}`)),
  seconds: numberOf(row, 'seconds'),
});

function callOf(row: Row): Calls {
  const orZero = (column: string): number => (row[column] === null ? 0 : numberOf(row, column));
  const seconds = numberOf(row, 'response_time');
  return {
    requests: 1,
    failed: row['success'] === true ? 0 : 1,
    tokens: orZero('tokens_used'),
    costMicros: Math.round(orZero('estimated_cost') * MICROS),
    within: BOUNDS.map((bound) => Number(seconds <= bound)),
    seconds,
  };
}

function samplesOf(provider: string, calls: Calls): readonly Sample[] {
  const labels = { provider };
  const counter = (family: MetricFamily, value: number): Sample => ({ family, labels, value });
  const response = (part: 'bucket' | 'sum' | 'count', value: number, le?: string): Sample => ({
    family: catalog.aiResponse,
    labels: le === undefined ? labels : { provider, le },
    value,
    part,
  });
  return [
    counter(catalog.aiRequests, calls.requests),
    counter(catalog.aiRequestsFailed, calls.failed),
    counter(catalog.aiTokens, calls.tokens),
    counter(catalog.aiCost, calls.costMicros / MICROS),
    ...BOUNDS.map((bound, n) => response('bucket', calls.within[n] ?? 0, String(bound))),
    response('bucket', calls.requests, '+Inf'),
    response('sum', calls.seconds),
    response('count', calls.requests),
  ];
}
