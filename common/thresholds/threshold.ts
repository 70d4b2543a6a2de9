/** One figure that an alert rule, a panel and a probe must agree on. `value` is in `unit`. */
export interface Threshold {
  readonly value: number;
  readonly unit: 'bytes' | 'count' | 'ratio' | 'seconds';
  readonly reason: string;
}
