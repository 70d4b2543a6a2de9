/** Custom queries, held against the database before they are used: planned, never run. */
import { z } from 'zod';
import type { ConfigReport } from '../../../common/config/check.ts';
import type { ConfigProblem } from '../../../common/config/problem.ts';
import { ProbeError } from '../../model/collector.ts';
import { isRefusedStatement } from '../../postgres/errors.ts';
import type { DatabaseConnection } from '../../postgres/connection.ts';
import { openDatabase, type QuerySession } from '../../postgres/postgres.ts';
import { indexOf } from './samples.ts';
import type { CustomQuery } from './settings.ts';

export interface QueriesConfig {
  readonly database: DatabaseConnection;
  readonly queries: readonly CustomQuery[];
}

const EXPLAIN = 'EXPLAIN (FORMAT JSON)\n';
const TIMEOUT_MS = 5_000;

/** https://www.postgresql.org/docs/15/sql-explain.html; the answer is one row with one column. */
const planSchema = z.tuple([
  z.object({ Plan: z.object({ 'Total Cost': z.number(), 'Plan Rows': z.number() }) }),
]);

/** Says of every query what it will cost. A database that is away is no problem of the configuration. */
export async function checkQueries({ database, queries }: QueriesConfig): Promise<ConfigReport> {
  const enabled = queries.filter(({ disabledReason }) => disabledReason === undefined);
  if (enabled.length === 0) return { lines: [], problems: [] };
  const opened = openDatabase(database);
  try {
    return await explainAll(enabled, opened.figures);
  } catch (error) {
    if (!(error instanceof ProbeError)) throw error;
    return {
      lines: [`the SQL of ${enabled.length} queries was not checked: ${error.message}.`],
      problems: [],
    };
  } finally {
    opened.close();
  }
}

async function explainAll(queries: readonly CustomQuery[], session: QuerySession): Promise<ConfigReport> {
  const lines: string[] = [];
  const problems: ConfigProblem[] = [];
  for (const query of queries) {
    const name = `queries: ${query.family.name}`;
    try {
      lines.push(`${name}: ${await explain(query, session)}`);
    } catch (error) {
      if (!isOfTheQuery(error)) throw error;
      problems.push({ name, fix: `Mend the query: ${error.message}.` });
    }
  }
  return { lines, problems };
}

async function explain(
  { query, labels, values, rowLimit }: CustomQuery,
  session: QuerySession,
): Promise<string> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const table = await session.read({ text: query, timeoutMs: TIMEOUT_MS, maxRows: 0 }, signal);
  for (const name of [...labels, ...values]) indexOf(table, name);
  const [row] = await session.query({ text: `${EXPLAIN}${query}`, timeoutMs: TIMEOUT_MS }, signal);
  const [{ Plan: plan }] = planSchema.parse(row?.['QUERY PLAN']);
  const many = plan['Plan Rows'] > rowLimit ? `, more than its row_limit of ${rowLimit}` : '';
  return `cost ${plan['Total Cost']}, about ${plan['Plan Rows']} rows${many}`;
}

/** And not of a database that is away. */
const isOfTheQuery = (error: unknown): error is ProbeError =>
  error instanceof ProbeError && (error.cause === undefined || isRefusedStatement(error.cause));
