/** What a running Prometheus answers to the queries of the dashboards. */
import { annotationQueries, queries, type NamedQuery } from '../../unit/grafana/dashboards.ts';

/** Queries whose name or text matches may be without an answer, for the reason given. */
export type Excuses = readonly (readonly [what: RegExp, reason: string])[];

/** Asks as Grafana does: tiles and tables for this moment, charts for a range. Days back: daily figures are drawn on their day. */
async function rowsOf(prometheus: string, { name, expr, instant }: NamedQuery): Promise<number> {
  const now = Date.now() / 1000;
  const path = instant
    ? `query?query=${encodeURIComponent(expr)}`
    : `query_range?query=${encodeURIComponent(expr)}&start=${now - 2 * 86_400}&end=${now}&step=60`;
  const response = await fetch(`${prometheus}/api/v1/${path}`);
  const { status, error, data } = (await response.json()) as {
    status: string;
    error?: string;
    data: { result: readonly unknown[] };
  };
  if (status !== 'success') throw new Error(`${name}: ${error ?? status}: ${expr}`);
  return data.result.length;
}

/** The queries of the dashboards without an answer and without an excuse. Throws Error for one that Prometheus refuses. */
export async function unanswered(prometheus: string, excuses: Excuses): Promise<readonly string[]> {
  const empty: string[] = [];
  for (const query of [...queries, ...annotationQueries]) {
    const excused = excuses.some(([what]) => what.test(`${query.name}: ${query.expr}`));
    if ((await rowsOf(prometheus, query)) === 0 && !excused) empty.push(`${query.name}: ${query.expr}`);
  }
  return empty;
}
