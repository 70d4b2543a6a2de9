import { components } from './thresholds/components.ts';
import { celery } from './thresholds/celery.ts';
import { host } from './thresholds/host.ts';
import { monitoring } from './thresholds/monitoring.ts';
import { product } from './thresholds/product.ts';
import { traffic } from './thresholds/traffic.ts';

export type { Threshold } from './thresholds/threshold.ts';

/**
 * The figures shared by rules, panels and probes. The rules' YAML cannot import this file:
 * a test holds every figure written there against it.
 */
export const thresholds = { ...components, ...celery, ...host, ...monitoring, ...product, ...traffic };

/** One burn rate of the error budget and the two windows that must both be above it, in Prometheus's notation. */
export interface BurnRate {
  readonly severity: 'critical' | 'info';
  readonly long: string;
  readonly short: string;
  /** How many times faster than the target allows. */
  readonly factor: number;
}

/** https://sre.google/workbook/alerting-on-slos/, table 5-8: 2 % of the budget in 1 h, 5 % in 6 h, 10 % in 1 and 3 days. */
export const burnRates: readonly BurnRate[] = [
  { severity: 'critical', long: '1h', short: '5m', factor: 14.4 },
  { severity: 'critical', long: '6h', short: '30m', factor: 6 },
  { severity: 'info', long: '1d', short: '2h', factor: 3 },
  { severity: 'info', long: '3d', short: '6h', factor: 1 },
];
