import type { Severity } from './signal.ts';

/** Severities as numbers that sort by urgency. */
export const URGENCY: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 };

export const severityOf = (urgency: number): Severity =>
  (Object.keys(URGENCY) as Severity[]).find((severity) => URGENCY[severity] === urgency) ?? 'info';
