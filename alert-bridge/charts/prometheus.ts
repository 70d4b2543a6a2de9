import { z } from 'zod';
import { getJson } from '../../common/clients/http-json.ts';
import type { Point } from './chart.ts';

export interface RangeSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** One for every step of the range. */
  readonly points: readonly Point[];
}

/** Unix ms, both included, and the distance of points, ms. */
export interface Range {
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
}

/** A picture is worth no more waiting than this. */
const TIMEOUT_MS = 2_000;
/** Some 200 series of 240 points. */
const MAX_BYTES = 2_000_000;
const MAX_EXPRESSION_UNITS = 4_096;

/** https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries */
const answerSchema = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])),
      }),
    ),
  }),
});

/** @throws Error for no good answer in time, one that is too long, and an expression that is. */
export async function queryRange(
  prometheusUrl: string,
  expression: string,
  range: Range,
  signal: AbortSignal,
): Promise<readonly RangeSeries[]> {
  if (expression.length > MAX_EXPRESSION_UNITS) throw new Error('the expression is too long to be asked for');
  const { from, to, stepMs } = range;
  const parameters = new URLSearchParams({
    query: expression,
    start: String(from / 1_000),
    end: String(to / 1_000),
    step: String(stepMs / 1_000),
    timeout: `${TIMEOUT_MS}ms`,
  });
  const url = `${prometheusUrl}/api/v1/query_range?${parameters.toString()}`;
  const answer = answerSchema.parse(
    await getJson(url, { signal, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES }),
  );
  return answer.data.result.map(({ metric, values }) => ({ labels: metric, points: onGrid(values, range) }));
}

/** Prometheus leaves out what it does not have, and writes NaN and Inf: both are gaps. */
function onGrid(
  values: readonly (readonly [number, string])[],
  { from, to, stepMs }: Range,
): readonly Point[] {
  const known = new Map(
    values.map(([seconds, value]) => [Math.round((seconds * 1_000 - from) / stepMs), Number(value)]),
  );
  return Array.from({ length: Math.floor((to - from) / stepMs) + 1 }, (_, step): Point => {
    const value = known.get(step) ?? Number.NaN;
    return [from + step * stepMs, Number.isFinite(value) ? value : null];
  });
}
