/** What statements cost the database, run again under EXPLAIN. */
import type pg from 'pg';

export interface Cost {
  /** Planning and execution. */
  readonly ms: number;
  /** Shared buffers, read or found in memory. */
  readonly buffers: number;
}

interface Explained {
  readonly 'Planning Time': number;
  readonly 'Execution Time': number;
  readonly Planning?: Buffers;
  readonly Plan: Buffers;
}
interface Buffers {
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
}

/** The sum of all statements. */
export async function explain(
  client: pg.Client,
  statements: readonly { readonly text: string; readonly values?: readonly unknown[] }[],
): Promise<Cost> {
  let ms = 0;
  let buffers = 0;
  for (const { text, values = [] } of statements) {
    const { rows } = await client.query<{ 'QUERY PLAN': readonly [Explained] }>(
      `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${text}`,
      [...values],
    );
    const plan = rows[0]?.['QUERY PLAN'][0];
    if (plan === undefined) throw new Error('EXPLAIN has told nothing');
    ms += plan['Planning Time'] + plan['Execution Time'];
    for (const one of [plan.Planning, plan.Plan]) buffers += sumOf(one);
  }
  return { ms, buffers };
}

const sumOf = (buffers: Buffers | undefined): number =>
  buffers === undefined ? 0 : buffers['Shared Hit Blocks'] + buffers['Shared Read Blocks'];
