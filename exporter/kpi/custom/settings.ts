/**
 * `queries` of config.yml: what may be written, and what becomes of it. The keys are those of sql_exporter
 * (https://github.com/justwatchcom/sql_exporter#configuration), where it has one.
 */
import { z } from 'zod';
import type { Reason } from '../../../common/reasons/reason.ts';
import { duration } from '../../../common/time/duration.ts';
import type { MetricFamily } from '../../../common/metrics/family.ts';
import { catalog } from '../../metrics/catalog.ts';

export interface CustomQuery {
  readonly family: MetricFamily;
  /** Columns that become labels of their names. */
  readonly labels: readonly string[];
  /** Columns of numbers; more than one are told apart by the label `col`. */
  readonly values: readonly string[];
  readonly query: string;
  readonly intervalMs: number;
  /** Of the statement alone: waiting for its turn is no part of it. */
  readonly timeoutMs: number;
  readonly rowLimit: number;
  readonly disabledReason: Reason | undefined;
}

/** As sql_exporter names the label that tells several value columns apart. */
export const VALUE_LABEL = 'col';

const DAY_MS = 24 * 3_600_000;
const NAME = 'Write a metric name: letters, digits and _, not beginning with a digit';
const LABEL =
  'Write the name of a column that can name a label: letters, digits and _, not beginning with __';
/** Of Prometheus itself, and of the process: https://prometheus.io/docs/concepts/jobs_instances/. */
const RESERVED = /^(up$|scrape_|ALERTS|expensebot_exporter_)/;

const column = z.string('Write the name of a column').min(1, 'Write the name of a column');
const label = column
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, LABEL)
  .refine((name) => !name.startsWith('__') && !['le', 'quantile'].includes(name), LABEL);

const querySchema = z
  .strictObject({
    name: z
      .string(NAME)
      .regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,199}$/, NAME)
      .refine((name) => !RESERVED.test(name), 'Write a name that is not one of Prometheus or of the process'),
    help: z.string('Write what it counts, for a person').min(1, 'Write what it counts, for a person'),
    kind: z.enum(['gauge', 'counter'], 'Write gauge or counter').default('gauge'),
    labels: z.array(label, 'Write a list of columns').max(20, 'Write at most 20 columns').default([]),
    values: z.array(column, 'Write a list of columns').min(1, 'Write at least one column').max(50),
    query: z.string('Write one SELECT').min(1, 'Write one SELECT'),
    enabled: z.boolean('Write true or false').default(true),
    interval: duration({ minMs: 1_000, maxMs: DAY_MS }).default(300_000),
    // A connection is given up after a minute without an answer.
    timeout: duration({ minMs: 100, maxMs: 50_000 }).default(30_000),
    row_limit: z.int('Write a whole number').min(1, 'Write 1 or more').max(100_000).default(1_000),
  })
  .superRefine((query, context) => {
    const complain = (path: string, message: string, input: unknown): void =>
      context.addIssue({ code: 'custom', path: [path], message, input });
    if (query.timeout > query.interval)
      complain('timeout', 'Write a time-out that is not longer than the interval', undefined);
    if (query.kind === 'counter' && !query.name.endsWith('_total'))
      complain('name', 'Write a name that ends in _total: it is a counter', query.name);
    if (query.kind === 'gauge' && query.name.endsWith('_total'))
      complain('name', 'Write a name that does not end in _total: that is for counters', query.name);
    const columns = [...query.labels, ...query.values];
    const twin = columns.find((name, index) => columns.indexOf(name) !== index);
    if (twin !== undefined) complain('labels', 'Write every column once, as a label or as a value', twin);
    if (query.values.length > 1 && query.labels.includes(VALUE_LABEL))
      complain('labels', `Write another name: ${VALUE_LABEL} tells the values apart`, VALUE_LABEL);
  });

export const queriesSchema = z
  .array(querySchema, 'Write a list of queries')
  .superRefine((queries, context) => {
    const taken = new Map(Object.values<MetricFamily>(catalog).flatMap((family) => owned(family)));
    queries.forEach((query, index) => {
      const mine = owned(query);
      const clash = mine.map(([series]) => taken.get(series)).find((owner) => owner !== undefined);
      if (clash !== undefined) {
        const message = `Write a name that does not clash with ${clash}`;
        context.addIssue({ code: 'custom', path: [index, 'name'], message, input: query.name });
      }
      for (const [series, owner] of mine) taken.set(series, owner);
    });
  })
  .default([]);

/** Every name that a family owns in one of the formats, with the name of the family. */
function owned({ name, kind }: Pick<MetricFamily, 'name' | 'kind'>): readonly (readonly [string, string])[] {
  const stem = name.replace(/_total$/, '');
  const suffixes = {
    gauge: [],
    counter: ['_total', '_created'],
    histogram: ['_bucket', '_sum', '_count', '_created'],
  }[kind];
  return [stem, ...suffixes.map((suffix) => `${stem}${suffix}`)].map((series) => [series, name] as const);
}

/** @param path of the file, for the reason why one is switched off */
export function customQueries(settings: z.infer<typeof queriesSchema>, path: string): readonly CustomQuery[] {
  return settings.map((query) => ({
    family: {
      name: query.name,
      kind: query.kind,
      help: query.help,
      labels: query.values.length === 1 ? query.labels : [...query.labels, VALUE_LABEL],
    },
    labels: query.labels,
    values: query.values,
    query: query.query,
    intervalMs: query.interval,
    timeoutMs: query.timeout,
    rowLimit: query.row_limit,
    disabledReason: query.enabled ? undefined : { code: 'switched_off', file: path },
  }));
}
