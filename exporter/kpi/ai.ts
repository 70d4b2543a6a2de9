/** Calls to AI providers, as the application notes them. */
import { sumOfKnown } from '../../common/daily-figures.ts';
import type { MetricFamily } from '../../common/metrics/family.ts';
import type { Sample } from '../model/collector.ts';
import type { Row } from '../postgres/postgres.ts';
import { catalog } from '../metrics/catalog.ts';
import { isSound } from './odd-values.ts';
import { integerOf, numberOf, orNull, textOf } from './query.ts';
import type { Table } from './reader.ts';

interface Calls {
  readonly requests: number;
  readonly failed: number;
  /** Of the calls that have a count; null when none has. */
  readonly tokens: number | null;
  /** In millionths of a dollar, the column's own precision: sums stay exact. Null when no call has a cost. */
  readonly costMicros: number | null;
  /** Calls whose time is known. Absent in what an older release kept: then all of them. */
  readonly timed?: number;
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
  tokens: null,
  costMicros: null,
  timed: 0,
  within: BOUNDS.map(() => 0),
  seconds: 0,
};

/** @param expected providers that are set up: their first call is growth, for their counters begin at zero before it */
export const aiRequests = (expected: readonly string[]): Table<Providers> => ({
  name: 'ai_requests',
  table: 'ai_service_metrics',
  columns: ['service', 'success', ...MEASURES],
  checked: CHECKED,
  totalsText: `
    SELECT service, count(*) AS requests, count(*) FILTER (WHERE success IS NOT TRUE) AS failed,
           sum(tokens_used) AS tokens, sum(estimated_cost) AS cost,
           count(*) FILTER (WHERE response_time > 0) AS timed, coalesce(sum(response_time), 0) AS seconds,
           ${BOUNDS.map((bound, n) => `count(*) FILTER (WHERE response_time > 0 AND response_time <= ${bound}) AS within_${n}`).join(', ')}
    FROM ai_service_metrics WHERE id <= $1 AND ${isSound(CHECKED)}
    GROUP BY service ORDER BY requests DESC, service COLLATE "C"`,
  totals: (rows) =>
    rows.reduce<Providers>((providers, row) => merged(providers, textOf(row, 'service'), totalsOf(row)), {}),
  add: (providers, row) => merged(providers, textOf(row, 'service'), callOf(row)),
  samples: (providers) => [
    ...KNOWN.filter((provider) => expected.includes(provider) && !Object.hasOwn(providers, provider)).flatMap(
      (provider) =>
        [catalog.aiRequests, catalog.aiRequestsFailed].map((family) => ({
          family,
          labels: { provider },
          value: 0,
        })),
    ),
    ...Object.entries(providers).flatMap(([provider, calls]) => samplesOf(provider, calls)),
  ],
});

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
  tokens: sumOfKnown([a.tokens, b.tokens]),
  costMicros: sumOfKnown([a.costMicros, b.costMicros]),
  timed: timedOf(a) + timedOf(b),
  within: a.within.map((count, n) => count + (b.within[n] ?? 0)),
  seconds: a.seconds + b.seconds,
});

const timedOf = ({ timed, requests }: Calls): number => timed ?? requests;

const totalsOf = (row: Row): Calls => ({
  requests: integerOf(row, 'requests'),
  failed: integerOf(row, 'failed'),
  tokens: orNull(row, 'tokens'),
  costMicros: microsOf(orNull(row, 'cost')),
  timed: integerOf(row, 'timed'),
  within: BOUNDS.map((_, n) => integerOf(row, `within_${n}`)),
  seconds: numberOf(row, 'seconds'),
});

const microsOf = (dollars: number | null): number | null =>
  dollars === null ? null : Math.round(dollars * MICROS);

function callOf(row: Row): Calls {
  // The application notes a call that failed before it was sent with 0 seconds.
  const seconds = orNull(row, 'response_time') ?? 0;
  const isTimed = seconds > 0;
  return {
    requests: 1,
    failed: row['success'] === true ? 0 : 1,
    tokens: orNull(row, 'tokens_used'),
    costMicros: microsOf(orNull(row, 'estimated_cost')),
    timed: Number(isTimed),
    within: BOUNDS.map((bound) => Number(isTimed && seconds <= bound)),
    seconds,
  };
}

function samplesOf(provider: string, calls: Calls): readonly Sample[] {
  const labels = { provider };
  const counter = (family: MetricFamily, value: number | null): readonly Sample[] =>
    value === null ? [] : [{ family, labels, value }];
  const response = (part: 'bucket' | 'sum' | 'count', value: number, le?: string): Sample => ({
    family: catalog.aiResponse,
    labels: le === undefined ? labels : { provider, le },
    value,
    part,
  });
  return [
    ...counter(catalog.aiRequests, calls.requests),
    ...counter(catalog.aiRequestsFailed, calls.failed),
    ...counter(catalog.aiTokens, calls.tokens),
    ...counter(catalog.aiCost, calls.costMicros === null ? null : calls.costMicros / MICROS),
    ...BOUNDS.map((bound, n) => response('bucket', calls.within[n] ?? 0, String(bound))),
    response('bucket', timedOf(calls), '+Inf'),
    response('sum', calls.seconds),
    response('count', timedOf(calls)),
  ];
}
