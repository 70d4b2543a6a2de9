import type { Severity } from './signal.ts';

/** From the most urgent on: the one order of severities. */
export const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info'];

/** 0 for critical: numbers sort by urgency, in SQLite too. */
export const urgencyOf = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** The severity of an urgency that was kept. */
export const severityOfUrgency = (urgency: number): Severity => SEVERITIES[urgency] ?? 'info';

export const worst = (severities: readonly Severity[]): Severity =>
  SEVERITIES.find((severity) => severities.includes(severity)) ?? 'info';

export const isWorse = (a: Severity, b: Severity): boolean => urgencyOf(a) < urgencyOf(b);
