/** One metric family as the catalogues declare it; names and units follow https://prometheus.io/docs/practices/naming/. */
export interface MetricFamily {
  readonly name: string;
  readonly kind: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, ascending, in the unit of its name. */
  readonly buckets?: readonly number[];
}
